"""Reminders of clocks that run out: each notch of each step once, whatever crashes.

A reminder and what is told with it are written together. The job compares moments, so that one
that ran late, again, or beside another gives the same rows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.queries import GrantView
from timebank.access.rules import Role, ScopeKind
from timebank.cases.models.around import CaseReminder
from timebank.cases.models.cases import CaseFile, is_open_case
from timebank.cases.queries import staff as staff_queries
from timebank.cases.rules import notices, reminding, routing
from timebank.cases.rules.flow import Dispute
from timebank.cases.rules.reminding import Notch, Told
from timebank.community import queries as community_queries
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.notices.rules.telling import Draft
from timebank.notices.service import telling

JOB = "cases.remind"
EVERYWHERE_JOB = "cases.remind_everywhere"
# So many cases are looked at in one job; the rest go into the next.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is told in a community: persons by account, accounts by grid and on duty, who is away."""

    by_user: Mapping[int, int]
    by_grid: Mapping[int, frozenset[int]]
    on_duty: frozenset[int]
    grid_of: Mapping[int, int]
    now: routing.Staff

    def told(self, row: CaseFile, who: Told) -> frozenset[int]:
        """Return the persons who are told of a case in one capacity."""
        grid_id = self.grid_of.get(row.micro_grid_id, 0)
        heads = self.by_grid.get(grid_id, frozenset())
        user_id = row.holder_user_id or row.assigned_user_id
        if who is Told.GRID_HEAD:
            accounts = heads
        elif who is Told.DUTY_OFFICER:
            accounts = self.on_duty
        elif user_id is not None:
            accounts = frozenset({user_id})
        else:
            accounts = self.on_duty if row.dispute == Dispute.OPEN else heads
        acting = {self._acting(one, grid_id) for one in accounts}
        return frozenset(one for one in acting if one is not None)

    def duty(self, micro_grid_id: int) -> frozenset[int]:
        """Return the persons who are on duty today for what lies in a micro-grid."""
        grid_id = self.grid_of.get(micro_grid_id, 0)
        acting = {self._acting(one, grid_id) for one in self.on_duty}
        return frozenset(one for one in acting if one is not None)

    def _acting(self, user_id: int, grid_id: int) -> int | None:
        """Return the person who acts for an account today: its own, or the deputy's when away."""
        worker = self.now.person(user_id, grid_id)
        if worker is None:
            return self.by_user.get(user_id)
        there = self.now.present(worker, grid_id)
        return (there or worker).person_id


def remind_everywhere(session: Session, _payload: jobs.Payload) -> int:
    """Ask for every community's clocks to be looked at."""
    communities = community_queries.communities(session)
    for one in communities:
        _ask(session, one.id, turn=clock.now().isoformat(), order_at=None, after_id=0)
    return len(communities)


def remind(session: Session, payload: jobs.Payload) -> int:
    """Give the reminders that are due in a community and return how many were given."""
    community_id, now = int(payload["community_id"]), clock.now()
    rows = _running(session, community_id, now=now, payload=payload)
    given = [
        (row, notch)
        for row in rows
        for notch in _reached(row, now=now)
        if _is_first(session, row, notch, now=now)
    ]
    if given:
        _tell(session, community_id, given)
    if len(rows) == BATCH:
        last = rows[-1]
        turn = str(payload["turn"])
        _ask(session, community_id, turn=turn, order_at=last.order_at, after_id=last.id)
    return len(given)


def _ask(
    session: Session, community_id: int, *, turn: str, order_at: datetime | None, after_id: int
) -> None:
    """Ask for the clocks behind a case to be looked at; the same turn asks once."""
    jobs.enqueue(
        session,
        name=JOB,
        key=f"{JOB}:{community_id}:{turn}:{after_id}",
        payload={
            "community_id": community_id,
            "turn": turn,
            "order_at": order_at.isoformat() if order_at else None,
            "after_id": after_id,
        },
        community_id=community_id,
    )


def _running(
    session: Session, community_id: int, *, now: datetime, payload: jobs.Payload
) -> list[CaseFile]:
    """Return the next cases whose clock runs and whose last reminder was not given yet."""
    is_over = (
        select(CaseReminder.id)
        .where(
            CaseReminder.case_id == CaseFile.id,
            CaseReminder.round == CaseFile.round,
            CaseReminder.step == CaseFile.step,
            CaseReminder.notch == Notch.STILL_LATE,
        )
        .exists()
    )
    found = select(CaseFile).where(
        CaseFile.community_id == community_id,
        is_open_case(),
        CaseFile.step.is_not(None),
        CaseFile.order_at < now + reminding.looks_ahead(),
        ~is_over,
    )
    if payload.get("order_at"):
        order_at, after_id = datetime.fromisoformat(str(payload["order_at"])), payload["after_id"]
        behind = and_(CaseFile.order_at == order_at, CaseFile.id > int(after_id))
        found = found.where(or_(CaseFile.order_at > order_at, behind))
    ordered = found.order_by(CaseFile.order_at, CaseFile.id).limit(BATCH)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def _reached(row: CaseFile, *, now: datetime) -> list[Notch]:
    """Return the notches that a case's clock has reached."""
    state = row.as_state()
    if state.step is None:
        return []
    times = state.times[state.step]
    return reminding.notches(started_at=times.started_at, due_at=times.due_at, now=now)


def _is_first(session: Session, row: CaseFile, notch: Notch, *, now: datetime) -> bool:
    """Write down a reminder and return whether it was not given before."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(CaseReminder)
    added = add.values(
        community_id=row.community_id,
        case_id=row.id,
        round=row.round,
        step=row.step,
        notch=notch,
        due_at=row.order_at,
        given_at=now,
    ).on_conflict_do_nothing(index_elements=["case_id", "round", "step", "notch"])
    return session.scalar(added.returning(CaseReminder.id)) is not None


def _tell(session: Session, community_id: int, given: Collection[tuple[CaseFile, Notch]]) -> None:
    """Tell whoever each notch is told to; only the highest of a case, each person once."""
    staff = staff_of(session, community_id)
    highest = {row.id: (row, notch) for row, notch in given}
    drafts = []
    for row, notch in highest.values():
        notice = notices.OF_NOTCH[notch](title=row.title, number=row.number, due_at=row.order_at)
        people = {one for who in reminding.TOLD[notch] for one in staff.told(row, who)}
        key = f"case:{row.id}:{row.round}:{row.step}:{notch}"
        drafts += [Draft(one, notice, key, f"/cases/{row.id}") for one in sorted(people)]
    actor = program(community_id=community_id, name=JOB)
    telling.tell_all(session, actor=actor, drafts=drafts)


def staff_of(session: Session, community_id: int) -> Staff:
    """Return who is told in a community."""
    roles = (Role.GRID_OFFICER, Role.STEWARD, Role.COMMUNITY_ADMIN)
    held = access_queries.holders(session, community_id, roles)
    places = community_queries.micro_grids(session, community_id)
    by_grid: dict[int, set[int]] = {}
    for grant, _, _person_id in held:
        if _is_head(grant):
            by_grid.setdefault(grant.scope_id or 0, set()).add(grant.user_id)
    return Staff(
        by_user={grant.user_id: person for grant, _, person in held if person is not None},
        by_grid={grid: frozenset(people) for grid, people in by_grid.items()},
        on_duty=frozenset(
            grant.user_id for grant, _, _person in held if grant.role is Role.COMMUNITY_ADMIN
        ),
        grid_of={place.id: place.grid_id for place in places},
        now=staff_queries.staff(session, community_id, on=clock.today()),
    )


def _is_head(grant: GrantView) -> bool:
    """Whether a grant makes somebody the head of a grid."""
    return grant.role is Role.GRID_OFFICER and grant.scope_kind is ScopeKind.GRID
