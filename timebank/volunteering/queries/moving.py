"""Moves within the community: of one person, and those that are still to come."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import MicroGrid, Person
from timebank.community.queries import PersonView
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.moving import MoveNotFoundError
from timebank.volunteering.models.moving import PersonMove
from timebank.volunteering.rules.moving import PEOPLE_MAX, MoveState, MoveView


def moves(
    session: Session,
    *,
    actor: Actor,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MoveView]:
    """Return a page of the moves from or to the actor's places, newest first."""
    wanted = select(PersonMove).where(_reached(actor))
    if person_id is not None:
        wanted = wanted.where(PersonMove.person_id == person_id)
    if cursor is not None:
        wanted = wanted.where(PersonMove.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(PersonMove.id.desc()).limit(limit + 1)).all()
    views = _views(session, actor, rows)
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def move(session: Session, *, actor: Actor, move_id: int) -> MoveView:
    """Return one move from or to the actor's places.

    Raises:
        MoveNotFoundError: there is none.
    """
    row = session.scalar(select(PersonMove).where(PersonMove.id == move_id, _reached(actor)))
    if row is None:
        raise MoveNotFoundError
    return _views(session, actor, [row])[0]


def movers(
    session: Session, *, actor: Actor, person_id: int | None, from_id: int | None
) -> list[PersonView]:
    """Return whom the actor may move: one person, or those who live in a unit."""
    if person_id is None and from_id is None:
        return []
    reach = actor.reach("person.register")
    wanted = select(Person.id).where(Person.community_id == actor.community_id, Person.is_active)
    wanted = wanted.where(
        Person.id == person_id if person_id is not None else Person.micro_grid_id == from_id
    )
    ids = session.scalars(wanted.order_by(Person.id).limit(PEOPLE_MAX)).all()
    found = community_queries.persons(session, ids)
    return [
        found[one] for one in ids if reach.centre_ids or reach.covers(grid_id=found[one].grid_id)
    ]


def _reached(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a move is from or to one of the actor's places."""
    reach = actor.reach("person.register")
    own = PersonMove.community_id == actor.community_id
    if reach.is_wide or reach.centre_ids:
        return own
    here = select(MicroGrid.id).where(MicroGrid.grid_id.in_(reach.grid_ids))
    return own & or_(PersonMove.from_micro_grid_id.in_(here), PersonMove.to_micro_grid_id.in_(here))


def _views(session: Session, actor: Actor, rows: Sequence[PersonMove]) -> list[MoveView]:
    """Return moves with names and doors."""
    people = community_queries.persons(session, {row.person_id for row in rows})
    labels = {
        one.id: one.label for one in community_queries.micro_grids(session, actor.community_id)
    }
    return [
        MoveView(
            row.id,
            row.person_id,
            people[row.person_id].name,
            labels.get(row.from_micro_grid_id or 0, ""),
            row.to_micro_grid_id,
            labels.get(row.to_micro_grid_id, ""),
            row.to_room_no,
            row.effective_on,
            MoveState(row.state),
            row.reason,
            row.asked_at,
            row.asked_by_name,
        )
        for row in rows
    ]
