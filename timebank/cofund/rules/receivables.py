"""What households owe for a project: how a share is laid on them, and where each one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.kernel.units import split

HOUSEHOLDS_MAX = 10_000
PERMILLE = 1000


class LaidBy(StrEnum):
    """By what the residents' share is laid on the households."""

    FLOOR_AREA = "floor_area"
    HOUSEHOLDS = "households"


class ReceivableState(StrEnum):
    """Where one household's part stands; it follows from its amounts."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    WAIVED = "waived"
    CANCELLED = "cancelled"


class WaiverState(StrEnum):
    """Where a request for a waiver stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One date of payment: how many thousandths of the whole, until when."""

    permille: int
    due_on: date


@dataclass(frozen=True, slots=True)
class ReceivableView:
    """What one household owes for one instalment, fen."""

    id: int
    project_id: int
    household_id: int
    building: int
    unit: int
    room_no: str
    instalment: int
    amount_fen: int
    paid_fen: int
    waived_fen: int
    outstanding_fen: int
    payment_code: str
    due_on: date
    state: ReceivableState
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class ReceivableSums:
    """How the households of a project stand together."""

    households: int
    paid_up: int
    amount_fen: int
    paid_fen: int
    waived_fen: int
    outstanding_fen: int


def state_of(
    *, amount_fen: int, paid_fen: int, waived_fen: int, is_cancelled: bool
) -> ReceivableState:
    """Return where a household's part stands."""
    if is_cancelled:
        return ReceivableState.CANCELLED
    if paid_fen + waived_fen < amount_fen:
        return ReceivableState.PART_PAID if paid_fen else ReceivableState.OPEN
    return ReceivableState.PAID if paid_fen else ReceivableState.WAIVED


def lay_on(
    *, total_fen: int, weights: Mapping[int, int], instalments: Sequence[Instalment]
) -> dict[int, list[int]]:
    """Return by household what each instalment comes to; all of it sums to the total exactly.

    Each household's part is fixed first, by largest remainder, then cut into its instalments, so
    that nobody pays a fen more because the dates are more.
    """
    parts = split(total_fen, list(weights.values()))
    permilles = [one.permille for one in instalments]
    return {
        household: split(part, permilles) for household, part in zip(weights, parts, strict=True)
    }
