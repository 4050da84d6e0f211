"""Needs posted in a period, what became of them, and how long until somebody was found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
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
    SomeNeeds,
    counts_of,
    told_counts,
    told_needs,
)
from timebank.reports.rules.tables import Head, Key
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.rules.tasks import HOLDING_STATES, SignUpState, TaskState

_FOUND = (*HOLDING_STATES, SignUpState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need behind a count."""

    need_id: int
    kind_name: str
    outcome: str
    waited_minutes: int | None
    posted_at: datetime


def _has_task(state: TaskState) -> ColumnElement[bool]:
    """Return the condition that a need has a task in a state."""
    return exists().where(Task.need_id == Need.id, Task.state == state).correlate(Need)


def _outcome(
    need_state: Any,  # noqa: ANN401 - a column
    has_task: Callable[[TaskState], ColumnElement[bool]],
) -> ColumnElement[str]:
    """Return what became of a need: one occurrence that was served makes it met."""
    is_over = and_(need_state.in_((NeedState.TAKEN_UP, NeedState.ENDED)), ~has_task(TaskState.OPEN))
    return case(
        (has_task(TaskState.DONE), Outcome.MET.value),
        (need_state == NeedState.WITHDRAWN, Outcome.CANCELLED.value),
        (
            or_(need_state == NeedState.DECLINED, and_(is_over, has_task(TaskState.UNMET))),
            Outcome.UNMET.value,
        ),
        (and_(is_over, has_task(TaskState.CANCELLED)), Outcome.CANCELLED.value),
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


def _in(places: Places, period: Period) -> ColumnElement[bool]:
    """Return the condition that a need was posted in a period in some places."""
    begins, ends = clock.day_bounds(period.first)[0], clock.day_bounds(period.after)[0]
    return and_(in_places(places, Need), Need.posted_at >= begins, Need.posted_at < ends)


def _posted(places: Places, period: Period) -> Select[Any]:
    """Select the needs of a period, with outcome and minutes until somebody was found.

    Tasks and sign-ups are asked for need by need, as a page of rows wants it.
    """
    waited = _minute(_matched()) - _minute(Need.posted_at)
    return select(
        Need.id,
        Need.kind_id,
        Need.grid_id,
        _outcome(Need.state, _has_task).label("outcome"),
        waited.label("waited"),
    ).where(_in(places, period))


def _each(places: Places, period: Period) -> CTE:
    """Return the same of all needs of a period, with their tasks and sign-ups read once."""
    columns = (Need.id, Need.kind_id, Need.grid_id, Need.state, Need.posted_at)
    asked = select(*columns).where(_in(places, period)).cte("asked")
    has_place = and_(SignUp.task_id == Task.id, SignUp.state.in_(_FOUND))
    of_need = (
        select(
            Task.need_id,
            func.min(SignUp.accepted_at).label("at"),
            *(func.max(case((Task.state == one, 1), else_=0)).label(one) for one in TaskState),
        )
        .join(asked, asked.c.id == Task.need_id)
        .outerjoin(SignUp, has_place)
        .group_by(Task.need_id)
        .subquery()
    )
    outcome = _outcome(asked.c.state, lambda state: func.coalesce(of_need.c[state], 0) == 1)
    waited = _minute(of_need.c.at) - _minute(asked.c.posted_at)
    told = (asked.c.kind_id, asked.c.grid_id, outcome.label("outcome"), waited.label("waited"))
    return select(*told).outerjoin(of_need, of_need.c.need_id == asked.c.id).cte("each_need")


def needs(session: Session, *, places: Places, period: Period) -> Needs:
    """Return the needs of a period in all, by kind and by grid."""
    found = _found(session, _each(places, period))
    kinds = tallies.kind_heads(session, places.community_id)
    grids = [*tallies.grid_heads(session, places.community_id), Head(None, "")]
    return Needs(
        _told(found, places),
        _lines(kinds, _by(found, lambda one: one.kind_id), hides=not places.sees_people),
        _lines(grids, _by(found, lambda one: one.grid_id), hides=not places.sees_people),
    )


def totals(session: Session, *, places: Places, period: Period) -> NeedCounts:
    """Return the needs of a period in all, by one read."""
    return _told(_found(session, _each(places, period)), places)


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


def _found(session: Session, each: CTE) -> list[SomeNeeds]:
    """Return the needs by kind, grid and outcome: how many, and each wait of those found."""
    keys = (each.c.kind_id, each.c.grid_id, each.c.outcome)
    # A list of numbers is a word of both databases; waits are ranked once for each way to count.
    waits = func.coalesce(func.aggregate_strings(cast(each.c.waited, String), ","), "")
    rows = session.execute(select(*keys, func.count(), waits).group_by(*keys))
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
    wanted = _posted(places, period)
    if kind_id is not None:
        wanted = wanted.where(Need.kind_id == kind_id)
    if grid_id is not None:
        wanted = wanted.where(Need.grid_id == grid_id if grid_id else Need.grid_id.is_(None))
    if outcome is not None:
        wanted = wanted.where(_outcome(Need.state, _has_task) == outcome)
    if cursor:
        wanted = wanted.where(Need.id < paging.decode_id(cursor))
    rows = session.execute(
        wanted.add_columns(Need.posted_at).order_by(Need.id.desc()).limit(limit + 1)
    ).all()
    names = {head.key: head.name for head in tallies.kind_heads(session, places.community_id)}
    lines = [NeedRow(row[0], names.get(row[1], ""), *row[3:]) for row in rows]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.need_id])
