"""Empty lists to fill in: an .xlsx with the right columns, an example and a word on each."""

import io

import xlsxwriter

from timebank.community.rules import ImportKind
from timebank.community.service.imports import batches

_NAMES = {
    ImportKind.PLACES: "地方",
    ImportKind.PEOPLE: "人员",
    ImportKind.ROLES: "六员",
    ImportKind.ORGANISATIONS: "单位",
}


def template_file(kind: ImportKind) -> bytes:
    """Return an empty list of a kind as a workbook; every cell is text, nothing is a formula."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bottom": 2, "num_format": "@"})
        page = book.add_worksheet(_NAMES[kind])
        guide = book.add_worksheet("怎么填")
        guide.write_row(0, 0, ["列", "要不要填", "说明", "例子"], head)
        guide.set_column(0, 3, 24)
        for at, column in enumerate(batches.columns(kind)):
            page.set_column(at, at, 16, text)
            page.write_string(0, at, column.title, head)
            need = "要填" if column.is_required else "可不填"
            guide.write_row(at + 1, 0, [column.title, need, column.hint, column.example], text)
        page.freeze_panes(1, 0)
    return buffer.getvalue()


def template_name(kind: ImportKind) -> str:
    """Return the file name of an empty list."""
    return f"{_NAMES[kind]}.xlsx"
