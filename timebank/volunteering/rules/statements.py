"""Statements of a stretch of days: balances that add up, and why minutes served became others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timebank.ledger.rules.spans import SpanLine
from timebank.ledger.rules.values import HoldView, Restriction
from timebank.volunteering.errors.statements import PeriodTooLongError, StatementPeriodError
from timebank.volunteering.rules.presence import PresenceView
from timebank.volunteering.rules.records import RecordView

DAYS_MAX = 366 * 5
LINES_AT_ONCE = 200
LINES_FILED_MAX = 10_000
REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of minutes in a period: what there was, what came and went, what there is."""

    account_id: int
    restriction: Restriction
    opening_minutes: int
    in_minutes: int
    out_minutes: int

    @property
    def closing_minutes(self) -> int:
        """What there is at the end of the period."""
        return self.opening_minutes + self.in_minutes - self.out_minutes


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement, with the service and the presence behind it, when there are."""

    line: SpanLine
    after_minutes: int
    record: RecordView | None
    presence: PresenceView | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's statement of a period: all kinds of minutes in sums, one of them line by line."""

    person_id: int
    name: str
    card_no: str
    since: date
    through: date
    sections: Sequence[Section]
    shown: Section | None
    before_minutes: int
    lines: Sequence[Line]
    next_cursor: str | None
    holds: Sequence[HoldView]


def check_period(since: date, through: date, *, today: date) -> None:
    """Refuse a period that ends before it begins or after today, or is longer than five years.

    Raises:
        StatementPeriodError, PeriodTooLongError
    """
    if not since <= through <= today:
        raise StatementPeriodError(field="through")
    if (through - since).days >= DAYS_MAX:
        raise PeriodTooLongError(field="since")
