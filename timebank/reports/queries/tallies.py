"""Hours by two sides, and where they end up too small to tell."""

from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import BigInteger, cast, func, or_, select
from sqlalchemy.orm import Session

from timebank.care.queries import catalogue
from timebank.community import queries as community_queries
from timebank.kernel import paging
from timebank.reports.errors import SameSidesError
from timebank.reports.queries.sources import in_places, monthly, rolled_before
from timebank.reports.rules import tables as rules
from timebank.reports.rules.figures import Period, Places, RowFilter
from timebank.reports.rules.tables import Cell, Head, Key, Side, Table
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.postings import HoursMonth, HoursPosting
from timebank.volunteering.rules.figures import TELLABLE_MIN, AgeGroup

_NAMES = {
    Side.KIND: "kind_id",
    Side.GRID: "grid_id",
    Side.MONTH: "month_on",
    Side.AGE: "age_group",
}


def table(session: Session, *, places: Places, period: Period, rows: Side, columns: Side) -> Table:
    """Return the hours of a period by two sides.

    Raises:
        SameSidesError: both sides are the same.
    """
    if rows is columns:
        raise SameSidesError(field="columns")
    source = monthly(session, HoursMonth, places=places, period=period)
    sides = (source.c[_NAMES[rows]], source.c[_NAMES[columns]])
    sums = cast(func.sum(source.c.minutes), BigInteger)
    found = session.execute(select(*sides, sums).group_by(*sides)).all()
    people = {} if places.sees_people else _people(session, places, period, rows, columns)
    cells = {
        (_key(row), _key(column)): Cell(int(minutes), people.get((row, column), 0))
        for row, column, minutes in found
    }
    return rules.table(
        cells,
        rows=heads(session, rows, places=places, period=period),
        columns=heads(session, columns, places=places, period=period),
        hides=not places.sees_people,
    )


def _people(
    session: Session, places: Places, period: Period, rows: Side, columns: Side
) -> dict[tuple[Any, Any], int]:
    """Return how many volunteers stand behind each cell; asked only where small ones are hidden.

    A cell has at least as many as the largest of its kept rows. Only where that is too few to tell
    are the lines counted, so that more than enough may be told as just enough.
    """
    known = _least(session, places, period, rows, columns)
    every = {side: _keys(session, side, places, period) for side in (rows, columns)}
    few = {
        row
        for row in every[rows]
        if any(known.get((row, column), 0) < TELLABLE_MIN for column in every[columns])
    }
    return known | _counted(session, places, period, (rows, columns), few)


def _keys(session: Session, side: Side, places: Places, period: Period) -> list[Any]:
    """Return what can stand in the column of a side."""
    if side is Side.MONTH:
        return period.months
    return [head.key for head in heads(session, side, places=places, period=period)]


def _least(
    session: Session, places: Places, period: Period, rows: Side, columns: Side
) -> dict[tuple[Any, Any], int]:
    """Return how many volunteers each cell has at least: those of its largest kept row."""
    rolled = rolled_before(session, places)
    if rolled is None:
        return {}
    it = HoursMonth
    sides = (getattr(it, _NAMES[rows]), getattr(it, _NAMES[columns]))
    found = session.execute(
        select(*sides, func.max(it.people))
        .where(
            in_places(places, it),
            it.month_on >= period.first,
            it.month_on <= period.last,
            it.month_on < rolled,
        )
        .group_by(*sides)
    )
    return {(row, column): count for row, column, count in found}


def _counted(
    session: Session,
    places: Places,
    period: Period,
    by: tuple[Side, Side],
    wanted: set[Any],
) -> dict[tuple[Any, Any], int]:
    """Return how many volunteers stand behind each cell of some rows, counted from the lines."""
    if not wanted:
        return {}
    it = HoursPosting
    sides = [getattr(it, _NAMES[one]) for one in by]
    among = sides[0].in_([one for one in wanted if one is not None])
    found = session.execute(
        select(*sides, func.count(it.volunteer_id.distinct()))
        .where(in_places(places, it), it.month_on >= period.first, it.month_on <= period.last)
        .where(or_(among, sides[0].is_(None)) if None in wanted else among)
        .group_by(*sides)
    )
    return {(row, column): count for row, column, count in found}


def _key(value: Key | date) -> Key:
    """Return a key as rows and columns have it; a month by its year and number."""
    return f"{value:%Y-%m}" if isinstance(value, date) else value


def heads(session: Session, side: Side, *, places: Places, period: Period) -> list[Head]:
    """Return all keys that a side can have, in order, with their names."""
    if side is Side.MONTH:
        return [Head(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in period.months]
    if side is Side.AGE:
        return [Head(group.value, group.value) for group in AgeGroup]
    if side is Side.GRID:
        return [*grid_heads(session, places.community_id), Head(None, "")]
    return kind_heads(session, places.community_id)


def kind_heads(session: Session, community_id: int) -> list[Head]:
    """Return the kinds of service of a community, those no longer offered too."""
    rows = session.execute(
        select(ServiceKind.id, ServiceKind.name)
        .where(ServiceKind.community_id == community_id)
        .order_by(ServiceKind.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [Head(*row) for row in rows]


def grid_heads(session: Session, community_id: int) -> list[Head]:
    """Return the grids of a community."""
    return [Head(one.id, one.name) for one in community_queries.grids(session, community_id)]


def centre_heads(session: Session, community_id: int) -> list[Head]:
    """Return the centres of a community."""
    return [Head(*one) for one in catalogue.centre_names(session, community_id).items()]


def minutes_of(session: Session, *, places: Places, wanted: RowFilter) -> tuple[int, int]:
    """Return the minutes and services behind a number, from the kept months where they tell it."""
    is_personal = wanted.volunteer_id is not None or wanted.recipient_id is not None
    if is_personal:
        return _summed(session, HoursPosting, places, wanted)
    source = monthly(session, HoursMonth, places=places, period=wanted.period)
    chosen = select(_whole(source.c.minutes), _whole(source.c.services))
    for column, value in filters(source.c, wanted):
        chosen = chosen.where(column.is_(None) if value is None else column == value)
    minutes, services = session.execute(chosen).one()
    return int(minutes), int(services)


def _summed(
    session: Session, it: type[HoursPosting], places: Places, wanted: RowFilter
) -> tuple[int, int]:
    """Return the same of single people, whose lines are few."""
    chosen = select(_whole(it.minutes), _whole(it.services)).where(of_filter(places, wanted))
    minutes, services = session.execute(chosen).one()
    return int(minutes), int(services)


def _whole(column: Any) -> Any:  # noqa: ANN401 - a column of whatever table
    """Return a sum as a whole number, zero where there is nothing."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def filters(columns: Any, wanted: RowFilter) -> list[tuple[Any, Key]]:  # noqa: ANN401 - likewise
    """Return which columns must have which value; None asks for rows without one."""
    found: list[tuple[Any, Key]] = []
    if wanted.kind_id is not None:
        found.append((columns.kind_id, wanted.kind_id))
    if wanted.grid_id is not None:
        found.append((columns.grid_id, wanted.grid_id or None))
    if wanted.centre_id is not None:
        found.append((columns.centre_id, wanted.centre_id or None))
    if wanted.age_group is not None:
        found.append((columns.age_group, wanted.age_group))
    return found


def of_filter(places: Places, wanted: RowFilter) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a line stands behind a number."""
    it = HoursPosting
    where = in_places(places, it) & (it.on_day >= wanted.period.first)
    where &= it.on_day < wanted.period.after
    for column, value in filters(it, wanted):
        where &= column.is_(None) if value is None else column == value
    if wanted.volunteer_id is not None:
        where &= it.volunteer_id == wanted.volunteer_id
    if wanted.recipient_id is not None:
        where &= it.recipient_id == wanted.recipient_id
    return where
