"""Where figures of hours are read: finished months, and the lines of those that are not kept."""

from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    false,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from timebank.reports.rules.figures import Period, Places
from timebank.volunteering.models.postings import (
    HoursPosting,
    HoursRolled,
    VolunteerMonth,
)
from timebank.volunteering.queries.postings import keys_of


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


def monthly(session: Session, kept: type[Any], *, places: Places, period: Period) -> Subquery:
    """Return rows of months in the places: kept ones, and lines of the others, one each."""
    rolled = session.scalar(
        select(HoursRolled.before_on).where(HoursRolled.community_id == places.community_id)
    )
    names = ["month_on", *keys_of(kept), "minutes", "services"]
    lines = _within(_columns(HoursPosting, names, kept), HoursPosting, places, period)
    if rolled is None:
        return lines.subquery()
    months = _within(_columns(kept, names, kept), kept, places, period)
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
