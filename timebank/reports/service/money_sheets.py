"""A report of money as a workbook: values only, no formulas, written line by line to the disk."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from timebank.kernel.paging import PAGE_SIZE_MAX
from timebank.reports.rules.money_reports import Cell, CellKind, Column, MoneyReport, yuan

_MEMORY_MAX = 2 * 1024 * 1024  # a longer file goes to the disk
_WIDTHS = {CellKind.WORDS: 22, CellKind.DAY: 12, CellKind.FEN: 16}


def workbook(report: MoneyReport) -> IO[bytes]:
    """Return a report's workbook, open at its beginning; it is never whole in memory."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_MAX)  # noqa: SIM115 - the caller sends it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        formats = {
            CellKind.FEN: book.add_format({"num_format": "#,##0.00"}),
            CellKind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
            CellKind.WORDS: None,
        }
        page = book.add_worksheet(report.title[:31])
        for at, column in enumerate(report.columns):
            page.set_column(at, at, _WIDTHS[column.kind])
        at = _head(page, report, bold)
        for cells in _rows(report):
            _write(page, at, cells, report.columns, formats)
            at += 1
    file.seek(0)
    return file


def _head(page: Worksheet, report: MoneyReport, bold: Format) -> int:
    """Write what the report is and its heads; return the row where its lines begin."""
    page.write_string(0, 0, report.title, bold)
    page.write_string(1, 0, report.of)
    page.write_string(2, 0, report.span)
    at = 3
    for label, text in report.facts:
        page.write_string(at, 0, label)
        page.write_string(at, 1, text)
        at += 1
    page.write_row(at + 1, 0, [column.head for column in report.columns], bold)
    return at + 2


def _rows(report: MoneyReport) -> Iterator[Sequence[Cell]]:
    """Yield the first row, all lines portion by portion, and the totals."""
    if report.first is not None:
        yield report.first
    cursor: str | None = None
    while True:
        page = report.lines(cursor, PAGE_SIZE_MAX)
        yield from (line.cells for line in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    yield from report.totals


def _write(
    page: Worksheet,
    at: int,
    cells: Sequence[Cell],
    columns: Sequence[Column],
    formats: dict[CellKind, Format | None],
) -> None:
    """Write one row; amounts in yuan, days as days."""
    for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        if cell is None or cell == "":
            continue
        if column.kind is CellKind.FEN and isinstance(cell, int):
            page.write_number(at, place, yuan(cell), formats[CellKind.FEN])
        elif isinstance(cell, date):
            page.write_datetime(at, place, cell, formats[CellKind.DAY])
        else:
            page.write_string(at, place, str(cell))
