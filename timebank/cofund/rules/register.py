"""The register of owners as a list of lines: door, floor area, owner."""

import re
import unicodedata
from dataclasses import dataclass

LINES_MAX = 5000
_LINE = re.compile(
    r"(?P<building>\d{1,3})\s*(?:号楼|栋|幢|楼|-)\s*(?P<unit>\d{1,2})\s*(?:单元|-)\s*"
    r"(?P<room>[0-9A-Za-z]{1,16})\s*(?:室|房)?\s*[,\t ]\s*"
    r"(?P<area>\d{1,5}(?:\.\d{1,2})?)\s*(?:㎡|m2|平方米|平米|平)?\s*[,\t ]\s*"
    r"(?P<owner>\S.{0,58}?)\s*"
)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A dwelling as somebody wrote it; the area in hundredths of a square metre."""

    building: int
    unit: int
    room_no: str
    area_hundredths: int
    owner_name: str


def area_of(text: str) -> int:
    """Return hundredths of a square metre in a plain decimal such as ``89.5``."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def area_text(hundredths: int) -> str:
    """Return a floor area in square metres with two decimals."""
    whole, part = divmod(hundredths, 100)
    return f"{whole:,}.{part:02d}"


def read_lines(text: str) -> tuple[list[RegisterLine], list[int]]:
    """Return the dwellings of a pasted list, and the numbers of the lines that are none.

    ``7-1-1202, 89.50, 王建国`` and ``7号楼1单元1202室 89.5㎡ 王建国`` both read; blank lines
    and a heading without any digit are passed over.
    """
    lines: list[RegisterLine] = []
    wrong: list[int] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        plain = unicodedata.normalize("NFKC", raw).strip()
        if not any(sign.isdigit() for sign in plain):
            continue
        match = _LINE.fullmatch(plain)
        if match is None or area_of(match["area"]) == 0:
            wrong.append(number)
            continue
        lines.append(
            RegisterLine(
                building=int(match["building"]),
                unit=int(match["unit"]),
                room_no=match["room"],
                area_hundredths=area_of(match["area"]),
                owner_name=match["owner"],
            )
        )
    return lines, wrong
