"""Putting right what is registered of somebody, as they said themselves at their door."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.community import errors, queries, rules
from timebank.community.models import Household, Person
from timebank.community.rules import PersonField
from timebank.community.service import people
from timebank.community.service.sources import note_source
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was registered before and what is now."""

    old: str
    new: str


def correct_phone(session: Session, *, actor: Actor, person_id: int, phone: str) -> Corrected:
    """Register another phone number of somebody within reach.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
        PhoneInvalidError: it is no phone number.
    """
    person = _within(session, actor, person_id)
    new = rules.phone_of(phone)
    if new is None:
        raise errors.PhoneInvalidError(field="value", given=phone)
    before = person.phone or ""
    if new != before:
        put_phone(session, actor=actor, person=person, phone=new)
    return Corrected(before, new)


def put_phone(
    session: Session, *, actor: Actor, person: Person, phone: str, is_from_list: bool = False
) -> None:
    """Register another phone number in a locked row."""
    for column, value in rules.phone_columns(phone).items():
        setattr(person, column, value)
    note_source(
        session,
        actor=actor,
        person_id=person.id,
        field=PersonField.PHONE,
        is_from_list=is_from_list,
    )
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="community.phone_corrected",
        subject_type="person",
        subject_id=person.id,
    )


def correct_room(session: Session, *, actor: Actor, person_id: int, room_no: str) -> Corrected:
    """Let somebody within reach live behind another door of the same unit.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
        MicroGridNotFoundError: they live in no unit.
    """
    person = _within(session, actor, person_id)
    if person.micro_grid_id is None:
        raise errors.MicroGridNotFoundError(field="person_id")
    home = session.get(Household, person.household_id) if person.household_id else None
    before, new = home.room_no if home else "", rules.room_of(room_no)
    if new != before:
        people.put_home(
            session,
            actor=actor,
            person_id=person.id,
            micro_grid_id=person.micro_grid_id,
            room_no=new,
        )
    return Corrected(before, new)


def _within(session: Session, actor: Actor, person_id: int) -> Person:
    """Return the row of somebody whom the actor may register, locked."""
    reach = actor.reach("person.register")
    queries.person_within(
        session, community_id=actor.community_id, person_id=person_id, reach=reach
    )
    return session.get_one(Person, person_id, with_for_update=True)
