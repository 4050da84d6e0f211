"""How many volunteers came, for the first time or no more, counted without reading people.

``volunteer_back`` tells of each month and grid how many came there by when they had come before.
Only whoever has a line that is not in it yet, or a service taken back, is looked at one by one:
what it counts of them is replaced by what is so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.reports.queries.sources import in_places
from timebank.reports.rules.figures import Coming, Period, Places
from timebank.volunteering.models.postings import (
    HoursPosting,
    HoursRolled,
    VolunteerBack,
    VolunteerFirst,
)
from timebank.volunteering.rules.figures import ANYWHERE, NEVER

# With more volunteers to look at one by one all of them are.
LOOKED_AT_MAX = 1000

_it = HoursPosting
_Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of what is asked: places, months, by grid or in all, and the last line that is kept."""

    places: Places
    period: Period
    by_grid: bool
    through_id: int

    @property
    def since(self) -> date:
        """The first month that matters."""
        return min(self.period.first, self.period.lapsed_before)

    @property
    def level(self) -> int:
        """The grid whose kept rows say how many there are in all: any, or the only one."""
        return ANYWHERE if self.places.is_whole else next(iter(self.places.grid_ids))


def counts(
    session: Session, *, places: Places, period: Period, by_grid: bool
) -> dict[int, _Counts] | None:
    """Return who is active, new and has lapsed, by grid (0 is outside of all) or in all.

    ``None`` where it cannot be told so: of centres, of several grids together, of months that are
    not kept, and where too many would have to be looked at.
    """
    asked = _asked(session, places, period, by_grid=by_grid)
    if asked is None:
        return None
    touched = list(session.scalars(_touched(asked)))
    if len(touched) > LOOKED_AT_MAX:
        return None
    found = defaultdict(lambda: [0, 0, 0], _kept(session, asked))
    if touched:
        for grid_id, change in _changes(session, asked, touched).items():
            found[grid_id] = [one + more for one, more in zip(found[grid_id], change, strict=True)]
    return {grid_id: (one[0], one[1], one[2]) for grid_id, one in found.items() if any(one)}


def _asked(session: Session, places: Places, period: Period, *, by_grid: bool) -> _Asked | None:
    """Return what is asked, where kept months tell it."""
    is_told = places.is_whole or (
        not places.centre_ids and bool(places.grid_ids) and (by_grid or len(places.grid_ids) == 1)
    )
    state = session.get(HoursRolled, places.community_id) if is_told else None
    if state is None or state.through_id is None:
        return None
    asked = _Asked(places, period, by_grid, state.through_id)
    # Lines that are not kept yet are all of later months; what was before must be whole.
    return asked if asked.since <= state.before_on else None


def _kept(session: Session, asked: _Asked) -> dict[int, list[int]]:
    """Return the counts of what is kept, by grid."""
    it, period = VolunteerBack, asked.period
    within = it.month_on >= period.first
    gone = period.lapsed_before
    is_back = and_(it.month_on >= gone, it.previous_on < gone, it.previous_on > NEVER)
    lapsed = case((and_(it.month_on < gone, it.previous_on == NEVER), it.people), else_=0)
    figures = (
        _sum(case((and_(within, it.previous_on < period.first), it.people), else_=0)),
        _sum(case((and_(within, it.previous_on == NEVER), it.people), else_=0)),
        _sum(lapsed - case((is_back, it.people), else_=0)),
    )
    # Of the months before only who came for the first time matters.
    matters = or_(it.month_on >= asked.since, it.previous_on == NEVER)
    level = _levels(asked, it.grid_id)
    rows = session.execute(
        select(it.grid_id, *figures)
        .where(
            it.community_id == asked.places.community_id,
            it.month_on <= period.last,
            matters,
            level,
        )
        .group_by(it.grid_id)
    )
    return {0 if not asked.by_grid else row[0]: [int(one) for one in row[1:]] for row in rows}


def _sum(value: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return a sum as a whole number."""
    return cast(func.sum(value), Integer)


def _levels(asked: _Asked, grid_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column of either table
    """Return the condition that a kept row tells of one of the grids, or of all together."""
    if not asked.by_grid:
        return and_(grid_id == asked.level)
    if asked.places.is_whole:
        return and_(grid_id >= 0)
    return and_(grid_id.in_(sorted(asked.places.grid_ids)))


def _touched(asked: _Asked) -> Select[Any]:
    """Select the volunteers who have a line that is not kept yet, or one taken back."""
    undone = and_(
        _it.services < 0, _it.month_on >= asked.period.first, _it.month_on <= asked.period.last
    )
    own = in_places(asked.places, _it)
    parts = [
        select(_it.volunteer_id).where(own, which)
        for which in (undone, and_(_it.id > asked.through_id, _it.month_on <= asked.period.last))
    ]
    return select(parts[0].union(*parts[1:]).subquery().c.volunteer_id).limit(LOOKED_AT_MAX + 1)


def _changes(
    session: Session, asked: _Asked, touched: Iterable[int]
) -> Mapping[int, tuple[int, ...]]:
    """Return by how much what is so differs from what is kept, of some volunteers."""
    people = list(touched)
    firsts = _firsts(session, asked, people)
    lines: dict[tuple[int, int], list[Coming]] = defaultdict(list)
    for volunteer_id, grid_id, *told in session.execute(_lines(asked, people)):
        lines[volunteer_id, grid_id].append(Coming(*told))
    found: dict[int, tuple[int, ...]] = {}
    for key in firsts.keys() | lines.keys():
        change = asked.period.change(firsts.get(key), lines.get(key, ()), since=asked.since)
        so_far = found.get(key[1], (0, 0, 0))
        found[key[1]] = tuple(one + more for one, more in zip(so_far, change, strict=True))
    return found


def _firsts(session: Session, asked: _Asked, people: list[int]) -> dict[tuple[int, int], date]:
    """Return when some volunteers began, in all or in each grid."""
    it = VolunteerFirst
    rows = session.execute(
        select(it.volunteer_id, it.grid_id, it.first_on).where(
            it.volunteer_id.in_(people),
            it.centre_id == ANYWHERE,
            it.first_on < asked.period.after,
            _levels(asked, it.grid_id),
        )
    )
    return {(row[0], row[1] if asked.by_grid else 0): row[2] for row in rows}


def _lines(asked: _Asked, people: list[int]) -> Select[Any]:
    """Select what some volunteers did, month by month: all, and as far as it is kept."""
    grid = func.coalesce(_it.grid_id, 0) if asked.by_grid else cast(0, Integer)
    live = _it.services > 0
    return (
        select(
            _it.volunteer_id,
            grid.label("in_grid"),
            _it.month_on,
            _sum(_it.services),
            _sum(case((live, 1), else_=0)),
            _sum(case((and_(live, _it.id <= asked.through_id), 1), else_=0)),
        )
        .where(
            in_places(asked.places, _it),
            _it.volunteer_id.in_(people),
            _it.on_day >= asked.since,
            _it.on_day < asked.period.after,
        )
        .group_by(_it.volunteer_id, "in_grid", _it.month_on)
    )
