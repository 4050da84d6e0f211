"""Volunteers who are active, new or have lapsed, by age and by grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.reports.queries import coming, tallies
from timebank.reports.queries.sources import in_places, volunteer_sums
from timebank.reports.rules import figures as rules
from timebank.reports.rules.figures import (
    People,
    PeopleLine,
    Period,
    Places,
    Volunteers,
)
from timebank.reports.rules.tables import Head
from timebank.volunteering.models.postings import (
    HoursPosting,
    VolunteerFirst,
)
from timebank.volunteering.rules.figures import ANYWHERE, BEGINS, AgeGroup


@dataclass(frozen=True, slots=True)
class VolunteerRow:
    """A volunteer behind a count."""

    volunteer_id: int
    name: str
    minutes: int
    first_on: date
    last_on: date


STANDS = ("active", "new", "lapsed")


def _each(
    sums: CTE | Subquery, *, places: Places, period: Period, by_grid: bool = False
) -> Subquery:
    """Return what the figures know of each volunteer, or of each in each grid, from their sums.

    Of the past only the first day is read: whoever began before and has nothing lately has lapsed.
    """
    firsts = _firsts(places, by_grid=by_grid, before=period.after).subquery()
    same = sums.c.volunteer_id == firsts.c.volunteer_id
    if by_grid:
        same &= sums.c.grid_id == firsts.c.grid_id
    figures = [
        func.coalesce(sums.c[name], 0).label(name) for name in ("minutes", "services", "lately")
    ]
    return select(*firsts.c, *figures).outerjoin(sums, same).subquery()


def _firsts(places: Places, *, by_grid: bool, before: date) -> Select[Any]:
    """Select on which day each volunteer began, in all or grid by grid, if before a day."""
    it = VolunteerFirst
    own = [it.volunteer_id, *([it.grid_id] if by_grid else [])]
    began = and_(in_places(places, it), it.first_on < before)
    if places.is_whole:
        level = it.grid_id >= 0 if by_grid else it.grid_id == ANYWHERE
        return select(*own, it.first_on).where(began, it.centre_id == ANYWHERE, level)
    known = select(*own, func.min(it.first_on).label("first_on"))
    return known.where(began, it.centre_id >= 0).group_by(*own)


def stand(each: Subquery, period: Period) -> dict[str, ColumnElement[bool]]:
    """Return the conditions of being active, new or lapsed."""
    active = each.c.services > 0
    return {
        "active": active,
        "new": active & (each.c.first_on >= period.first),
        "lapsed": (each.c.first_on < period.lapsed_before) & (each.c.lately == 0),
    }


def _age(period: Period) -> ColumnElement[str]:
    """Return the age group of a person on the last day of the period."""
    day = period.ends_on
    steps = [(Person.born_on <= _years_before(day, begin), group.value) for begin, group in BEGINS]
    return case(
        (Person.born_on.is_(None), AgeGroup.UNKNOWN.value), *steps, else_=AgeGroup.UNDER_18.value
    )


def _years_before(day: date, years: int) -> date:
    """Return the same day so many years before; of a leap day the one before it."""
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def by_age(sums: CTE | Subquery, *, places: Places, period: Period) -> Select[Any]:
    """Select how many volunteers of each age group are active, new and have lapsed."""
    each = _each(sums, places=places, period=period)
    counts = [
        func.count().filter(condition).label(name)
        for name, condition in stand(each, period).items()
    ]
    age = _age(period)
    wanted = select(age.label("age"), *counts).select_from(each).group_by(age)
    return wanted.join(Person, Person.id == each.c.volunteer_id)


def _by_grid(session: Session, *, places: Places, period: Period) -> dict[Any, People]:
    """Return how many volunteers there are in each grid."""
    found = coming.counts(session, places=places, period=period, by_grid=True)
    if found is None:
        return _by_grid_one_by_one(session, places=places, period=period)
    return {grid_id: People(*counts) for grid_id, counts in sorted(found.items())}


def _by_grid_one_by_one(session: Session, *, places: Places, period: Period) -> dict[Any, People]:
    """Return the same from what each volunteer did, where it is not kept.

    Who was there before and did nothing lately is never looked up one by one: of all who began
    before, those are left out who did something.
    """
    sums = volunteer_sums(session, places=places, period=period, by_grid=True).subquery()
    recent = (
        _firsts(places, by_grid=True, before=period.after)
        .where(VolunteerFirst.first_on >= min(period.first, period.lapsed_before))
        .subquery()
        if places.is_whole
        else _firsts(places, by_grid=True, before=period.after).subquery()
    )
    same = (recent.c.volunteer_id == sums.c.volunteer_id) & (recent.c.grid_id == sums.c.grid_id)
    active = sums.c.services > 0
    began_before = or_(recent.c.first_on.is_(None), recent.c.first_on < period.lapsed_before)
    rows = session.execute(
        select(
            sums.c.grid_id,
            func.count().filter(active),
            func.count().filter(active & (recent.c.first_on >= period.first)),
            func.count().filter(began_before & (sums.c.lately > 0)),
        )
        .outerjoin(recent, same)
        .group_by(sums.c.grid_id)
    )
    known = {row[0]: row[1:] for row in rows}
    old = _firsts(places, by_grid=True, before=period.lapsed_before).subquery()
    counted = session.execute(select(old.c.grid_id, func.count()).group_by(old.c.grid_id))
    begun = {grid_id: int(count) for grid_id, count in counted}
    return {
        grid_id: People(active, new, begun.get(grid_id, 0) - still)
        for grid_id in sorted({*known, *begun})
        for active, new, still in [known.get(grid_id, (0, 0, 0))]
    }


def volunteers(session: Session, *, places: Places, period: Period) -> Volunteers:
    """Return the volunteers of a period."""
    sums = volunteer_sums(session, places=places, period=period).subquery()
    rows = session.execute(by_age(sums, places=places, period=period))
    ages = {row[0]: People(*row[1:]) for row in rows}
    return of_ages(session, places=places, period=period, ages=ages)


def of_ages(
    session: Session, *, places: Places, period: Period, ages: Mapping[str, People]
) -> Volunteers:
    """Return the volunteers of a period, whose ages were counted."""
    hides = not places.sees_people
    grids = _by_grid(session, places=places, period=period)
    all_people = [sum(getattr(one, name) for one in ages.values()) for name in STANDS]
    age_heads = [Head(one.value, one.value) for one in AgeGroup]
    grid_heads = [*tallies.grid_heads(session, places.community_id), Head(None, "")]
    grids = {key or None: counts for key, counts in grids.items()}
    return Volunteers(
        People(*(rules.told(one, hides=hides) for one in all_people)),
        rules.told_people(_lines(age_heads, ages), hides=hides),
        rules.told_people(_lines(grid_heads, grids), hides=hides),
    )


def totals(session: Session, *, places: Places, period: Period) -> People:
    """Return the volunteers of a period in all."""
    hides = not places.sees_people
    kept = coming.counts(session, places=places, period=period, by_grid=False)
    if kept is not None:
        return People(*(rules.told(one, hides=hides) for one in kept.get(0, (0, 0, 0))))
    sums = volunteer_sums(session, places=places, period=period).subquery()
    each = _each(sums, places=places, period=period)
    counts = [func.count().filter(condition) for condition in stand(each, period).values()]
    found = session.execute(select(*counts).select_from(each)).one()
    return People(*(rules.told(one, hides=hides) for one in found))


def _lines(heads: list[Head], counts: Mapping[Any, People]) -> list[PeopleLine]:
    """Return a line for each key of which there is somebody."""
    return [PeopleLine(head, counts[head.key]) for head in heads if head.key in counts]


def who(
    session: Session,
    *,
    places: Places,
    period: Period,
    which: str,
    age_group: str | None = None,
    grid_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[VolunteerRow]:
    """Return the volunteers behind a count, with the minutes of the period.

    ``grid_id`` 0 asks for service outside of all grids.
    """
    by_grid = grid_id is not None
    sums = volunteer_sums(session, places=places, period=period, by_grid=by_grid).subquery()
    each = _each(sums, places=places, period=period, by_grid=by_grid)
    it = each.c
    wanted: Select[Any] = (
        select(it.volunteer_id, Person.name, it.minutes, it.first_on)
        .join(Person, Person.id == it.volunteer_id)
        .where(stand(each, period)[which])
    )
    if grid_id is not None:
        wanted = wanted.where(it.grid_id == grid_id)
    if age_group is not None:
        wanted = wanted.where(_age(period) == age_group)
    if cursor:
        wanted = wanted.where(it.volunteer_id > paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(it.volunteer_id).limit(limit + 1)).all()
    lasts = _last_days(session, places, period, [row[0] for row in rows])
    lines = [
        VolunteerRow(row[0], row[1], int(row[2]), _day(row[3]), lasts.get(row[0], _day(row[3])))
        for row in rows
    ]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.volunteer_id])


def _last_days(session: Session, places: Places, period: Period, ids: list[int]) -> dict[int, date]:
    """Return when some volunteers served last, by the end of the period."""
    it = HoursPosting
    rows = session.execute(
        select(it.volunteer_id, func.max(it.on_day))
        .where(
            it.volunteer_id.in_(ids),
            it.on_day < period.after,
            it.services > 0,
            in_places(places, it),
        )
        .group_by(it.volunteer_id)
    )
    return {row[0]: _day(row[1]) for row in rows}


def _day(value: date | str) -> date:
    """Return a day; SQLite hands the least of some days over as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
