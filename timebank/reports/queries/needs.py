"""Needs posted in a period, what became of them, and how long until somebody was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.reports.queries import tallies
from timebank.reports.queries.sources import in_places
from timebank.reports.rules.figures import (
    NeedCounts,
    NeedLine,
    Needs,
    Outcome,
    Period,
    Places,
    told_counts,
    told_needs,
)
from timebank.reports.rules.tables import Head
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.rules.tasks import HOLDING_STATES, SignUpState, TaskState

# In hundredths of those for whom somebody was found: the middle one, and nine of ten.
_MEDIAN, _SLOW = 50, 90
_FOUND = (*HOLDING_STATES, SignUpState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need behind a count."""

    need_id: int
    kind_name: str
    outcome: str
    waited_minutes: int | None
    posted_at: datetime


def _has_task(*states: TaskState) -> ColumnElement[bool]:
    """Return the condition that a need has a task in one of some states."""
    return exists().where(Task.need_id == Need.id, Task.state.in_(states)).correlate(Need)


def _outcome() -> ColumnElement[str]:
    """Return what became of a need: one occurrence that was served makes it met."""
    is_over = and_(
        Need.state.in_((NeedState.TAKEN_UP, NeedState.ENDED)),
        ~_has_task(TaskState.OPEN),
    )
    return case(
        (_has_task(TaskState.DONE), Outcome.MET.value),
        (Need.state == NeedState.WITHDRAWN, Outcome.CANCELLED.value),
        (
            or_(Need.state == NeedState.DECLINED, and_(is_over, _has_task(TaskState.UNMET))),
            Outcome.UNMET.value,
        ),
        (and_(is_over, _has_task(TaskState.CANCELLED)), Outcome.CANCELLED.value),
        else_=Outcome.WAITING.value,
    )


def _matched() -> ColumnElement[Any]:
    """Return the moment at which the first volunteer had a place for a need; NULL before."""
    return (
        select(func.min(SignUp.accepted_at))
        .join(Task, Task.id == SignUp.task_id)
        .where(Task.need_id == Need.id, SignUp.state.in_(_FOUND))
        .correlate(Need)
        .scalar_subquery()
    )


def _minute(moment: Any) -> ColumnElement[int]:  # noqa: ANN401 - a column or a select
    """Return the number of a moment's minute."""
    return cast(extract("epoch", moment), BigInteger) // 60


def _posted(places: Places, period: Period) -> Select[Any]:
    """Select the needs of a period, with outcome and minutes until somebody was found."""
    waited = _minute(_matched()) - _minute(Need.posted_at)
    begins, ends = clock.day_bounds(period.first)[0], clock.day_bounds(period.after)[0]
    return select(
        Need.id,
        Need.kind_id,
        Need.grid_id,
        _outcome().label("outcome"),
        waited.label("waited"),
    ).where(in_places(places, Need), Need.posted_at >= begins, Need.posted_at < ends)


def needs(session: Session, *, places: Places, period: Period) -> Needs:
    """Return the needs of a period in all, by kind and by grid."""
    each = _posted(places, period).subquery()
    kinds = tallies.kind_heads(session, places.community_id)
    grids = [*tallies.grid_heads(session, places.community_id), Head(None, "")]
    return Needs(
        totals(session, places=places, period=period),
        _lines(kinds, _counted(session, each, each.c.kind_id), hides=not places.sees_people),
        _lines(grids, _counted(session, each, each.c.grid_id), hides=not places.sees_people),
    )


def totals(session: Session, *, places: Places, period: Period) -> NeedCounts:
    """Return the needs of a period in all, by one read."""
    each = _posted(places, period).subquery()
    found = _counted(session, each, literal(0)).get(0, NeedCounts())
    return found if places.sees_people else told_needs(found)


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


def _counted(session: Session, each: Subquery, key: Any) -> dict[Any, NeedCounts]:  # noqa: ANN401 - a column
    """Return the counts of each key, the middle wait and that of nine in ten."""
    keyed = select(key.label("key"), each.c.outcome, each.c.waited).subquery()
    is_found = keyed.c.waited.is_not(None)
    found = func.count(keyed.c.waited).over(partition_by=keyed.c.key)
    in_order = (case((is_found, 0), else_=1), keyed.c.waited)
    rank = func.row_number().over(partition_by=keyed.c.key, order_by=in_order)
    ranked = select(*keyed.c, found.label("found"), rank.label("rank")).subquery()
    waits = [_wait(ranked, hundredths) for hundredths in (_MEDIAN, _SLOW)]
    rows = session.execute(
        select(
            ranked.c.key,
            func.count(),
            *(func.count().filter(ranked.c.outcome == one.value) for one in Outcome),
            func.count(ranked.c.waited),
            *waits,
        ).group_by(ranked.c.key)
    )
    return {row[0]: NeedCounts(*row[1:]) for row in rows}


def _wait(ranked: Subquery, hundredths: int) -> ColumnElement[Any]:
    """Return the wait that so many hundredths of the found did not go over: a real one of them."""
    at = (ranked.c.found * hundredths + 99) // 100
    return func.max(case((ranked.c.rank == at, ranked.c.waited)))


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
    wanted = _posted(places, period)
    if kind_id is not None:
        wanted = wanted.where(Need.kind_id == kind_id)
    if grid_id is not None:
        wanted = wanted.where(Need.grid_id == grid_id if grid_id else Need.grid_id.is_(None))
    if outcome is not None:
        wanted = wanted.where(_outcome() == outcome)
    if cursor:
        wanted = wanted.where(Need.id < paging.decode_id(cursor))
    rows = session.execute(
        wanted.add_columns(Need.posted_at).order_by(Need.id.desc()).limit(limit + 1)
    ).all()
    names = {head.key: head.name for head in tallies.kind_heads(session, places.community_id)}
    lines = [NeedRow(row[0], names.get(row[1], ""), *row[3:]) for row in rows]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.need_id])
