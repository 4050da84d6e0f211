"""The community's figures and the rows behind them, for programs."""

from datetime import date
from typing import Any  # the values of a query string

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.ledger.queries.flows import LotLine
from timebank.reports.api.frame import api
from timebank.reports.errors import PeopleHiddenError
from timebank.reports.queries import (
    balance,
    monthly,
    needs,
    rows,
    spreading,
    tallies,
    volunteers,
)
from timebank.reports.queries.balance import MoveRow
from timebank.reports.queries.needs import NeedRow
from timebank.reports.queries.rows import HoursRow
from timebank.reports.queries.volunteers import VolunteerRow
from timebank.reports.rules import figures as rules
from timebank.reports.rules.balance import Books
from timebank.reports.rules.figures import (
    Concentration,
    Needs,
    Period,
    Places,
    RowFilter,
    Volunteers,
)
from timebank.reports.rules.tables import Side, Table
from timebank.reports.schemas import figures as schemas
from timebank.volunteering.rules.figures import month_after
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, reads
from timebank.web.doors import needs as holds


def _places(*, grid_id: int | None, centre_id: int | None, shows_people: bool = False) -> Places:
    """Return the places within the reader's reach.

    Raises:
        PeopleHiddenError: people would be shown to who sees sums alone.
    """
    actor = current_actor()
    places = rules.places(
        community_id=actor.community_id,
        reach=actor.reach("figures.read"),
        people=actor.reach("hours.read"),
        grid_id=grid_id,
        centre_id=centre_id,
    )
    if shows_people and not places.sees_people:
        raise PeopleHiddenError
    return places


def _asked(told: dict[str, Any], *, shows_people: bool = False) -> dict[str, Any]:
    """Return places and period out of what was asked."""
    places = _places(
        grid_id=told.pop("grid_id", None),
        centre_id=told.pop("centre_id", None),
        shows_people=shows_people,
    )
    period = rules.period(clock.today(), first=told.pop("first", None), last=told.pop("last", None))
    return {"places": places, "period": period}


@api.get("/figures/hours")
@holds("figures.read")
@reads
@takes(schemas.TableIn, where="query")
@gives(schemas.HoursTableOut)
def hours(session: Session, *, rows: Side, columns: Side, **told: Any) -> Table:  # noqa: ANN401 - a query string's values
    """Hours by any two of kind, grid, month and age group."""
    return tallies.table(session, rows=rows, columns=columns, **_asked(told))


@api.get("/figures/hours/postings")
@holds("figures.read")
@reads
@takes(schemas.HoursRowsIn, where="query")
@gives_page(schemas.HoursRowOut)
def hours_rows(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    of_grid_id: int | None = None,
    of_centre_id: int | None = None,
    **told: Any,  # noqa: ANN401 - likewise
) -> Page[HoursRow]:
    """Return the postings behind a number of hours, newest first; they add up to it."""
    asked = _asked(told, shows_people=True)
    wanted = RowFilter(asked["period"], grid_id=of_grid_id, centre_id=of_centre_id, **told)
    return rows.hours(session, places=asked["places"], wanted=wanted, cursor=cursor, limit=limit)


@api.get("/figures/volunteers")
@holds("figures.read")
@reads
@takes(schemas.PeriodIn, where="query")
@gives(schemas.VolunteersOut)
def volunteer_figures(session: Session, **told: Any) -> Volunteers:  # noqa: ANN401 - likewise
    """Active, new and lapsed volunteers, in all, by age group and grid."""
    return volunteers.volunteers(session, **_asked(told))


@api.get("/figures/volunteers/people")
@holds("figures.read")
@reads
@takes(schemas.VolunteerRowsIn, where="query")
@gives_page(schemas.VolunteerRowOut)
def volunteer_rows(
    session: Session,
    *,
    limit: int,
    which: str,
    cursor: str | None = None,
    of_grid_id: int | None = None,
    age_group: str | None = None,
    **told: Any,  # noqa: ANN401 - likewise
) -> Page[VolunteerRow]:
    """Return the volunteers behind a count."""
    return volunteers.who(
        session,
        which=which,
        grid_id=of_grid_id,
        age_group=age_group,
        cursor=cursor,
        limit=limit,
        **_asked(told, shows_people=True),
    )


@api.get("/figures/concentration")
@holds("figures.read")
@reads
@takes(schemas.PeriodIn, where="query")
@gives(schemas.ConcentrationOut)
def concentration(session: Session, **told: Any) -> Concentration:  # noqa: ANN401 - likewise
    """Whether few do most: the busiest tenth, Gini's coefficient, the largest pairs, centres."""
    return spreading.concentration(session, **_asked(told))


@api.get("/figures/needs")
@holds("figures.read")
@reads
@takes(schemas.PeriodIn, where="query")
@gives(schemas.NeedsOut)
def need_figures(session: Session, **told: Any) -> Needs:  # noqa: ANN401 - likewise
    """Needs posted, met, unmet and cancelled, and how long until somebody was found."""
    return needs.needs(session, **_asked(told))


@api.get("/figures/needs/posted")
@holds("figures.read")
@reads
@takes(schemas.NeedRowsIn, where="query")
@gives_page(schemas.NeedRowOut)
def need_rows(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    outcome: str | None = None,
    kind_id: int | None = None,
    of_grid_id: int | None = None,
    **told: Any,  # noqa: ANN401 - likewise
) -> Page[NeedRow]:
    """Return the needs behind a count, newest first."""
    return needs.posted(
        session,
        outcome=outcome,
        kind_id=kind_id,
        grid_id=of_grid_id,
        cursor=cursor,
        limit=limit,
        **_asked(told, shows_people=True),
    )


@api.get("/figures/books")
@holds("figures.read")
@reads
@takes(schemas.PeriodIn, where="query")
@gives(schemas.BooksOut)
def books(session: Session, **told: Any) -> Books:  # noqa: ANN401 - likewise
    """What was issued, redeemed, given, expired and taken back, what stands, and the checks."""
    return balance.books(session, **_asked(told))


@api.get("/figures/books/lots")
@holds("ledger.audit")
@reads
@takes(schemas.LotRowsIn, where="query")
@gives_page(schemas.LotRowOut)
def lots(
    session: Session, *, limit: int, year: int, restriction: str, cursor: str | None = None
) -> Page[LotLine]:
    """Return the lots behind what is left of a year."""
    return balance.lots(
        session,
        community_id=current_actor().community_id,
        year=year,
        restriction=restriction,
        cursor=cursor,
        limit=limit,
    )


@api.get("/figures/books/moves")
@holds("ledger.audit")
@reads
@takes(schemas.MoveRowsIn, where="query")
@gives_page(schemas.MoveRowOut)
def moves(
    session: Session,
    *,
    limit: int,
    which: str,
    cursor: str | None = None,
    **told: Any,  # noqa: ANN401 - likewise
) -> Page[MoveRow]:
    """Return the gifts, grants or expiries behind a number, newest first."""
    return balance.moves(
        session,
        community_id=current_actor().community_id,
        period=_asked(told)["period"],
        which=which,
        cursor=cursor,
        limit=limit,
    )


@api.get("/figures/month-report")
@holds("figures.read")
@reads
@takes(schemas.MonthIn, where="query")
@gives(schemas.MonthReportOut)
def month_report(
    session: Session,
    *,
    month: date | None = None,
    grid_id: int | None = None,
    centre_id: int | None = None,
) -> dict[str, object]:
    """Return the main figures of a month beside the month before and the year before."""
    month = month or month_after(clock.today().replace(day=1), -1)
    places = _places(grid_id=grid_id, centre_id=centre_id)
    figures = monthly.report(session, places=places, period=Period(month, month))
    return {"month": month, "figures": figures}
