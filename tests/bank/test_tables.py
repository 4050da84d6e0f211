"""Tables of banks that are there and of banks that are not: recognised, proved, or asked about."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from tests.make import bank as make
from timebank.bank.rules import headers, layouts, reading
from timebank.bank.rules.days import DayOrder
from timebank.bank.rules.headers import Column
from timebank.bank.rules.layouts import Layout, Question, SignRule
from timebank.bank.rules.reading import Reading
from timebank.bank.rules.values import ReadLine, SkipReason
from timebank.kernel.errors import InvalidError

TODAY = date(2026, 11, 28)
MADE = make.moves(126_000, -50_000, 8_802_000, -1, 2914, 126_000, 126_000, -376_236)
Rows = list[list[str]]


def read(
    rows: Sequence[Sequence[str]], layout: Layout | None = None, name: str = "a.csv"
) -> Reading:
    return reading.read_table(rows, layout=layout, file_name=name, today=TODAY)


def sound(rows: Sequence[Sequence[str]], layout: Layout | None = None) -> Sequence[ReadLine]:
    found = read(rows, layout)
    assert found.statement is not None
    assert [one.question for one in found.asked] == []
    assert [(one.row, one.error) for one in found.statement.problems] == []
    return found.statement.lines


def figures(lines: Sequence[ReadLine]) -> list[tuple[date, int, int | None]]:
    return [(line.day, line.amount_fen, line.balance_fen) for line in lines]


EXPECTED = [(one.day, one.fen, one.balance) for one in MADE]


def english(made: Sequence[make.Moved]) -> Rows:
    header = ["Date", "Description", "Money in", "Money out", "Balance"]
    return [header] + [
        [f"{m.day:%d %b %Y}", m.said, *(_in_out(m.fen)), make.yuan(m.balance)] for m in made
    ]


def _in_out(fen: int) -> tuple[str, str]:
    return (make.yuan(fen), "") if fen > 0 else ("", make.yuan(-fen))


def negative_expense(made: Sequence[make.Moved]) -> Rows:
    """Income and expense apart, and the expense carries its minus besides."""
    header = ["日期", "收入金额", "支出金额", "余额", "摘要"]
    return [header] + [
        [m.day.isoformat(), *(make.yuan(m.fen), "--")[:: 1 if m.fen > 0 else -1],
         make.yuan(m.balance), m.said]
        for m in made
    ]  # fmt: skip


def credit_debit(made: Sequence[make.Moved]) -> Rows:
    """The bank's words: credit is what came in."""
    header = ["交易日", "借方发生额", "贷方发生额", "余额", "对方单位"]
    return [header] + [
        [f"{m.day:%Y.%m.%d}", *_in_out(m.fen)[::-1], make.yuan(m.balance), m.who] for m in made
    ]


def own_books(made: Sequence[make.Moved]) -> Rows:
    """Somebody's own books: debit is what came in."""
    header = ["交易日", "借方发生额", "贷方发生额", "余额", "对方单位"]
    return [header] + [
        [f"{m.day:%Y.%m.%d}", *_in_out(m.fen), make.yuan(m.balance), m.who] for m in made
    ]


def marks_in_cells(made: Sequence[make.Moved]) -> Rows:
    header = ["记账日", "金额(元)", "结余", "附言"]
    return [header] + [
        [f"{m.day:%Y年%m月%d日}", f"{make.yuan(abs(m.fen))}{'贷' if m.fen > 0 else '借'}",
         f"¥{make.yuan(m.balance)}", m.said]
        for m in made
    ]  # fmt: skip


def brackets(made: Sequence[make.Moved]) -> Rows:
    header = ["Posting Date", "Amount", "Running Balance", "Narrative"]
    return [header] + [
        [f"{m.day:%Y/%m/%d}", f"({make.yuan(-m.fen)})" if m.fen < 0 else make.yuan(m.fen),
         make.yuan(m.balance), m.said]
        for m in made
    ]  # fmt: skip


def without_year(made: Sequence[make.Moved]) -> Rows:
    header = ["日期", "收/支", "金额", "余额", "备注"]
    title = ["对账单", "起止日期：2026-03-01 至 2026-03-31"]
    return [title, header] + [
        [f"{m.day:%m-%d}", "收" if m.fen > 0 else "支", make.yuan(abs(m.fen)),
         make.yuan(m.balance), m.said]
        for m in made
    ]  # fmt: skip


def paged(made: Sequence[make.Moved]) -> Rows:
    """A header on every page, sums between, an opening row, remarks at the end."""
    table = make.signed_rows(made)[1:]
    opening = ["20260301", "", "承前页", "", make.yuan(made[0].balance - made[0].fen)]
    half = len(made) // 2
    first = [["第 1 页 共 2 页"], table[0], opening, *table[1 : half + 1]]
    second = [["本页小计", "", "", "1,000.00"], table[0], *table[half + 1 :]]
    return [*first, *second, ["合计笔数：8"], ["以上数据仅供参考，以银行账为准"]]


LAYOUTS: dict[str, Callable[[Sequence[make.Moved]], Rows]] = {
    "one signed column": make.signed_rows,
    "titles, padding, income and expense, newest first": make.split_rows,
    "an amount with marks": make.marked_rows,
    "an amount with D and C": lambda made: make.marked_rows(made, credit="C", debit="D"),
    "marks of income and expense": lambda made: make.marked_rows(made, credit="收入", debit="支出"),
    "English": english,
    "expense with its minus": negative_expense,
    "credit and debit": credit_debit,
    "credit and debit of own books": own_books,
    "marks in the cells": marks_in_cells,
    "brackets": brackets,
    "days without a year": without_year,
    "pages": paged,
}


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_in_either_order(name: str, is_turned: bool) -> None:
    rows = LAYOUTS[name](MADE)
    if is_turned:
        rows = _turned(rows)

    assert figures(sound(rows)) == EXPECTED


def _turned(rows: Rows) -> Rows:
    """The same table with its movements in the other order."""
    found = headers.header_at(rows)
    assert found is not None
    return [*rows[: found + 1], *reversed(rows[found + 1 :])]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("laid_out", [credit_debit, own_books, marks_in_cells])
def test_days_tell_the_direction_where_balances_fit_both_ways(
    laid_out: Callable[[Sequence[make.Moved]], Rows], is_turned: bool
) -> None:
    made = make.moves(126_000, 126_000, 126_000)
    rows = _turned(laid_out(made)) if is_turned else laid_out(made)
    assert figures(sound(rows)) == [(one.day, one.fen, one.balance) for one in made]


def test_equal_amounts_of_one_day_are_asked_about() -> None:
    day = date(2026, 3, 2)
    made = [make.Moved(day, 126_000, 126_000), make.Moved(day, 126_000, 252_000)]
    assert asked(read(credit_debit(made))) == [Question.SIGN]


@pytest.mark.parametrize("is_turned", [False, True])
def test_days_tell_the_order_where_balances_fit_both_ways(is_turned: bool) -> None:
    made = [make.Moved(date(2026, 3, 2), -500, 0), make.Moved(date(2026, 3, 3), 500, 500)]
    rows = _turned(english(made)) if is_turned else english(made)
    assert figures(sound(rows)) == [(one.day, one.fen, one.balance) for one in made]


def test_days_fall_while_each_day_rises() -> None:
    by_day: dict[date, list[make.Moved]] = {}
    for one in MADE:
        by_day.setdefault(one.day, []).append(one)
    mixed = [one for day in sorted(by_day, reverse=True) for one in by_day[day]]

    assert figures(sound(make.signed_rows(mixed))) == EXPECTED


def test_words_parties_times_and_references_are_kept() -> None:
    first = sound(make.signed_rows(MADE))[0]

    assert (first.time, first.party_name, first.text, first.reference) == (
        "09:30:00", "王建民", "转存 充电棚 7-2-301", "900000",
    )  # fmt: skip
    assert sound(make.marked_rows(MADE))[0].party_account == "6217****0042"


def test_a_masked_balance_leaves_the_lines_without_a_chain() -> None:
    found = read(make.split_rows(MADE, balance="xx,yyyy.zz")).statement
    assert found is not None

    assert [(line.day, line.amount_fen) for line in found.lines] == [row[:2] for row in EXPECTED]
    assert found.opening_fen is None
    assert not found.problems


def test_opening_and_closing_follow_from_the_chain() -> None:
    found = read(make.split_rows(MADE)).statement
    assert found is not None

    assert (found.opening_fen, found.closing_fen) == (1_000_000, MADE[-1].balance)
    assert [one.reason for one in found.skipped] == [SkipReason.FOOTER]


def broken(rows: Rows) -> list[tuple[int, str]]:
    found = read(rows).statement
    assert found is not None
    return [(one.row, one.error.code) for one in found.problems]


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_missing_row_an_edited_amount_and_an_edited_balance_are_named(is_turned: bool) -> None:
    def rows() -> Rows:
        return make.signed_rows(MADE)

    def seen(table: Rows) -> list[tuple[str, str]]:
        table = _turned(table) if is_turned else table
        return [(table[row - 1][6], code) for row, code in broken(table)]

    gap, amount, balance, sign = rows(), rows(), rows(), rows()
    del gap[5]
    amount[5][3] = "-0.02"
    balance[5][4] = "1.00"
    sign[6][3] = "-29.14"

    assert seen(gap) == [("900004", "bank_chain_gap")]
    assert seen(amount) == [("900003", "bank_chain_gap")]
    assert seen(balance) == [("900003", "bank_chain_balance")]
    assert seen(sign) == [("900004", "bank_chain_sign")]


def test_rows_that_cannot_be_believed_are_named() -> None:
    rows = make.marked_rows(MADE)
    rows[1][0], rows[2][0], rows[3][2], rows[4][2], rows[5][1] = (
        "",
        "2026-02-30",
        "12.345",
        "",
        "冲",
    )
    rows[6][0] = "2027-01-01"

    assert dict(broken(rows)) == {
        2: "bank_day_missing",
        3: "bank_day_unreadable",
        4: "bank_amount_unreadable",
        5: "bank_amount_missing",
        6: "bank_side_unknown",
        7: "bank_day_ahead",
    }


def test_both_columns_filled_and_another_currency_are_named() -> None:
    rows = make.split_rows(MADE)
    rows[5][4], rows[6][6] = "1.00", "美元"

    assert broken(rows) == [(6, "bank_amount_twice"), (7, "bank_currency_other")]


def test_amounts_of_nothing_are_set_aside() -> None:
    rows = make.signed_rows(MADE)
    rows.insert(4, [*rows[3][:3], "+0.00", *rows[3][4:]])
    found = read(rows).statement
    assert found is not None

    assert [one.reason for one in found.skipped] == [SkipReason.ZERO]
    assert figures(found.lines) == EXPECTED


def asked(found: Reading) -> list[Question]:
    return [one.question for one in found.asked]


def test_credit_and_debit_without_balances_are_asked_about() -> None:
    rows = [row[:3] + row[4:] for row in make.marked_rows(MADE)]
    found = read(rows)

    assert asked(found) == [Question.SIGN]
    assert found.asked[0].speaks == {"signed": {"usual": 1}, "reversed": {"usual": 0}}
    told = Layout(**{**_facts(found.layout), "sign": SignRule.REVERSED})  # type: ignore[arg-type]
    assert [line.amount_fen for line in sound(rows, told)] == [-one.fen for one in MADE]


def _facts(layout: Layout) -> dict[str, object]:
    return {name: getattr(layout, name) for name in layout.__slots__}


def test_bare_amounts_without_balances_are_asked_about() -> None:
    rows = [
        ["日期", "金额", "摘要"],
        ["2026-03-02", "12.00", "物业费"],
        ["2026-03-03", "8.00", "停车"],
    ]

    assert asked(read(rows)) == [Question.SIGN]


def test_a_sign_of_currency_is_no_sign_of_direction() -> None:
    rows = [
        ["日期", "金额", "摘要"],
        ["2026-03-02", "¥12.00", "物业费"],
        ["2026-03-03", "8元", "停车"],
    ]

    assert asked(read(rows)) == [Question.SIGN]


def test_an_unmarked_row_among_marked_ones_is_named() -> None:
    rows = [
        ["日期", "金额", "余额"],
        ["2026-03-02", "12.00贷", "20.00"],
        ["2026-03-03", "8.00", "28.00"],
    ]

    assert broken(rows) == [(3, "bank_side_unknown")]


def test_signed_amounts_without_balances_are_the_accounts_own() -> None:
    rows = [
        ["日期", "金额", "摘要"],
        ["2026-03-02", "12.00", "物业费"],
        ["2026-03-03", "-8.00", "电费"],
    ]

    assert [line.amount_fen for line in sound(rows)] == [1200, -800]


def test_day_and_month_are_asked_about_with_what_speaks_for_each() -> None:
    rows = [["Date", "Amount", "Memo"], ["03/02/2026", "+1.00", "a"], ["04/03/2026", "-1.00", "b"]]
    found = read(rows)

    assert asked(found) == [Question.DAY_ORDER]
    assert set(found.asked[0].speaks) == {"month_first", "day_first"}
    told = Layout(**{**_facts(found.layout), "day_order": DayOrder.DAY_FIRST})  # type: ignore[arg-type]
    assert [line.day for line in sound(rows, told)] == [date(2026, 2, 3), date(2026, 3, 4)]


def test_a_day_beyond_twelve_settles_the_order() -> None:
    rows = [["Date", "Amount", "Memo"], ["03/02/2026", "+1.00", "a"], ["14/02/2026", "-1.00", "b"]]

    assert [line.day for line in sound(rows)] == [date(2026, 2, 3), date(2026, 2, 14)]


def test_a_year_that_no_title_tells_is_asked_about() -> None:
    rows = [
        ["日期", "收/支", "金额", "摘要"],
        ["3月2日", "收", "1.00", "a"],
        ["3月3日", "支", "1.00", "b"],
    ]
    found = read(rows)

    assert asked(found) == [Question.YEAR]
    told = Layout(**{**_facts(found.layout), "year": 2026})  # type: ignore[arg-type]
    assert [line.day for line in sound(rows, told)] == [date(2026, 3, 2), date(2026, 3, 3)]
    assert figures(sound([["2026年3月"], *rows]))[0][0] == date(2026, 3, 2)


def test_rows_that_are_neither_in_nor_out_are_asked_about_and_void_ones_set_aside() -> None:
    rows = [
        ["交易时间", "交易对方", "收/支", "金额", "交易状态"],
        ["2026-03-02 09:30:00", "甲", "收入", "5.00", "交易成功"],
        ["2026-03-02 10:30:00", "乙", "不计收支", "6.00", "退款成功"],
        ["2026-03-02 11:30:00", "丙", "支出", "7.00", "交易关闭"],
    ]
    found = read(rows)
    assert asked(found) == [Question.NEUTRAL]
    facts = _facts(found.layout)
    skips = read(rows, Layout(**{**facts, "skips_neutral": True}))  # type: ignore[arg-type]
    stops = read(rows, Layout(**{**facts, "skips_neutral": False}))  # type: ignore[arg-type]

    assert skips.statement is not None
    assert stops.statement is not None
    assert [one.reason for one in skips.statement.skipped] == [SkipReason.NEUTRAL, SkipReason.VOID]
    assert [one.error.code for one in stops.statement.problems] == ["bank_side_unknown"]
    assert [line.amount_fen for line in skips.statement.lines] == [500]


def test_an_unknown_header_is_laid_out_by_hand_and_known_again() -> None:
    rows = make.signed_rows(MADE)
    rows[1] = [f"列{at}" for at in range(8)]
    found = read(rows)
    assert asked(found) == [Question.COLUMNS]
    columns = {Column.DAY: (0,), Column.AMOUNT: (3,), Column.BALANCE: (4,), Column.TEXT: (2, 7)}
    told = Layout(header_row=1, columns=columns)

    assert figures(sound(rows, told)) == EXPECTED
    kept = {headers.fingerprint(rows[1]): layouts.remembered(told)}
    moved = [["又一行标题"], *rows]
    again = reading.layout_for(moved, kept)
    assert again is not None
    assert again.header_row == 2
    assert figures(sound(moved, again)) == EXPECTED
    assert reading.layout_for(make.split_rows(MADE), kept) is None


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {Column.DAY: (0,)},
        {Column.AMOUNT: (0,)},
        {Column.DAY: (0,), Column.AMOUNT: (1,), Column.INCOME: (2,)},
        {Column.DAY: (0,), Column.AMOUNT: (0,)},
    ],
)
def test_a_layout_without_day_or_amount_or_with_a_column_twice_is_refused(
    columns: dict[Column, tuple[int, ...]],
) -> None:
    with pytest.raises(InvalidError):
        layouts.check_layout(Layout(header_row=0, columns=columns))
