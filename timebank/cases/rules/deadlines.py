"""When a step is due: reckoned once, by the case's policy and the years known then.

A promise is reckoned when the event that starts it is written, and kept with everything it
follows from; nothing is reckoned anew when it is read. Done exactly when due is in time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from timebank.cases.rules import reasons
from timebank.cases.rules.flow import EventType, Step
from timebank.cases.rules.folding import DuePayload, MovePayload, Times
from timebank.cases.rules.policy import DayRule, Limit, Pace, Rolls, Rulebook, Start, Unit
from timebank.cases.rules.workdays import Calendar
from timebank.kernel import clock

PAUSE = "pause"
EXTENSION = "extension"
_LENGTHS = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1)}
# The step that begins when another one ends.
_NEXT = {
    EventType.REGISTERED: Step.RESPOND,
    EventType.RESPONDED: Step.CLAIM,
    EventType.CLAIMED: Step.RESOLVE,
    EventType.RESOLVED: Step.FEED_BACK,
    EventType.REOPENED: Step.RESOLVE,
}
_ROUND_BEGINS = {
    EventType.REGISTERED: tuple(Step),
    EventType.REOPENED: (Step.RESOLVE, Step.FEED_BACK),
}


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A moment, and the years whose workdays decided it."""

    due_at: datetime
    years: frozenset[int] = frozenset()


def dues_after(
    event_type: EventType,
    *,
    at: datetime,
    book: Rulebook,
    known: Collection[Step] = (),
    is_urgent: bool = False,
) -> list[DuePayload]:
    """Return the promises that an event starts; steps in ``known`` have theirs already.

    A round that begins starts the first step and every step counted from registration; any other
    event starts the step after the one that it ends. Who takes over a case inherits its clocks.
    """
    begun = []
    for step, limit in book.policy.limits.items():
        is_next = _NEXT.get(event_type) is step
        starts_round = event_type in _ROUND_BEGINS
        is_from_here = step in _ROUND_BEGINS.get(event_type, ()) and (
            limit.start is Start.REGISTRATION
        )
        if (is_next and (starts_round or step not in known)) or is_from_here:
            begun.append(
                reckon(limit, started_at=at, starts_with=event_type, is_urgent=is_urgent, book=book)
            )
    return begun


def reckon(
    limit: Limit,
    *,
    started_at: datetime,
    starts_with: EventType,
    book: Rulebook,
    is_urgent: bool = False,
    moves: Sequence[MovePayload] = (),
) -> DuePayload:
    """Return when a step is due and everything that it follows from."""
    calendar = book.calendar()
    amount = limit.amount_for(is_urgent=is_urgent)
    first = _first(limit, amount, started_at, calendar, book.policy.rolls)
    due = first
    for move in moves:
        due = _moved(due, move, limit, calendar)
    payload = DuePayload(
        step=limit.step.value,
        started_at=started_at.isoformat(),
        due_at=due.due_at.isoformat(),
        reason="",
        starts_with=starts_with.value,
        amount=amount,
        unit=limit.unit.value,
        pace=limit.pace.value,
        day_rule=limit.day_rule.value,
        is_provisional=not due.years <= set(book.years),
        calendar={
            str(year): book.years[year].version for year in sorted(due.years & set(book.years))
        },
        rested=_rested(limit, started_at, first.due_at, calendar),
    )
    if moves:
        payload["first_due_at"] = first.due_at.isoformat()
        payload["moves"] = list(moves)
    payload["reason"] = reasons.sentence(payload, hours=book.policy.hours)
    return payload


def reckon_again(
    times: Times, *, book: Rulebook, moves: Sequence[MovePayload] | None = None
) -> DuePayload:
    """Return a promise reckoned by other years or other moves, from the same start."""
    why = times.why
    limit = book.policy.limits[Step(why["step"])]
    is_urgent = why["amount"] != limit.amount
    return reckon(
        limit,
        started_at=times.started_at,
        starts_with=EventType(why["starts_with"]),
        is_urgent=is_urgent,
        book=book,
        moves=why.get("moves", ()) if moves is None else moves,
    )


def _first(
    limit: Limit, amount: int, start: datetime, calendar: Calendar, rolls: Rolls
) -> Reckoned:
    """Return when a step is due before anything moves it."""
    if limit.day_rule is DayRule.CIVIL:
        return _civil(limit, amount, start, calendar, rolls)
    if limit.pace is Pace.NATURAL:
        length = timedelta(days=amount) if limit.unit is Unit.DAY else _LENGTHS[limit.unit] * amount
        return Reckoned(start + length)
    length = (
        timedelta(minutes=calendar.day_minutes() * amount)
        if limit.unit is Unit.DAY
        else _LENGTHS[limit.unit] * amount
    )
    due_at = calendar.after_working(start, length)
    return Reckoned(due_at, _years(start, due_at))


def _civil(
    limit: Limit, amount: int, start: datetime, calendar: Calendar, rolls: Rolls
) -> Reckoned:
    """Return the end of the last day; the first does not count, and a last day off moves on.

    Source: 民法典 articles 201 and 203.
    """
    first = clock.day_of(start)
    if limit.pace is Pace.WORKING:
        last, left = first, amount
        while left:
            last += timedelta(days=1)
            left -= calendar.is_workday(last)
        return Reckoned(_end_of(last), _years(start, clock.at_local(last, time())))
    plain = last = first + timedelta(days=amount)
    while _rolls_on(last, calendar, rolls):
        last += timedelta(days=1)
    asked = frozenset() if rolls is Rolls.NEVER else frozenset(range(plain.year, last.year + 1))
    return Reckoned(_end_of(last), asked)


def _rolls_on(day: date, calendar: Calendar, rolls: Rolls) -> bool:
    """Whether a last day moves on to the next."""
    if rolls is Rolls.REST_DAYS:
        return not calendar.is_workday(day)
    return rolls is Rolls.HOLIDAYS and calendar.is_holiday(day)


def _moved(due: Reckoned, move: MovePayload, limit: Limit, calendar: Calendar) -> Reckoned:
    """Return when a step is due after one move.

    A pause moves it by exactly the time of its clock that passed in the pause; what was overdue
    when the pause began stays so. An extension says the moment itself.
    """
    at, until = datetime.fromisoformat(move["at"]), datetime.fromisoformat(move["until"])
    if move["kind"] == EXTENSION:
        return Reckoned(until)
    if at > due.due_at:
        return due
    if limit.pace is Pace.NATURAL:
        return Reckoned(due.due_at + (until - at), due.years)
    passed = calendar.working_between(at, until)
    due_at = calendar.after_working(due.due_at, passed) if passed else due.due_at
    return Reckoned(due_at, due.years | _years(at, max(due_at, until)))


def _years(start: datetime, end: datetime) -> frozenset[int]:
    """Return the community's years from one moment to another."""
    return frozenset(range(clock.local(start).year, clock.local(end).year + 1))


def _end_of(day: date) -> datetime:
    """Return 24:00 of a day."""
    return clock.day_bounds(day)[1]


def _rested(limit: Limit, start: datetime, due_at: datetime, calendar: Calendar) -> list[str]:
    """Return the days that were passed over, for the sentence; none in natural time."""
    last = due_at - timedelta(microseconds=1)
    if limit.pace is Pace.WORKING:
        return [day.isoformat() for day in calendar.rested_between(start, last)]
    if limit.day_rule is DayRule.EXACT:
        return []
    return [
        day.isoformat()
        for day in calendar.rested_between(start, last)
        if day >= clock.day_of(start) + timedelta(days=1)
    ]
