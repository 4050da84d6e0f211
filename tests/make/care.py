"""Builders for care: a centre that is open, its services, members with minutes and a card."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_person
from timebank.care.rules.desk import (
    CardView,
    CentreKind,
    CentreView,
    Proven,
    ServiceClass,
    ServiceView,
)
from timebank.care.service import cards, catalogue
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.service import books

PIN = "274916"
BY_PIN = Proven(pin=PIN)


@dataclass(frozen=True, slots=True)
class Desk:
    """A community with a centre, its manager and its counter, and one member with minutes."""

    community_id: int
    centre: CentreView
    admin: Actor
    counter: Actor
    lunch: ServiceView
    haircut: ServiceView
    member: Person
    card: CardView


def make_desk(
    session: Session, *, minutes: int = 600, day_capacity: int | None = 30, code: str = "JL"
) -> Desk:
    """Return a working counter with a lunch (60 min), a haircut (90 min) and a rich member."""
    community_id = make_community(session, code=code).id
    admin = make_actor(session, community_id=community_id)
    centre = catalogue.add_centre(
        session,
        actor=admin,
        name="居家养老服务中心",
        kind=CentreKind.CENTRE,
        address="1号楼一层",
    )
    lunch = make_service(session, admin, centre_id=centre.id, day_capacity=day_capacity)
    haircut = make_service(
        session, admin, centre_id=centre.id, name="理发", minutes=90, day_capacity=None
    )
    clerk = make_person(session, community_id=community_id, name="赵敏")
    counter = make_actor(
        session,
        community_id=community_id,
        roles=(("counter", "centre", centre.id),),
        person_id=clerk.id,
        name="赵敏",
    )
    member = make_member(session, counter, minutes=minutes)
    card = cards.set_pin(session, actor=counter, person_id=member.id, pin=PIN, proven=Proven())
    return Desk(community_id, centre, admin, counter, lunch, haircut, member, card)


def make_service(
    session: Session,
    actor: Actor,
    *,
    centre_id: int,
    name: str = "午餐",
    minutes: int = 60,
    day_capacity: int | None = 30,
    person_day_limit: int = 3,
    needs_booking: bool = False,
) -> ServiceView:
    """Return a service of a centre's catalogue, priced from today."""
    return catalogue.add_service(
        session,
        actor=actor,
        centre_id=centre_id,
        name=name,
        service_class=ServiceClass.MEAL,
        unit="份",
        duration_minutes=30,
        place_text="一楼食堂",
        day_capacity=day_capacity,
        person_day_limit=person_day_limit,
        needs_booking=needs_booking,
        is_benefit=True,
        minutes=minutes,
        money_note_fen=1500,
    )


def make_member(
    session: Session, counter: Actor, *, minutes: int = 600, name: str = "孙秀英"
) -> Person:
    """Return a person with a card and with minutes on their account."""
    member = make_person(session, community_id=counter.community_id, name=name)
    cards.open_card(session, actor=counter, person_id=member.id)
    if minutes:
        give_minutes(session, counter, person_id=member.id, minutes=minutes)
    return member


def give_minutes(session: Session, actor: Actor, *, person_id: int, minutes: int) -> UUID:
    """Post earned minutes to a member and return the entry's id."""
    community_id = actor.community_id
    draft = EntryDraft(
        id=new_id(),
        book_id=books.time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        kind="hours.earned",
        effective_on=clock.today(),
        transfers=[
            Transfer(
                books.issuance_account(session, community_id=community_id),
                books.member_account(session, community_id=community_id, person_id=person_id),
                minutes,
            )
        ],
        memo="食堂分餐",
    )
    return ledger_posting.post(session, actor=actor, draft=draft).id
