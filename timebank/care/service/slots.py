"""What a manager sets: slots with their capacity, and the rules of booking in versions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.care.errors.desk import ServiceNotFoundError
from timebank.care.errors.slots import (
    RulesDayError,
    SlotNotFoundError,
    SlotTimeTakenError,
    TooManySlotsError,
)
from timebank.care.models.desk import CareService
from timebank.care.models.slots import CareBookingRules, CareSlot, CareSlotDay, CareWaiting
from timebank.care.queries import slots as queries
from timebank.care.rules import slots as rules
from timebank.care.rules.slots import BookingRulesView, SlotView, WaitingState
from timebank.care.service import waiting
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What is said about a slot; ``weekdays`` is a mask, Monday is its lowest bit."""

    at_time: str
    weekdays: int
    capacity: int
    is_active: bool = True


def add_slot(session: Session, *, actor: Actor, service_id: int, facts: SlotFacts) -> SlotView:
    """Add a time of day at which a service is served.

    Raises:
        ServiceNotFoundError: it is not within reach.
        SlotTimeTakenError: it is served at this time already.
        TooManySlotsError
    """
    service = _managed(session, actor, service_id)
    known = queries.slots(session, service.id, day=clock.today())
    if facts.at_time in {one.at_time for one in known}:
        raise SlotTimeTakenError(field="at_time", at_time=facts.at_time)
    if len(known) >= rules.SLOTS_MAX:
        raise TooManySlotsError(field="at_time", most=rules.SLOTS_MAX)
    row = CareSlot(
        community_id=actor.community_id,
        service_id=service.id,
        at_time=facts.at_time,
        weekdays=facts.weekdays,
        capacity=facts.capacity,
        is_active=facts.is_active,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise SlotTimeTakenError(field="at_time", at_time=facts.at_time) from error
    _note(session, actor, "care.slot_added", service, capacity=facts.capacity)
    return _view(session, row)


def change_slot(
    session: Session,
    *,
    actor: Actor,
    slot_id: int,
    weekdays: int,
    capacity: int,
    is_active: bool,
) -> SlotView:
    """Say anew on which days a slot is served and how many fit; more room goes to who waits.

    What is booked stays: a capacity below it closes the slot on that day, no more.

    Raises:
        SlotNotFoundError: it is not of a service within reach.
    """
    row = session.scalar(
        select(CareSlot)
        .where(CareSlot.id == slot_id, CareSlot.community_id == actor.community_id)
        .with_for_update()
    )
    if row is None:
        raise SlotNotFoundError
    service = _managed(session, actor, row.service_id)
    row.weekdays, row.capacity, row.is_active = weekdays, capacity, is_active
    session.flush()
    session.execute(
        update(CareSlotDay)
        .where(CareSlotDay.slot_id == slot_id, CareSlotDay.on_day >= clock.today())
        .values(capacity=case((CareSlotDay.taken > capacity, CareSlotDay.taken), else_=capacity))
    )
    _note(session, actor, "care.slot_changed", service, capacity=capacity)
    for day in _days_waited_for(session, slot_id):
        waiting.offer_next(session, actor=actor, service_id=service.id, day=day)
    return _view(session, row)


def _days_waited_for(session: Session, slot_id: int) -> list[date]:
    """Return the coming days for which somebody waits at a slot."""
    return list(
        session.scalars(
            select(CareWaiting.on_day)
            .where(
                CareWaiting.slot_id == slot_id,
                CareWaiting.state == WaitingState.IN_LINE,
                CareWaiting.on_day >= clock.today(),
            )
            .distinct()
            .order_by(CareWaiting.on_day)
        )
    )


def set_booking_rules(
    session: Session,
    *,
    actor: Actor,
    service_id: int,
    valid_from: date,
    cancel_hours: int,
    late_percent: int | None,
    no_show_percent: int,
    offer_hours: int,
) -> BookingRulesView:
    """Add a version of the rules of booking from a day on; what is booked keeps its own.

    Raises:
        ServiceNotFoundError: it is not within reach.
        RulesDayError: the day is past, or has rules already.
    """
    service = _managed(session, actor, service_id)
    days = session.scalars(
        select(CareBookingRules.valid_from).where(CareBookingRules.service_id == service.id)
    ).all()
    if valid_from < clock.today() or valid_from in days:
        raise RulesDayError(field="valid_from")
    newest = session.scalar(
        select(func.max(CareBookingRules.version)).where(CareBookingRules.service_id == service.id)
    )
    row = CareBookingRules(
        community_id=actor.community_id,
        service_id=service.id,
        version=(newest or 0) + 1,
        cancel_hours=cancel_hours,
        late_percent=late_percent,
        no_show_percent=no_show_percent,
        offer_hours=offer_hours,
        valid_from=valid_from,
        set_by=actor.name,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "care.booking_rules_set", service, version=row.version)
    return queries.rules_of(session, row.id)


def _managed(session: Session, actor: Actor, service_id: int) -> CareService:
    """Return a service that the actor manages, locked against another change."""
    service = session.scalar(
        select(CareService)
        .where(CareService.id == service_id, CareService.community_id == actor.community_id)
        .with_for_update()
    )
    if service is None or not actor.reach("care.manage").covers(centre_id=service.centre_id):
        raise ServiceNotFoundError
    return service


def _view(session: Session, row: CareSlot) -> SlotView:
    """Return a slot as it stands today."""
    found = queries.slots(session, row.service_id, day=clock.today())
    return next(one for one in found if one.id == row.id)


def _note(session: Session, actor: Actor, action: str, service: CareService, **facts: int) -> None:
    """Leave the trail of a change of slots or rules."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="care_service",
        subject_id=service.id,
        summary=service.name,
        facts=facts,
    )
