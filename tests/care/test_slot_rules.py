"""Slots, rules of booking and units of a visit as pure values."""

from datetime import UTC, date, datetime, timedelta

import pytest

from timebank.care.rules import home, slots
from timebank.care.rules.slots import BookingRulesView, SlotView

DAY = date(2026, 6, 8)  # a Monday
TEN = datetime(2026, 6, 8, 2, tzinfo=UTC)  # ten o'clock in the community


def test_a_slot_runs_on_its_days_of_the_week_while_it_is_open() -> None:
    mondays = SlotView(1, 1, "10:00", 0b000_0001, 2, is_active=True)

    assert mondays.runs_on(DAY)
    assert not mondays.runs_on(DAY + timedelta(days=1))
    assert not SlotView(1, 1, "10:00", 0b111_1111, 2, is_active=False).runs_on(DAY)


def test_a_slot_over_its_lowered_capacity_has_nothing_left() -> None:
    assert SlotView(1, 1, "10:00", 127, 2, is_active=True, taken=3).left == 0


def test_without_rules_one_cancels_free_until_the_day_begins() -> None:
    until = slots.free_until(BookingRulesView(), day=DAY, at_time="10:00")

    assert until == datetime(2026, 6, 7, 16, tzinfo=UTC)


def test_with_rules_one_cancels_free_so_many_hours_before_the_beginning() -> None:
    rules = BookingRulesView(cancel_hours=3)

    assert slots.free_until(rules, day=DAY, at_time="10:00") == TEN - timedelta(hours=3)


@pytest.mark.parametrize(("minutes", "percent", "part"), [(90, 50, 45), (45, 50, 22), (1, 50, 0)])
def test_a_part_is_whole_minutes_and_the_rest_is_the_elders(
    minutes: int, percent: int, part: int
) -> None:
    assert slots.share(minutes, percent) == part


def test_an_offer_never_lasts_past_the_beginning() -> None:
    now = TEN - timedelta(hours=2)

    assert slots.offer_ends(now, hours=1, begins=TEN, day=DAY) == now + timedelta(hours=1)
    assert slots.offer_ends(now, hours=9, begins=TEN, day=DAY) == TEN


def test_an_offer_without_a_time_of_day_lasts_until_the_day_is_over() -> None:
    begins = slots.begins_at(DAY, "")

    ends = slots.offer_ends(TEN, hours=72, begins=begins, day=DAY)

    assert ends == begins + timedelta(days=1)


@pytest.mark.parametrize(
    ("minutes", "units"), [(0, 1), (12, 1), (35, 1), (36, 2), (65, 2), (240, 3)]
)
def test_a_visit_counts_begun_units_with_some_grace_and_never_more_than_was_booked(
    minutes: int, units: int
) -> None:
    assert home.units_done(minutes=minutes, unit_minutes=30, booked=3) == units
