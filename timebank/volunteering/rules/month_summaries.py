"""A member's month in plain words: what came, what went, what will expire, what can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from timebank.ledger.rules.spans import KindSum
from timebank.volunteering.errors.statements import MonthNotFoundError

NOTICE_SHOWN = timedelta(days=10)  # how long the first screen points at last month's page
MONTHS_SHOWN = 24
MEMBERS_AT_ONCE = 1000

# What entries of a kind mean to a member, in and out apart; what is in no row is told as "other".
_PARTS_IN = {
    "hours.earned": "earned",
    "hours.given": "received",
    "hours.granted": "received",
    "hours.brought": "received",
    "care.redeemed.reversed": "returned",
    "hours.expired.returned": "returned",
}
_PARTS_OUT = {
    "hours.earned.reversed": "taken_back",
    "care.redeemed": "spent",
    "hours.given": "given",
    "hours.donated": "donated",
    "hours.expired": "expired",
}


@dataclass(frozen=True, slots=True)
class KindEarned:
    """What was earned by one kind of service."""

    kind: str
    times: int
    own_minutes: int
    donation_minutes: int


@dataclass(slots=True)
class Parts:
    """A month's minutes by what happened, all positive."""

    earned: int = 0
    received: int = 0
    returned: int = 0
    other_in: int = 0
    taken_back: int = 0
    spent: int = 0
    given: int = 0
    donated: int = 0
    expired: int = 0
    other_out: int = 0

    @property
    def in_minutes(self) -> int:
        """All that came."""
        return self.earned + self.received + self.returned + self.other_in

    @property
    def out_minutes(self) -> int:
        """All that went."""
        return (
            self.taken_back + self.spent + self.given + self.donated + self.expired + self.other_out
        )


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """A member's month: balances at both ends and what lies between, own and donation-only."""

    person_id: int
    name: str
    month: date
    opening_minutes: int
    closing_minutes: int
    donation_opening_minutes: int
    donation_closing_minutes: int
    own: Parts = field(default_factory=Parts)
    donation: Parts = field(default_factory=Parts)
    kinds: Sequence[KindEarned] = ()

    @property
    def through(self) -> date:
        """The month's last day."""
        return last_day(self.month)


def parts_of(sums: Iterable[KindSum]) -> Parts:
    """Return sums of entries as what happened."""
    found = Parts()
    for one in sums:
        known, other = (_PARTS_IN, "other_in") if one.amount > 0 else (_PARTS_OUT, "other_out")
        name = known.get(one.kind, other)
        setattr(found, name, getattr(found, name) + abs(one.amount))
    return found


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_from(text: str) -> date:
    """Return the first day of a month such as ``2026-10``.

    Raises:
        MonthNotFoundError: there is no such month.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise MonthNotFoundError from error


def last_day(month: date) -> date:
    """Return the last day of a month."""
    return next_month(month) - timedelta(days=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return month_of(month - timedelta(days=1))


def months_between(first: date, last: date, *, limit: int = MONTHS_SHOWN) -> list[date]:
    """Return the months from a day's to another's, the newest first, at most so many."""
    found: list[date] = []
    month = month_of(last)
    while month >= month_of(first) and len(found) < limit:
        found.append(month)
        month = month_before(month)
    return found
