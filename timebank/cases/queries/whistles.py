"""Departments: the community's list, and each one's part in a case with its clock."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseDepartment, CaseWhistle
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.whistling import CALLED_ARROWS, ENDED, Called, CalledState
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page

DEPARTMENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department that can be whistled."""

    id: int
    name: str
    duty: str
    contact: str
    phone: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CalledView:
    """A department's part in a case.

    ``is_late``: it reported in too late; ``is_over``: nothing is left for it to say.
    """

    id: int
    case_id: int
    position: int
    department_id: int
    name: str
    phone: str
    is_lead: bool
    state: CalledState
    notified_at: datetime
    arrive_due_at: datetime
    arrived_at: datetime | None
    answered_at: datetime | None
    finished_at: datetime | None
    ended_at: datetime | None
    caller_score: int | None
    department_score: int | None
    is_late: bool
    is_over: bool
    case_number: str = ""
    case_title: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still called or at work."""
        return self.state not in ENDED

    @property
    def possible(self) -> list[EventType]:
        """What can be written down about it now."""
        return [event for state, event in CALLED_ARROWS if state is self.state]


def departments(
    session: Session, *, community_id: int, only_active: bool = True
) -> list[DepartmentView]:
    """Return a community's departments by name; a few dozen."""
    found = select(CaseDepartment).where(CaseDepartment.community_id == community_id)
    if only_active:
        found = found.where(CaseDepartment.is_active)
    rows = session.scalars(found.order_by(CaseDepartment.id).limit(DEPARTMENTS_MAX))
    return [
        DepartmentView(row.id, row.name, row.duty, row.contact, row.phone, row.is_active)
        for row in rows
    ]


def rows(session: Session, case_id: int) -> list[CaseWhistle]:
    """Return the rows of a case's departments in the order of the calls."""
    found = select(CaseWhistle).where(CaseWhistle.case_id == case_id)
    return list(session.scalars(found.order_by(CaseWhistle.position).limit(DEPARTMENTS_MAX)))


def called(session: Session, case_id: int) -> list[CalledView]:
    """Return the departments called to a case; the caller has checked the reach."""
    found = session.execute(
        select(CaseWhistle, CaseDepartment)
        .join(CaseDepartment, CaseDepartment.id == CaseWhistle.department_id)
        .where(CaseWhistle.case_id == case_id)
        .order_by(CaseWhistle.position)
        .limit(DEPARTMENTS_MAX)
    )
    return [_view(row, department) for row, department in found]


def was_late(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a department reported in too late, or has not by now."""
    row = CaseWhistle
    return or_(
        row.arrived_at > row.arrive_due_at,
        and_(row.arrived_at.is_(None), func.coalesce(row.ended_at, now) > row.arrive_due_at),
    )


def in_year(year: int) -> ColumnElement[bool]:
    """Return the condition that a department was called in a year, by the days here."""
    first, _ = clock.day_bounds(date(year, 1, 1))
    until, _ = clock.day_bounds(date(year + 1, 1, 1))
    return and_(CaseWhistle.notified_at >= first, CaseWhistle.notified_at < until)


def board(
    session: Session,
    *,
    actor: Actor,
    department_id: int | None = None,
    year: int | None = None,
    is_late: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[CalledView]:
    """Return the community's calls, the newest first; for who reads its cases in full."""
    if not actor.reach("case.read").is_wide:
        return Page([])
    found = (
        select(CaseWhistle, CaseDepartment, CaseFile.number, CaseFile.title)
        .join(CaseDepartment, CaseDepartment.id == CaseWhistle.department_id)
        .join(CaseFile, CaseFile.id == CaseWhistle.case_id)
        .where(CaseWhistle.community_id == actor.community_id)
    )
    if department_id is not None:
        found = found.where(CaseWhistle.department_id == department_id)
    if year is not None:
        found = found.where(in_year(year))
    if is_late:
        found = found.where(was_late(clock.now()))
    if cursor:
        found = found.where(CaseWhistle.id < paging.decode_id(cursor))
    rows = session.execute(found.order_by(CaseWhistle.id.desc()).limit(limit + 1)).all()
    cut = paging.page_of(rows, limit=limit, key=lambda row: [row[0].id])
    return Page([_view(*row) for row in cut.items], cut.next_cursor)


def _view(
    row: CaseWhistle, department: CaseDepartment, number: str = "", title: str = ""
) -> CalledView:
    """Return a row as a page reads it."""
    one: Called = row.as_called()
    now = clock.now()
    return CalledView(
        id=row.id,
        case_id=row.case_id,
        position=row.position,
        department_id=row.department_id,
        name=department.name,
        phone=department.phone,
        is_lead=row.is_lead,
        state=one.state,
        notified_at=row.notified_at,
        arrive_due_at=row.arrive_due_at,
        arrived_at=row.arrived_at,
        answered_at=row.answered_at,
        finished_at=row.finished_at,
        ended_at=row.ended_at,
        caller_score=row.caller_score,
        department_score=row.department_score,
        is_late=one.is_late(now),
        is_over=one.is_over(now),
        case_number=number,
        case_title=title,
    )
