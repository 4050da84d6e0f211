"""Files are known by their bytes, images drawn anew, and opened only by those whom they concern."""

import struct
import zlib
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from timebank.kernel.actor import Actor
from timebank.trail import queries, rules, service
from timebank.trail.errors import (
    FileEmptyError,
    FileKindError,
    FileTooBigError,
    ImageBrokenError,
    ImageHugeError,
)
from timebank.trail.models import FileContent

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF"


@pytest.fixture
def resident(session: Session) -> Actor:
    """A resident with an account."""
    return make_actor(
        session, community_id=make_community(session).id, roles=[("volunteer", "own", None)]
    )


def picture(size: tuple[int, int] = (60, 40), kind: str = "JPEG", **options: object) -> bytes:
    """Return an image file."""
    drawn = BytesIO()
    Image.new("RGB", size, "tan").save(drawn, kind, **options)
    return drawn.getvalue()


def picture_with_place() -> bytes:
    """Return a photo that carries the place where it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretPhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


def huge_picture() -> bytes:
    """Return a small PNG that claims to be 30,000 pixels on each side."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body)


def _chunk(name: bytes, body: bytes) -> bytes:
    """Return one part of a PNG file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def store(
    session: Session, actor: Actor, content: bytes, *, name: str = "a.jpg", purpose: str = "photo"
) -> int:
    """Store a file."""
    return service.store_file(session, actor=actor, content=content, name=name, purpose=purpose)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_a_small_jpeg(session: Session, resident: Actor, kind: str) -> None:
    file_id = store(session, resident, picture((3200, 800), kind))

    kept = queries.file(session, file_id)
    with Image.open(BytesIO(kept.content)) as image:
        assert (image.format, image.size) == ("JPEG", (1600, 400))
    assert kept.media_type == rules.JPEG


def test_a_photo_loses_its_place_and_device_and_stands_upright(
    session: Session, resident: Actor
) -> None:
    content = picture_with_place()
    assert b"SecretPhoneMaker" in content

    kept = queries.file(session, store(session, resident, content))

    assert b"SecretPhoneMaker" not in kept.content
    with Image.open(BytesIO(kept.content)) as image:
        assert not image.getexif()
        assert image.size == (40, 60)


def test_the_same_bytes_are_kept_once_but_belong_to_each_who_stored_them(
    session: Session, resident: Actor
) -> None:
    other = make_actor(
        session, community_id=resident.community_id, roles=[("volunteer", "own", None)]
    )

    first = store(session, resident, PDF, name="协议.pdf", purpose="agreement")
    second = store(session, other, PDF, name="副本.pdf", purpose="agreement")

    assert first != second
    assert session.scalar(select(func.count()).select_from(FileContent)) == 1
    assert queries.file_for(session, actor=other, file_id=second).name == "副本.pdf"


@pytest.mark.parametrize(
    ("content", "purpose", "error"),
    [
        (b"", "photo", FileEmptyError),
        (b"\xff\xd8\xff" + b"x" * rules.FILE_BYTES_MAX, "photo", FileTooBigError),
        (PDF, "case_photo", FileKindError),
        (b"MZ\x90\x00", "agreement", FileKindError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo", FileKindError),
        (b"<html><script>alert(1)</script>", "import", FileKindError),
        (b"PK\x03\x04 only a zip", "import", FileKindError),
        (b"name\x00phone", "import", FileKindError),
        (b"\xff\xd8\xff not really a photo", "photo", ImageBrokenError),
        (huge_picture(), "photo", ImageHugeError),
    ],
)
def test_what_is_not_taken_is_refused_and_nothing_is_kept(
    session: Session, resident: Actor, content: bytes, purpose: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        store(session, resident, content, purpose=purpose)

    assert session.scalar(select(func.count()).select_from(FileContent)) == 0


def test_tables_come_in_for_import_in_old_encodings_too(session: Session, resident: Actor) -> None:
    file_id = store(session, resident, "姓名,手机号\n李桂兰,\n".encode("gb18030"), purpose="import")

    assert queries.file(session, file_id).media_type == "text/csv"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\门口.jpg", "门口.jpg"),
        ('a"b\r\n.jpg', "ab.jpg"),
        ("...", "file"),
    ],
)
def test_a_files_name_is_only_a_name(given: str, kept: str) -> None:
    assert rules.clean_name(given) == kept


@pytest.mark.parametrize(
    ("purpose", "opens"),
    [
        ("photo", {"resident", "community_admin", "auditor"}),
        ("agreement", {"resident", "community_admin", "auditor", "finance", "steward"}),
    ],
)
def test_a_file_is_opened_by_its_owner_and_by_whose_office_it_is(
    client: FlaskClient, session: Session, resident: Actor, purpose: str, opens: set[str]
) -> None:
    community_id = resident.community_id
    file_id = store(session, resident, picture(), purpose=purpose)
    offices = {
        "community_admin": ("community", None),
        "auditor": ("community", None),
        "finance": ("community", None),
        "steward": ("grid", 1),
        "counter": ("centre", 1),
        "operator": ("community", None),
        "volunteer": ("own", None),
    }
    actors = {
        role: make_actor(session, community_id=community_id, roles=[(role, *scope)])
        for role, scope in offices.items()
    }
    actors["resident"] = resident
    actors["stranger"] = make_actor(session, community_id=make_community(session, code="XJ").id)

    statuses = {}
    for name, actor in actors.items():
        log_in(client, session, actor)
        statuses[name] = client.get(f"/files/{file_id}").status_code

    assert {name for name, status in statuses.items() if status == 200} == opens
    assert set(statuses.values()) == {200, 404}


def test_documents_are_saved_not_shown_and_nothing_is_guessed(
    client: FlaskClient, session: Session, resident: Actor
) -> None:
    photo = store(session, resident, picture())
    document = store(session, resident, PDF, name="协议.pdf", purpose="agreement")
    log_in(client, session, resident)

    shown, saved = client.get(f"/files/{photo}"), client.get(f"/files/{document}")

    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.data == PDF
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
