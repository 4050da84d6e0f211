"""Where figures of hours are read: finished months, and the lines of those that are not kept."""

from collections.abc import Collection
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.reports.rules.figures import Period, Places
from timebank.volunteering.models.postings import (
    HoursPosting,
    HoursRolled,
    VolunteerMonth,
    VolunteerThrough,
)
from timebank.volunteering.queries.postings import keys_of
from timebank.volunteering.rules.figures import ANYWHERE, month_after

_FIGURES = ("minutes", "services", "lately", "pair_minutes")
_LINE = ["month_on", "volunteer_id", "grid_id", "minutes", "services"]


def in_places(places: Places, table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - any of the tables
    """Return the condition that a row lies in the places."""
    own = table.community_id == places.community_id
    if places.is_whole:
        return and_(own, true())
    ways: list[ColumnElement[bool]] = []
    if places.grid_ids:
        ways.append(table.grid_id.in_(sorted(places.grid_ids)))
    if places.centre_ids:
        ways.append(table.centre_id.in_(sorted(places.centre_ids)))
    return and_(own, or_(*ways) if ways else false())


def rolled_before(session: Session, places: Places) -> date | None:
    """Return before which day the months of a community are kept; None while none is."""
    return session.scalar(
        select(HoursRolled.before_on).where(HoursRolled.community_id == places.community_id)
    )


def volunteer_sums(
    session: Session, *, places: Places, period: Period, by_grid: bool = False
) -> Select[Any]:
    """Select what each volunteer did in a period, and lately, in all or grid by grid.

    Of the whole community at most three rows of each are read, however long the period is.
    ``pair_minutes`` is not less than the minutes approved with any one recipient, but for what was
    taken back of other services in the month.
    """
    is_plain = places.is_whole and not by_grid
    rolled = rolled_before(session, places) if is_plain else None
    window = Period(min(period.first, period.lapsed_before), period.last)
    if rolled is None:
        source = monthly(session, VolunteerMonth, places=places, period=window)
        parts = _of_months(source, period)
    else:
        lines = Period(max(window.first, rolled), window.last)
        live = _within(_columns(HoursPosting, _LINE, VolunteerMonth), HoursPosting, places, lines)
        parts = (
            union_all(
                _of_ends(places, period, rolled),
                _of_months(live.subquery(), period),
            )
            .subquery()
            .select()
        )
    it = parts.subquery().c
    keys = [it.volunteer_id, *([it.grid_id] if by_grid else [])]
    sums = [func.sum(it[name]).label(name) for name in _FIGURES]
    return select(*keys, *sums).group_by(*keys)


def _of_months(source: Subquery, period: Period) -> Select[Any]:
    """Select what rows of months give to a period and to the months that count as lately."""
    it = source.c
    within, lately = it.month_on >= period.first, it.month_on >= period.lapsed_before
    return select(
        it.volunteer_id,
        func.coalesce(it.grid_id, 0).label("grid_id"),
        case((within, cast(it.minutes, Integer)), else_=0).label("minutes"),
        case((within, cast(it.services, Integer)), else_=0).label("services"),
        case((lately, cast(it.approvals, Integer)), else_=0).label("lately"),
        case((and_(within, it.minutes > 0), cast(it.minutes, Integer)), else_=0).label(
            "pair_minutes"
        ),
    )


def _of_ends(places: Places, period: Period, rolled: date) -> Select[Any]:
    """Select the same of kept months: what was done by their last, less what was done before."""
    it, last_kept = VolunteerThrough, month_after(rolled, -1)
    end, first, lately = (
        min(one, last_kept)
        for one in (
            period.last,
            month_after(period.first, -1),
            month_after(period.lapsed_before, -1),
        )
    )

    def between(column: InstrumentedAttribute[int], begin: date) -> ColumnElement[int]:
        """Return what a row adds: of the end its figure, of the beginning the same less."""
        if begin >= end:
            return literal(0)
        return case((it.month_on == end, column), (it.month_on == begin, -column), else_=0)

    return select(
        it.volunteer_id,
        literal(ANYWHERE, Integer).label("grid_id"),
        between(it.minutes, first).label("minutes"),
        between(it.services, first).label("services"),
        between(it.approvals, lately).label("lately"),
        between(it.pair_minutes, first).label("pair_minutes"),
    ).where(
        it.community_id == places.community_id,
        it.month_on.in_({end, first, lately}),
    )


def monthly(
    session: Session,
    kept: type[Any],
    *,
    places: Places,
    period: Period,
    among: Collection[int] | None = None,
) -> Subquery:
    """Return rows of months in the places: kept ones, and lines of the others, one each.

    ``among`` some volunteers, it is read through the index of people.
    """
    rolled = rolled_before(session, places)
    names = ["month_on", *keys_of(kept), "minutes", "services"]
    lines = _within(_columns(HoursPosting, names, kept), HoursPosting, places, period)
    if among is not None:
        begin = max(period.first, rolled or period.first)
        lines = lines.where(HoursPosting.volunteer_id.in_(among), HoursPosting.on_day >= begin)
    if rolled is None:
        return lines.subquery()
    months = _within(_columns(kept, names, kept), kept, places, period)
    if among is not None:
        months = months.where(kept.volunteer_id.in_(among))
    lines = lines.where(HoursPosting.month_on >= rolled)
    return union_all(months.where(kept.month_on < rolled), lines).subquery()


def _columns(table: Any, names: list[str], kept: type[Any]) -> Select[Any]:  # noqa: ANN401 - likewise
    """Return the select of the named columns, with approvals where the kept months have them."""
    columns = [getattr(table, name) for name in names]
    if kept is VolunteerMonth:
        live = case((HoursPosting.services > 0, 1), else_=0)
        columns.append((live if table is HoursPosting else kept.approvals).label("approvals"))
    return select(*columns)


def _within(
    wanted: Select[Any],
    table: Any,  # noqa: ANN401 - likewise
    places: Places,
    period: Period,
) -> Select[Any]:
    """Keep what lies in the places and the months."""
    return wanted.where(
        in_places(places, table), table.month_on >= period.first, table.month_on <= period.last
    )
