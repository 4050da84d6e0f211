"""Figures of cases by one side, and the cases behind each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.intake import CATEGORY_NAMES
from timebank.community import queries as community_queries
from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.reports.queries.case_facts import Facts, facts
from timebank.reports.rules import cases as rules
from timebank.reports.rules.cases import By, CaseFact, CaseFigures, Fact, Fate, Part, StepFact
from timebank.reports.rules.figures import Period, Places
from timebank.reports.rules.tables import Head


@dataclass(frozen=True, slots=True)
class FactRow:
    """A case behind a figure; of a step's figures with its round, limit and time."""

    case_id: int
    number: str
    title: str
    at: datetime
    round: int
    is_late: bool | None
    minutes: int | None
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts are wanted: of one figure, one part of it, on one row of a side."""

    name: str = "registered"
    part: Part = Part.WHOLE
    by: By | None = None
    key: str | None = None


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
        TooManyCasesError: more cases than are told at once.
    """
    found = facts(session, places=places, period=period, as_of=as_of)
    heads = _heads(session, by, places=places, period=period, found=found)
    return rules.laid_out(found.steps, found.cases, by=by, heads=heads)


def _heads(session: Session, by: By, *, places: Places, period: Period, found: Facts) -> list[Head]:
    """Return the rows of a side in their order."""
    if by is By.GRID:
        return [
            Head(one.id, one.name) for one in community_queries.grids(session, places.community_id)
        ]
    if by is By.MICRO_GRID:
        doors = community_queries.micro_grids(session, places.community_id)
        return [Head(one.id, one.label) for one in doors]
    if by is By.HOLDER:
        names: Mapping[int, str] = {one.holder_id or 0: one.holder_name for one in found.steps}
        return [Head(key, name) for key, name in sorted(names.items(), key=lambda one: one[1])]
    if by is By.MONTH:
        return [Head(rules.month_key(one), rules.month_key(one)) for one in period.months]
    if by is By.SOURCE:
        return [Head(one.value, one.value) for one in Source]
    return [Head(one.value, CATEGORY_NAMES[one]) for one in Category]


def behind(
    session: Session,
    *,
    places: Places,
    period: Period,
    wanted: Wanted,
    as_of: datetime | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[FactRow]:
    """Return the cases behind a figure, newest first; a step of a second round is its own row."""
    found = facts(session, places=places, period=period, as_of=as_of)
    named = rules.behind(wanted.name, wanted.part, steps=found.steps, cases=found.cases)
    if wanted.by is not None and wanted.key is not None:
        named = [one for one in named if str(rules.key_of(one, wanted.by)) == wanted.key]
    rows = sorted((_row(one) for one in named), key=lambda one: (-one.case_id, -one.round))
    if cursor:
        case_id, turn = _after(cursor)
        rows = [one for one in rows if (-one.case_id, -one.round) > (-case_id, -turn)]
    return paging.page_of(rows[: limit + 1], limit=limit, key=lambda one: [one.case_id, one.round])


def _after(cursor: str) -> tuple[int, int]:
    """Return the case and the round that a page ended with.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    case_id, turn = paging.decode(cursor, width=2)
    if not isinstance(case_id, int) or not isinstance(turn, int):
        raise paging.BadCursorError
    return case_id, turn


def _row(one: Fact) -> FactRow:
    """Return a fact as a row."""
    about = one.about
    if isinstance(one, StepFact):
        return FactRow(
            about.case_id, about.number, about.title, one.due_at, one.round, one.is_late,
            one.minutes, None,
        )  # fmt: skip
    assert isinstance(one, CaseFact)
    return FactRow(
        about.case_id, about.number, about.title, one.registered_at, 1, None, None, one.fate
    )
