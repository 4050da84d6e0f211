"""Builders for booking ahead: a bath by slots, rules, members who can pay."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from tests.make.care import PIN, Desk, make_desk, make_member
from timebank.care.rules.desk import BookingView, Proven, ServiceClass, ServiceView
from timebank.care.rules.home import Delivery
from timebank.care.rules.slots import SlotView
from timebank.care.service import bookings, cards, catalogue, slots
from timebank.care.service.slots import SlotFacts
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.ids import new_id

LATE = "23:59"


@dataclass(frozen=True, slots=True)
class Bath:
    """A desk whose bath is booked by a slot of one place, tomorrow."""

    desk: Desk
    service: ServiceView
    slot: SlotView
    day: date


def make_bath(session: Session, *, capacity: int = 1, day_capacity: int | None = None) -> Bath:
    """Return a bath (60 min) with one slot a day."""
    desk = make_desk(session)
    service = make_home(session, desk, name="助浴", delivery=Delivery.AT_CENTRE)
    if day_capacity is not None:
        facts = {"needs_booking": True, "day_capacity": day_capacity}
        catalogue.change_service(session, actor=desk.admin, service_id=service.id, **facts)  # type: ignore[arg-type]
    slot = slots.add_slot(
        session,
        actor=desk.admin,
        service_id=service.id,
        facts=SlotFacts("10:00", 127, capacity),
    )
    return Bath(desk, service, slot, clock.today() + timedelta(days=1))


def make_home(
    session: Session,
    desk: Desk,
    *,
    name: str = "上门助浴",
    delivery: Delivery = Delivery.BY_PROVIDER,
    kind_id: int | None = None,
) -> ServiceView:
    """Return a service of 60 minutes for half an hour, done at home or at the centre."""
    return catalogue.add_service(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        name=name,
        service_class=ServiceClass.BATH,
        unit="半小时",
        duration_minutes=30,
        person_day_limit=4,
        needs_booking=True,
        delivery=delivery,
        kind_id=kind_id,
        minutes=60,
    )


def another(session: Session, desk: Desk, name: str, *, minutes: int = 600) -> Person:
    """Return one more member with minutes, a card and the same PIN."""
    member = make_member(session, desk.counter, name=name, minutes=minutes)
    cards.set_pin(session, actor=desk.counter, person_id=member.id, pin=PIN, proven=Proven())
    return member


def book_bath(
    session: Session, bath: Bath, person: Person | None = None, *, quantity: int = 1
) -> BookingView:
    """Book the bath's slot by phone."""
    return bookings.book(
        session,
        actor=bath.desk.counter,
        key=new_id(),
        person_id=(person or bath.desk.member).id,
        service_id=bath.service.id,
        on_day=bath.day,
        slot_id=bath.slot.id,
        quantity=quantity,
    )
