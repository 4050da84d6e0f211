"""Decisions: how they stand and every move with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.deliberation.errors import meetings as errors

SOON_DAYS = 3


class State(StrEnum):
    """How a decision stands."""

    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"


class Command(StrEnum):
    """What can be done with a decision."""

    FINISH = "finish"
    CLOSE = "close"
    SEND_BACK = "send_back"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a command leads, and why it may."""

    to: State
    why: str


ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (State.OPEN, Command.FINISH): Arrow(State.DONE, "its owner says what came of it"),
    (State.DONE, Command.CLOSE): Arrow(State.CLOSED, "somebody else has looked"),
    (State.DONE, Command.SEND_BACK): Arrow(State.OPEN, "somebody else has looked: not yet"),
    (State.OPEN, Command.LINK): Arrow(State.OPEN, "it goes on as a case, a project or a task"),
}


def possible(state: State) -> list[Command]:
    """Return what can be done in a state."""
    return [command for command in Command if (state, command) in ARROWS]


def moved(state: State, command: Command) -> State:
    """Return where a command leads.

    Raises:
        DecisionMoveError: the table has no such arrow; ``possible`` lists what it has.
    """
    arrow = ARROWS.get((state, command))
    if arrow is None:
        raise errors.DecisionMoveError(
            state=state.value, possible=[one.value for one in possible(state)]
        )
    return arrow.to


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with where it comes from and where it went."""

    id: int
    meeting_id: int
    meeting_number: str
    item_id: int
    item_title: str
    state: State
    words: str
    owner_name: str
    owner_person_id: int | None
    due_on: date
    is_late: bool
    outcome: str
    evidence_file_id: int | None
    done_at: datetime | None
    done_by_name: str
    closed_at: datetime | None
    closed_by_name: str
    sent_back: str
    case_id: int | None
    project_id: int | None
    task_id: int | None

    @property
    def commands(self) -> list[Command]:
        """What can be done now."""
        return possible(self.state)

    @property
    def is_linked(self) -> bool:
        """Whether it went on as something else."""
        return any((self.case_id, self.project_id, self.task_id))
