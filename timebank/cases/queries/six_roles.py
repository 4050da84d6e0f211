"""The board of the six roles; the same few reads however many grids there are."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile, is_open_case
from timebank.cases.queries import staff as staff_queries
from timebank.cases.rules import six_roles
from timebank.cases.rules.six_roles import Board, Counts, Eyes, Standing
from timebank.community import queries as community_queries
from timebank.community.rules import RoleHolderView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.queries import key_people


def board(
    session: Session, *, actor: Actor, grid_id: int | None = None, gaps: bool = False
) -> Board:
    """Return the six seats of every micro-grid, of one grid, or where something is missing.

    The sums of the roles are those of the whole community, whatever is shown.
    """
    own = actor.community_id
    holders = community_queries.holders(session, own)
    people = community_queries.persons(session, {one.person_id for one in holders})
    found = six_roles.board(
        community_queries.micro_grids(session, own),
        holders,
        phones={one.id: one.phone_masked for one in people.values()},
        leave=_leave(session, own, holders),
        counts=Counts(
            residents=community_queries.residents(session, own),
            cases=_open_cases(session, own),
            key_people=key_people.counts_by_unit(session, own),
        ),
        eyes=Eyes(
            contact=actor.reach("person.search"),
            cases=actor.reach("case.read"),
            key_people=actor.reach("keygroup.read"),
        ),
    )
    shown = [
        one
        for one in found.units
        if (grid_id is None or one.grid_id == grid_id) and (not gaps or one.has_gap)
    ]
    return replace(found, units=tuple(shown))


def _leave(
    session: Session, community_id: int, holders: Sequence[RoleHolderView]
) -> dict[int, Standing]:
    """Return which role-holders are away today and who stands in, by person."""
    now = staff_queries.staff(session, community_id, on=clock.today())
    accounts: dict[int, list[int]] = {}
    for worker in now.workers:
        if worker.person_id is not None:
            accounts.setdefault(worker.person_id, []).append(worker.user_id)
    found = {}
    for holder in holders:
        for user_id in accounts.get(holder.person_id, ()):
            leave = now.away.get(user_id)
            person = now.person(user_id, holder.grid_id)
            if leave is not None and person is not None:
                deputy = now.present(person, holder.grid_id)
                found[holder.person_id] = Standing(deputy.name if deputy else None, leave.last_on)
    return found


def _open_cases(session: Session, community_id: int) -> dict[int, tuple[int, int]]:
    """Return how many cases are open, and late, in each micro-grid."""
    is_late = case((CaseFile.order_at < clock.now(), 1), else_=0)
    rows = session.execute(
        select(CaseFile.micro_grid_id, func.count(), func.sum(is_late))
        .where(CaseFile.community_id == community_id, is_open_case())
        .group_by(CaseFile.micro_grid_id)
    )
    return {place_id: (count, int(late or 0)) for place_id, count, late in rows}
