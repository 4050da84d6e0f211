"""Needs posted in a period, what became of them, and how long until somebody was found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # the key of a line

from sqlalchemy import ColumnElement, String, and_, cast, func, select
from sqlalchemy.orm import Session

from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.reports.queries import tallies
from timebank.reports.queries.sources import in_places
from timebank.reports.rules.figures import (
    NeedCounts,
    NeedLine,
    Needs,
    Period,
    Places,
    SomeNeeds,
    counts_of,
    told_counts,
    told_needs,
)
from timebank.reports.rules.tables import Head, Key
from timebank.volunteering.models.need_results import NeedResult
from timebank.volunteering.rules.needs import Outcome

_it = NeedResult


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need behind a count."""

    need_id: int
    kind_name: str
    outcome: str
    waited_minutes: int | None
    posted_at: datetime


def _in(places: Places, period: Period) -> ColumnElement[bool]:
    """Return the condition that a need was posted in a period in some places."""
    begins, ends = clock.day_bounds(period.first)[0], clock.day_bounds(period.after)[0]
    return and_(in_places(places, _it), _it.posted_at >= begins, _it.posted_at < ends)


def needs(session: Session, *, places: Places, period: Period) -> Needs:
    """Return the needs of a period in all, by kind and by grid."""
    found = _found(session, places, period)
    kinds = tallies.kind_heads(session, places.community_id)
    grids = [*tallies.grid_heads(session, places.community_id), Head(None, "")]
    return Needs(
        _told(found, places),
        _lines(kinds, _by(found, lambda one: one.kind_id), hides=not places.sees_people),
        _lines(grids, _by(found, lambda one: one.grid_id), hides=not places.sees_people),
    )


def totals(session: Session, *, places: Places, period: Period) -> NeedCounts:
    """Return the needs of a period in all, by one read."""
    return _told(_found(session, places, period), places)


def _told(found: Sequence[SomeNeeds], places: Places) -> NeedCounts:
    """Return the counts of all needs as they may be told."""
    counts = counts_of(found)
    return counts if places.sees_people else told_needs(counts)


def _lines(
    heads: list[Head], counts: dict[Any, NeedCounts], *, hides: bool
) -> tuple[NeedLine, ...]:
    """Return a line for each key that has needs; small ones, and what gives them away, untold."""
    known = [head for head in heads if head.key in counts]
    if not hides:
        return tuple(NeedLine(head, counts[head.key]) for head in known)
    posted = told_counts([counts[head.key].posted or 0 for head in known])
    return tuple(
        NeedLine(head, NeedCounts(*[None] * 8) if few is None else told_needs(counts[head.key]))
        for head, few in zip(known, posted, strict=True)
    )


def _found(session: Session, places: Places, period: Period) -> list[SomeNeeds]:
    """Return the needs by kind, grid and outcome: how many, and each wait of those found."""
    keys = (_it.kind_id, _it.grid_id, _it.outcome)
    # A list of numbers is a word of both databases; waits are ranked once for each way to count.
    waits = func.coalesce(func.aggregate_strings(cast(_it.waited_minutes, String), ","), "")
    counted = select(*keys, func.count(), waits).where(_in(places, period)).group_by(*keys)
    rows = session.execute(counted)
    return [
        SomeNeeds(kind_id, grid_id, Outcome(outcome), count, _numbers(told))
        for kind_id, grid_id, outcome, count, told in rows
    ]


def _numbers(told: str) -> list[int]:
    """Return a list of numbers that the database wrote as a word."""
    return [int(one) for one in told.split(",") if one]


def _by(found: Iterable[SomeNeeds], key: Callable[[SomeNeeds], Key]) -> dict[Key, NeedCounts]:
    """Return the counts by what is the same of them."""
    groups: dict[Key, list[SomeNeeds]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return {value: counts_of(some) for value, some in groups.items()}


def posted(
    session: Session,
    *,
    places: Places,
    period: Period,
    outcome: str | None = None,
    kind_id: int | None = None,
    grid_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[NeedRow]:
    """Return the needs behind a count, newest first.

    ``grid_id`` 0 asks for needs outside of all grids.
    """
    wanted = select(_it.need_id, _it.kind_id, _it.outcome, _it.waited_minutes, _it.posted_at).where(
        _in(places, period)
    )
    if kind_id is not None:
        wanted = wanted.where(_it.kind_id == kind_id)
    if grid_id is not None:
        wanted = wanted.where(_it.grid_id == grid_id if grid_id else _it.grid_id.is_(None))
    if outcome is not None:
        wanted = wanted.where(_it.outcome == outcome)
    if cursor:
        wanted = wanted.where(_it.need_id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(_it.need_id.desc()).limit(limit + 1)).all()
    names = {head.key: head.name for head in tallies.kind_heads(session, places.community_id)}
    lines = [NeedRow(row[0], names.get(row[1], ""), *row[2:]) for row in rows]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.need_id])
