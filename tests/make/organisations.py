"""Builders for organisations: one with somebody who leads it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_organisation, make_person
from tests.make.volunteering import Street, make_street
from timebank.community.models import Organisation, Person
from timebank.kernel.actor import Actor
from timebank.volunteering.service import organisations


@dataclass(frozen=True, slots=True)
class Led:
    """A street with an organisation, who leads it, and the one who serves for it."""

    street: Street
    body: Organisation
    leader: Actor
    leader_person: Person

    @property
    def card(self) -> str:
        """The card of the volunteer."""
        return self.street.volunteer_person.card_no or ""


def make_led(session: Session, street: Street | None = None) -> Led:
    """Return an organisation of a street that the administrator let somebody lead."""
    street = street or make_street(session)
    community_id = street.community.id
    body = make_organisation(session, community_id=community_id, name="九龙助老大食堂")
    person = make_person(session, community_id=community_id, name="郑和平")
    organisations.name_leader(
        session, actor=street.admin, organisation_id=body.id, card_no=person.card_no or ""
    )
    leader = make_actor(
        session,
        community_id=community_id,
        roles=(("resident", "own", None),),
        person_id=person.id,
        name="郑和平",
    )
    return Led(street, body, leader, person)
