"""Closing a month of a book: which month is next, what stands in the way, who may do it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from timebank.bank.rules.claims import Reason

REASON_CHARS_MAX = 400


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A line of the month, or an earlier one, of which something is unclaimed."""

    line_id: int
    account_id: int
    account_label: str
    booked_on: date
    amount_fen: int
    unallocated_fen: int
    reason: Reason | None
    due_on: date | None
    owner_name: str
    is_overdue: bool
    is_waived: bool


@dataclass(frozen=True, slots=True)
class WaiverView:
    """Who let a line stay open over a month's end, and why."""

    line_id: int
    booked_on: date
    amount_fen: int
    reason: str
    waived_name: str
    waived_at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the lines of an account reach."""

    account_id: int
    label: str
    last_on: date | None


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """The next month of a book that can be closed, as it stands; None months: nothing to close."""

    book_id: int
    book_name: str
    month: date | None
    through_on: date | None
    is_over: bool
    obstacles: Sequence[Obstacle]
    obstacle_count: int
    waivers: Sequence[WaiverView]
    matchers: Sequence[str]
    unnumbered_count: int
    reached: Sequence[Reached]

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in the way."""
        return self.month is not None and self.is_over and self.obstacle_count == 0


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A closed month: by whom, when, and how many vouchers it has."""

    id: int
    book_id: int
    book_name: str
    month: date
    through_on: date
    vouchers: int
    closed_name: str
    closed_at: datetime
    waiver_count: int


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def next_month(last_closed: date | None, first_entry: date | None) -> date | None:
    """Return the first day of the month to be closed next; None when nothing was ever booked."""
    if last_closed is not None:
        return (last_closed + timedelta(days=1)).replace(day=1)
    return None if first_entry is None else first_entry.replace(day=1)


def has_matched(own_ids: Collection[int], matcher_ids: Collection[int]) -> bool:
    """Whether one of a person's accounts matched lines of the month."""
    return bool(set(own_ids) & set(matcher_ids))
