"""The four steps of a case as they are read: promised, done, and why it was due then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from timebank.cases.rules import clocks
from timebank.cases.rules.clocks import Clock
from timebank.cases.rules.flow import Step
from timebank.cases.rules.folding import CaseState, DuePayload, Times
from timebank.cases.rules.policy import Limit, Pace, Policy, Unit
from timebank.cases.rules.workdays import Calendar
from timebank.kernel import clock


@dataclass(frozen=True, slots=True)
class Move:
    """A pause from one moment to another, or an extension that was granted at a moment."""

    kind: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StepView:
    """One of the four steps: what was promised and what became of it; moments None until begun."""

    step: Step
    number: int
    limit: Limit
    limit_minutes: int
    started_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    used_minutes: int | None = None
    why: DuePayload | None = None
    is_now: bool = False
    clock: Clock | None = None

    @property
    def reason(self) -> str | None:
        """The sentence that says why it is due then."""
        return self.why["reason"] if self.why else None

    @property
    def first_due_at(self) -> datetime | None:
        """What was promised before anything moved it; None when nothing did."""
        first = self.why.get("first_due_at") if self.why else None
        return datetime.fromisoformat(first) if first else None

    @property
    def ends_on(self) -> date | None:
        """The day at whose 24:00 it is due; None when it is due at a moment within a day."""
        if self.due_at is None or self.why is None or self.why["day_rule"] == "exact":
            return None
        last = clock.day_of(self.due_at - timedelta(microseconds=1))
        return last if clock.day_bounds(last)[1] == self.due_at else None

    @property
    def moves(self) -> tuple[Move, ...]:
        """What moved it, in order."""
        return tuple(
            Move(
                kind=one["kind"],
                at=datetime.fromisoformat(one["at"]),
                until=datetime.fromisoformat(one["until"]),
            )
            for one in (self.why.get("moves", ()) if self.why else ())
        )

    @property
    def rested_on(self) -> tuple[date, ...]:
        """The days that did not count."""
        return tuple(date.fromisoformat(day) for day in self.why["rested"]) if self.why else ()


def step_views(state: CaseState, policy: Policy, *, now: datetime) -> Iterable[StepView]:
    """Yield the four steps."""
    for number, step in enumerate(Step, start=1):
        limit = policy.limits[step]
        view = StepView(
            step=step,
            number=number,
            limit=replace(limit, amount=limit.amount_for(is_urgent=state.is_urgent)),
            limit_minutes=_minutes_of(limit, policy, is_urgent=state.is_urgent),
        )
        begun = state.times.get(step)
        if begun is not None:
            view = _begun(view, begun, now=now, is_now=state.step is step)
        yield view


def _minutes_of(limit: Limit, policy: Policy, *, is_urgent: bool) -> int:
    """Return a limit in minutes of its own time; a workday has the length of its office hours."""
    is_working = limit.pace is Pace.WORKING
    of_day = Calendar(hours=policy.hours).day_minutes() if is_working else 1440
    of_unit = {Unit.MINUTE: 1, Unit.HOUR: 60, Unit.DAY: of_day}
    return limit.amount_for(is_urgent=is_urgent) * of_unit[limit.unit]


def _begun(view: StepView, times: Times, *, now: datetime, is_now: bool) -> StepView:
    """Return a step that has begun."""
    used = (times.done_at or now) - times.started_at
    return replace(
        view,
        started_at=times.started_at,
        due_at=times.due_at,
        done_at=times.done_at,
        used_minutes=int(used.total_seconds()) // 60,
        why=times.why,
        is_now=is_now,
        clock=clocks.clock_of(
            started_at=times.started_at, due_at=times.due_at, done_at=times.done_at, now=now
        ),
    )
