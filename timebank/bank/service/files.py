"""A strange file made into a statement: which form it has, read within limits, checked.

Workbooks are read by the limited child of ``community``, lists by its bounded reader of texts, and
banks' own formats by strict readers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from timebank.bank import errors
from timebank.bank.rules import camt053, chain, mt940, ofx, reading
from timebank.bank.rules.layouts import Layout
from timebank.bank.rules.reading import Reading
from timebank.bank.rules.values import RowProblem, Statement, StatementKind
from timebank.community.errors import (
    EncodingUnknownError,
    FileEmptyError,
    FileHasNulError,
    FileTooLargeError,
)
from timebank.community.service.imports import sheet
from timebank.kernel import clock

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file is, and what it says; ``reading`` tells how a table was understood."""

    kind: StatementKind
    statement: Statement | None
    reading: Reading | None = None


def kind_of(content: bytes) -> StatementKind:
    """Return in which form a statement comes.

    Raises:
        InvalidError: it is too large, empty, or no text that we know.
    """
    if len(content) > sheet.PACKED_BYTES_MAX:
        raise FileTooLargeError(field="file")
    if not content.strip():
        raise FileEmptyError(field="file")
    if content.startswith(_WORKBOOKS):
        return StatementKind.TABLE
    text = _text_of(content)
    for kind, module in (
        (StatementKind.CAMT053, camt053),
        (StatementKind.OFX, ofx),
        (StatementKind.MT940, mt940),
    ):
        if module.looks_like(text):
            return kind
    if text.lstrip().startswith("<"):
        raise errors.StatementKindUnknownError(field="file")
    return StatementKind.TABLE


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a table.

    Raises:
        InvalidError: one of the file errors says why it cannot be used.
    """
    if content.startswith(_WORKBOOKS):
        return sheet.rows_of(content, with_times=True)
    return sheet.text_rows_of(content)


def read(
    content: bytes,
    *,
    file_name: str,
    layout: Layout | None = None,
    remembered: Mapping[str, str] | None = None,
) -> ReadFile:
    """Return what a file says; ``remembered`` are layouts by fingerprint, one may be given.

    Raises:
        InvalidError: the file cannot be used; its class says why.
    """
    kind = kind_of(content)
    if kind is StatementKind.TABLE:
        rows = rows_of(content)
        return _read_table(rows, file_name, layout or reading.layout_for(rows, remembered or {}))
    if kind is StatementKind.CAMT053:
        statement = camt053.read(content)
    else:
        statement = (mt940 if kind is StatementKind.MT940 else ofx).read(_text_of(content))
    if not statement.lines and not statement.skipped:
        raise errors.StatementEmptyError(field="file")
    return ReadFile(kind, _checked(statement))


def _read_table(rows: Sequence[Sequence[str]], file_name: str, layout: Layout | None) -> ReadFile:
    """Return what a table says.

    Raises:
        StatementEmptyError: it has no rows below its header.
    """
    read = reading.read_table(rows, layout=layout, file_name=file_name, today=clock.today())
    said = read.statement
    if said is not None and not (said.lines or said.problems or said.skipped):
        raise errors.StatementEmptyError(field="file")
    return ReadFile(StatementKind.TABLE, said, read)


def _checked(statement: Statement) -> Statement:
    """Return a statement of a bank's own format with what is wrong in its chain and days."""
    ahead = [
        RowProblem(line.row, errors.DayAheadError(given=line.day))
        for line in statement.lines
        if line.day > clock.today()
    ]
    found = [*(statement.problems or chain.problems(statement.lines)), *ahead]
    return replace(statement, problems=found)


def _text_of(content: bytes) -> str:
    """Return a text in UTF-8 or GB18030.

    Raises:
        EncodingUnknownError, FileHasNulError: it is in another encoding, or no text.
    """
    if content.startswith(_WIDE_MARKS):
        raise EncodingUnknownError(field="file")
    if b"\x00" in content:
        raise FileHasNulError(field="file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise EncodingUnknownError(field="file")
