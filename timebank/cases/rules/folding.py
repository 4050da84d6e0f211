"""The fold of events into a case: everything about a case that follows from its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from timebank.cases.rules.flow import (
    FINISHES,
    LEADS_TO,
    WAITS_FOR,
    Answer,
    Category,
    EventType,
    Outcome,
    Source,
    State,
    Step,
)

# What answers a request, or leaves it without an object.
_ANSWERS = frozenset({EventType.PAUSED, EventType.EXTENDED, EventType.DECLINED, EventType.RESOLVED})


class MovePayload(TypedDict):
    """Why a deadline moved: a pause from one moment to another, or an extension to a moment."""

    kind: str
    at: str
    until: str


class AskPayload(TypedDict):
    """A request that waits for an answer: a pause or an extension until a moment."""

    kind: str
    until: str
    reason: str
    user_id: int | None


class DuePayload(TypedDict):
    """A deadline as an event carries it: moments in ISO 8601, and all that it follows from.

    ``calendar`` are the versions of the years that were asked; ``rested`` the days not worked on
    the way; ``first_due_at`` is the promise before anything moved it.
    """

    step: str
    started_at: str
    due_at: str
    reason: str
    starts_with: str
    amount: int
    unit: str
    pace: str
    day_rule: str
    is_provisional: bool
    calendar: dict[str, int]
    rested: list[str]
    first_due_at: NotRequired[str]
    moves: NotRequired[list[MovePayload]]


class Payload(TypedDict, total=False):
    """What an event says apart from personal words; part of its digest."""

    source: str
    category: str
    micro_grid_id: int
    policy_version: int
    is_urgent: bool
    dues: list[DuePayload]
    outcome: str
    method: str
    answer: str
    photos: list[int]
    asked: AskPayload
    refusal: str


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

    why: DuePayload
    started_at: datetime
    due_at: datetime
    done_at: datetime | None = None

    @property
    def reason(self) -> str:
        """The sentence that says why it is due then."""
        return self.why["reason"]


@dataclass(frozen=True, slots=True)
class CaseState:
    """All of a case that follows from its events."""

    state: State
    source: Source
    category: Category
    micro_grid_id: int
    policy_version: int
    version: int
    is_urgent: bool = False
    round: int = 1
    holder_user_id: int | None = None
    holder_person_id: int | None = None
    outcome: Outcome | None = None
    answer: Answer | None = None
    feedback_tries: int = 0
    asked: AskPayload | None = None
    times: Mapping[Step, Times] = field(default_factory=dict)

    @property
    def step(self) -> Step | None:
        """The step that is waited for, or None when no clock runs."""
        return WAITS_FOR.get(self.state)

    @property
    def due_at(self) -> datetime | None:
        """When the step that is waited for is due."""
        return self.times[self.step].due_at if self.step else None

    @property
    def paused_until(self) -> datetime | None:
        """The end of the last pause, past or to come; None when an extension followed it."""
        resolve = self.times.get(Step.RESOLVE)
        moves = resolve.why.get("moves") if resolve and not resolve.done_at else None
        if not moves or moves[-1]["kind"] != "pause":
            return None
        return datetime.fromisoformat(moves[-1]["until"])

    @property
    def is_provisional(self) -> bool:
        """Whether a promise not yet kept was reckoned without knowing the year's workdays."""
        return any(one.why["is_provisional"] and not one.done_at for one in self.times.values())


def apply(state: CaseState | None, fact: Fact) -> CaseState:
    """Return the case after one more event."""
    if state is None:
        return _opened(fact)
    moved = replace(
        state,
        version=fact.seq,
        state=LEADS_TO.get(fact.type, state.state),
        times=_times_after(state.times, fact),
        asked=None if fact.type in _ANSWERS else fact.payload.get("asked", state.asked),
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
        is_urgent=payload.get("is_urgent", False),
        version=fact.seq,
        times=_times_after({}, fact),
    )


def _times_after(times: Mapping[Step, Times], fact: Fact) -> dict[Step, Times]:
    """Return the steps with this event's end and this event's new promises entered."""
    after = dict(times)
    finished = FINISHES.get(fact.type)
    if finished is not None and after[finished].done_at is None:
        after[finished] = replace(after[finished], done_at=fact.at)
    if fact.type is EventType.REOPENED:
        after.pop(Step.RESOLVE, None)
        after.pop(Step.FEED_BACK, None)
    for due in fact.payload.get("dues", ()):
        after[Step(due["step"])] = times_of(due)
    return after


def times_of(due: DuePayload, *, done_at: datetime | None = None) -> Times:
    """Return a promise as the fold keeps it."""
    return Times(
        why=due,
        started_at=datetime.fromisoformat(due["started_at"]),
        due_at=datetime.fromisoformat(due["due_at"]),
        done_at=done_at,
    )
