"""Figures in words, in both languages."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from tests.conftest import app_on
from timebank.kernel import clock
from timebank.web import words
from timebank.web.agreeing import NOUNS, agreed

# Words after a number, or after a name, that end like a plural and count nothing.
NOT_COUNTED = """
    agrees answers asks belongs calls comes counts does fits goes has holds is less lives moves
    names owes proposes rings says sees stands takes this was
"""


@pytest.fixture
def house() -> Flask:
    return app_on("sqlite")


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (0, "0 分", "0 min"),
        (45, "45 分", "45 min"),
        (60, "1 小时", "1 h"),
        (190, "3 小时 10 分", "3 h 10 min"),
        (-90, "−1 小时 30 分", "−1 h 30 min"),
        (74_070, "1,234 小时 30 分", "1,234 h 30 min"),
    ],
)
def test_minutes_in_words(house: Flask, minutes: int, chinese: str, english: str) -> None:
    with house.test_request_context("/"):
        assert words.minutes_text(minutes) == chinese
        with force_locale("en"):
            assert words.minutes_text(minutes) == english


@pytest.mark.parametrize(
    ("mask", "chinese", "english"),
    [
        (0b111_1111, "每天", "every day"),
        (0b001_1111, "周一到周五", "Mon to Fri"),
        (0b001_0010, "周二、周五", "Tue, Fri"),
        (0b110_0000, "周六、周日", "Sat, Sun"),
        (0, "没有一天", "no day"),
    ],
)
def test_days_of_the_week_in_words(house: Flask, mask: int, chinese: str, english: str) -> None:
    with house.test_request_context("/"):
        assert words.weekdays_text(mask) == chinese
        with force_locale("en"):
            assert words.weekdays_text(mask) == english


@pytest.mark.parametrize(
    ("unit", "count", "english"),
    [
        ("次", 1, "visit"),
        ("次", 47, "visits"),
        ("盒", 2, "boxes"),
        ("位", 3, "people"),
        ("壶", 2, "壶"),
    ],
)
def test_units_of_services_in_words(house: Flask, unit: str, count: int, english: str) -> None:
    with house.test_request_context("/"):
        assert words.unit_text(unit, count) == unit
        with force_locale("en"):
            assert words.unit_text(unit, count) == english


def test_half_an_hour_is_counted_so_that_it_is_not_read_as_one_and_a_half(house: Flask) -> None:
    with house.test_request_context("/"):
        assert f"2 {words.unit_text('半小时', 2)}" == "2 个 30 分钟"
        with force_locale("en"):
            assert words.unit_text("半小时", 2) == "half-hours"


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (1_234_560, "¥12,345.60"), (-5, "−¥0.05")])
def test_money_in_words(house: Flask, fen: int, text: str) -> None:
    with house.test_request_context("/"):
        assert words.fen_text(fen) == text


def test_days_and_moments_belong_to_the_community(house: Flask) -> None:
    now = datetime(2026, 11, 23, 2, 21, tzinfo=UTC)
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # already the 20th in Shanghai
    with house.test_request_context("/"), clock.fixed_at(now):
        assert words.day_text(late) == "11月20日 周五"
        assert words.moment_text(late) == "11月20日 00:30"
        assert words.moment_text(now) == "今天 10:21"
        assert words.moment_text(datetime(2025, 1, 2, 1, 0, tzinfo=UTC)) == "2025年1月2日 09:00"


def test_names_and_phones_are_masked() -> None:
    assert words.mask_name("李桂兰") == "李**"
    assert words.mask_phone("13800000420") == "138****0420"


@pytest.mark.parametrize(
    ("sentence", "one", "two"),
    [
        ("%(n)s vouchers", "1 voucher", "2 vouchers"),
        ("%(n)s entries are not sealed", "1 entry is not sealed", "2 entries are not sealed"),
        ("%(n)s disputed lines wait", "1 disputed line waits", "2 disputed lines wait"),
        ("{n} people; %(other)s rows", "{n} person; %(other)s rows", "{n} people; %(other)s rows"),
        ("%(n)s of these services were", "1 of these services were", "2 of these services were"),
        ("%(n)s times, %(n)s days", "1 time, 1 day", "2 times, 2 days"),
        ("There are {n} tokens", "There is {n} token", "There are {n} tokens"),
    ],
)
def test_one_of_a_thing_is_one_in_english(sentence: str, one: str, two: str) -> None:
    for count, said in ((1, one), (2, two)):
        assert agreed(sentence, {"n": count, "other": 5}).replace("%(n)s", str(count)) == said


def test_words_agree_wherever_they_are_said(house: Flask) -> None:
    with house.test_request_context("/"), force_locale("en"):
        assert gettext("%(count)s 天", count=1) == "1 day"
        page = house.jinja_env.from_string('{{ _("%(count)s 天", count=1) }}')
        assert page.render() == "1 day"
        refused = words.sentence("令牌已经有 {count} 个，请先作废不用的。", {"count": 1})
        assert refused.startswith("There is 1 token already.")


def test_every_counted_thing_has_a_singular() -> None:
    """A word that follows a number and ends like a plural is known as one, or as none."""
    texts = [str(text) for text in words.catalogue("en")._catalog.values()]
    unknown = {
        word
        for text in texts
        for word in re.findall(r"(?:%\(\w+\)[sd]|\{\w+\}) ([a-z-]+s)\b", text)
        if word not in NOUNS.union(NOT_COUNTED.split())
    }
    assert unknown == set()
