"""Figures of cases for programs."""

from datetime import date, datetime
from typing import Any  # the values of a query string

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.reports.api.frame import api
from timebank.reports.errors import PeopleHiddenError
from timebank.reports.queries import case_figures as queries
from timebank.reports.queries import case_rows
from timebank.reports.queries.case_rows import FactRow, Wanted
from timebank.reports.rules import cases as rules
from timebank.reports.rules import figures
from timebank.reports.rules.cases import By, CaseFigures, Part
from timebank.reports.schemas.cases import CaseFiguresIn, CaseFiguresOut, CaseRowOut, CaseRowsIn
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads


def _asked(
    *,
    first: date | None = None,
    last: date | None = None,
    grid_id: int | None = None,
    as_of: datetime | None = None,
) -> dict[str, Any]:  # Any: what every query of these figures is asked
    """Return places, months and moment within the reader's reach."""
    actor = current_actor()
    return {
        "places": figures.places(
            community_id=actor.community_id,
            reach=actor.reach("figures.read"),
            people=actor.reach("case.read"),
            grid_id=grid_id,
            centre_id=None,
        ),
        "period": figures.period(clock.today(), first=first, last=last),
        "as_of": rules.as_of(as_of, now=clock.now()),
    }


@api.get("/figures/cases")
@needs("figures.read")
@reads
@takes(CaseFiguresIn, where="query")
@gives(CaseFiguresOut)
def case_figures(session: Session, *, by: By, **told: Any) -> CaseFigures:  # noqa: ANN401 - a query string's values
    """On-time rates by step, shares and times of cases; holders only for those who see cases."""
    asked = _asked(**told)
    if by is By.HOLDER and not asked["places"].sees_people:
        raise PeopleHiddenError
    return queries.case_figures(session, by=by, **asked)


@api.get("/figures/cases/rows")
@needs("figures.read")
@reads
@takes(CaseRowsIn, where="query")
@gives_page(CaseRowOut)
def case_figure_rows(
    session: Session,
    *,
    name: str,
    part: Part,
    limit: int,
    by: By | None = None,
    key: str | None = None,
    cursor: str | None = None,
    **told: Any,  # noqa: ANN401 - likewise
) -> Page[FactRow]:
    """Return the cases behind a figure, newest first."""
    asked = _asked(**told)
    if not asked["places"].sees_people:
        raise PeopleHiddenError
    wanted = Wanted(name, part, by, key)
    return case_rows.behind(session, wanted=wanted, cursor=cursor, limit=limit, **asked)
