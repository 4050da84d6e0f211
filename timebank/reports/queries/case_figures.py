"""Figures of cases by one side, from kept months where there are any."""

from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.queries import whistles
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.intake import CATEGORY_NAMES
from timebank.community import queries as community_queries
from timebank.reports.errors import StillCountingError, TooManyCasesError
from timebank.reports.queries import case_months
from timebank.reports.queries.case_facts import facts
from timebank.reports.rules import cases as rules
from timebank.reports.rules.case_tallies import Layout
from timebank.reports.rules.cases import By, CaseFigures
from timebank.reports.rules.figures import Period, Places
from timebank.reports.rules.tables import Head


def case_figures(
    session: Session,
    *,
    places: Places,
    period: Period,
    by: By = By.GRID,
    as_of: datetime | None = None,
) -> CaseFigures:
    """Return the figures of a period in all and by one side, as they were known at a moment.

    Raises:
        StillCountingError: more cases than are told at once, and the job that keeps their months
            by itself has not looked at all of them yet.
    """
    found = _layout(session, places=places, period=period, by=by, as_of=as_of)
    return found.figures(_heads(session, found, places=places, period=period))


def _layout(
    session: Session, *, places: Places, period: Period, by: By, as_of: datetime | None
) -> Layout:
    """Return the figures being laid out: from kept months, or from the cases themselves.

    For a moment long before the one of which months are kept the cases themselves are nearer; where
    they are too many, what happened since is taken off. All ways give the same figures.
    """
    kept = case_months.kept_at(session, places.community_id)
    if kept is None or (as_of is not None and as_of < kept):
        try:
            return _of_cases(session, places=places, period=period, by=by, as_of=as_of)
        except TooManyCasesError as error:
            if kept is None:
                count = error.facts["count"]
                raise StillCountingError(field="first", count=count) from None
    return case_months.layout(session, places=places, period=period, by=by, as_of=as_of, kept=kept)


def _of_cases(
    session: Session, *, places: Places, period: Period, by: By, as_of: datetime | None
) -> Layout:
    """Return the figures of the cases themselves.

    Raises:
        TooManyCasesError: more than are told at once.
    """
    layout, found = Layout(by), facts(session, places=places, period=period, as_of=as_of)
    for step in found.steps:
        layout.add_step(step)
    for case in found.cases:
        layout.add_case(case)
    return layout


def _heads(session: Session, found: Layout, *, places: Places, period: Period) -> list[Head]:
    """Return the rows of a side in their order."""
    own, by = places.community_id, found.by
    if by is By.MONTH:
        return [Head(rules.month_key(one), rules.month_key(one)) for one in period.months]
    if by is By.SOURCE:
        return [Head(one.value, one.value) for one in Source]
    if by is By.CATEGORY:
        return [Head(one.value, CATEGORY_NAMES[one]) for one in Category]
    return [Head(key, name) for key, name in _named(session, own, found)]


def _named(session: Session, community_id: int, found: Layout) -> list[tuple[int, str]]:
    """Return the places, departments or holders by id in their order."""
    if found.by is By.HOLDER:
        return sorted(found.names.items(), key=lambda one: (one[1], one[0]))
    if found.by is By.DEPARTMENT:
        known = whistles.departments(session, community_id=community_id, only_active=False)
        return [(one.id, one.name) for one in known]
    if found.by is By.GRID:
        return [(one.id, one.name) for one in community_queries.grids(session, community_id)]
    places = community_queries.micro_grids(session, community_id)
    return [(one.id, one.label) for one in places]
