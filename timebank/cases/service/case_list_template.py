"""An empty list of cases from above to fill in; every cell is text, nothing is a formula."""

import io

import xlsxwriter

from timebank.cases.service.case_lists import COLUMNS


def template_file() -> bytes:
    """Return the workbook: the columns, and a page that says what belongs into each."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bottom": 2, "num_format": "@"})
        page = book.add_worksheet("上级下派")
        guide = book.add_worksheet("怎么填")
        guide.write_row(0, 0, ["列", "要不要填", "说明", "例子"], head)
        guide.set_column(0, 3, 24)
        for at, column in enumerate(COLUMNS):
            page.set_column(at, at, 16, text)
            page.write_string(0, at, column.title, head)
            need = "要填" if column.is_required else "可不填"
            guide.write_row(at + 1, 0, [column.title, need, column.hint, column.example], text)
        page.freeze_panes(1, 0)
    return buffer.getvalue()
