"""Days of the week as bits, Monday the lowest: of slots, of services, of vouchers."""

from collections.abc import Iterable
from datetime import date, timedelta

EVERY_DAY = 0b111_1111


def mask_of(days: Iterable[int]) -> int:
    """Return days of the week as bits; none chosen means every day."""
    mask = 0
    for day in days:
        mask |= 1 << day
    return mask or EVERY_DAY


def weekdays_of(mask: int) -> tuple[int, ...]:
    """Return the days of the week in a mask, Monday is 0."""
    return tuple(day for day in range(7) if mask >> day & 1)


def has_day(mask: int, day: date) -> bool:
    """Whether a mask has a day's day of the week."""
    return bool(mask >> day.weekday() & 1)


def mask_between(first: date, last: date) -> int:
    """Return the days of the week that come from one day to another, both of them with."""
    days = min((last - first).days + 1, 7)
    return sum(1 << (first + timedelta(days=number)).weekday() for number in range(max(0, days)))
