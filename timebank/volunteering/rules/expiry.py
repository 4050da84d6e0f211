"""When minutes expire, and how often a member is told before: pure values.

A term holds for what was earned before it too, but counts from the day on which it first came
into force: nobody loses minutes without the whole term's notice. So the older of two lots never
expires after the younger, and expiry takes the oldest first, as spending does.
"""

import calendar as months
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from timebank.volunteering.rules.policy import PolicyCalendar

WARNED_DAYS = (90, 30)  # how long before the end each of the two warnings is due
LAST_WARNING = timedelta(days=WARNED_DAYS[-1])
MINUTES_ALL = 10**13  # more than anybody can hold: asks what would end if nothing were held
MEMBERS_AT_ONCE = 1000  # members looked at together


@dataclass(frozen=True, slots=True)
class Term:
    """How long minutes keep, and since when that has been so."""

    months: int
    since: date

    def due_on(self, earned_on: date) -> date:
        """Return the day on which minutes of a day expire."""
        return add_months(max(earned_on, self.since), self.months)


@dataclass(frozen=True, slots=True)
class Due:
    """Minutes that expire on one day."""

    due_on: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that was given: how many days before the end, on which day."""

    due_on: date
    days: int
    given_on: date


def add_months(day: date, count: int) -> date:
    """Return the same day so many months later; where there is none, the month's last."""
    month = day.year * 12 + day.month - 1 + count
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def term_on(calendar: PolicyCalendar, day: date) -> Term | None:
    """Return the term in force on a day; None when nothing expires."""
    count = calendar.on(day).expiry_months
    return None if count is None else Term(count, calendar.expiry_since(day))


def schedule(term: Term, lots: Iterable[tuple[date, int]]) -> list[Due]:
    """Return what expires when, soonest first; lots are ``(earned_on, remaining minutes)``."""
    found: dict[date, int] = {}
    for earned_on, minutes in lots:
        due_on = term.due_on(earned_on)
        found[due_on] = found.get(due_on, 0) + minutes
    return [Due(day, found[day]) for day in sorted(found)]


def next_notice(due: Due, given: Mapping[int, date], *, today: date) -> int | None:
    """Return which warning is to be given now, by its days; ``given`` is ``{days: given_on}``.

    The second follows the first on a later day, however late both are.
    """
    first, second = WARNED_DAYS
    left = (due.due_on - today).days
    if first not in given:
        return first if left <= first else None
    if second not in given and left <= second and given[first] < today:
        return second
    return None


def ends_on(due_on: date, given: Mapping[int, date]) -> date | None:
    """Return the day on which minutes really end; None before both warnings were given."""
    if any(days not in given for days in WARNED_DAYS):
        return None
    return max(due_on, given[WARNED_DAYS[-1]] + LAST_WARNING)


def expiring(
    dues: Sequence[Due],
    given: Mapping[date, Mapping[int, date]],
    *,
    spendable: int,
    today: date,
) -> list[Due]:
    """Return what ends today, the oldest first, at most what is not set aside for something.

    What is held for a booking stays until the booking ends; what comes back then expires then.
    """
    found, left = [], spendable
    for due in dues:
        end = ends_on(due.due_on, given.get(due.due_on, {}))
        if end is None or end > today:
            break  # what is younger must not be taken before it
        minutes = min(due.minutes, left)
        if minutes > 0:
            found.append(Due(due.due_on, minutes))
        left -= minutes
    return found
