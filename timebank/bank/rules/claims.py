"""Pure values of claiming: what a part of a line can be for, why a line waits, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from timebank.bank import errors

# What stays open longer than this is overdue; who holds a line may name another day.
DUE_DAYS = 7
PARTS_MAX = 200
# A payment platform keeps a part of what residents paid; more than this is no fee.
WITHHELD_PERCENT_MAX = 10


class Purpose(StrEnum):
    """What a part of a line is for; the rooms above say what exactly."""

    CONTRIBUTION = "contribution"  # a party or a household pays into a project
    CREDIT = "credit"  # a household's money that no bill asks for yet
    SPENDING = "spending"  # an approved bill of a project
    COMMON_INCOME = "common_income"  # what common parts earned for the owners
    REFUND = "refund"  # a party gets back what a project did not need
    CREDIT_BACK = "credit_back"  # a household gets its credit back
    FEE = "fee"  # what the bank takes
    WITHHELD = "withheld"  # what a payment platform kept of the gross amount
    INTEREST = "interest"  # what the bank gives
    BETWEEN = "between"  # out of one own account into another
    RETURNED = "returned"  # a payment that came back, beside the one that went
    OPENING = "opening"  # what the account held before the first line


class Direction(StrEnum):
    """Which way the money of a line went."""

    IN = "in"
    OUT = "out"


_BOTH = frozenset(Direction)
_IN, _OUT = frozenset({Direction.IN}), frozenset({Direction.OUT})

DIRECTIONS: Mapping[Purpose, frozenset[Direction]] = {
    Purpose.CONTRIBUTION: _IN,
    Purpose.CREDIT: _IN,
    Purpose.SPENDING: _OUT,
    Purpose.COMMON_INCOME: _IN,
    Purpose.REFUND: _OUT,
    Purpose.CREDIT_BACK: _OUT,
    Purpose.FEE: _OUT,
    Purpose.WITHHELD: _IN,
    Purpose.INTEREST: _IN,
    Purpose.BETWEEN: _BOTH,
    Purpose.RETURNED: _BOTH,
    Purpose.OPENING: _BOTH,
}
# These stand for themselves; the others need to know whom or what they are for.
PLAIN = (Purpose.FEE, Purpose.WITHHELD, Purpose.INTEREST, Purpose.OPENING)


class Reason(StrEnum):
    """Why a line waits."""

    NO_CANDIDATE = "no_candidate"
    TIE = "tie"
    PARTIAL = "partial"
    OVER = "over"
    DUPLICATE_SUSPECT = "duplicate_suspect"
    CHAIN_BREAK = "chain_break"
    PAYER_UNKNOWN = "payer_unknown"
    CLOSED_PERIOD = "closed_period"
    PLATFORM_NET = "platform_net"
    RETURNED = "returned"
    UNSURE = "unsure"


class Term(NamedTuple):
    """One thing that speaks for or against a match: its code, its points, and the facts in it."""

    code: str
    points: int
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a line was matched: the points, each term, and whether a program decided."""

    score: int = 0
    terms: Sequence[Term] = ()
    is_automatic: bool = False


BY_HAND = Evidence()


# How banks name what they take and give, and how much of it a program takes for that.
_PLAIN_WORDS = (
    (Purpose.FEE, ("手续费", "管理费", "工本费", "维护费", "汇划费", "年费")),
    (Purpose.INTEREST, ("结息", "利息")),
)
PLAIN_FEN_MAX = 20_000


def plain_of(*, kind: str, amount_fen: int, text: str) -> Purpose | None:
    """Return what a line is by its own words, when it needs no further one."""
    if kind == "opening":
        return Purpose.OPENING
    way = Direction.IN if amount_fen > 0 else Direction.OUT
    for purpose, words in _PLAIN_WORDS:
        if way in DIRECTIONS[purpose] and any(word in text for word in words):
            return purpose
    return None


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line with what of it is still unclaimed, in fen; ``amount_fen`` has the bank's sign."""

    id: int
    account_id: int
    book_id: int
    unclaimed_account_id: int
    number_tail: str
    position: int
    kind: str
    booked_on: date
    amount_fen: int
    unallocated_fen: int
    version: int

    @property
    def direction(self) -> Direction:
        """Which way the money went."""
        return Direction.IN if self.amount_fen > 0 else Direction.OUT


@dataclass(frozen=True, slots=True)
class Claimed:
    """One allocation as it stands."""

    id: int
    line_id: int
    claim_id: UUID
    purpose: Purpose
    amount_fen: int
    entry_id: UUID
    evidence: Evidence
    claimed_name: str
    claimed_at: datetime
    undone_name: str
    undone_at: datetime | None
    undone_reason: str


def check_parts(line: OpenLine, parts: Sequence[tuple[Purpose, int]]) -> None:
    """Refuse parts that a line cannot have; an amount is below zero only for what was withheld.

    Raises:
        NothingClaimedError, PartAmountError: there is none, or one of nothing.
        WrongDirectionError: money that came in for something that goes out, or the reverse.
        MoreThanUnclaimedError: together they are more than what nobody has claimed.
        TooMuchWithheldError: what the platform kept is more than any keeps.
    """
    if not 0 < len(parts) <= PARTS_MAX:
        raise errors.NothingClaimedError(limit=PARTS_MAX)
    for purpose, amount_fen in parts:
        if amount_fen == 0 or (amount_fen < 0) != (purpose is Purpose.WITHHELD):
            raise errors.PartAmountError(field="amount_fen")
        is_opening = line.kind == "opening"
        if line.direction not in DIRECTIONS[purpose] or (
            (purpose is Purpose.OPENING) and not is_opening
        ):
            raise errors.WrongDirectionError(field="purpose")
    withheld = -sum(fen for _, fen in parts if fen < 0)
    if withheld * 100 > abs(line.amount_fen) * WITHHELD_PERCENT_MAX:
        raise errors.TooMuchWithheldError(field="withheld_fen", percent=WITHHELD_PERCENT_MAX)
    asked = sum(fen for _, fen in parts)
    if asked > line.unallocated_fen:
        raise errors.MoreThanUnclaimedError(
            field="amount_fen", left_fen=line.unallocated_fen, asked_fen=asked
        )


def due_of(day: date) -> date:
    """Return until when a line that is raised today should be settled."""
    return day + timedelta(days=DUE_DAYS)
