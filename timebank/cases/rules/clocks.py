"""The clock on the page: how much of a promise is left, and how it is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# "Soon" is the last fifth of a limit, or the last half hour of it.
SOON_SHARE = 5
SOON_AT_MOST = timedelta(minutes=30)


class ClockState(StrEnum):
    """How a step stands against its limit."""

    OK = "ok"
    SOON = "soon"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Clock:
    """A step's clock at one moment.

    ``days``, ``hours`` and ``minutes`` are what is left or, when late, what it is over;
    ``percent`` is the used share of the limit, 0..100.
    """

    state: ClockState
    is_late: bool
    days: int
    hours: int
    minutes: int
    percent: int


def is_late(*, due_at: datetime, done_at: datetime | None, now: datetime) -> bool:
    """Whether a step is past its limit; done at the very moment it is due is in time."""
    return (done_at or now) > due_at


def clock_of(
    *, started_at: datetime, due_at: datetime, done_at: datetime | None, now: datetime
) -> Clock:
    """Return how a step's clock stands."""
    until = done_at or now
    late = is_late(due_at=due_at, done_at=done_at, now=now)
    span = until - due_at if late else due_at - until
    # What is left is rounded up, so that a running clock never says that nothing is left.
    minute = timedelta(minutes=1)
    whole = span // minute if late else -(-span // minute)
    total = (due_at - started_at).total_seconds()
    used = (until - started_at).total_seconds()
    return Clock(
        state=_clock_state(late=late, done=done_at is not None, left=due_at - until, total=total),
        is_late=late,
        days=whole // 1440,
        hours=whole % 1440 // 60,
        minutes=whole % 60,
        percent=max(0, min(100, int(used * 100 // total))) if total > 0 else 100,
    )


def _clock_state(*, late: bool, done: bool, left: timedelta, total: float) -> ClockState:
    """Return the word for a clock."""
    if done:
        return ClockState.DONE
    if late:
        return ClockState.LATE
    if left < SOON_AT_MOST or left.total_seconds() * SOON_SHARE <= total:
        return ClockState.SOON
    return ClockState.OK
