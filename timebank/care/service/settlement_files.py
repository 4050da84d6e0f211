"""A statement as a workbook: sums by service, then every line; values only, no formulas."""

import io
from collections.abc import Callable

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.care.queries import settlements as queries
from timebank.care.rules.settlements import ServiceSum, SettlementLineView, SettlementView

Say = Callable[[str], str]
SUMS = ("服务", "份数", "分钟", "金额（元）", "不付（元）", "应付（元）")
LINES = (
    *("序号", "日期", "小票", "哪一类", "服务", "份数", "分钟", "金额（元）", "应付（元）"),
    *("异议", "答复", "结果"),
)
SHEETS = ("合计", "明细")
_FEN_PER_YUAN = 100


def workbook(session: Session, *, view: SettlementView, say: Say, word: Say) -> bytes:
    """Return the workbook; ``say`` words the heads, ``word`` the stored codes."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bottom": 2})
        for name, columns in zip(SHEETS, (SUMS, LINES), strict=True):
            page = book.add_worksheet(say(name))
            page.set_column(0, len(columns) - 1, 14)
            page.write_row(0, 0, [say(column) for column in columns], head)
            page.freeze_panes(1, 0)
            if columns is SUMS:
                rows = _sums(queries.by_service(session, settlement_id=view.id), view, say)
            else:
                lines = queries.all_lines(session, settlement_id=view.id)
                rows = [_line(line, word) for line in lines]
            for at, row in enumerate(rows, start=1):
                page.write_row(at, 0, row)
    return buffer.getvalue()


def _sums(found: list[ServiceSum], view: SettlementView, say: Say) -> list[list[str | int | float]]:
    """Return the rows of the sums, the whole last."""
    rows: list[list[str | int | float]] = [
        [
            one.service_name,
            one.quantity,
            one.minutes,
            _yuan(one.amount_fen),
            _yuan(one.struck_fen),
            _yuan(one.due_fen),
        ]
        for one in found
    ]
    whole = view.amount_fen + view.struck_fen
    last = (whole, view.struck_fen, view.amount_fen)
    return [*rows, [say("合计"), "", view.minutes, *(_yuan(fen) for fen in last)]]


def _line(line: SettlementLineView, word: Say) -> list[str | int | float]:
    """Return the row of a line."""
    said = line.dispute
    return [
        *(line.number, line.on_day.isoformat(), line.slip_number, word(line.kind)),
        *(line.service_name, line.quantity, line.minutes),
        *(_yuan(line.amount_fen), _yuan(line.due_fen)),
        *((said.reason, said.answer, word(said.outcome or "")) if said else ("", "", "")),
    ]


def _yuan(fen: int) -> float:
    """Return yuan as a cell holds them; two decimals are exact in it at these sizes."""
    return fen / _FEN_PER_YUAN
