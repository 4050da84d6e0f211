"""Every combination of what statements are like is read to the fen, or asks what only people know.

How amounts are told × containers and encodings × titles × footers × padded cells × balances shown,
masked or left out × ways to write a day × both orders: nothing of it is ever guessed wrongly.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product

import pytest

from tests.make import bank as make
from tests.make.bank import Moved
from timebank.bank.rules import layouts as read_as
from timebank.bank.rules.days import DayOrder
from timebank.bank.rules.layouts import Question, SignRule
from timebank.bank.rules.reading import Reading
from timebank.bank.service import files
from timebank.bank.service.files import ReadFile
from timebank.kernel import clock

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time())
MADE = make.moves(126_000, -50_000, 8_802_000, -1, 2_914, 126_000, 126_000, -376_236)
PERIOD = "起止日期：2026年03月01日 至 2026年03月31日"


def _either(fen: int, *, is_first_in: bool) -> list[str]:
    """An amount in one of two columns, nothing in the other."""
    pair = [make.yuan(abs(fen)), ""]
    return pair if (fen > 0) == is_first_in else pair[::-1]


@dataclass(frozen=True, slots=True)
class Amounts:
    """How a statement tells an amount: the columns and their cells."""

    heads: Sequence[str]
    cells: Callable[[int], Sequence[str]]
    # Credit and debit alone do not say whose books they are of: a chain of balances does.
    needs_chain: bool = False


AMOUNTS = {
    "one signed column": Amounts(["发生额"], lambda fen: [make.yuan(fen, plus="+")]),
    "income and expense apart": Amounts(
        ["收入金额", "支出金额"], lambda fen: _either(fen, is_first_in=True)
    ),
    "expense first": Amounts(["支出", "收入"], lambda fen: _either(fen, is_first_in=False)),
    "credit and debit apart": Amounts(
        ["借方发生额", "贷方发生额"], lambda fen: _either(fen, is_first_in=False), needs_chain=True
    ),
    "a mark of credit and debit": Amounts(
        ["借贷标志", "金额"],
        lambda fen: ["贷" if fen > 0 else "借", make.yuan(abs(fen))],
        needs_chain=True,
    ),
    "a mark of in and out": Amounts(
        ["收/支", "金额(元)"], lambda fen: ["收入" if fen > 0 else "支出", make.yuan(abs(fen))]
    ),
}
DAYS: dict[str, Callable[[date], str]] = {
    "hyphens": lambda day: day.isoformat(),
    "eight digits": lambda day: f"{day:%Y%m%d}",
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "no year": lambda day: f"{day:%m-%d}",
}
BALANCES = ("shown", "masked", "left out")
CONTAINERS = ("utf-8", "utf-8-sig", "gb18030", "tabs", "semicolons")


@dataclass(frozen=True, slots=True)
class Layout:
    """One combination."""

    amounts: str
    days: str
    balances: str
    has_titles: bool
    has_footer: bool
    is_padded: bool
    is_newest_first: bool

    def rows(self, made: Sequence[Moved]) -> list[list[str]]:
        """Return the statement as rows."""
        how = AMOUNTS[self.amounts]
        has_balance = ["余额"] if self.balances != "left out" else []
        header = ["交易日期", *how.heads, *has_balance, "对方户名", "摘要"]
        body = [
            [DAYS[self.days](one.day), *how.cells(one.fen), *self._balance(one), one.who, one.said]
            for one in made
        ]
        if self.is_newest_first:
            body.reverse()
        if self.is_padded:
            body = [[f"  {cell}\t   " for cell in row] for row in body]
        titles = [["某某银行账户明细"], ["户名：业主共有资金", PERIOD], [""]]
        footer = [["本页合计", "8 笔"], [""], ["以上内容仅供参考，以银行账为准"]]
        return [
            *(titles if self.has_titles else []),
            header,
            *body,
            *(footer if self.has_footer else []),
        ]

    def _balance(self, one: Moved) -> list[str]:
        """The cell of the balance, if there is one."""
        cells = {"shown": [make.yuan(one.balance)], "masked": ["***.**"], "left out": []}
        return cells[self.balances]

    @property
    def may_ask(self) -> set[Question]:
        """What cannot be known from the file alone."""
        found = set()
        if self.days == "no year" and not self.has_titles:
            found |= {Question.YEAR, Question.DAY_ORDER}
        if AMOUNTS[self.amounts].needs_chain and self.balances != "shown":
            found.add(Question.SIGN)
        return found


def combinations(amounts: str) -> Iterator[tuple[Layout, str]]:
    """Return every combination of one way to tell amounts, the containers in turn."""
    yes_no = (False, True)
    rest = product(DAYS, BALANCES, yes_no, yes_no, yes_no, yes_no)
    for at, facts in enumerate(rest):
        yield Layout(amounts, *facts), CONTAINERS[at % len(CONTAINERS)]


def packed(rows: Sequence[Sequence[str]], container: str) -> bytes:
    """Return rows as a file."""
    if container in {"tabs", "semicolons"}:
        return make.csv_file(rows, encoding="gb18030", sign="\t" if container == "tabs" else ";")
    return make.csv_file(rows, encoding=container)


def judged(layout: Layout, found: ReadFile) -> str:
    """Return what is wrong with how a file was read; nothing when all is right."""
    if found.statement is None:
        return "asks about its columns"
    if found.statement.problems:
        return f"{found.statement.problems[0]}"
    told = [(one.day, one.amount_fen, one.balance_fen) for one in found.statement.lines]
    shown = layout.balances == "shown"
    wanted = [(one.day, one.fen, one.balance if shown else None) for one in MADE]
    # Without balances nothing tells which of two lines of one day came first.
    if not shown:
        told, wanted = sorted(told, key=str), sorted(wanted, key=str)
    return "" if told == wanted else f"read {told}"


@pytest.mark.parametrize("amounts", AMOUNTS)
def test_every_combination_is_read_or_asks_what_only_people_know(amounts: str) -> None:
    wrong = []
    with clock.fixed_at(NOW):
        for layout, container in combinations(amounts):
            content = packed(layout.rows(MADE), container)
            found = files.read(content, file_name="x")
            assert found.reading is not None
            asked = {one.question for one in found.reading.asked}
            if not asked <= layout.may_ask:
                wrong.append((layout, container, f"asks {asked}"))
            if asked:
                found = files.read(content, file_name="x", layout=answered(found.reading, asked))
            if said := judged(layout, found):
                wrong.append((layout, container, said))
    assert wrong[:3] == []


def answered(reading: Reading, asked: set[Question]) -> read_as.Layout:
    """Return the layout with what somebody answers who knows the account."""
    return replace(
        reading.layout,
        sign=SignRule.SIGNED if Question.SIGN in asked else reading.layout.sign,
        year=2026 if Question.YEAR in asked else reading.layout.year,
        day_order=DayOrder.MONTH_FIRST if Question.DAY_ORDER in asked else reading.layout.day_order,
    )


@pytest.mark.parametrize("amounts", ["one signed column", "a mark of in and out"])
def test_a_workbook_with_real_days_is_read_the_same(amounts: str) -> None:
    layout = Layout(amounts, "hyphens", "shown", *(True,) * 4)
    rows: list[list[object]] = [list(row) for row in layout.rows(MADE)]
    for row in rows:
        with suppress(ValueError):
            row[0] = date.fromisoformat(str(row[0]).strip())
    with clock.fixed_at(NOW):
        assert judged(layout, files.read(make.xlsx_file(rows), file_name="x.xlsx")) == ""
