"""Values and rules of the month's settlement with a service point; no database.

A line is a line of a slip, for better or worse: what was served in the month, or what was undone in
it of a month that is settled already. Once approved, a statement never changes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

MONTHS_OF_YEAR = 12


class SettlementState(StrEnum):
    """Where a month's statement stands."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    PAID = "paid"


class LineKind(StrEnum):
    """What a line is: served to a resident or a visitor, or given back of an earlier month."""

    SERVED = "served"
    UNDONE = "undone"
    VISIT = "visit"
    VISIT_UNDONE = "visit_undone"


class Outcome(StrEnum):
    """What a dispute led to: the line is paid as it stands, or not at all."""

    KEPT = "kept"
    STRUCK = "struck"


@dataclass(frozen=True, slots=True)
class CentreMonth:
    """A service point with the month that is settled next; ``month_on`` is its first day."""

    centre_id: int
    centre_name: str
    provider_name: str
    month_on: date | None
    is_open: bool = False

    @property
    def may_draw(self) -> bool:
        """Whether there is a month over and nothing before it undecided."""
        return self.month_on is not None and not self.is_open


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A month's statement; ``amount_fen`` is what is due, without the lines that were struck."""

    id: int
    centre_id: int
    centre_name: str
    provider_name: str
    month_on: date
    state: str
    line_count: int
    minutes: int
    amount_fen: int
    struck_fen: int
    disputes: int
    open_disputes: int
    drafted_by: str
    drafted_by_user_id: int | None
    drafted_at: datetime
    approved_by: str
    approved_at: datetime | None
    entry_id: UUID | None
    paid_on: date | None
    paid_document: str
    paid_by: str
    payment_entry_id: UUID | None

    @property
    def is_drafted(self) -> bool:
        """Whether lines may still be disputed."""
        return self.state == SettlementState.DRAFTED

    @property
    def may_pay(self) -> bool:
        """Whether money is due for what was approved."""
        return self.state == SettlementState.APPROVED and self.amount_fen != 0


@dataclass(frozen=True, slots=True)
class DisputeView:
    """Why a line is not right, and what was answered."""

    reason: str
    raised_by: str
    raised_by_user_id: int | None
    raised_at: datetime
    outcome: str | None
    answer: str
    answered_by: str
    answered_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered yet."""
        return self.outcome is None


@dataclass(frozen=True, slots=True)
class SettlementLineView:
    """One line of a statement with the slip it comes from."""

    id: int
    settlement_id: int
    number: int
    kind: str
    on_day: date
    service_name: str
    unit: str
    quantity: int
    minutes: int
    amount_fen: int
    slip_number: str
    redemption_id: int | None
    transfer_id: int | None
    dispute: DisputeView | None

    @property
    def due_fen(self) -> int:
        """What is paid for it: nothing once it is struck."""
        return 0 if self.dispute and self.dispute.outcome == Outcome.STRUCK else self.amount_fen


@dataclass(frozen=True, slots=True)
class ServiceSum:
    """A month's sum of one service at one price."""

    service_name: str
    unit: str
    unit_minutes: int
    unit_fen: int
    quantity: int
    minutes: int
    amount_fen: int
    struck_fen: int

    @property
    def due_fen(self) -> int:
        """What is paid for it."""
        return self.amount_fen - self.struck_fen


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a statement stands beside the two books; ``differing`` are slips that do not agree."""

    minutes: int
    booked_minutes: int
    amount_fen: int
    booked_fen: int | None
    differing: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether hours and money stand in the books as on the statement."""
        is_paid_right = self.booked_fen is None or self.booked_fen == self.amount_fen
        return not self.differing and self.minutes == self.booked_minutes and is_paid_right


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_after(month_on: date) -> date:
    """Return the first day of the next month."""
    is_last = month_on.month == MONTHS_OF_YEAR
    return date(month_on.year + is_last, 1 if is_last else month_on.month + 1, 1)


def month_before(month_on: date) -> date:
    """Return the first day of the month before."""
    is_first = month_on.month == 1
    return date(month_on.year - is_first, MONTHS_OF_YEAR if is_first else month_on.month - 1, 1)


def month_no(month_on: date) -> int:
    """Return a month as a number, so that the next one is one more."""
    return month_on.year * MONTHS_OF_YEAR + month_on.month - 1


def is_over(month_on: date, today: date) -> bool:
    """Whether a month is over, so that nothing is added to it any more."""
    return month_after(month_on) <= today
