"""How hours are spread over volunteers, pairs and centres, and whether few do most."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    Select,
    Subquery,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.reports.queries import tallies, volunteers
from timebank.reports.queries.sources import in_places, monthly, volunteer_sums
from timebank.reports.rules import figures as rules
from timebank.reports.rules.figures import (
    Concentration,
    Pair,
    People,
    Period,
    Places,
    Share,
    Spread,
    Volunteers,
)
from timebank.reports.rules.tables import Head
from timebank.volunteering.models.postings import HoursMonth, HoursPosting, PairMonth

# Among so many volunteers the first pairs are looked for, and then among at most so many.
ABLE_LOOKED_AT, ABLE_MAX = 20, 500
# What a row of the one read tells.
_SPREAD, _AGE, _ABLE = range(3)


def concentration(session: Session, *, places: Places, period: Period) -> Concentration:
    """Return whether few do most; people are named only to those who may see them."""
    known = _read(session, places, period, with_ages=False)
    return _concentration(session, places, period, known)


def volunteers_spread(
    session: Session, *, places: Places, period: Period
) -> tuple[Volunteers, Concentration]:
    """Return the volunteers of a period and whether few do most, by one read of what each did."""
    known = _read(session, places, period, with_ages=True)
    found = volunteers.of_ages(session, places=places, period=period, ages=known.ages)
    return found, _concentration(session, places, period, known)


@dataclass(frozen=True, slots=True)
class _Known:
    """What follows from the sums of each volunteer: ages, the spread, and who may lead a pair."""

    ages: Mapping[str, People]
    spread: Spread
    ablest: Sequence[tuple[int, int]]


def _concentration(
    session: Session, places: Places, period: Period, known: _Known
) -> Concentration:
    """Return the same from what is known of each volunteer."""
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
        known.spread,
        _pairs(session, places, period, known.ablest) if places.sees_people else (),
        tuple(one for one in shares if one.head.key is not None),
        sum(one.minutes for one in shares),
    )


def spread(session: Session, *, places: Places, period: Period) -> Spread:
    """Return how the hours of the active are spread, reckoned by the database."""
    sums = volunteer_sums(session, places=places, period=period).subquery()
    return _spread(places, session.execute(_spread_of(sums)).one())


def _spread(places: Places, row: Iterable[Any]) -> Spread:
    """Return a row of the spread as it may be told."""
    return Spread(*(int(one) for one in row)).told(hides=not places.sees_people)


def _spread_of(sums: CTE | Subquery) -> Select[Any]:
    """Select the one row of the spread from what each volunteer did."""
    it = sums.c
    each = select(it.volunteer_id, it.minutes).where(it.minutes > 0).subquery()
    rank = func.row_number().over(order_by=(each.c.minutes, each.c.volunteer_id))
    ranked = select(
        each.c.minutes, rank.label("rank"), func.count().over().label("count")
    ).subquery()
    top = (ranked.c.count + rules.TOP_PART - 1) // rules.TOP_PART
    is_top = ranked.c.rank > ranked.c.count - top
    return select(
        func.count(),
        func.coalesce(func.sum(ranked.c.minutes), 0),
        func.count().filter(is_top),
        func.coalesce(func.sum(ranked.c.minutes).filter(is_top), 0),
        func.coalesce(func.sum(ranked.c.minutes * ranked.c.rank), 0),
    )


def _pairs(
    session: Session, places: Places, period: Period, able: Sequence[tuple[int, int]]
) -> tuple[Pair, ...]:
    """Return the volunteers and recipients with the most hours between them.

    The first are looked for among the volunteers who may have most with somebody; then whoever
    can have no more than these with anybody is not looked at.
    """
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


def _read(session: Session, places: Places, period: Period, *, with_ages: bool) -> _Known:
    """Return what follows from the sums of each volunteer, which are read once.

    Rows of three kinds come in one answer: the spread, age groups, and who may lead a pair.
    """
    sums = volunteer_sums(session, places=places, period=period).cte("sums")
    of_all = _spread_of(sums).subquery().c
    none, nothing = literal(0), literal("")
    parts = [select(literal(_SPREAD).label("kind"), nothing.label("age"), *of_all)]
    if with_ages:
        age = volunteers.by_age(sums, places=places, period=period).subquery().c
        counts = (age[name] for name in volunteers.STANDS)
        parts.append(select(literal(_AGE), age.age, *counts, none, none))
    if places.sees_people:
        able = _ablest(places, period, sums).subquery().c
        parts.append(select(literal(_ABLE), nothing, able.volunteer_id, able.most, *[none] * 3))
    rows = session.execute(union_all(*parts)).all()
    told = {kind: [row[1:] for row in rows if row.kind == kind] for kind in (_SPREAD, _AGE, _ABLE)}
    most = [(row[1], int(row[2])) for row in told[_ABLE]]
    return _Known(
        ages={row[0]: People(*map(int, row[1:4])) for row in told[_AGE]},
        spread=_spread(places, told[_SPREAD][0][1:]),
        ablest=sorted(most, key=lambda one: (-one[1], one[0])),
    )


def _ablest(places: Places, period: Period, sums: CTE) -> Select[Any]:
    """Select volunteers with the minutes that they may have with one recipient at most.

    What was taken back is added again: it may have been another pair's.
    """
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
    return (
        select(sums.c.volunteer_id, most.label("most"))
        .outerjoin(undone, undone.c.volunteer_id == sums.c.volunteer_id)
        .where(most > 0)
        .order_by(most.desc(), sums.c.volunteer_id)
        .limit(ABLE_MAX + 1)
    )


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
