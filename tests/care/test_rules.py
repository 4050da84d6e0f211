"""The pure rules of care."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.care.rules import desk as rules
from timebank.care.rules import tills
from timebank.care.rules.desk import BookingState, RedemptionState, Wanted

CARTS = st.dictionaries(st.integers(1, 10**9), st.integers(1, 9), max_size=20)


@given(CARTS)
def test_a_cart_survives_being_written(cart: dict[int, int]) -> None:
    assert rules.cart_of(rules.cart_text(cart)) == cart


@given(CARTS, st.integers(1, 10**9), st.sampled_from([1, -1]))
def test_a_changed_cart_stays_within_bounds(cart: dict[int, int], key: int, step: int) -> None:
    changed = rules.cart_of(rules.cart_changed(cart, service_id=key, step=step))

    assert all(1 <= count <= rules.QUANTITY_MAX for count in changed.values())
    assert abs(changed.get(key, 0) - cart.get(key, 0)) <= 1


@given(st.lists(st.builds(Wanted, st.integers(1, 5), st.integers(0, 9)), max_size=20))
def test_merging_keeps_every_quantity_once_in_order(wanted: list[Wanted]) -> None:
    merged = rules.merged(wanted)

    assert sum(item.quantity for item in merged) == sum(item.quantity for item in wanted)
    ids = [item.service_id for item in merged]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("pin", ["123456", "654321", "000000", "12345", "1234567", "12a456"])
def test_weak_pins_are_known(pin: str) -> None:
    assert not rules.is_strong_pin(pin)


def test_a_strong_pin_passes() -> None:
    assert rules.is_strong_pin("274916")


def test_every_arrow_stands_between_known_states_and_has_a_reason() -> None:
    for arrows, states in (
        (rules.BOOKING_ARROWS, BookingState),
        (rules.REDEMPTION_ARROWS, RedemptionState),
    ):
        for arrow in arrows:
            assert states(arrow.before)
            assert states(arrow.after)
            assert arrow.reason
    assert rules.may_become(rules.REDEMPTION_ARROWS, "captured", "undone")
    assert not rules.may_become(rules.REDEMPTION_ARROWS, "undone", "captured")


def test_the_undo_window_ends_after_seven_days() -> None:
    at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    assert rules.is_within_undo(recorded_at=at, now=at + timedelta(days=7))
    assert not rules.is_within_undo(recorded_at=at, now=at + timedelta(days=7, seconds=1))


def test_age_is_in_whole_years() -> None:
    assert rules.age_on(date(1950, 11, 24), date(2026, 11, 23)) == 75
    assert rules.age_on(date(1950, 11, 23), date(2026, 11, 23)) == 76
    assert rules.age_on(None, date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("served_on", "first"),
    [
        (date(2026, 6, 16), date(2026, 6, 16)),
        (date(2026, 6, 12), date(2026, 6, 12)),
        (date(2026, 6, 1), date(2026, 6, 16)),  # so long ago that nobody looks at it again
        (date(2026, 5, 31), date(2026, 6, 16)),  # of a month that is settled
    ],
)
def test_a_late_slip_stands_on_its_own_day_unless_that_is_over(
    served_on: date, first: date
) -> None:
    days = list(tills.days_of_slip(served_on, date(2026, 6, 16)))

    assert days[0] == first
    assert days == sorted(days)
    assert days[-1] == date(2026, 6, 22)
    assert date(2026, 6, 16) in days
