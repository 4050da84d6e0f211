"""Volunteers who are active, new or have lapsed, and how hours are spread over them."""

from dataclasses import dataclass
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.reports.queries import coming, tallies
from timebank.reports.queries.sources import in_places, monthly, volunteer_sums
from timebank.reports.rules import figures as rules
from timebank.reports.rules.figures import (
    Concentration,
    Pair,
    People,
    PeopleLine,
    Period,
    Places,
    Share,
    Spread,
    Volunteers,
)
from timebank.reports.rules.tables import Head
from timebank.volunteering.models.postings import (
    HoursMonth,
    HoursPosting,
    PairMonth,
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
# Among so many volunteers the first pairs are looked for, and then among at most so many.
ABLE_LOOKED_AT, ABLE_MAX = 20, 500


def _each(session: Session, *, places: Places, period: Period, by_grid: bool = False) -> Subquery:
    """Return what the figures know of each volunteer, or of each in each grid.

    Of the past only the first day is read: whoever began before and has nothing lately has lapsed.
    """
    sums = volunteer_sums(session, places=places, period=period, by_grid=by_grid).subquery()
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


def _by_age(session: Session, *, places: Places, period: Period) -> dict[Any, People]:
    """Return how many volunteers there are of each age group."""
    each = _each(session, places=places, period=period)
    counts = [func.count().filter(condition) for condition in stand(each, period).values()]
    age = _age(period)
    wanted = select(age, *counts).select_from(each).group_by(age)
    rows = session.execute(wanted.join(Person, Person.id == each.c.volunteer_id))
    return {row[0]: People(*row[1:]) for row in rows}


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
    hides = not places.sees_people
    ages = _by_age(session, places=places, period=period)
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
    each = _each(session, places=places, period=period)
    counts = [func.count().filter(condition) for condition in stand(each, period).values()]
    found = session.execute(select(*counts).select_from(each)).one()
    return People(*(rules.told(one, hides=hides) for one in found))


def _lines(heads: list[Head], counts: dict[Any, People]) -> list[PeopleLine]:
    """Return a line for each key of which there is somebody."""
    return [PeopleLine(head, counts[head.key]) for head in heads if head.key in counts]


def concentration(session: Session, *, places: Places, period: Period) -> Concentration:
    """Return whether few do most; people are named only to those who may see them."""
    source = monthly(session, HoursMonth, places=places, period=period)
    rows = session.execute(
        select(source.c.centre_id, cast(func.sum(source.c.minutes), BigInteger)).group_by(
            source.c.centre_id
        )
    ).all()
    names = {head.key: head.name for head in tallies.centre_heads(session, places.community_id)}
    shares = [Share(Head(key, names.get(key, "")), int(minutes)) for key, minutes in rows]
    shares.sort(key=lambda one: (-one.minutes, str(one.head.key)))
    return Concentration(
        spread(session, places=places, period=period),
        _pairs(session, places, period) if places.sees_people else (),
        tuple(one for one in shares if one.head.key is not None),
        sum(one.minutes for one in shares),
    )


def spread(session: Session, *, places: Places, period: Period) -> Spread:
    """Return how the hours of the active are spread, reckoned by the database."""
    sums = volunteer_sums(session, places=places, period=period).subquery().c
    each = select(sums.volunteer_id, sums.minutes).where(sums.minutes > 0).subquery()
    rank = func.row_number().over(order_by=(each.c.minutes, each.c.volunteer_id))
    ranked = select(
        each.c.minutes, rank.label("rank"), func.count().over().label("count")
    ).subquery()
    top = (ranked.c.count + rules.TOP_PART - 1) // rules.TOP_PART
    is_top = ranked.c.rank > ranked.c.count - top
    found = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(ranked.c.minutes), 0),
            func.count().filter(is_top),
            func.coalesce(func.sum(ranked.c.minutes).filter(is_top), 0),
            func.coalesce(func.sum(ranked.c.minutes * ranked.c.rank), 0),
        )
    ).one()
    return Spread(*(int(one) for one in found)).told(hides=not places.sees_people)


def _pairs(session: Session, places: Places, period: Period) -> tuple[Pair, ...]:
    """Return the volunteers and recipients with the most hours between them.

    The first are looked for among the volunteers who may have most with somebody; then whoever
    can have no more than these with anybody is not looked at.
    """
    able = _ablest(session, places, period)
    found = _most(session, places, period, [one[0] for one in able[:ABLE_LOOKED_AT]])
    least = found[-1][2] if len(found) == rules.PAIRS_SHOWN else 1
    more = [volunteer_id for volunteer_id, most in able if most >= least]
    if len(more) > ABLE_LOOKED_AT:
        found = _most(session, places, period, more if len(more) <= ABLE_MAX else None)
    people = community_queries.persons(session, {one for row in found for one in row[:2]})
    names = {key: one.name for key, one in people.items()}
    return tuple(
        Pair(row[0], names.get(row[0], ""), row[1], names.get(row[1], ""), row[2]) for row in found
    )


def _ablest(session: Session, places: Places, period: Period) -> list[tuple[int, int]]:
    """Return volunteers with the minutes that they may have with one recipient at most, most first.

    What was taken back is added again: it may have been another pair's.
    """
    sums = volunteer_sums(session, places=places, period=period).subquery()
    it = HoursPosting
    undone = (
        select(it.volunteer_id, func.sum(-it.minutes).label("minutes"))
        .where(
            in_places(places, it),
            it.services < 0,
            it.month_on >= period.first,
            it.month_on <= period.last,
        )
        .group_by(it.volunteer_id)
        .subquery()
    )
    most = cast(sums.c.pair_minutes + func.coalesce(undone.c.minutes, 0), BigInteger)
    rows = session.execute(
        select(sums.c.volunteer_id, most)
        .outerjoin(undone, undone.c.volunteer_id == sums.c.volunteer_id)
        .where(most > 0)
        .order_by(most.desc(), sums.c.volunteer_id)
        .limit(ABLE_MAX + 1)
    )
    return [(row[0], int(row[1])) for row in rows]


def _most(
    session: Session, places: Places, period: Period, among: list[int] | None
) -> list[tuple[int, int, int]]:
    """Return the pairs with the most minutes, among some volunteers or among all."""
    source = monthly(session, PairMonth, places=places, period=period, among=among).c
    total = func.sum(cast(source.minutes, Integer))
    rows = session.execute(
        select(source.volunteer_id, source.recipient_id, cast(total, BigInteger))
        .where(source.recipient_id.is_not(None))
        .group_by(source.volunteer_id, source.recipient_id)
        .having(total > 0)
        .order_by(total.desc(), source.volunteer_id, source.recipient_id)
        .limit(rules.PAIRS_SHOWN)
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


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
    each = _each(session, places=places, period=period, by_grid=grid_id is not None)
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
