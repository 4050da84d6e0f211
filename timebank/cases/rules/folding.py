"""The fold of events into a case: everything about a case that follows from its history."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NotRequired, TypedDict

from timebank.cases.rules.flow import (
    FINISHES,
    LEADS_TO,
    WAITS_FOR,
    Answer,
    Category,
    Dispute,
    EventType,
    Level,
    Outcome,
    Source,
    State,
    Step,
)

# What answers a request, or leaves it without an object: what a former holder asked for lapses.
_ANSWERS = frozenset(
    {
        EventType.PAUSED,
        EventType.EXTENDED,
        EventType.CANCELLED,
        EventType.DECLINED,
        EventType.CLAIMED,
        EventType.RESOLVED,
        EventType.REJECTED,
        EventType.MERGED,
        EventType.RETURNED,
        EventType.REASSIGNED,
    }
)
_DEPARTMENT_ENDS = frozenset(
    {EventType.DEPT_DECLINED, EventType.DEPT_RELEASED, EventType.DEPT_WITHDRAWN}
)


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


class CalledPayload(TypedDict):
    """A department that is whistled: its place in the case, which one, whether it leads."""

    position: int
    department_id: int
    is_lead: bool


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
    to_user_id: int | None
    to_person_id: int | None
    level: str
    departments: list[CalledPayload]
    arrive_due_at: str
    position: int
    side: str
    score: int
    meeting_on: str
    decided_on: str
    master_id: int
    child_id: int
    reporter: str
    satisfaction: str


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
    assigned_user_id: int | None = None
    level: Level = Level.UNIT
    dispute: Dispute | None = None
    whistles: int = 0
    open_whistles: int = 0
    meeting_on: date | None = None
    master_id: int | None = None
    merged_from: State | None = None
    children: int = 0
    times: Mapping[Step, Times] = field(default_factory=dict)

    @property
    def step(self) -> Step | None:
        """The step that is waited for, or None when no clock runs.

        A case that changed hands waits to be claimed again, while the clock of resolving runs on.
        """
        if self.state is State.RESPONDED and Step.RESOLVE in self.times:
            return Step.RESOLVE
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
    if fact.type in _DEPARTMENT_ENDS:
        return {"open_whistles": state.open_whistles - 1}
    change = _CHANGES.get(fact.type)
    return {} if change is None else change(state, fact)


def _claimed(_state: CaseState, fact: Fact) -> dict[str, Any]:
    """Who takes a case holds it."""
    return {
        "holder_user_id": fact.user_id,
        "holder_person_id": fact.person_id,
        "assigned_user_id": None,
    }


def _from_hands(state: CaseState, assigned_user_id: int | None) -> dict[str, Any]:
    """Nobody holds it any more; what was claimed waits to be claimed again."""
    return {
        "state": State.RESPONDED if state.state is State.CLAIMED else state.state,
        "holder_user_id": None,
        "holder_person_id": None,
        "assigned_user_id": assigned_user_id,
    }


def _designated(_state: CaseState, fact: Fact) -> dict[str, Any]:
    """The designator has said whose it is, and on which level."""
    return {
        "assigned_user_id": fact.payload["to_user_id"],
        "dispute": Dispute.DECIDED,
        "level": Level(fact.payload["level"]),
    }


def _escalated(state: CaseState, fact: Fact) -> dict[str, Any]:
    """Somebody of a higher level has it now; how far it is stays as it was."""
    payload, level = fact.payload, {"level": Level(fact.payload["level"])}
    if state.state is not State.CLAIMED:
        return {**level, "assigned_user_id": payload["to_user_id"]}
    return {
        **level,
        "holder_user_id": payload["to_user_id"],
        "holder_person_id": payload["to_person_id"],
    }


def _whistled(state: CaseState, fact: Fact) -> dict[str, Any]:
    """So many more departments were called."""
    called = len(fact.payload["departments"])
    return {
        "whistles": state.whistles + called,
        "open_whistles": state.open_whistles + called,
    }


def _reopened(state: CaseState, _fact: Fact) -> dict[str, Any]:
    """A new round begins with nothing said yet."""
    return {"round": state.round + 1, "outcome": None, "answer": None, "feedback_tries": 0}


_CHANGES: Mapping[EventType, Callable[[CaseState, Fact], dict[str, Any]]] = {
    EventType.CLAIMED: _claimed,
    EventType.RESOLVED: lambda _, fact: {"outcome": Outcome(fact.payload["outcome"])},
    EventType.FEEDBACK_TRIED: lambda state, _: {"feedback_tries": state.feedback_tries + 1},
    EventType.FED_BACK: lambda _, fact: {"answer": Answer(fact.payload["answer"])},
    EventType.REOPENED: _reopened,
    EventType.RETURNED: lambda state, _: _from_hands(state, None) | {"dispute": Dispute.OPEN},
    EventType.DESIGNATED: _designated,
    EventType.REASSIGNED: lambda state, fact: _from_hands(state, fact.payload["to_user_id"]),
    EventType.ESCALATED: _escalated,
    EventType.WHISTLED: _whistled,
    EventType.DELIBERATED: lambda _, fact: {
        "meeting_on": date.fromisoformat(fact.payload["meeting_on"])
    },
    EventType.DECIDED: lambda _, _fact: {"meeting_on": None},
    EventType.MERGED: lambda state, fact: {
        "master_id": fact.payload["master_id"],
        "merged_from": state.state,
    },
    EventType.UNMERGED: lambda state, _: {
        "state": state.merged_from,
        "master_id": None,
        "merged_from": None,
    },
    EventType.TOOK_IN: lambda state, _: {"children": state.children + 1},
    EventType.LET_GO: lambda state, _: {"children": state.children - 1},
}


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
