"""Who works cases where, and who is away: what routing, reminders and pages ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.access import queries as access_queries
from timebank.access.models import UserAccount
from timebank.access.rules import Role, ScopeKind
from timebank.cases.errors import routing as errors
from timebank.cases.models.routing import WorkerAbsence
from timebank.cases.rules.absences import Absence
from timebank.cases.rules.routing import Leave, Staff, Worker, WorkerRole
from timebank.kernel import clock, paging

_SHOWN_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WorkerView:
    """Somebody who works cases, for a choice: the account, the name, and where."""

    user_id: int
    name: str
    roles: tuple[tuple[WorkerRole, int | None], ...]


def staff(session: Session, community_id: int, *, on: date) -> Staff:
    """Return who works where on a day, the nearest role first, and who is away."""
    return Staff(workers=workers(session, community_id), away=_away(session, community_id, on=on))


def workers(session: Session, community_id: int) -> list[Worker]:
    """Return everybody who works cases, once for each role and grid, nearest role first."""
    held = access_queries.holders(session, community_id, [Role(one.value) for one in WorkerRole])
    found = [
        Worker(
            user_id=grant.user_id,
            name=name,
            role=WorkerRole(grant.role.value),
            grid_id=grant.scope_id if grant.scope_kind is ScopeKind.GRID else None,
            person_id=person_id,
        )
        for grant, name, person_id in held
    ]
    order = list(WorkerRole)
    return sorted(found, key=lambda one: order.index(one.role))


def choices(session: Session, community_id: int) -> list[WorkerView]:
    """Return the people who work cases, each once, by name."""
    found: dict[int, WorkerView] = {}
    for one in workers(session, community_id):
        known = found.get(one.user_id)
        roles = (*(known.roles if known else ()), (one.role, one.grid_id))
        found[one.user_id] = WorkerView(one.user_id, one.name, roles)
    return sorted(found.values(), key=lambda one: one.name)


def stands_in_for(session: Session, *, community_id: int, user_id: int, grid_id: int) -> int | None:
    """Return the account that acts for somebody today: their own, or the deputy's when away.

    None when nobody who reaches the grid is there.
    """
    now = staff(session, community_id, on=clock.today())
    worker = now.person(user_id, grid_id)
    there = now.present(worker, grid_id) if worker else None
    return there.user_id if there else None


def absences(session: Session, community_id: int, *, today: date) -> list[Absence]:
    """Return leave that runs, is to come, or ended within a month; the next first."""
    rows = session.execute(
        _absences()
        .where(
            WorkerAbsence.community_id == community_id,
            WorkerAbsence.last_on >= today - _SHOWN_BACK,
        )
        .order_by(WorkerAbsence.first_on.desc(), WorkerAbsence.id.desc())
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [_absence(*row) for row in rows]


def absence(session: Session, *, community_id: int, absence_id: int) -> Absence:
    """Return one leave.

    Raises:
        AbsenceNotFoundError: the community has none such.
    """
    row = session.execute(
        _absences().where(
            WorkerAbsence.id == absence_id, WorkerAbsence.community_id == community_id
        )
    ).one_or_none()
    if row is None:
        raise errors.AbsenceNotFoundError
    return _absence(*row)


_Away = aliased(UserAccount)
_Deputy = aliased(UserAccount)


def _absences() -> Select[tuple[WorkerAbsence, str, str]]:
    """Select leave with both names."""
    return (
        select(WorkerAbsence, _Away.name, _Deputy.name)
        .join(_Away, _Away.id == WorkerAbsence.user_id)
        .join(_Deputy, _Deputy.id == WorkerAbsence.deputy_user_id)
    )


def _absence(row: WorkerAbsence, name: str, deputy: str) -> Absence:
    """Return a row as a value."""
    return Absence(
        id=row.id,
        user_id=row.user_id,
        user_name=name,
        deputy_user_id=row.deputy_user_id,
        deputy_name=deputy,
        first_on=row.first_on,
        planned_last_on=row.last_on,
        back_on=row.back_on,
        note=row.note,
        made_by_name=row.made_by_name,
        made_at=row.made_at,
    )


def _away(session: Session, community_id: int, *, on: date) -> dict[int, Leave]:
    """Return who is away on a day, by account."""
    rows: Sequence[WorkerAbsence] = session.scalars(
        select(WorkerAbsence)
        .where(
            WorkerAbsence.community_id == community_id,
            WorkerAbsence.first_on <= on,
            WorkerAbsence.last_on >= on,
            or_(WorkerAbsence.back_on.is_(None), WorkerAbsence.back_on > on),
        )
        .order_by(WorkerAbsence.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    return {
        row.user_id: Leave(row.user_id, row.deputy_user_id, row.first_on, row.last_on)
        for row in rows
    }
