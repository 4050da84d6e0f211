"""Somebody has died or moves away: what may become of the minutes, when, and by whose word.

Source: no rule of a city on death and moving out was found; so it is frozen first, kin may claim,
else it is given to a pool or voided, with evidence and by two people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import leaving as errors
from timebank.volunteering.rules.gifts import Kin
from timebank.volunteering.rules.policy import Circle, Policy, circle_kinds

REMIND_DAYS = 30  # how long before the end of the time to claim kin are reminded


class LeavingKind(StrEnum):
    """Why somebody leaves."""

    DEATH = "death"
    MOVED_AWAY = "moved_away"


class LeavingState(StrEnum):
    """Where a leaving stands; the account is frozen from the first to the last."""

    FROZEN = "frozen"
    PROPOSED = "proposed"
    SETTLED = "settled"
    UNDONE = "undone"


class LeavingCommand(StrEnum):
    """What can be done to a leaving after it was reported."""

    PROPOSE = "propose"
    SEND_BACK = "send_back"
    SETTLE = "settle"
    UNDO = "undo"


ARROWS: Mapping[tuple[LeavingState, LeavingCommand], LeavingState] = {
    # Kin claim, the own choice applies, or nobody came in time.
    (LeavingState.FROZEN, LeavingCommand.PROPOSE): LeavingState.PROPOSED,
    # The second person wants to see more.
    (LeavingState.PROPOSED, LeavingCommand.SEND_BACK): LeavingState.FROZEN,
    # The second person agrees: minutes move.
    (LeavingState.PROPOSED, LeavingCommand.SETTLE): LeavingState.SETTLED,
    # It was a mistake: the person is alive, or stays.
    (LeavingState.FROZEN, LeavingCommand.UNDO): LeavingState.UNDONE,
    (LeavingState.PROPOSED, LeavingCommand.UNDO): LeavingState.UNDONE,
}


def next_state(state: LeavingState, command: LeavingCommand) -> LeavingState:
    """Return where a command leads.

    Raises:
        LeavingDecidedError: there is no such way from here.
    """
    try:
        return ARROWS[state, command]
    except KeyError:
        raise errors.LeavingDecidedError from None


class Outcome(StrEnum):
    """What becomes of the minutes."""

    KIN = "kin"
    POOL = "pool"
    VOID = "void"


class Ground(StrEnum):
    """By whose word it becomes of them what it does."""

    OWN_CHOICE = "own_choice"
    CLAIM = "claim"
    NOBODY_CAME = "nobody_came"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody chose for their minutes, or what is proposed: kin, a pool, or nothing."""

    outcome: Outcome
    kin_id: int | None = None
    pool_id: int | None = None


def check_wish(wish: Wish) -> None:
    """Refuse a wish that does not say to whom.

    Raises:
        ClaimantMissingError, OutcomePoolMissingError
    """
    if wish.outcome is Outcome.KIN and wish.kin_id is None:
        raise errors.ClaimantMissingError(field="kin_id")
    if wish.outcome is Outcome.POOL and wish.pool_id is None:
        raise errors.OutcomePoolMissingError(field="pool_id")


def tidied(wish: Wish) -> Wish:
    """Return a wish that names only what its outcome is about."""
    return Wish(
        wish.outcome,
        kin_id=wish.kin_id if wish.outcome is Outcome.KIN else None,
        pool_id=wish.pool_id if wish.outcome is Outcome.POOL else None,
    )


def may_claim(policy: Policy, kin: Kin | None) -> bool:
    """Whether a relative may claim: kinship seen with proof, and within the circle of the rules."""
    if kin is None or not kin.is_verified or policy.circle is Circle.NOBODY:
        return False
    kinds = circle_kinds(policy.circle)
    return kinds is None or kin.kind in kinds


def ground_of(wish: Wish, *, own: Wish | None, can_own: bool, due_on: date, today: date) -> Ground:
    """Return by whose word a proposal stands; the own choice binds as long as it can be done.

    Raises:
        OwnChoiceBindsError: the person chose otherwise.
        TooEarlyToGiveUpError: kin may still come.
    """
    if own is not None and can_own:
        if wish != own:
            raise errors.OwnChoiceBindsError
        return Ground.OWN_CHOICE
    if wish.outcome is Outcome.KIN:
        return Ground.CLAIM
    if today <= due_on:
        raise errors.TooEarlyToGiveUpError(day=due_on)
    return Ground.NOBODY_CAME


def due_on(reported_on: date, claim_days: int) -> date:
    """Return the last day on which kin may claim."""
    return reported_on + timedelta(days=claim_days)


@dataclass(frozen=True, slots=True)
class LeavingView:
    """A leaving: who, why, until when kin may claim, what is proposed and by whom."""

    id: int
    person_id: int
    person_name: str
    kind: LeavingKind
    state: LeavingState
    happened_on: date
    evidence: str
    due_on: date
    policy_version: int
    reported_at: datetime
    reported_by_name: str
    reported_by_user_id: int | None
    outcome: Outcome | None
    ground: Ground | None
    claimant_id: int | None
    claimant_name: str
    pool_id: int | None
    pool_name: str
    proposed_by_name: str
    proposed_by_user_id: int | None
    proposal_reason: str
    settled_at: datetime | None
    settled_by_name: str
    undo_reason: str
    own_minutes: int
    donation_minutes: int
    debt_minutes: int
    released: int
    withdrawn: int
    is_due: bool


@dataclass(frozen=True, slots=True)
class DispositionView:
    """What a member chose for the end of the account, and when."""

    outcome: Outcome
    kin_id: int | None
    kin_name: str
    pool_id: int | None
    pool_name: str
    chosen_at: datetime

    @property
    def wish(self) -> Wish:
        """The choice without names."""
        return Wish(self.outcome, self.kin_id, self.pool_id)
