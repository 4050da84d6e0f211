"""What a command writes now, who may give it, and what is refused before anything is written."""

from datetime import datetime, timedelta

from timebank.cases.errors import steps as errors
from timebank.cases.rules import overlays
from timebank.cases.rules.flow import (
    ARROWS,
    BACKDATE_HOURS_MAX,
    FEEDBACK_TRIES_MAX,
    REFUSALS,
    REOPEN_DAYS_MAX,
    Answer,
    Command,
    EventType,
    State,
)
from timebank.cases.rules.folding import CaseState


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
    if command is Command.APPROVE:
        return overlays.granted(state.asked)
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
