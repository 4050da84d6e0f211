"""States, commands, the arrows between them, and the fold of events into a case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypedDict

from timebank.cases.errors import steps as errors
from timebank.kernel.errors import ConflictError

PHOTOS_MAX = 6
FEEDBACK_TRIES_MAX = 3
REOPEN_DAYS_MAX = 14
BACKDATE_HOURS_MAX = 24


class Source(StrEnum):
    """Where a case comes from."""

    ASSIGNED = "assigned"
    REPORTED = "reported"
    PATROL = "patrol"


class Category(StrEnum):
    """What a case is about."""

    FIRE_SAFETY = "fire_safety"
    FACILITIES = "facilities"
    SANITATION = "sanitation"
    FUMES_NOISE = "fumes_noise"
    PARKING = "parking"
    STREET_ORDER = "street_order"
    DISPUTE = "dispute"
    CARE = "care"
    OTHER = "other"


class State(StrEnum):
    """How far a case is."""

    REGISTERED = "registered"
    RESPONDED = "responded"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    FED_BACK = "fed_back"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """The four steps that have a limit."""

    RESPOND = "respond"
    CLAIM = "claim"
    RESOLVE = "resolve"
    FEED_BACK = "feed_back"


class Command(StrEnum):
    """What can be done to a registered case."""

    RESPOND = "respond"
    CLAIM = "claim"
    NOTE = "note"
    RESOLVE = "resolve"
    FEED_BACK = "feed_back"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


class EventType(StrEnum):
    """What happened to a case; one line of its history."""

    REGISTERED = "registered"
    RESPONDED = "responded"
    CLAIMED = "claimed"
    NOTED = "noted"
    RESOLVED = "resolved"
    FEEDBACK_TRIED = "feedback_tried"
    FED_BACK = "fed_back"
    CLOSED = "closed"
    REOPENED = "reopened"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What the handling came to; "closed" never hides that it was not solved."""

    SOLVED = "solved"
    EXPLAINED = "explained"
    CANNOT = "cannot"


class Method(StrEnum):
    """How the reporter was answered; a case without a reporter is checked on site."""

    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"
    SITE_CHECK = "site_check"


class Answer(StrEnum):
    """What the reporter said."""

    SOLVED = "solved"
    UNSOLVED = "unsolved"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Arrow:
    """An allowed move: the events it writes, in order, and why it is allowed."""

    writes: tuple[EventType, ...]
    why: str


E, S, C = EventType, State, Command
ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (S.REGISTERED, C.RESPOND): Arrow((E.RESPONDED,), "the reporter hears that someone comes"),
    (S.REGISTERED, C.CLAIM): Arrow(
        (E.RESPONDED, E.CLAIMED), "who takes it at once has answered by taking it"
    ),
    (S.REGISTERED, C.NOTE): Arrow((E.NOTED,), "what is learnt early is kept"),
    (S.REGISTERED, C.CANCEL): Arrow((E.CANCELLED,), "entered in error; it stays in the ledger"),
    (S.RESPONDED, C.CLAIM): Arrow((E.CLAIMED,), "one person answers for it from here"),
    (S.RESPONDED, C.NOTE): Arrow((E.NOTED,), "what is learnt early is kept"),
    (S.RESPONDED, C.CANCEL): Arrow((E.CANCELLED,), "entered in error; it stays in the ledger"),
    (S.CLAIMED, C.NOTE): Arrow((E.NOTED,), "progress is told while it happens"),
    (S.CLAIMED, C.RESOLVE): Arrow((E.RESOLVED,), "there is an outcome, with evidence"),
    (S.RESOLVED, C.NOTE): Arrow((E.NOTED,), "a later look at the place is kept"),
    (S.RESOLVED, C.FEED_BACK): Arrow((E.FED_BACK,), "the reporter hears the outcome and answers"),
    (S.RESOLVED, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold"),
    (S.FED_BACK, C.NOTE): Arrow((E.NOTED,), "a later look at the place is kept"),
    (S.FED_BACK, C.CLOSE): Arrow((E.CLOSED,), "answered, checked and done"),
    (S.FED_BACK, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold"),
    (S.CLOSED, C.REOPEN): Arrow((E.REOPENED,), "the outcome did not hold, within the window"),
}
REFUSALS: Mapping[State, type[ConflictError]] = {
    S.REGISTERED: errors.StillRegisteredError,
    S.RESPONDED: errors.StillRespondedError,
    S.CLAIMED: errors.StillClaimedError,
    S.RESOLVED: errors.AlreadyResolvedError,
    S.FED_BACK: errors.AlreadyFedBackError,
    S.CLOSED: errors.AlreadyClosedError,
    S.CANCELLED: errors.AlreadyCancelledError,
}
# The state after each event; a note or a vain call leaves it as it is.
LEADS_TO: Mapping[EventType, State] = {
    E.RESPONDED: S.RESPONDED,
    E.CLAIMED: S.CLAIMED,
    E.RESOLVED: S.RESOLVED,
    E.FED_BACK: S.FED_BACK,
    E.CLOSED: S.CLOSED,
    E.REOPENED: S.CLAIMED,
    E.CANCELLED: S.CANCELLED,
}
FINISHES: Mapping[EventType, Step] = {
    E.RESPONDED: Step.RESPOND,
    E.CLAIMED: Step.CLAIM,
    E.RESOLVED: Step.RESOLVE,
    E.FED_BACK: Step.FEED_BACK,
}
WAITS_FOR: Mapping[State, Step] = {
    S.REGISTERED: Step.RESPOND,
    S.RESPONDED: Step.CLAIM,
    S.CLAIMED: Step.RESOLVE,
    S.RESOLVED: Step.FEED_BACK,
}
ONWARD: Mapping[State, Command] = {
    S.REGISTERED: C.RESPOND,
    S.RESPONDED: C.CLAIM,
    S.CLAIMED: C.RESOLVE,
    S.RESOLVED: C.FEED_BACK,
    S.FED_BACK: C.CLOSE,
}
# What a reporter sees of the history; notes are the staff's own.
TOLD_TO_REPORTER = frozenset(EventType) - {E.NOTED}


class DuePayload(TypedDict):
    """A deadline as an event carries it: moments in ISO 8601, the reason in words."""

    step: str
    started_at: str
    due_at: str
    reason: str


class Payload(TypedDict, total=False):
    """What an event says apart from personal words; part of its digest."""

    source: str
    category: str
    micro_grid_id: int
    policy_version: int
    due: DuePayload
    outcome: str
    method: str
    answer: str
    photos: list[int]


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the fold reads it."""

    seq: int
    type: EventType
    at: datetime
    payload: Payload
    user_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """One step's promise and what became of it."""

    started_at: datetime
    due_at: datetime
    reason: str
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseState:
    """All of a case that follows from its events."""

    state: State
    source: Source
    category: Category
    micro_grid_id: int
    policy_version: int
    version: int
    round: int = 1
    holder_user_id: int | None = None
    holder_person_id: int | None = None
    outcome: Outcome | None = None
    answer: Answer | None = None
    feedback_tries: int = 0
    times: Mapping[Step, Times] = field(default_factory=dict)

    @property
    def step(self) -> Step | None:
        """The step that is waited for, or None when no clock runs."""
        return WAITS_FOR.get(self.state)

    @property
    def due_at(self) -> datetime | None:
        """When the step that is waited for is due."""
        return self.times[self.step].due_at if self.step else None


def possible(state: State) -> list[Command]:
    """Return the commands that a state allows, in the order of work."""
    return [command for command in Command if (state, command) in ARROWS]


def next_command(state: State) -> Command | None:
    """Return the command that carries a case on from a state."""
    return ONWARD.get(state)


def permission_of(command: Command) -> str:
    """Return the permission that a command needs."""
    return "case.close" if command in {Command.CLOSE, Command.CANCEL} else "case.work"


def writes(
    state: CaseState, command: Command, *, answer: Answer | None = None
) -> tuple[EventType, ...]:
    """Return the events that a command writes now.

    Raises:
        ConflictError: the state does not allow it; the class names the state and what it allows.
    """
    arrow = ARROWS.get((state.state, command))
    if arrow is None:
        raise REFUSALS[state.state]
    if command is not Command.FEED_BACK:
        return arrow.writes
    if answer is Answer.UNREACHABLE and state.feedback_tries + 1 < FEEDBACK_TRIES_MAX:
        return (EventType.FEEDBACK_TRIED,)
    if answer is Answer.UNSOLVED:
        return (*arrow.writes, EventType.REOPENED)
    return arrow.writes


def check_reopen(state: CaseState, *, closed_at: datetime | None, at: datetime) -> None:
    """Refuse to reopen what was closed too long ago.

    Raises:
        ReopenTooLateError: more than ``REOPEN_DAYS_MAX`` days have passed.
    """
    if state.state is not State.CLOSED or closed_at is None:
        return
    if at - closed_at > timedelta(days=REOPEN_DAYS_MAX):
        raise errors.ReopenTooLateError(days=REOPEN_DAYS_MAX)


def check_occurred(*, occurred_at: datetime, recorded_at: datetime) -> None:
    """Refuse a moment of happening that lies ahead or too far back.

    Raises:
        HappenedInFutureError: it lies after the moment of recording.
        HappenedTooLongAgoError: it lies more than ``BACKDATE_HOURS_MAX`` hours before.
    """
    if occurred_at > recorded_at:
        raise errors.HappenedInFutureError(field="occurred_at")
    if recorded_at - occurred_at > timedelta(hours=BACKDATE_HOURS_MAX):
        raise errors.HappenedTooLongAgoError(field="occurred_at", hours=BACKDATE_HOURS_MAX)


def apply(state: CaseState | None, fact: Fact) -> CaseState:
    """Return the case after one more event."""
    if state is None:
        return _opened(fact)
    moved = replace(
        state,
        version=fact.seq,
        state=LEADS_TO.get(fact.type, state.state),
        times=_times_after(state.times, fact),
    )
    return replace(moved, **_changes(state, fact))


def _changes(state: CaseState, fact: Fact) -> dict[str, Any]:  # Any: fields of every kind
    """Return the fields that one kind of event sets, beside state, version and times."""
    match fact.type:
        case EventType.CLAIMED:
            return {"holder_user_id": fact.user_id, "holder_person_id": fact.person_id}
        case EventType.RESOLVED:
            return {"outcome": Outcome(fact.payload["outcome"])}
        case EventType.FEEDBACK_TRIED:
            return {"feedback_tries": state.feedback_tries + 1}
        case EventType.FED_BACK:
            return {"answer": Answer(fact.payload["answer"])}
        case EventType.REOPENED:
            return {"round": state.round + 1, "outcome": None, "answer": None, "feedback_tries": 0}
        case _:
            return {}


def fold(facts: Iterable[Fact]) -> CaseState | None:
    """Return the case that a history makes; None when it is empty."""
    state: CaseState | None = None
    for fact in facts:
        state = apply(state, fact)
    return state


def _opened(fact: Fact) -> CaseState:
    """Return the case that a registration opens."""
    payload = fact.payload
    return CaseState(
        state=State.REGISTERED,
        source=Source(payload["source"]),
        category=Category(payload["category"]),
        micro_grid_id=payload["micro_grid_id"],
        policy_version=payload["policy_version"],
        version=fact.seq,
        times=_times_after({}, fact),
    )


def _times_after(times: Mapping[Step, Times], fact: Fact) -> dict[Step, Times]:
    """Return the steps with this event's end and this event's new promise entered."""
    after = dict(times)
    finished = FINISHES.get(fact.type)
    if finished is not None:
        after[finished] = replace(after[finished], done_at=fact.at)
    if fact.type is EventType.REOPENED:
        after.pop(Step.FEED_BACK, None)
    due = fact.payload.get("due")
    if due is not None:
        after[Step(due["step"])] = Times(
            started_at=datetime.fromisoformat(due["started_at"]),
            due_at=datetime.fromisoformat(due["due_at"]),
            reason=due["reason"],
        )
    return after
