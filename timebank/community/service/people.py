"""Registering people and their kin, issuing cards, showing personal fields for a reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community import errors, queries, rules
from timebank.community.models import (
    Community,
    Household,
    Kinship,
    MicroGrid,
    Person,
)
from timebank.community.queries import MicroGridView, PersonView
from timebank.community.rules import (
    INVERSE_KINSHIP,
    KinshipKind,
    KinView,
    OwnDetails,
    PersonField,
    Sex,
)
from timebank.community.service.sources import note_source
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with their relatives; ``details`` only where they may be shown in full."""

    person: PersonView
    relatives: Sequence[KinView]
    details: OwnDetails | None = None


def profile(session: Session, *, actor: Actor, person_id: int) -> Profile:
    """Return somebody within reach as others may see them.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
    """
    person = queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )
    return Profile(person, queries.relatives(session, person_id))


def own_profile(session: Session, *, actor: Actor) -> Profile | None:
    """Return the actor's own data in full; None for an account without a person."""
    if actor.person_id is None:
        return None
    mine = {"community_id": actor.community_id, "person_id": actor.person_id}
    return Profile(
        queries.person(session, **mine),
        queries.relatives(session, actor.person_id),
        queries.own_details(session, **mine),
    )


def register_person(
    session: Session,
    *,
    actor: Actor,
    name: str,
    micro_grid_id: int | None = None,
    room_no: str = "",
    sex: Sex | None = None,
    born_on: date | None = None,
    phone: str | None = None,
    id_number: str | None = None,
) -> PersonView:
    """Register one person with a card of their own.

    Raises:
        NameInvalidError, PhoneInvalidError, IdNumberInvalidError, BirthdayInvalidError,
        SexDisagreesError, BirthdayDisagreesError: a field is wrong.
        HomeMissingError: somebody who works for one grid names no unit.
        MicroGridNotFoundError: the unit is not within the actor's reach.
        PersonKnownError: the ID number, or name and birthday behind this door, are registered.
    """
    name = rules.clean(name)
    if not rules.is_name(name):
        raise errors.NameInvalidError(field="name", given=name)
    facts = _id_facts(id_number, sex=sex, born_on=born_on)
    born_on = born_on or (facts.born_on if facts else None)
    if born_on and not rules.is_birthday(born_on, today=clock.today()):
        raise errors.BirthdayInvalidError(field="born_on", given=born_on)
    home = _home(session, actor=actor, micro_grid_id=micro_grid_id, room_no=room_no)
    _refuse_known(session, actor.community_id, name=name, born_on=born_on, home=home, facts=facts)
    person = Person(
        community_id=actor.community_id,
        name=name,
        pinyin_initials=rules.pinyin_initials(name),
        card_no=next_card_number(session, actor.community_id),
        sex=sex or (facts.sex if facts else None),
        born_on=born_on,
        household_id=home.id if home else None,
        micro_grid_id=micro_grid_id,
        address=_address(session, home),
        **rules.phone_columns(_phone(phone)),
        id_number=facts.number if facts else None,
        id_index=rules.id_index(facts.number) if facts else None,
    )
    session.add(person)
    session.flush()
    for field, is_said in ((PersonField.PHONE, person.phone), (PersonField.HOME, home)):
        if is_said:
            note_source(session, actor=actor, person_id=person.id, field=field)
    _record(session, actor, "community.person_registered", person.id)
    return queries.person(session, community_id=actor.community_id, person_id=person.id)


def doors_within(session: Session, *, actor: Actor) -> list[MicroGridView]:
    """Return the units in which the actor may register people."""
    reach = actor.reach("person.register")
    return [
        place
        for place in queries.micro_grids(session, actor.community_id)
        if reach.centre_ids or reach.covers(grid_id=place.grid_id)
    ]


def _phone(text: str | None) -> str | None:
    """Return a phone number without decoration."""
    phone = rules.phone_of(text) if text else None
    if text and phone is None:
        raise errors.PhoneInvalidError(field="phone", given=text)
    return phone


def _id_facts(
    id_number: str | None, *, sex: Sex | None, born_on: date | None
) -> rules.IdFacts | None:
    """Return what the ID number says, once it agrees with what else was said."""
    facts = rules.id_facts(id_number) if id_number else None
    if id_number and facts is None:
        raise errors.IdNumberInvalidError(field="id_number")
    if facts and sex not in {None, facts.sex}:
        raise errors.SexDisagreesError(field="sex")
    if facts and born_on not in {None, facts.born_on}:
        raise errors.BirthdayDisagreesError(field="born_on")
    return facts


def _home(
    session: Session, *, actor: Actor, micro_grid_id: int | None, room_no: str
) -> Household | None:
    """Return the household behind a door within reach, made when it is the first of it."""
    reach = actor.reach("person.register")
    if micro_grid_id is None:
        if not (reach.centre_ids or reach.is_wide):
            raise errors.HomeMissingError(field="micro_grid_id")
        return None
    place = session.scalar(
        select(MicroGrid)
        .where(MicroGrid.id == micro_grid_id, MicroGrid.community_id == actor.community_id)
        .with_for_update()
    )
    if place is None or not (reach.centre_ids or reach.covers(grid_id=place.grid_id)):
        raise errors.MicroGridNotFoundError(field="micro_grid_id")
    return _household(session, place, rules.room_of(room_no))


def _household(session: Session, place: MicroGrid, room: str) -> Household | None:
    """Return the household of a room in a locked unit, made when it is the first; None without."""
    if not room:
        return None
    home = session.scalar(
        select(Household).where(Household.micro_grid_id == place.id, Household.room_no == room)
    )
    if home is None:
        home = Household(community_id=place.community_id, micro_grid_id=place.id, room_no=room)
        session.add(home)
        session.flush()
    return home


def _address(session: Session, home: Household | None) -> str | None:
    """Return the full address of a household."""
    if home is None:
        return None
    place = queries.micro_grid(session, home.micro_grid_id)
    return rules.home_label(
        building_no=place.building_no, unit_no=place.unit_no, room_no=home.room_no
    )


def _refuse_known(
    session: Session,
    community_id: int,
    *,
    name: str,
    born_on: date | None,
    home: Household | None,
    facts: rules.IdFacts | None,
) -> None:
    """Refuse somebody who is registered already."""
    if facts is not None and session.scalar(
        select(Person.id).where(
            Person.community_id == community_id, Person.id_index == rules.id_index(facts.number)
        )
    ):
        raise errors.PersonKnownError(field="id_number")
    if home is not None and session.scalar(
        select(Person.id).where(
            Person.household_id == home.id, Person.name == name, Person.born_on == born_on
        )
    ):
        raise errors.PersonKnownError(field="name")


def next_card_number(session: Session, community_id: int) -> str:
    """Return the next free card number; the community's row is locked until the transaction ends.

    Raises:
        CommunityNotFoundError: there is none with this id.
    """
    community = session.get(Community, community_id, with_for_update=True)
    if community is None:
        raise errors.CommunityNotFoundError
    last = session.scalar(
        select(Person.card_no)
        .where(Person.community_id == community_id, Person.card_no.is_not(None))
        .order_by(func.length(Person.card_no).desc(), Person.card_no.desc())
        .limit(1)
    )
    serial = int(re.sub(r".*-", "", last)) if last else 0
    return rules.card_number(code=community.code, serial=serial + 1)


def issue_card(session: Session, *, actor: Actor, person_id: int) -> str:
    """Return a person's card number, given out now when they had none.

    Raises:
        PersonNotFoundError: nobody of this community has the id.
    """
    person = _locked(session, actor, person_id)
    if person.card_no is None:
        person.card_no = next_card_number(session, actor.community_id)
        session.flush()
        _record(session, actor, "community.card_issued", person.id)
    return person.card_no


def unmask(session: Session, *, actor: Actor, person_id: int, reason: str) -> OwnDetails:
    """Return the personal fields of somebody within reach; the look is noted where they see it.

    Raises:
        PersonNotFoundError: nobody within reach has the id.
        ReasonMissingError: no reason was given.
    """
    queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.unmask"),
    )
    if not reason.strip():
        raise errors.ReasonMissingError(field="reason")
    details = queries.own_details(session, community_id=actor.community_id, person_id=person_id)
    shown = [name for name in ("phone", "id_number", "address") if getattr(details, name)]
    trail.record_look(session, actor=actor, person_id=person_id, fields=shown, reason=reason)
    return details


def verify_kinship(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    relative: str,
    kind: KinshipKind,
    verified_on: date | None = None,
) -> None:
    """Note that somebody saw the proof of a kinship; both directions are registered.

    ``relative`` is the relative's card number or phone number.

    Raises:
        RelativeUnclearError: it means nobody, or several people.
        KinToSelfError: the two are one.
        PersonNotFoundError: one of them is not within reach.
    """
    reach = actor.reach("person.register")
    relative_id = _meant(session, actor, relative)
    if person_id == relative_id:
        raise errors.KinToSelfError(field="relative")
    for one in (person_id, relative_id):
        queries.person_within(session, community_id=actor.community_id, person_id=one, reach=reach)
    day = verified_on or clock.today()
    for one, other, what in (
        (person_id, relative_id, kind),
        (relative_id, person_id, INVERSE_KINSHIP[kind]),
    ):
        _register_kin(
            session, actor=actor, person_id=one, relative_id=other, kind=what, verified_on=day
        )
    session.flush()
    _record(session, actor, "community.kinship_verified", person_id)


def put_home(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    micro_grid_id: int,
    room_no: str,
    is_from_list: bool = False,
) -> None:
    """Let somebody live behind another door of the community, made when it is the first of it.

    Raises:
        PersonNotFoundError, MicroGridNotFoundError: one is not of this community.
    """
    person = _locked(session, actor, person_id)
    place = session.get(MicroGrid, micro_grid_id, with_for_update=True)
    if place is None or place.community_id != actor.community_id:
        raise errors.MicroGridNotFoundError(field="micro_grid_id")
    home = _household(session, place, rules.room_of(room_no))
    note_source(
        session,
        actor=actor,
        person_id=person_id,
        field=PersonField.HOME,
        is_from_list=is_from_list,
        former_household_id=person.household_id,
    )
    person.micro_grid_id, person.household_id = place.id, home.id if home else None
    person.address = _address(session, home)
    session.flush()
    _record(session, actor, "community.person_moved", person_id)


def _meant(session: Session, actor: Actor, text: str) -> int:
    """Return the one person whom a card number or phone number means."""
    found = queries.search_persons(
        session,
        community_id=actor.community_id,
        text=text,
        reach=actor.reach("person.register"),
        limit=2,
    )
    if len(found) != 1:
        raise errors.RelativeUnclearError(field="relative")
    return found[0].id


def _register_kin(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    relative_id: int,
    kind: KinshipKind,
    verified_on: date,
) -> None:
    """Write one direction of a kinship."""
    row = session.scalar(
        select(Kinship).where(Kinship.person_id == person_id, Kinship.relative_id == relative_id)
    )
    if row is None:
        row = Kinship(community_id=actor.community_id, person_id=person_id, relative_id=relative_id)
        session.add(row)
    row.kind, row.verified_on = kind, verified_on


def _locked(session: Session, actor: Actor, person_id: int) -> Person:
    """Return the row of a person of the actor's community, locked."""
    person = session.scalar(
        select(Person)
        .where(Person.id == person_id, Person.community_id == actor.community_id)
        .with_for_update()
    )
    if person is None:
        raise errors.PersonNotFoundError
    return person


def _record(session: Session, actor: Actor, action: str, person_id: int) -> None:
    """Leave an act on a person in the trail."""
    trail.record(session, actor=actor, action=action, subject_type="person", subject_id=person_id)
