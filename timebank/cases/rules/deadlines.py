"""The limits of the four steps, the deadline each start event sets, and the clock on the page.

Source: the community's work ledger: respond within 1 hour, claim within 1 hour, resolve within
3 days, feed back within 5 days. The text does not say from when; here each limit runs from the
end of the step before, in natural time. A policy never changes: a new one gets a new version,
and every case keeps the version under which it was registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from timebank.cases.rules.flow import DuePayload, EventType, Step
from timebank.kernel import clock


@dataclass(frozen=True, slots=True)
class Limit:
    """How long one step may take from the event that starts it."""

    starts_with: EventType
    step: Step
    limit: timedelta


POLICIES: Mapping[int, tuple[Limit, ...]] = {
    1: (
        Limit(EventType.REGISTERED, Step.RESPOND, timedelta(hours=1)),
        Limit(EventType.RESPONDED, Step.CLAIM, timedelta(hours=1)),
        Limit(EventType.CLAIMED, Step.RESOLVE, timedelta(days=3)),
        Limit(EventType.RESOLVED, Step.FEED_BACK, timedelta(days=5)),
        Limit(EventType.REOPENED, Step.RESOLVE, timedelta(days=3)),
    )
}
POLICY_VERSION = max(POLICIES)

# "Soon" is the last fifth of a limit, or the last half hour of it.
SOON_SHARE = 5
SOON_AT_MOST = timedelta(minutes=30)

_START_WORDS: Mapping[EventType, str] = {
    EventType.REGISTERED: "登记",
    EventType.RESPONDED: "响应",
    EventType.CLAIMED: "认领",
    EventType.RESOLVED: "解决",
    EventType.REOPENED: "重新办理",
}
_STEP_WORDS: Mapping[Step, str] = {
    Step.RESPOND: "响应",
    Step.CLAIM: "认领",
    Step.RESOLVE: "解决",
    Step.FEED_BACK: "反馈",
}


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


def due_after(event_type: EventType, *, at: datetime, policy_version: int) -> DuePayload | None:
    """Return the deadline that an event sets, with its reason in words; None when it sets none."""
    for limit in POLICIES[policy_version]:
        if limit.starts_with is event_type:
            due_at = at + limit.limit
            return DuePayload(
                step=limit.step,
                started_at=at.isoformat(),
                due_at=due_at.isoformat(),
                reason=_reason(limit, started_at=at, due_at=due_at),
            )
    return None


def limit_of(step: Step, *, policy_version: int) -> timedelta:
    """Return how long a step may take under a policy."""
    return next(limit.limit for limit in POLICIES[policy_version] if limit.step is step)


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


def _reason(limit: Limit, *, started_at: datetime, due_at: datetime) -> str:
    """Return the sentence that answers "why is this due then?"."""
    start, due = clock.local(started_at), clock.local(due_at)
    hours = int(limit.limit.total_seconds() // 3600)
    length = f"{hours // 24} 天" if hours % 24 == 0 else f"{hours} 小时"
    until = _hour(due) if due.date() == start.date() else f"{_day(due)} {_hour(due)}"
    return (
        f"{_day(start)} {_hour(start)} {_START_WORDS[limit.starts_with]}，"
        f"{length}内{_STEP_WORDS[limit.step]}，到 {until}"
    )


def _day(moment: datetime) -> str:
    """Return a day as it is spoken."""
    return f"{moment.month}月{moment.day}日"


def _hour(moment: datetime) -> str:
    """Return the time of day."""
    return f"{moment.hour}:{moment.minute:02d}"
