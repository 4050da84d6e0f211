"""Reads a strange file as a table of texts; run as a program of its own, within tight limits.

The file comes on standard input, one JSON object goes to standard output: ``{"rows": [[...]]}``
or ``{"refused": "<code>", "facts": {...}}``. It imports nothing of the package, so that a file
that breaks the reader breaks a process that holds neither a key nor a connection.
"""

import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import IO, Any

import python_calamine

try:
    import resource
except ImportError:  # not on Windows; there the parent's time limit alone stands guard
    resource = None  # type: ignore[assignment]  # the module or its absence

UNPACKED_BYTES_MAX = 50 * 1024 * 1024
RATIO_MAX = 200
ENTRIES_MAX = 1_000
ROWS_MAX = 20_000
COLUMNS_MAX = 64
CELL_CHARS_MAX = 500
TEXT_CHARS_MAX = 20_000_000
MEMORY_BYTES_MAX = 768 * 1024 * 1024
CPU_SECONDS_MAX = 10
# A workbook may take so much beyond what the process has, and so many times its unpacked size: a
# word that is repeated in each cell, or a cell in the farthest corner, needs more than it brings.
ROOM_BYTES = 48 * 1024 * 1024
ROOM_TIMES = 5
LINES_LOOKED_AT = 30
WITH_TIMES = "with-times"  # the one argument: days keep the time beside them
_EXACT_MAX = 10**15
_CHUNK_BYTES = 1024 * 1024

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(?<!/)>')
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)")

Cell = object


class RefusedError(Exception):
    """The file is refused; the code names the reason for the parent."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep the code and the facts."""
        self.code = code
        self.facts: dict[str, Any] = facts  # Any: JSON
        super().__init__(code)


def limit_self() -> None:
    """Bound this process's memory and computing time."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))


def limit_room(unpacked: int) -> None:
    """Bound what reading a workbook may take beyond what this process has by now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as kept:  # noqa: PTH123 - the child stays lean
            pages = int(kept.read().split()[0])
    except OSError:  # no Linux: the bound for the whole process stands
        return
    if resource is not None:
        has = pages * resource.getpagesize()
        most = min(MEMORY_BYTES_MAX, has + ROOM_BYTES + ROOM_TIMES * unpacked)
        resource.setrlimit(resource.RLIMIT_AS, (most, MEMORY_BYTES_MAX))


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of the first sheet as texts, blank rows included.

    Raises:
        RefusedError: the file is not a list that can be read safely.
    """
    if content.startswith(_ZIP):
        limit_room(inspect_zip(content))
        return bounded(sheet_rows(content))
    if content.startswith(_OLE):
        limit_room(len(content))
        return bounded(sheet_rows(content))
    return bounded(text_rows(content))


def inspect_zip(content: bytes) -> int:
    """Look through a workbook before any parser does; return its unpacked size.

    Raises:
        RefusedError: it is torn, too large unpacked, or holds macros, formulas or a DTD.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries, packed=len(content))
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        _check_part(entry.filename, part)
            return sum(entry.file_size for entry in entries)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise RefusedError("file_torn") from error


def _check_directory(entries: list[zipfile.ZipInfo], *, packed: int) -> None:
    """Refuse bombs, macros and what is no workbook, by the names and sizes in the directory."""
    names = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = unpacked > packed * RATIO_MAX and unpacked > UNPACKED_BYTES_MAX // 10
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_BYTES_MAX or is_bomb:
        raise RefusedError("file_unpacks_too_large")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise RefusedError("file_has_macros")
    if "xl/workbook.xml" not in names:
        raise RefusedError("file_kind_unknown")


def _check_part(name: str, part: IO[bytes]) -> None:
    """Refuse a DTD anywhere, and formulas or far-off cells in a worksheet."""
    data = b"".join(iter(lambda: part.read(_CHUNK_BYTES), b""))
    if _DTD.search(data):
        raise RefusedError("file_kind_unknown")
    if not name.startswith("xl/worksheets/"):
        return
    formula = _FORMULA.search(data)
    if formula:
        raise RefusedError("file_has_formulas", cell=formula[1].decode())
    for found in _FILLED_CELL.finditer(data):
        _check_size(rows=int(found[2]), columns=_column_number(found[1]))


def _column_number(letters: bytes) -> int:
    """Return the number of a column: A is 1, BL is 64."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_size(*, rows: int, columns: int) -> None:
    """Refuse a table beyond the limits; the header and a title may come on top of the rows."""
    if rows > ROWS_MAX + 10:
        raise RefusedError("too_many_rows", limit=ROWS_MAX)
    if columns > COLUMNS_MAX:
        raise RefusedError("too_many_columns", limit=COLUMNS_MAX)


def sheet_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of a workbook's first sheet.

    Raises:
        RefusedError: it is torn, locked, or has no sheet.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        _check_size(rows=sheet.total_height, columns=sheet.total_width)
        rows = sheet.to_python(skip_empty_area=False)
    except python_calamine.PasswordError as error:
        raise RefusedError("file_locked") from error
    except python_calamine.WorksheetNotFound as error:
        raise RefusedError("file_empty") from error
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise RefusedError("file_torn") from error
    for row in rows:
        yield [cell_text(cell) for cell in row]


def cell_text(cell: Cell) -> str:
    """Return a cell as it was meant: whole floats as digits, days in ISO form.

    A number too long for a spreadsheet's arithmetic has lost its end; it is marked with ``≈``.
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        mark = "≈" if abs(cell) >= _EXACT_MAX else ""
        return f"{mark}{cell:.0f}" if float(cell).is_integer() else repr(cell)
    if isinstance(cell, datetime):
        is_wanted = WITH_TIMES in sys.argv[1:] and cell.time() != time.min
        return cell.isoformat(" ", "seconds") if is_wanted else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def text_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of a CSV text in UTF-8 or GB18030.

    Raises:
        RefusedError: it is in another encoding, holds NUL, or is no CSV.
    """
    if content.startswith(_WIDE_MARKS):
        raise RefusedError("encoding_unknown")
    if b"\x00" in content:
        raise RefusedError("file_has_nul")
    text = _decoded(content)
    # Titles above the header hold no delimiter, or another one: the first lines decide together.
    first_lines = text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]
    delimiter = max(",\t;", key=lambda sign: sum(sign in line for line in first_lines))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise RefusedError("file_torn") from error


def _decoded(content: bytes) -> str:
    """Return the text of a CSV file."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusedError("encoding_unknown")


def bounded(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows, refusing a table beyond the limits.

    Raises:
        RefusedError: there are too many rows, columns or characters.
    """
    kept: list[list[str]] = []
    chars = 0
    for row in rows:
        while row and not row[-1].strip():
            row.pop()
        _check_size(rows=len(kept) + 1, columns=len(row))
        kept.append([cell[: CELL_CHARS_MAX + 1] for cell in row])
        chars += sum(map(len, kept[-1]))
        if chars > TEXT_CHARS_MAX:
            raise RefusedError("file_unpacks_too_large")
    while kept and not kept[-1]:
        kept.pop()
    return kept


def main() -> None:
    """Read the file from standard input and answer on standard output."""
    limit_self()
    csv.field_size_limit(CELL_CHARS_MAX * 100)
    try:
        answer: dict[str, object] = {"rows": rows_of(sys.stdin.buffer.read())}
    except RefusedError as refused:
        answer = {"refused": refused.code, "facts": refused.facts}
    except MemoryError:
        answer = {"refused": "file_unpacks_too_large", "facts": {}}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
