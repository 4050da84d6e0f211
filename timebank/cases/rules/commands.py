"""What a command writes now, who may give it, and what is refused before anything is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from timebank.cases.errors import handing
from timebank.cases.errors import steps as errors
from timebank.cases.rules import overlays
from timebank.cases.rules.flow import (
    ARROWS,
    BACKDATE_HOURS_MAX,
    FEEDBACK_TRIES_MAX,
    REFUSALS,
    Answer,
    Command,
    EventType,
    Level,
    State,
)
from timebank.cases.rules.folding import CaseState


@dataclass(frozen=True, slots=True)
class Call:
    """What a reporter said, and how it stands with the others.

    ``tries`` are the vain calls to this reporter in the round before this one; ``left`` are the
    others who have not been answered yet, ``lost`` those who stayed out of reach.
    """

    answer: Answer
    tries: int = 0
    left: int = 0
    lost: int = 0

    @property
    def is_try(self) -> bool:
        """Whether it reached nobody and does not count as an end yet."""
        return self.answer is Answer.UNREACHABLE and self.tries + 1 < FEEDBACK_TRIES_MAX


def writes(
    state: CaseState, command: Command, *, call: Call | None = None
) -> tuple[EventType, ...]:
    """Return the events that a command writes now.

    Raises:
        ConflictError: the state does not allow it; the class names the state.
    """
    arrow = ARROWS.get((state.state, command))
    if arrow is None:
        raise REFUSALS[state.state]
    if command is Command.APPROVE:
        return overlays.granted(state.asked)
    if call is None:
        return arrow.writes
    return _writes_of(call)


def _writes_of(call: Call) -> tuple[EventType, ...]:
    """Return what a call to a reporter writes.

    "Unsolved" opens the next round. When nobody is left the case is closed by itself, unless
    somebody stayed out of reach: then a second look closes it.
    """
    if call.is_try:
        return (EventType.FEEDBACK_TRIED,)
    if call.answer is Answer.UNSOLVED:
        return (EventType.FED_BACK, EventType.REOPENED)
    if call.left:
        return (EventType.ANSWERED,)
    if call.lost or call.answer is Answer.UNREACHABLE:
        return (EventType.FED_BACK,)
    return (EventType.FED_BACK, EventType.CLOSED)


def check_reopen(state: CaseState, *, closed_at: datetime | None, at: datetime, days: int) -> None:
    """Refuse to reopen what was closed too long ago.

    Raises:
        ReopenTooLateError: more than ``days`` have passed.
    """
    if state.state is not State.CLOSED or closed_at is None:
        return
    if at - closed_at > timedelta(days=days):
        raise errors.ReopenTooLateError(days=days)


def check_rung(state: CaseState, level: Level) -> None:
    """Refuse any other rung than the next; an urgent case may leave some out.

    Raises:
        OneRungError
    """
    rungs = list(Level)
    up = rungs.index(level) - rungs.index(state.level)
    if up < 1 or (up > 1 and not state.is_urgent):
        raise handing.OneRungError(field="level")


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
