"""In whose hands a case is, from when to when, and whose every result is.

A case is always in somebody's hands until it ends: first the grid's officers', then whoever claims
it. What changes hands keeps its clocks. A step that was missed counts for whoever had the case
longest within its limit, so that a case handed on in the last minute does not stain who takes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from timebank.cases.rules import folding
from timebank.cases.rules.flow import CUT_SHORT, Dispute, EventType, Level, State, Step
from timebank.cases.rules.folding import CaseState, Fact, Times


class Desk(StrEnum):
    """Where a case lies: with one worker, with the grid's officers, with the community's desk."""

    WORKER = "worker"
    GRID = "grid"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Hands:
    """In whose hands a case is."""

    desk: Desk
    user_id: int | None
    level: Level


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a case in the same hands; the last one is open while the case is."""

    position: int
    hands: Hands
    from_seq: int
    from_at: datetime
    to_seq: int | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one step of one round; ``segment`` is the position of whose result it is.

    ``done_at`` is None for a step that was late when the case ended without it.
    """

    round: int
    step: Step
    started_at: datetime
    due_at: datetime
    done_at: datetime | None
    is_late: bool
    segment: int
    event_seq: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The stretches and the results of a case so far."""

    segments: tuple[Segment, ...] = ()
    results: tuple[Result, ...] = ()


def hands_of(state: CaseState) -> Hands | None:
    """Return in whose hands a case is; None once it has ended."""
    if state.state in {State.CLOSED, *CUT_SHORT}:
        return None
    if state.state in {State.CLAIMED, State.RESOLVED, State.FED_BACK}:
        return Hands(Desk.WORKER, state.holder_user_id, state.level)
    if state.assigned_user_id is not None:
        return Hands(Desk.WORKER, state.assigned_user_id, state.level)
    desk = Desk.COMMUNITY if state.dispute is Dispute.OPEN else Desk.GRID
    return Hands(desk, None, state.level)


def ledger(facts: Iterable[Fact]) -> Ledger:
    """Return the stretches and the results that a history makes."""
    state, kept = None, Ledger()
    for fact in facts:
        after = folding.apply(state, fact)
        kept = entered(kept, state, after, fact)
        state = after
    return kept


def entered(kept: Ledger, before: CaseState | None, after: CaseState, fact: Fact) -> Ledger:
    """Return the stretches and results after one more event."""
    results = _results(kept, before, after, fact)
    return Ledger(
        segments=_segments(kept.segments, before, after, fact),
        results=(*kept.results, *results),
    )


def _segments(
    segments: tuple[Segment, ...], before: CaseState | None, after: CaseState, fact: Fact
) -> tuple[Segment, ...]:
    """Return the stretches: a change of hands ends one and begins the next."""
    was, now = hands_of(before) if before else None, hands_of(after)
    if was == now:
        return segments
    ended = segments
    if was is not None:
        ended = (*segments[:-1], replace(segments[-1], to_seq=fact.seq, to_at=fact.at))
    if now is None:
        return ended
    return (*ended, Segment(len(ended) + 1, now, fact.seq, fact.at))


def _results(kept: Ledger, before: CaseState | None, after: CaseState, fact: Fact) -> list[Result]:
    """Return the results that an event makes: of what it finishes, and what it cuts short late.

    A step has one result in a round: what was late when the case was merged stays so.
    """
    if before is None:
        return []
    known = {one.step for one in kept.results if one.round == before.round}
    segments, found = kept.segments, []
    for step, times in before.times.items():
        if times.done_at is not None or step in known:
            continue
        now = after.times.get(step)
        is_done = now is not None and now.done_at is not None and fact.type not in _CUTS
        is_cut = fact.type in _CUTS and fact.at > times.due_at
        if is_done or is_cut:
            found.append(_result(segments, before, step, times, fact, is_done=is_done))
    return found


# What leaves a step without an end: a new round, or the end of the case.
_CUTS = frozenset({EventType.REOPENED, EventType.REJECTED, EventType.CANCELLED, EventType.MERGED})


def _result(
    segments: Sequence[Segment],
    before: CaseState,
    step: Step,
    times: Times,
    fact: Fact,
    *,
    is_done: bool,
) -> Result:
    """Return one result, with whose it is."""
    is_late = fact.at > times.due_at
    return Result(
        round=before.round,
        step=step,
        started_at=times.started_at,
        due_at=times.due_at,
        done_at=fact.at if is_done else None,
        is_late=is_late,
        segment=longest(segments, times) if is_late else segments[-1].position,
        event_seq=fact.seq,
    )


def longest(segments: Sequence[Segment], times: Times) -> int:
    """Return the position of the stretch that had most of a limit; of equals the earlier."""

    def had(segment: Segment) -> timedelta:
        until = min(segment.to_at or times.due_at, times.due_at)
        return max(timedelta(0), until - max(segment.from_at, times.started_at))

    return max(segments, key=lambda one: (had(one), -one.position)).position
