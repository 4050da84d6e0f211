"""What is promised to a person: bookings and vouchers, called off when what they rest on ends."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.models.desk import Booking
from timebank.care.models.home import CareHomeVisit
from timebank.care.queries import bookings
from timebank.care.rules.desk import BookingState
from timebank.care.service import booking_ends, vouchers, waiting
from timebank.kernel.actor import Actor
from timebank.volunteering.service.neighbours import neighbours


def keep_with_hours() -> None:
    """Let the time bank end what is booked together with an account, or with a need."""
    neighbours.cancel_bookings = cancel_all
    neighbours.end_booking = end_with_need


def cancel_all(session: Session, actor: Actor, person_id: int, reason: str) -> int:
    """Call off all bookings and vouchers of a person whose account is frozen; return how many."""
    waiting.leave_all(session, actor, person_id)
    booked = booking_ends.cancel_all(session, actor, person_id, reason)
    return booked + vouchers.cancel_all(session, actor, person_id, reason)


def end_with_need(session: Session, actor: Actor, need_id: int, reason: str) -> bool:
    """End the booking that a volunteer was asked for by a need that is over; whether there was one.

    Who takes the need of their own booking back calls the booking off, by its rules; where nobody
    can be sent it costs nothing.

    Raises:
        TooLateToCancelError: it is too late to call it off.
    """
    booking_id = session.scalar(
        select(Booking.id)
        .join(CareHomeVisit, CareHomeVisit.booking_id == Booking.id)
        .where(CareHomeVisit.need_id == need_id, Booking.state == BookingState.BOOKED)
    )
    if booking_id is None:
        return False
    view = bookings.booking_of(session, booking_id)
    if actor.person_id is not None and actor.person_id in {view.person_id, view.relative_id}:
        booking_ends.cancel_booking(session, actor=actor, booking_id=booking_id, reason=reason)
    else:
        booking_ends.resolve(session, actor, view, BookingState.RELEASED, reason)
    return True
