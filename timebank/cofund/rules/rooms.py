"""Rooms as people write them into a transfer: 7-2-301, 7栋2单元301室, 3号楼1202."""

import re
import unicodedata
from typing import NamedTuple


class Room(NamedTuple):
    """A dwelling: building, unit (None when nobody says), room number without leading zeros."""

    building: int
    unit: int | None
    room_no: str

    def is_like(self, other: "Room") -> bool:
        """Whether both can be the same dwelling."""
        same = (self.building, self.room_no) == (other.building, other.room_no)
        return same and (self.unit == other.unit or None in (self.unit, other.unit))


_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")
_NUMERAL = re.compile(
    r"[零〇一二两三四五六七八九十]{1,4}(?=\s*(?:号楼|號樓|栋|幢|座|楼|单元|门|室|号))"
)
# What looks like a payment code is no room, whatever its check digit.
_CODE_LIKE = re.compile(r"(?<![0-9A-Z])\d{4,6}-\d{1,3}-\d{1,2}-[0-9A-Z]{1,16}-\d{1,2}(?![0-9A-Z])")
_DASHES = re.compile(r"[‐-―－_~～/／]")
_BUILDING = r"(?:号楼|號樓|栋|幢|座|楼|#)"
_NO = r"0*(\d{3,4}[A-Z]?)"
_PATTERNS = (
    # 7栋2单元301, 7号楼2-301, 7#2单元301
    re.compile(rf"(?<!\d)(\d{{1,3}}){_BUILDING}-?(\d{{1,2}})(?:单元|门|-){_NO}(?!\d)"),
    # 7-2-301
    re.compile(rf"(?<![\d-])(\d{{1,3}})-(\d{{1,2}})-{_NO}(?![\d-])"),
    # 7-2单元301
    re.compile(rf"(?<![\d-])(\d{{1,3}})-(\d{{1,2}})(?:单元|门)-?{_NO}(?!\d)"),
)
_WITHOUT_UNIT = (
    # 3栋1202, 3号楼1202室
    re.compile(rf"(?<!\d)(\d{{1,3}}){_BUILDING}-?{_NO}(?![\d-])"),
    # 3-1202
    re.compile(rf"(?<![\d-])(\d{{1,3}})-{_NO}(?![\d-])"),
)


def room_of(*, building: int, unit: int, room_no: str) -> Room:
    """Return a dwelling as it is compared."""
    plain = unicodedata.normalize("NFKC", room_no).upper().strip()
    return Room(building, unit, plain.lstrip("0") or plain)


def rooms_in(text: str) -> tuple[Room, ...]:
    """Return the rooms that a text names, each once, in their order."""
    if not any(sign.isdigit() or sign in "一二三四五六七八九十" for sign in text):
        return ()
    plain = _plain(text)
    found: dict[Room, None] = {}
    for pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            found[Room(int(match[1]), int(match[2]), match[3])] = None
        plain = pattern.sub(" ", plain)
    for pattern in _WITHOUT_UNIT:
        for match in pattern.finditer(plain):
            found[Room(int(match[1]), None, match[2])] = None
        plain = pattern.sub(" ", plain)
    return tuple(found)


def _plain(text: str) -> str:
    """Return a text in narrow signs, with digits for numerals, without blanks and codes."""
    narrow = unicodedata.normalize("NFKC", text).upper()
    dashed = re.sub(r"\s*-\s*", "-", _DASHES.sub("-", narrow))
    dashed = re.sub(r"\s+(?=号楼|栋|幢|座|楼|单元|室)|(?<=[楼栋幢座元#])\s+", "", dashed)
    return _CODE_LIKE.sub(" ", _NUMERAL.sub(lambda one: _number(one[0]), dashed))


def _number(numeral: str) -> str:
    """Return a Chinese numeral up to 99, or figure by figure, in digits."""
    if "十" not in numeral:
        return numeral.translate(_DIGITS)
    tens, _, ones = numeral.partition("十")
    return f"{tens.translate(_DIGITS) or '1'}{ones.translate(_DIGITS) or '0'}"
