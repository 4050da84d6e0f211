"""Departments and their parts in cases, for programs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries import department_figures
from timebank.cases.queries import whistles as queries
from timebank.cases.queries.department_figures import DepartmentFigures
from timebank.cases.queries.details import CaseView
from timebank.cases.queries.whistles import CalledView, DepartmentView
from timebank.cases.schemas.acts import (
    AssessIn,
    BoardIn,
    CalledOut,
    DepartmentFiguresIn,
    DepartmentFiguresListOut,
    DepartmentIn,
    DepartmentSaysIn,
    DepartmentsOut,
    WhistleIn,
)
from timebank.cases.schemas.cases import CaseOut, CloseIn, WordsIn
from timebank.cases.service import whistles as verbs
from timebank.cases.service.whistles import DepartmentFacts
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes

# What a verb is told is checked by the schema beside it.
Told = Any
_PART = "/cases/<int:case_id>/whistles/<int:whistle_id>"


def _departments(session: Session) -> dict[str, list[DepartmentView]]:
    """Return the community's departments."""
    found = queries.departments(session, community_id=current_actor().community_id)
    return {"items": found}


@api.get("/case-departments")
@needs("case.work")
@reads
@gives(DepartmentsOut)
def departments(session: Session) -> dict[str, list[DepartmentView]]:
    """The departments that can be whistled."""
    return _departments(session)


@api.post("/case-departments")
@needs("case.designate")
@writes(keyed=True)
@takes(DepartmentIn)
@gives(DepartmentsOut, status=201)
def add_department(session: Session, *, facts: DepartmentFacts) -> dict[str, list[DepartmentView]]:
    """Enter a department."""
    verbs.add_department(session, actor=current_actor(), facts=facts)
    return _departments(session)


@api.post("/case-departments/<int:department_id>/drop")
@needs("case.designate")
@writes(keyed=True)
@gives(DepartmentsOut)
def drop_department(session: Session, department_id: int) -> dict[str, list[DepartmentView]]:
    """Strike a department off the list."""
    verbs.drop_department(session, actor=current_actor(), department_id=department_id)
    return _departments(session)


@api.get("/case-whistles")
@needs("case.read")
@reads
@takes(BoardIn, where="query")
@gives_page(CalledOut)
def whistle_board(session: Session, **asked: Told) -> Page[CalledView]:
    """The community's calls, the newest first."""
    return queries.board(session, actor=current_actor(), **asked)


@api.get("/case-whistle-figures")
@needs("case.read")
@reads
@takes(DepartmentFiguresIn, where="query")
@gives(DepartmentFiguresListOut)
def whistle_figures(
    session: Session, *, year: int | None = None
) -> dict[str, Sequence[DepartmentFigures]]:
    """How departments answered the calls of a year: on time, late, done, and both sides' scores."""
    wanted = year or clock.today().year
    return {"items": department_figures.of_year(session, actor=current_actor(), year=wanted)}


@api.post("/cases/<int:case_id>/whistles")
@needs("case.work")
@writes(keyed=True)
@takes(WhistleIn)
@gives(CaseOut, status=201)
def whistle(session: Session, case_id: int, **told: Told) -> CaseView:
    """Call departments to a case."""
    verbs.whistle(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post(f"{_PART}/notes")
@needs("case.work")
@writes(keyed=True)
@takes(DepartmentSaysIn)
@gives(CaseOut)
def note_department(session: Session, case_id: int, whistle_id: int, **told: Told) -> CaseView:
    """Write down how far a department is."""
    facts = {"actor": current_actor(), "case_id": case_id, "whistle_id": whistle_id, **told}
    verbs.note_department(session, **facts)
    return seen(session, case_id)


@api.post(f"{_PART}/release")
@needs("case.work")
@writes(keyed=True)
@takes(CloseIn)
@gives(CaseOut)
def release(session: Session, case_id: int, whistle_id: int, **told: Told) -> CaseView:
    """Let a department go that has finished."""
    facts = {"actor": current_actor(), "case_id": case_id, "whistle_id": whistle_id, **told}
    verbs.release(session, **facts)
    return seen(session, case_id)


@api.post(f"{_PART}/withdraw")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def withdraw(session: Session, case_id: int, whistle_id: int, **told: Told) -> CaseView:
    """Take a call back."""
    facts = {"actor": current_actor(), "case_id": case_id, "whistle_id": whistle_id, **told}
    verbs.withdraw(session, **facts)
    return seen(session, case_id)


@api.post(f"{_PART}/assessments")
@needs("case.work")
@writes(keyed=True)
@takes(AssessIn)
@gives(CaseOut, status=201)
def assess(session: Session, case_id: int, whistle_id: int, **told: Told) -> CaseView:
    """Keep what one side says of the other."""
    facts = {"actor": current_actor(), "case_id": case_id, "whistle_id": whistle_id, **told}
    verbs.assess(session, **facts)
    return seen(session, case_id)
