"""Reads of requests to join."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import MicroGrid, Person
from timebank.community.queries import PersonView
from timebank.community.rules import phone_index
from timebank.kernel.actor import Actor
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.volunteering.errors.joining import JoinRequestNotFoundError
from timebank.volunteering.models.joining import JoinRequest
from timebank.volunteering.rules.joining import Applicant, JoinState

KNOWN_MAX = 5


@dataclass(frozen=True, slots=True)
class JoinView:
    """A request as staff see it; what was told only while it waits."""

    id: int
    state: JoinState
    asked_at: datetime
    place: str
    applicant: Applicant | None
    reason: str
    person_id: int | None
    decided_at: datetime | None
    decided_by_name: str


def within(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a request is one the actor may decide."""
    reach = actor.reach("person.register")
    here = JoinRequest.community_id == actor.community_id
    wide = true() if reach.is_wide or reach.centre_ids else false()
    return here & or_(wide, MicroGrid.grid_id.in_(reach.grid_ids))


def requests(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[JoinView]:
    """Return the requests that wait within reach, oldest first."""
    found = (
        select(JoinRequest)
        .join(MicroGrid, MicroGrid.id == JoinRequest.micro_grid_id)
        .where(within(actor), JoinRequest.state == JoinState.WAITING)
    )
    if cursor:
        found = found.where(JoinRequest.id > decode_id(cursor))
    rows = session.scalars(found.order_by(JoinRequest.id).limit(limit + 1)).all()
    places = _places(session, actor.community_id) if rows else {}
    views = [_view(row, places) for row in rows]
    return page_of(views, limit=limit, key=lambda one: [one.id])


def request(session: Session, *, actor: Actor, request_id: int) -> JoinView:
    """Return one request within reach.

    Raises:
        JoinRequestNotFoundError
    """
    row = session.scalar(
        select(JoinRequest)
        .join(MicroGrid, MicroGrid.id == JoinRequest.micro_grid_id)
        .where(within(actor), JoinRequest.id == request_id)
    )
    if row is None:
        raise JoinRequestNotFoundError
    return _view(row, _places(session, actor.community_id))


def maybe_known(session: Session, *, actor: Actor, applicant: Applicant) -> Sequence[PersonView]:
    """Return people within reach who may be the applicant: by phone, or by name and birthday."""
    same = (Person.name == applicant.name) & (Person.born_on == applicant.born_on)
    ids = session.scalars(
        select(Person.id)
        .where(
            Person.community_id == actor.community_id,
            Person.is_active,
            or_(Person.phone_index == phone_index(applicant.phone), same),
        )
        .order_by(Person.id)
        .limit(KNOWN_MAX)
    ).all()
    found = community_queries.persons(session, ids)
    return [found[one] for one in ids if one in found]


def applicant_of(row: JoinRequest) -> Applicant | None:
    """Return what a request tells; None once it is decided."""
    if row.facts is None:
        return None
    told = json.loads(row.facts)
    return Applicant(**{**told, "born_on": date.fromisoformat(told["born_on"])})


def _places(session: Session, community_id: int) -> dict[int, str]:
    """Return the names of a community's units."""
    return {one.id: one.label for one in community_queries.micro_grids(session, community_id)}


def _view(row: JoinRequest, places: dict[int, str]) -> JoinView:
    """Return a request's row as a value."""
    return JoinView(
        id=row.id,
        state=JoinState(row.state),
        asked_at=row.asked_at,
        place=places.get(row.micro_grid_id, ""),
        applicant=applicant_of(row),
        reason=row.reason,
        person_id=row.person_id,
        decided_at=row.decided_at,
        decided_by_name=row.decided_by_name,
    )
