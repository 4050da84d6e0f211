"""The reserve's view as a workbook: values only, no formulas; minutes whole, money in yuan."""

import io
from collections.abc import Callable, Iterator, Sequence

import xlsxwriter

from timebank.care.rules.reserve import MINUTES_OF_HOUR, ReserveView
from timebank.care.rules.reserve_receipts import ReceiptView

Say = Callable[[str], str]
Cell = str | int | float
_FEN_PER_YUAN = 100
_SHEET_NAME_MAX = 31


def workbook(view: ReserveView, receipts: Sequence[ReceiptView], *, say: Say, when: Say) -> bytes:
    """Return the workbook; ``say`` words the heads, ``when`` the columns of ages."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
        sheets = (
            ("还没换的时间", _cohorts(view, say, when)),
            ("钱", _money(view, say)),
            ("价格假设", _prices(view, say)),
            ("压力测试", _stress(view, say)),
            ("过去的月份", _real(view, say)),
            ("以后的月份", _coming(view, say)),
            ("到账", _receipts(receipts, say)),
        )
        for name, rows in sheets:
            page = book.add_worksheet(say(name)[:_SHEET_NAME_MAX])
            page.set_column(0, 9, 16)
            for at, row in enumerate(rows):
                page.write_row(at, 0, row, head if at == 0 else None)
            page.freeze_panes(1, 1)
    return buffer.getvalue()


def _yuan(fen: int) -> float:
    """Return yuan as a cell holds them; two decimals are exact in it at these sizes."""
    return fen / _FEN_PER_YUAN


def _cohorts(view: ReserveView, say: Say, when: Say) -> Iterator[list[Cell]]:
    """Yield what is left by year, in minutes."""
    whole, whens = view.outstanding, view.outstanding.whens
    yield [say("哪年存的"), *(when(one) for one in whens), say("合计（分钟）")]
    for row in whole.rows:
        of_row = (row.minutes.get(one, 0) for one in whens)
        yield [row.year or say("公益池"), *of_row, row.total]
    yield [say("合计"), *(whole.of(one) for one in whens), whole.total]


def _money(view: ReserveView, say: Say) -> Iterator[list[Cell]]:
    """Yield the money and the coverage."""
    money = view.money
    yield [say("什么"), say("金额（元）")]
    yield [say("储备金账上的钱"), _yuan(money.bank_fen)]
    yield [say("批准了还没付的"), _yuan(money.payable_fen)]
    yield [say("月结单在核对的"), _yuan(money.drafted_fen)]
    yield [say("用了还没结的"), _yuan(money.unsettled_fen)]
    yield [say("还能动用的"), _yuan(money.free_fen)]
    for name, one in (
        (say("全部换掉要付"), view.coverage_all),
        (say("现在能换的要付"), view.coverage_now),
    ):
        if one is not None:
            yield [name, _yuan(one.cost_fen)]


def _prices(view: ReserveView, say: Say) -> Iterator[list[Cell]]:
    """Yield each service's price, then what an hour costs by it."""
    heads = (
        "服务点",
        "服务",
        "价格版本",
        "从哪天起",
        "分钟",
        "付给服务点（元）",
        "每小时（元）",
        "一年用掉（分钟）",
    )
    yield [say(one) for one in heads]
    if view.assumption is None:
        return
    for one in view.assumption.services:
        yield [
            *(one.centre_name, one.service_name, one.version, one.valid_from.isoformat()),
            *(one.minutes, _yuan(one.fen), _yuan(one.fen_per_hour), one.used_minutes),
        ]
    usual, dearest = view.assumption.usual_per_hour, view.assumption.dearest_per_hour
    for name, fen in (("照实际用法", usual), ("全用最贵的", dearest)):
        yield [say(name), "", view.assumption.version, "", MINUTES_OF_HOUR, "", _yuan(fen), ""]


def _stress(view: ReserveView, say: Say) -> Iterator[list[Cell]]:
    """Yield the years of the test."""
    heads = (
        "第几年",
        "换掉（分钟）",
        "要付（元）",
        "年底还有（元）",
        "全用最贵的要付（元）",
        "年底还有（元）",
    )
    yield [say(one) for one in heads]
    for one in view.stress.years if view.stress else ():
        yield [
            *(one.number, one.minutes, _yuan(one.cost_fen), _yuan(one.left_fen)),
            *(_yuan(one.cost_dearest_fen), _yuan(one.left_dearest_fen)),
        ]


def _real(view: ReserveView, say: Say) -> Iterator[list[Cell]]:
    """Yield the months that were."""
    yield [say(one) for one in ("月份", "换掉（分钟）", "付给服务点（元）", "外社区居民（元）")]
    for one in view.forecast.real:
        yield [f"{one.month_on:%Y-%m}", one.minutes, _yuan(one.fen), _yuan(one.visits_fen)]


def _coming(view: ReserveView, say: Say) -> Iterator[list[Cell]]:
    """Yield the months to come."""
    yield [say(one) for one in ("月份", "换掉（分钟）", "要付（元）", "月底还有（元）")]
    for one in view.forecast.coming:
        yield [f"{one.month_on:%Y-%m}", one.minutes, _yuan(one.fen), _yuan(one.left_fen)]


def _receipts(receipts: Sequence[ReceiptView], say: Say) -> Iterator[list[Cell]]:
    """Yield what came in."""
    yield [
        say(one) for one in ("哪天到的", "从哪里来", "金额（元）", "单据号", "谁记的", "为什么撤销")
    ]
    for one in receipts:
        yield [
            *(one.received_on.isoformat(), one.source, _yuan(one.amount_fen), one.document),
            *(one.noted_by, one.undo_reason),
        ]
