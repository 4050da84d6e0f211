"""The report of spot checks as a workbook."""

import io
from collections.abc import Sequence

import xlsxwriter

from timebank.volunteering.rules.spot_checks import MonthChecks


def report_file(months: Sequence[MonthChecks], heads: Sequence[str]) -> bytes:
    """Return the months as rows under the given heads; no cell is a formula."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 2})
        page = book.add_worksheet()
        page.set_column(0, len(heads) - 1, 14)
        page.write_row(0, 0, heads, bold)
        for at, month in enumerate(months, start=1):
            page.write_string(at, 0, f"{month.month_on:%Y-%m}")
            figures = list(month[1:])
            page.write_row(at, 1, figures)
            if month.right_percent is not None:
                page.write_number(at, len(figures) + 1, month.right_percent)
        page.freeze_panes(1, 0)
    return buffer.getvalue()
