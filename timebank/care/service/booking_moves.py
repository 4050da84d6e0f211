"""Moving a booking to another time: its hold stays, its place changes, in one act."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.care.errors.desk import BookingAlreadyResolvedError, TooLateToCancelError
from timebank.care.errors.slots import PriceDiffersError, SameTimeError
from timebank.care.models.desk import Booking
from timebank.care.queries import bookings as queries
from timebank.care.queries import slots as slot_queries
from timebank.care.rules import slots as rules
from timebank.care.rules.desk import BookingState, BookingView, ServiceView
from timebank.care.rules.slots import SlotView
from timebank.care.service import bookings, home_needs, quotas, tidings, waiting
from timebank.care.service.eligibility import refuse_unfit
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def move_booking(
    session: Session,
    *,
    actor: Actor,
    booking_id: int,
    on_day: date,
    at_time: str = "",
    slot_id: int | None = None,
) -> BookingView:
    """Move a booking to another time; minutes stay held, and the terms it was booked under hold.

    Raises:
        BookingNotFoundError, BookingAlreadyResolvedError
        TooLateToCancelError: it can no longer be called off for nothing, and it is not staff.
        SameTimeError: nothing would change.
        PriceDiffersError: that day has another price.
        BookingDayError, SlotNeededError, SlotNotFoundError, SlotPastError, SlotFullError
        CapacityFullError, DayLimitError, VisitBegunError
    """
    view = queries.booking(session, actor=actor, booking_id=booking_id)
    row = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    if row.state != BookingState.BOOKED:
        raise BookingAlreadyResolvedError
    _refuse_late(session, actor, view)
    home_needs.refuse_begun(session, booking_id=row.id)
    wanted = bookings.bookable(
        session, actor, service_id=row.service_id, person_id=row.person_id, day=on_day
    )
    slot = bookings.slot_for(session, wanted, slot_id=slot_id, day=on_day)
    at_time = slot.at_time if slot is not None else at_time
    if (row.on_day, row.at_time, row.slot_id) == (on_day, at_time, slot_id):
        raise SameTimeError(field="on_day")
    if wanted.price_id != row.price_id:
        raise PriceDiffersError(field="on_day", day=on_day)
    refuse_unfit(session, actor, wanted, person_id=row.person_id, day=on_day)
    before = (row.on_day, row.at_time)
    _change(session, row, wanted, slot, on_day=on_day, at_time=at_time)
    waiting.offer_next(session, actor=actor, service_id=row.service_id, day=before[0])
    trail.record(
        session,
        actor=actor,
        action="care.booking_moved",
        subject_type="booking",
        subject_id=row.id,
        facts={"from": f"{before[0]} {before[1]}", "to": f"{on_day} {at_time}"},
    )
    moved = queries.booking_of(session, row.id)
    home_needs.move(session, actor=actor, view=moved)
    tidings.of_moving(session, actor=actor, view=moved)
    return moved


def _refuse_late(session: Session, actor: Actor, view: BookingView) -> None:
    """Refuse residents to move what they can no longer call off for nothing."""
    terms = slot_queries.rules_of(session, view.rules_id)
    until = rules.free_until(terms, day=view.on_day, at_time=view.at_time)
    if clock.now() >= until and not actor.reach("care.book").covers(centre_id=view.centre_id):
        raise TooLateToCancelError


def _change(
    session: Session,
    row: Booking,
    wanted: ServiceView,
    slot: SlotView | None,
    *,
    on_day: date,
    at_time: str,
) -> None:
    """Give the old place back and take the new one; when that is full all of it rolls back."""
    quotas.give_back(
        session,
        service_id=row.service_id,
        person_id=row.person_id,
        day=row.on_day,
        quantity=row.quantity,
        slot_id=row.slot_id,
        places=row.places,
    )
    quotas.take(
        session,
        community_id=row.community_id,
        wanted=wanted,
        person_id=row.person_id,
        day=on_day,
        quantity=row.quantity,
        slot=slot,
    )
    row.on_day, row.at_time, row.places = on_day, at_time, wanted.places(row.quantity)
    row.slot_id = None if slot is None else slot.id
    session.flush()
