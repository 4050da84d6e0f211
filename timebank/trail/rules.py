"""Which files are taken, told by their first bytes, never by their name."""

FILE_BYTES_MAX = 5 * 1024 * 1024
IMAGE_SIDE_MAX = 1600
IMAGE_PIXELS_MAX = 40_000_000
NAME_LENGTH_MAX = 120


JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
CSV = "text/csv"

IMAGES = frozenset({JPEG, PNG, WEBP})
DOCUMENTS = IMAGES | {PDF, XLSX}
TABLES = frozenset({XLSX, XLS, CSV})
KIND_NAMES = {
    JPEG: "JPEG",
    PNG: "PNG",
    WEBP: "WebP",
    PDF: "PDF",
    XLSX: "Excel (.xlsx)",
    XLS: "Excel (.xls)",
    CSV: "CSV",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT_SAMPLE = 4096


_SIGNS = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF), (_OLE, XLS))


def media_type_of(content: bytes) -> str | None:
    """Return the media type that the first bytes prove, or None."""
    for sign, media_type in _SIGNS:
        if content.startswith(sign):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"PK\x03\x04"):
        return XLSX if b"xl/" in content else None
    return CSV if _is_text(content[:_TEXT_SAMPLE]) else None


def _is_text(sample: bytes) -> bool:
    """Whether the bytes can be the beginning of a table in UTF-8 or GB18030."""
    if b"\x00" in sample or sample.lstrip()[:1] == b"<":
        return False
    return not any(byte < 0x20 and byte not in b"\t\r\n" for byte in sample)


def kinds_for(purpose: str) -> frozenset[str]:
    """Return the media types a purpose takes: pictures for photos, tables for imports."""
    if "photo" in purpose:
        return IMAGES
    return TABLES if purpose.startswith("import") else DOCUMENTS


def permission_for(purpose: str) -> str:
    """Return the permission that opens others' files of a purpose when it covers the community.

    Who works in a part of it sees the photos of its cases on the pages of those cases.
    """
    if purpose == "card_photo":
        return "care.redeem"
    return "case.read" if "photo" in purpose else "cofund.read"


def names_of(kinds: frozenset[str]) -> str:
    """Return kinds of files in words."""
    return " / ".join(sorted(KIND_NAMES[kind] for kind in kinds))


def clean_name(name: str) -> str:
    """Return a file's name without its folders and control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?')
    return kept.strip(". ")[-NAME_LENGTH_MAX:] or "file"
