"""Between two communities: who owes whom how much, how far that may go, and what a month moved.

The two of a pair are told apart by their ids: ``low`` and ``high``. One signed figure says where
they stand: above zero the low one owes the high one, below zero the other way round. To owe is to
have sent minutes over: the members of the one are then served by the other.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import clearing as errors

LIMIT_MAX = 6_000_000
NOTE_MAX = 200
CODE_DIGITS = 10
LAPSES_AFTER = timedelta(days=30)
RESTS_FOR = timedelta(days=365)


class Purpose(StrEnum):
    """What minutes are sent over for."""

    OWN = "own"
    KIN = "kin"
    REDEEM = "redeem"


class TransferState(StrEnum):
    """Where a transfer stands; the minutes are set aside while it is requested."""

    REQUESTED = "requested"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REVERSED = "reversed"


# Each arrow with its reason.
TRANSFER_ARROWS = (
    ("requested", "done"),  # the receiving side accepted, or had agreed to beforehand
    ("requested", "refused"),  # it did not
    ("requested", "withdrawn"),  # the sender thought better of it
    ("requested", "lapsed"),  # nobody decided in time
    ("done", "reversed"),  # both sides agreed that it was wrong
)


class MoveKind(StrEnum):
    """What moved the account between two communities."""

    TRANSFER = "transfer"
    REVERSAL = "reversal"
    SETTLEMENT = "settlement"


def ordered(one_id: int, other_id: int) -> tuple[int, int]:
    """Return the two communities of a pair, the low one first."""
    return min(one_id, other_id), max(one_id, other_id)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two of a pair, and on which of them one stands."""

    low_id: int
    high_id: int

    def sign(self, community_id: int) -> int:
        """Return 1 for the low community, -1 for the high one: what it owes counts so."""
        return 1 if community_id == self.low_id else -1

    def other(self, community_id: int) -> int:
        """Return the community on the other side."""
        return self.high_id if community_id == self.low_id else self.low_id


@dataclass(frozen=True, slots=True)
class Terms:
    """What two communities agreed on: how far each may owe the other, in minutes."""

    version: int
    low_limit_minutes: int
    high_limit_minutes: int
    is_automatic: bool


def check_limit(terms: Terms, *, position: int, low_owes_minutes: int) -> None:
    """Refuse what would let one owe the other more than agreed; what makes a debt smaller may be.

    Raises:
        ClearingLimitError: with what may still be sent.
    """
    after = position + low_owes_minutes
    limit = terms.low_limit_minutes if low_owes_minutes > 0 else terms.high_limit_minutes
    owed_before, owed_after = (position, after) if low_owes_minutes > 0 else (-position, -after)
    if owed_after > limit:
        left = max(limit - owed_before, 0)
        raise errors.ClearingLimitError(
            field="minutes", left=left, need=abs(low_owes_minutes), limit=limit
        )


def check_settles(*, position: int, minutes: int) -> int:
    """Return the signed move that settles so much of what is owed.

    Raises:
        SettlesTooMuchError: more than is owed.
    """
    if minutes > abs(position):
        raise errors.SettlesTooMuchError(field="minutes", owed=abs(position), need=minutes)
    return -minutes if position > 0 else minutes


def check_rest(arrived_on: date | None, *, today: date) -> None:
    """Refuse to send one's own minutes on while those that came from elsewhere still rest.

    What arrives begins a new term; without the rest, sending minutes in a circle would keep them
    from ever expiring.

    Raises:
        ArrivedLatelyError: with the day from which it may be.
    """
    if arrived_on is not None and today < arrived_on + RESTS_FOR:
        raise errors.ArrivedLatelyError(arrived=arrived_on, until=arrived_on + RESTS_FOR)


def tidy_code(text: str) -> str:
    """Return the digits of a code as it was typed or read."""
    return "".join(sign for sign in text if sign in "0123456789")


def spaced_code(code: str) -> str:
    """Return a code in groups that can be read out."""
    return f"{code[:4]} {code[4:7]} {code[7:]}"


@dataclass(frozen=True, slots=True)
class TermsView:
    """One version of what two communities agreed on, as one of them sees it."""

    id: int
    version: int
    we_may_owe_minutes: int
    they_may_owe_minutes: int
    is_automatic: bool
    from_on: date
    in_force_on: date | None
    is_ours: bool
    proposed_by_name: str
    proposed_at: datetime
    signed_by_name: str
    signed_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the other side."""
        return self.signed_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class FreezeView:
    """A stop that one side put on new transfers."""

    is_ours: bool
    reason: str
    frozen_at: datetime
    frozen_by_name: str


@dataclass(frozen=True, slots=True)
class PairView:
    """How one community stands with another."""

    id: int
    other_id: int
    other_name: str
    we_owe_minutes: int
    terms: TermsView | None
    proposal: TermsView | None
    freezes: tuple[FreezeView, ...]

    @property
    def we_can_send_minutes(self) -> int:
        """What our members can still send over."""
        if self.terms is None or self.freezes:
            return 0
        return max(self.terms.we_may_owe_minutes - self.we_owe_minutes, 0)

    @property
    def they_can_send_minutes(self) -> int:
        """What their members can still send to us."""
        if self.terms is None or self.freezes:
            return 0
        return max(self.terms.they_may_owe_minutes + self.we_owe_minutes, 0)

    @property
    def is_frozen_by_us(self) -> bool:
        """Whether our side has stopped new transfers."""
        return any(one.is_ours for one in self.freezes)


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """For whom staff ask, by which signed slip."""

    person_id: int
    slip_number: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where somebody can send minutes: to the own place elsewhere, or to kin there."""

    community_id: int
    community_name: str
    person_id: int
    name: str
    purpose: Purpose
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer between communities, as one of the two sees it."""

    id: int
    pair_id: int
    purpose: Purpose
    state: TransferState
    is_outgoing: bool
    from_community: str
    to_community: str
    person_id: int
    person_name: str
    to_person_id: int | None
    to_person_name: str
    minutes: int
    moved_minutes: int | None
    code: str
    requested_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    decided_by_name: str
    decision_reason: str
    is_reversal_asked: bool
    is_reversal_ours: bool
    reversal_reason: str
    reversal_asked_by_name: str
    is_assisted: bool

    @property
    def is_on_paper(self) -> bool:
        """Whether its code was handed over on paper and is still good."""
        return self.is_assisted and self.is_requested and self.purpose is Purpose.REDEEM

    @property
    def is_requested(self) -> bool:
        """Whether it waits for the receiving side."""
        return self.state is TransferState.REQUESTED
