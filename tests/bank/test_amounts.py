"""Amounts and days as banks write them: read exactly, or not at all."""

from datetime import date

import pytest

from timebank.bank.errors import AmountUnreadableError
from timebank.bank.rules.amounts import BLANK, MASKED, Mark, amount_of, mark_of
from timebank.bank.rules.days import (
    DayOrder,
    Period,
    day_of,
    orders_of,
    parts_of,
    period_of,
    settled_order,
    time_of,
)

WRITTEN = {
    "1,234.50": 123450, "1234.5": 123450, "1234": 123400, "0.01": 1, ".5": 50, "0": 0, "+0.00": 0,
    "¥1,234.50": 123450, "￥ 1,234.50": 123450, "CNY 12.00": 1200, "12.00元": 1200, "RMB12": 1200,
    "-12.34": -1234, "−12.34": -1234, "－12.34": -1234, "–12.34": -1234, "12.34-": -1234,
    "(12.34)": -1234, "（¥12.34）": -1234, "-¥12.34": -1234, "¥-12.34": -1234, "负12.34": -1234,
    "+10000.00": 1_000_000, "１，２３４．５０": 123450,
    "\t1,234.56            ": 123456, "1 234.50": 123450,
    "1234.4999999999998": 123450, "0.30000000000000004": 30, "12.3400": 1234, '="12.50"': 1250,
    "9,999,999,999.99": 999_999_999_999,
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_an_amount_is_read_as_it_is_written(text: str) -> None:
    assert amount_of(text).fen == WRITTEN[text]


@pytest.mark.parametrize("text", ["", " ", "-", "--", "----------", "—", "/", "无", "N/A", "\t \t"])
def test_a_placeholder_is_no_amount(text: str) -> None:
    assert amount_of(text) == BLANK


@pytest.mark.parametrize("text", ["xx,yyyy.zz", "****", "***.**", "##", "*,***.**  \t"])
def test_a_masked_balance_is_no_amount(text: str) -> None:
    assert amount_of(text) == MASKED


@pytest.mark.parametrize(
    "text",
    [
        "1.234,50", "1,23", "1,2345.00", "12.345", "1.5E3", "6.22E+18", "12..5", "1-2", "十二",
        "12abc", "--12", "≈6222000000000000", "1" * 60, "借12贷", "12.5%", "1e5", "100000000000000",
        "NaN", "Infinity", "٣٤",
    ],
)  # fmt: skip
def test_what_could_mean_two_amounts_or_none_is_refused(text: str) -> None:
    with pytest.raises(AmountUnreadableError):
        amount_of(text)


@pytest.mark.parametrize(
    ("text", "fen", "mark"),
    [
        ("1,234.50贷", 123450, Mark.CREDIT), ("借 1,234.50", 123450, Mark.DEBIT),
        ("1,234.50 CR", 123450, Mark.CREDIT), ("1,234.50 Dr.", 123450, Mark.DEBIT),
        ("收入:12.00", 1200, Mark.IN), ("支12.00", 1200, Mark.OUT),
    ],
)  # fmt: skip
def test_a_mark_beside_an_amount_is_kept_apart(text: str, fen: int, mark: Mark) -> None:
    read = amount_of(text)

    assert (read.fen, read.mark) == (fen, mark)


def test_marks_are_known_in_both_languages() -> None:
    said = {"贷": "credit", "借方": "debit", "收入": "in", "支出 ": "out", "Cr": "credit"}
    said |= {"D": "debit", "不计收支": "neutral", "＋": "in"}

    assert {text: mark_of(text) for text in said} == {text: Mark(one) for text, one in said.items()}
    assert mark_of("转账") is None


@pytest.mark.parametrize(
    "text",
    [
        "20260302", "2026-03-02", "2026/3/2", "2026.03.02", "2026年3月2日", " 2026-03-02 \t",
        "2026-03-02 09:30:00", "2026-03-02T09:30:00+08:00", "20260302093000",
        "２０２６－０３－０２",        "2 Mar 2026", "02-MAR-2026", "2026/3/2 9:30",
    ],
)  # fmt: skip
def test_a_day_with_its_year_is_certain(text: str) -> None:
    parts = parts_of(text)
    assert parts is not None

    assert day_of(parts, order=None, year=None, period=Period()) == date(2026, 3, 2)
    assert parts.time in {"", "09:30:00"}


@pytest.mark.parametrize(
    "text", ["", "-", "合计", "2026-03", "12345", "2026-03-02-01", "32.5", "ab"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert parts_of(text) is None


def test_a_day_that_the_calendar_lacks_is_none() -> None:
    parts = parts_of("2026-02-30")
    assert parts is not None
    assert day_of(parts, order=None, year=None, period=Period()) is None


def test_times_are_read_in_several_forms() -> None:
    assert [time_of(text) for text in ("093000", "9:30", "09:30:15", "", "93000")] == [
        "09:30:00", "09:30:00", "09:30:15", "", "09:30:00",
    ]  # fmt: skip


def test_titles_tell_the_period() -> None:
    said = period_of(["起始时间：[2025-11-01 00:00:00]    终止时间：[2026-01-31 23:59:59]"])

    assert said == Period(date(2025, 11, 1), date(2026, 1, 31))
    assert period_of(["2026年2月对账单"]) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert period_of(["卡号 6222021234567890", "共 66 笔"]) == Period()


def test_the_year_comes_from_the_period_also_across_new_year() -> None:
    period = Period(date(2025, 12, 1), date(2026, 1, 31))
    read = [
        day_of(parts, order=DayOrder.MONTH_FIRST, year=None, period=period)
        for text in ("12-30", "01/02", "1月3日", "0104")
        if (parts := parts_of(text)) is not None
    ]

    assert read == [date(2025, 12, 30), date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4)]


@pytest.mark.parametrize(
    ("texts", "period", "order"),
    [
        (["01/02/2026", "13/02/2026"], Period(), DayOrder.DAY_FIRST),
        (["01/02/2026", "01/13/2026"], Period(), DayOrder.MONTH_FIRST),
        (["01/02/2026", "03/02/2026"], Period(), None),
        (["13/02/2026", "02/13/2026"], Period(), None),
        (["03/02", "03/04"], Period(date(2026, 3, 1), date(2026, 3, 31)), DayOrder.MONTH_FIRST),
        (["02/03", "04/03"], Period(date(2026, 3, 1), date(2026, 3, 31)), DayOrder.DAY_FIRST),
    ],
)
def test_the_order_of_day_and_month_is_proved_or_asked(
    texts: list[str], period: Period, order: DayOrder | None
) -> None:
    parts = [one for text in texts if (one := parts_of(text)) is not None]

    assert settled_order(orders_of(parts, period=period, year=None)) is order
