"""Appeal and arbitration: who may ask, who decides, until when; pure values.

A decision that a volunteer may appeal against is a rejection or an approval taken back. What a cap
did not count follows from the rules for hours and is no decision of anybody, so it is explained,
not appealed against; before a record counts, nobody but its writers changes its minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import disputes as errors
from timebank.volunteering.rules.records import RecordState

PANEL = 2  # votes that agree, when no one decides alone


class DisputeAbout(StrEnum):
    """Which decision somebody disagrees with."""

    REJECTION = "rejection"
    UNAPPROVAL = "unapproval"


class DisputeState(StrEnum):
    """Where the right to disagree stands."""

    OPEN = "open"
    APPEALED = "appealed"
    UPHELD = "upheld"
    ARBITRATION = "arbitration"
    GRANTED = "granted"
    FINAL = "final"
    LAPSED = "lapsed"
    REPAIRED = "repaired"


class DisputeCommand(StrEnum):
    """What can be done about it."""

    APPEAL = "appeal"
    GRANT = "grant"
    UPHOLD = "uphold"
    ASK_ARBITRATION = "ask_arbitration"
    ARBITRATE_FOR = "arbitrate_for"
    ARBITRATE_AGAINST = "arbitrate_against"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a command leads, and why it may."""

    to: DisputeState
    why: str


_S, _C = DisputeState, DisputeCommand
ARROWS: Mapping[tuple[DisputeState, DisputeCommand], Arrow] = {
    (_S.OPEN, _C.APPEAL): Arrow(_S.APPEALED, "the volunteer disagrees in time"),
    (_S.OPEN, _C.LAPSE): Arrow(_S.LAPSED, "the last day for an appeal has passed"),
    (_S.APPEALED, _C.GRANT): Arrow(_S.GRANTED, "another person finds the volunteer right"),
    (_S.APPEALED, _C.UPHOLD): Arrow(_S.UPHELD, "another person finds the decision right"),
    (_S.UPHELD, _C.ASK_ARBITRATION): Arrow(_S.ARBITRATION, "the volunteer still disagrees"),
    (_S.UPHELD, _C.LAPSE): Arrow(_S.LAPSED, "the last day for arbitration has passed"),
    (_S.ARBITRATION, _C.ARBITRATE_FOR): Arrow(_S.GRANTED, "arbitration finds for the volunteer"),
    (_S.ARBITRATION, _C.ARBITRATE_AGAINST): Arrow(_S.FINAL, "arbitration has the last word"),
}
# What the database does by itself when a rejected record comes again, repaired.
REPAIRABLE = (_S.OPEN, _S.APPEALED, _S.UPHELD, _S.ARBITRATION)
# Where the volunteer may act until the day, and where the community owes an answer by it.
VOLUNTEERS_TURN = (_S.OPEN, _S.UPHELD)
COMMUNITYS_TURN = (_S.APPEALED, _S.ARBITRATION)

_ENDED: Mapping[DisputeState, type[DomainError]] = {
    _S.GRANTED: errors.AppealGrantedError,
    _S.FINAL: errors.AppealFinalError,
    _S.REPAIRED: errors.AppealRepairedError,
}
_MISSING: Mapping[DisputeCommand, type[DomainError]] = {
    _C.APPEAL: errors.AppealAlreadyMadeError,
    _C.GRANT: errors.NotAppealedError,
    _C.UPHOLD: errors.NotAppealedError,
    _C.ASK_ARBITRATION: errors.NotUpheldError,
    _C.ARBITRATE_FOR: errors.NotInArbitrationError,
    _C.ARBITRATE_AGAINST: errors.NotInArbitrationError,
    _C.LAPSE: errors.AppealAlreadyMadeError,
}


def next_state(
    state: DisputeState, command: DisputeCommand, *, due_on: date | None, today: date
) -> DisputeState:
    """Return the state to which a command leads.

    What the volunteer may do ends with its last day; what the community owes is still owed.

    Raises:
        DomainError: it is not possible now; the class says why.
    """
    if state is _S.LAPSED:
        raise errors.AppealLapsedError(due_on=due_on or today)
    if state in _ENDED:
        raise _ENDED[state]
    arrow = ARROWS.get((state, command))
    if arrow is None:
        raise _MISSING[command]
    is_over = due_on is not None and due_on < today
    if is_over and state in VOLUNTEERS_TURN and command is not _C.LAPSE:
        raise errors.AppealLapsedError(due_on=due_on)
    return arrow.to


@dataclass(frozen=True, slots=True)
class Vote:
    """One arbiter's word; ``is_alone`` means that it decides by itself."""

    is_granted: bool
    is_alone: bool


def verdict(votes: Sequence[Vote]) -> bool | None:
    """Return how arbitration ends: by one who decides alone, or by two who agree; None: not yet."""
    alone = [vote for vote in votes if vote.is_alone]
    if alone:
        return alone[-1].is_granted
    for is_granted in (True, False):
        if sum(vote.is_granted is is_granted for vote in votes) >= PANEL:
            return is_granted
    return None


def check_judge(
    *,
    hands: tuple[frozenset[int], frozenset[int]],
    judge: tuple[int | None, int | None],
    near_ids: Iterable[int],
    parties: Iterable[int | None],
) -> None:
    """Refuse who has acted before (``hands``: accounts, persons), or is near to a party.

    Raises:
        DecidesOwnActError, DecidesKinError
    """
    users, persons = hands
    if judge == (None, None) or judge[0] in users or judge[1] in persons:
        raise errors.DecidesOwnActError
    near = {judge[1], *near_ids} - {None}
    if near & set(parties):
        raise errors.DecidesKinError


@dataclass(frozen=True, slots=True)
class VoteView:
    """An arbiter's vote as it is shown."""

    by_name: str
    is_granted: bool
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A right to disagree, and what became of it."""

    id: int
    record_id: int
    about: DisputeAbout
    state: DisputeState
    due_on: date | None
    is_late: bool
    volunteer_id: int
    volunteer_name: str
    kind_name: str
    served_on: date
    minutes: int
    record_state: RecordState
    opened_at: datetime
    decided_by_name: str
    reason: str
    appealed_at: datetime | None
    appealed_by_name: str
    appeal_words: str
    judged_at: datetime | None
    judged_by_name: str
    judgement: str
    arbitration_at: datetime | None
    arbitration_words: str
    settled_at: datetime | None
    new_record_id: int | None
    votes: tuple[VoteView, ...] = ()
