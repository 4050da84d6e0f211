"""Two records of one human: why they look alike, what stands in the way, who may decide."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import merging as errors

UNDO_DAYS = 30


class MergeState(StrEnum):
    """Where a merge stands."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    MERGED = "merged"
    UNDO_ASKED = "undo_asked"
    UNDONE = "undone"


class MergeCommand(StrEnum):
    """What can be done to a merge after it was proposed."""

    REFUSE = "refuse"
    MERGE = "merge"
    ASK_UNDO = "ask_undo"
    REFUSE_UNDO = "refuse_undo"
    UNDO = "undo"


ARROWS: Mapping[tuple[MergeState, MergeCommand], MergeState] = {
    # The second person does not find one human in them.
    (MergeState.PROPOSED, MergeCommand.REFUSE): MergeState.REFUSED,
    # The second person has seen the evidence.
    (MergeState.PROPOSED, MergeCommand.MERGE): MergeState.MERGED,
    # Somebody finds that they are two after all.
    (MergeState.MERGED, MergeCommand.ASK_UNDO): MergeState.UNDO_ASKED,
    # It was right as it was.
    (MergeState.UNDO_ASKED, MergeCommand.REFUSE_UNDO): MergeState.MERGED,
    # A second person agrees that they are two.
    (MergeState.UNDO_ASKED, MergeCommand.UNDO): MergeState.UNDONE,
}


def next_state(state: MergeState, command: MergeCommand) -> MergeState:
    """Return where a command leads.

    Raises:
        MergeDecidedError: there is no such way from here.
    """
    try:
        return ARROWS[state, command]
    except KeyError:
        raise errors.MergeDecidedError from None


class Likeness(StrEnum):
    """Why two records look like one human."""

    NAME = "name"
    BIRTHDAY = "birthday"
    PHONE = "phone"
    HOME = "home"


class Obstacle(StrEnum):
    """What is still going on at the record that is to be closed, and must be ended first."""

    HOLDS = "holds"
    SIGN_UPS = "sign_ups"
    NEEDS = "needs"
    RECORDS = "records"
    GRANTS = "grants"
    CASES = "cases"
    SIX_ROLES = "six_roles"
    STAFF_LOGIN = "staff_login"
    LEAVING = "leaving"


class Part(StrEnum):
    """What of an account an entry moved."""

    OWN = "own"
    DONATION = "donation"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class Alike:
    """What decides whether two records look like one human."""

    name: str
    born_on: date | None
    phone_index: str | None
    household_id: int | None


def likenesses(one: Alike, other: Alike) -> frozenset[Likeness]:
    """Return in what two records agree; what is unknown agrees with nothing."""
    pairs = (
        (Likeness.NAME, one.name, other.name),
        (Likeness.BIRTHDAY, one.born_on, other.born_on),
        (Likeness.PHONE, one.phone_index, other.phone_index),
        (Likeness.HOME, one.household_id, other.household_id),
    )
    return frozenset(what for what, mine, theirs in pairs if mine and mine == theirs)


def is_likely_one(found: Collection[Likeness]) -> bool:
    """Whether two records are worth looking at: two of name, birthday and phone agree."""
    return len(set(found) & {Likeness.NAME, Likeness.BIRTHDAY, Likeness.PHONE}) >= 2


@dataclass(frozen=True, slots=True)
class Record:
    """What of a person's record decides whether it may be closed into another."""

    person_id: int
    is_active: bool
    has_id_number: bool
    has_merged: bool


def check_pair(*, old: Record, kept: Record) -> None:
    """Refuse two records that cannot become one in this direction.

    Raises:
        MergeWithSelfError, MergeClosedPersonError, MergeChainError
        MergeOtherIdNumberError: the register holds an ID number once, so two mean two humans.
        MergeKeepsIdNumberError: the record with the number stays.
    """
    if old.person_id == kept.person_id:
        raise errors.MergeWithSelfError(field="old_id")
    if not (old.is_active and kept.is_active):
        raise errors.MergeClosedPersonError
    if old.has_id_number and kept.has_id_number:
        raise errors.MergeOtherIdNumberError
    if old.has_id_number:
        raise errors.MergeKeepsIdNumberError(field="kept_id")
    if old.has_merged:
        raise errors.MergeChainError


def check_undo(*, merged_at: datetime, now: datetime, used_minutes: int) -> None:
    """Refuse to undo what is too long ago, or has been used since.

    Raises:
        MergeUndoLateError, MergeUndoSpentError
    """
    if now > merged_at + timedelta(days=UNDO_DAYS):
        raise errors.MergeUndoLateError(days=UNDO_DAYS)
    if used_minutes:
        raise errors.MergeUndoSpentError(minutes=used_minutes)


@dataclass(frozen=True, slots=True)
class Twin:
    """Two records that look like one human, and why."""

    older_id: int
    younger_id: int
    name: str
    likenesses: tuple[Likeness, ...]


@dataclass(frozen=True, slots=True)
class MergeView:
    """A merge: which record goes into which, who proposed, who decided, what moved."""

    id: int
    old_id: int
    old_name: str
    kept_id: int
    kept_name: str
    state: MergeState
    evidence: str
    proposed_at: datetime
    proposed_by_name: str
    proposed_by_user_id: int | None
    decided_at: datetime | None
    decided_by_name: str
    decision_reason: str
    undo_reason: str
    undo_asked_by_name: str
    undo_asked_by_user_id: int | None
    undone_at: datetime | None
    own_minutes: int
    donation_minutes: int
    debt_minutes: int

    @property
    def undo_until(self) -> datetime | None:
        """Until when it can be undone."""
        return None if self.decided_at is None else self.decided_at + timedelta(days=UNDO_DAYS)
