"""The whistle: departments are called, report in, do their part, and leave when they are let go.

Source: 社区吹哨、部门报到; caller and departments assess each other (双考核).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from timebank.cases.errors import handing as errors
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.folding import Fact

CALLED_MAX = 8
SCORE_MAX = 5


class CalledState(StrEnum):
    """How far a department is."""

    NOTIFIED = "notified"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    FINISHED = "finished"
    DECLINED = "declined"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Saying(StrEnum):
    """What is written down about a department."""

    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    FINISHED = "finished"


class Side(StrEnum):
    """Who assesses whom: the caller the department, or the department the caller."""

    CALLER = "caller"
    DEPARTMENT = "department"


ENDED = (CalledState.DECLINED, CalledState.COMPLETED, CalledState.WITHDRAWN)

S, E = CalledState, EventType
# From, event → to; the reason beside each arrow.
CALLED_ARROWS: Mapping[tuple[CalledState, EventType], tuple[CalledState, str]] = {
    (S.NOTIFIED, E.DEPT_ARRIVED): (S.ARRIVED, "it has reported in; its first clock stops"),
    (S.NOTIFIED, E.DEPT_DECLINED): (S.DECLINED, "it says from afar that it is not its duty"),
    (S.NOTIFIED, E.DEPT_WITHDRAWN): (S.WITHDRAWN, "it is not needed after all"),
    (S.ARRIVED, E.DEPT_ACCEPTED): (S.ACCEPTED, "it takes on its part"),
    (S.ARRIVED, E.DEPT_DECLINED): (S.DECLINED, "it has seen the place and is not competent"),
    (S.ARRIVED, E.DEPT_WITHDRAWN): (S.WITHDRAWN, "it is not needed after all"),
    (S.ACCEPTED, E.DEPT_FINISHED): (S.FINISHED, "it says that its part is done"),
    (S.ACCEPTED, E.DEPT_WITHDRAWN): (S.WITHDRAWN, "the caller takes the call back"),
    (S.FINISHED, E.DEPT_RELEASED): (S.COMPLETED, "the caller has looked: nobody leaves before"),
    (S.FINISHED, E.DEPT_ACCEPTED): (S.ACCEPTED, "the caller has looked: it is not done yet"),
}
EVENT_OF: Mapping[Saying, EventType] = {
    Saying.ARRIVED: E.DEPT_ARRIVED,
    Saying.ACCEPTED: E.DEPT_ACCEPTED,
    Saying.DECLINED: E.DEPT_DECLINED,
    Saying.FINISHED: E.DEPT_FINISHED,
}


# A department's own link holds so long; a new one can be made at any time.
LINK = timedelta(days=30)
# So long after its part has ended a department can still say how it was.
HEARING = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Called:
    """One department's part in one case."""

    position: int
    department_id: int
    is_lead: bool
    state: CalledState
    notified_at: datetime
    arrive_due_at: datetime
    arrived_at: datetime | None = None
    answered_at: datetime | None = None
    finished_at: datetime | None = None
    ended_at: datetime | None = None
    caller_score: int | None = None
    department_score: int | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether nothing is left for the department to say: heard, or silent for too long."""
        if self.ended_at is None:
            return False
        return self.department_score is not None or now >= self.ended_at + HEARING

    def is_late(self, now: datetime) -> bool:
        """Whether it reported in too late, or has not by now; called off in time is not late."""
        return (self.arrived_at or self.ended_at or now) > self.arrive_due_at


def after(called: Mapping[int, Called], fact: Fact) -> dict[int, Called]:
    """Return the departments of a case, by position, after one more event.

    Raises:
        KeyError: the event does not follow from where the department was.
    """
    known = dict(called)
    if fact.type is E.WHISTLED:
        due_at = datetime.fromisoformat(fact.payload["arrive_due_at"])
        for one in fact.payload["departments"]:
            known[one["position"]] = Called(
                position=one["position"],
                department_id=one["department_id"],
                is_lead=one["is_lead"],
                state=S.NOTIFIED,
                notified_at=fact.at,
                arrive_due_at=due_at,
            )
    elif fact.type is E.ASSESSED:
        position, score = fact.payload["position"], fact.payload["score"]
        if fact.payload["side"] == Side.CALLER:
            known[position] = replace(known[position], caller_score=score)
        else:
            known[position] = replace(known[position], department_score=score)
    elif fact.type in _STEPS:
        position = fact.payload["position"]
        known[position] = _moved(known[position], fact)
    return known


_STEPS = frozenset(event for _, event in CALLED_ARROWS)


def _moved(one: Called, fact: Fact) -> Called:
    """Return a department after one step."""
    state, _ = CALLED_ARROWS[one.state, fact.type]
    moved = replace(one, state=state)
    if state is S.ARRIVED:
        return replace(moved, arrived_at=fact.at)
    if state is S.ACCEPTED:
        return replace(moved, answered_at=one.answered_at or fact.at, finished_at=None)
    if state is S.FINISHED:
        return replace(moved, finished_at=fact.at)
    answered_at = fact.at if state is S.DECLINED else one.answered_at
    return replace(moved, answered_at=answered_at, ended_at=fact.at)


def own_sayings(state: CalledState) -> list[Saying]:
    """Return what a department itself can say now; whether it is done yet the caller decides."""
    if state is S.FINISHED:
        return []
    return [saying for saying, event in EVENT_OF.items() if (state, event) in CALLED_ARROWS]


def check_own(one: Called, saying: Saying, *, name: str) -> None:
    """Refuse what is not the department's to say from where it is.

    Raises:
        WhistleStepError
    """
    if saying not in own_sayings(one.state):
        raise errors.WhistleStepError(name=name)


def check_step(one: Called, event: EventType, *, name: str) -> None:
    """Refuse what does not follow from where a department is.

    Raises:
        WhistleStepError
    """
    if (one.state, event) not in CALLED_ARROWS:
        raise errors.WhistleStepError(name=name)


def check_assessment(one: Called, side: Side) -> None:
    """Refuse to assess what has not ended, or a second time.

    Raises:
        NotAssessableError
    """
    given = one.caller_score if side is Side.CALLER else one.department_score
    if one.state not in ENDED or given is not None:
        raise errors.NotAssessableError
