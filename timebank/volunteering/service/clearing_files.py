"""The netting sheet as a workbook: figures as numbers, everything else as text, no formulas."""

import io

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.volunteering.queries import clearing_sheets as queries
from timebank.volunteering.rules.clearing import MoveKind

_HEAD = ("序号", "日期", "事由", "我方欠（分钟）", "余额（分钟）", "本方流水", "对方流水")
_KINDS = {
    MoveKind.TRANSFER: "转账",
    MoveKind.REVERSAL: "撤销",
    MoveKind.SETTLEMENT: "结清",
}


def sheet_file(session: Session, *, community_id: int, sheet_id: int) -> bytes:
    """Return a sheet with all its lines as an .xlsx file.

    Raises:
        SheetNotFoundError: it is none of this community's.
    """
    view = queries.sheet(session, community_id=community_id, sheet_id=sheet_id)
    lines = queries.sheet_lines(session, community_id=community_id, sheet_id=sheet_id)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text, number = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0"})
        head = book.add_format({"bold": True, "bottom": 2, "num_format": "@"})
        page = book.add_worksheet(f"{view.month:%Y-%m}")
        page.set_column(0, 4, 14)
        page.set_column(5, 6, 38)
        page.write_row(0, 0, [view.our_name, view.other_name, f"{view.month:%Y-%m}"], head)
        for at, (label, minutes) in enumerate(
            (
                ("期初我方欠", view.opening_minutes),
                ("本月转出", view.sent_minutes),
                ("本月转入", view.received_minutes),
                ("轧差", view.net_minutes),
                ("期末我方欠", view.closing_minutes),
            ),
            start=1,
        ):
            page.write_string(at, 0, label, text)
            page.write_number(at, 1, minutes, number)
        page.write_row(7, 0, _HEAD, head)
        for at, line in enumerate(lines, start=8):
            page.write_number(at, 0, line.number, number)
            page.write_row(at, 1, [line.moved_on.isoformat(), _KINDS[line.kind]], text)
            page.write_number(at, 3, line.we_owe_minutes, number)
            page.write_number(at, 4, line.position_after_minutes, number)
            page.write_row(at, 5, [line.our_entry_id, line.their_entry_id], text)
        page.write_row(9 + len(lines), 0, ["摘要", view.digest], text)
    return buffer.getvalue()
