"""Moving people to another micro-grid, one or many, from a day on; postings keep their grid."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.errors import MicroGridNotFoundError
from timebank.community.models import Person
from timebank.community.queries import PersonView
from timebank.community.service import people
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.trail import service as trail
from timebank.volunteering.errors import moving as errors
from timebank.volunteering.errors.merging import EvidenceMissingError
from timebank.volunteering.models.moving import PersonMove
from timebank.volunteering.queries import moving as queries
from timebank.volunteering.rules import moving as rules
from timebank.volunteering.rules.moving import MoveState

JOB = "volunteering.move_people"


def move_people(
    session: Session,
    *,
    actor: Actor,
    person_ids: Sequence[int],
    micro_grid_id: int,
    effective_on: date,
    reason: str,
    room_no: str = "",
) -> list[int]:
    """Move people to another unit from a day on, all or none; return the moves.

    A move of today is done at once, a later one by the job on its day.

    Raises:
        MoveNobodyError, MoveDayError, EvidenceMissingError: no reason was given.
        PersonNotFoundError: somebody does not live within the actor's reach.
        MicroGridNotFoundError: the unit is not of the community.
        MoveSamePlaceError, MovePlannedError, MoveClosedPersonError
    """
    rules.check_day(effective_on, today=clock.today())
    if not reason.strip():
        raise EvidenceMissingError(field="reason")
    chosen = sorted(set(person_ids))
    if not chosen:
        raise errors.MoveNobodyError(field="person_ids")
    place = community_queries.micro_grid(session, micro_grid_id)
    if place.community_id != actor.community_id:
        raise MicroGridNotFoundError(field="micro_grid_id")
    rows = [
        _plan(
            session,
            actor,
            _mover(session, actor, person_id, micro_grid_id),
            row=PersonMove(
                community_id=actor.community_id,
                person_id=person_id,
                to_micro_grid_id=micro_grid_id,
                to_room_no=room_no.strip(),
                effective_on=effective_on,
                state=MoveState.PLANNED,
                reason=reason.strip(),
                asked_at=clock.now(),
                asked_by_user_id=actor.user_id,
                asked_by_name=actor.name,
            ),
        )
        for person_id in chosen
    ]
    if effective_on == clock.today():
        for row in rows:
            _carry_out(session, actor, row)
    return [row.id for row in rows]


def cancel_move(session: Session, *, actor: Actor, move_id: int) -> None:
    """Take back a move whose day has not come.

    Raises:
        MoveNotFoundError, MoveSettledError
    """
    queries.move(session, actor=actor, move_id=move_id)
    row = session.get_one(PersonMove, move_id, with_for_update=True, populate_existing=True)
    if row.state != MoveState.PLANNED:
        raise errors.MoveSettledError
    row.state = MoveState.CANCELLED
    session.flush()
    _leave_trail(session, actor, "move_cancelled", row)


def move_due(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: carry out the moves whose day has come."""
    due = (
        select(PersonMove)
        .where(PersonMove.state == MoveState.PLANNED, PersonMove.effective_on <= clock.today())
        .order_by(PersonMove.id)
        .limit(rules.PEOPLE_MAX)
        .with_for_update(skip_locked=True)
    )
    for row in session.scalars(due).all():
        actor = program(community_id=row.community_id, name=JOB)
        person = session.get_one(Person, row.person_id)
        if person.is_active:
            _carry_out(session, actor, row)
        else:
            row.state = MoveState.CANCELLED
            session.flush()
            _leave_trail(session, actor, "move_cancelled", row)


def _mover(session: Session, actor: Actor, person_id: int, micro_grid_id: int) -> PersonView:
    """Return somebody who lives within the actor's reach and elsewhere than in the unit."""
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.register"),
    )
    if not person.is_active:
        raise errors.MoveClosedPersonError(name=person.name)
    if person.micro_grid_id == micro_grid_id:
        raise errors.MoveSamePlaceError(field="micro_grid_id", name=person.name)
    return person


def _plan(session: Session, actor: Actor, person: PersonView, *, row: PersonMove) -> PersonMove:
    """Write a planned move with where the person lives now."""
    before = session.get_one(Person, person.id, with_for_update=True, populate_existing=True)
    row.from_micro_grid_id, row.from_address = before.micro_grid_id, before.address
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.MovePlannedError(name=person.name) from error
    _leave_trail(session, actor, "move_planned", row)
    return row


def _carry_out(session: Session, actor: Actor, row: PersonMove) -> None:
    """Let the person live there from now on."""
    people.put_home(
        session,
        actor=actor,
        person_id=row.person_id,
        micro_grid_id=row.to_micro_grid_id,
        room_no=row.to_room_no,
    )
    row.state, row.done_at = MoveState.DONE, clock.now()
    session.flush()
    _leave_trail(session, actor, "moved", row)


def _leave_trail(session: Session, actor: Actor, verb: str, row: PersonMove) -> None:
    """Note who moved whom."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="person",
        subject_id=row.person_id,
        facts={"move_id": row.id},
    )
