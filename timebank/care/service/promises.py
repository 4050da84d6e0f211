"""What is promised to a person: bookings and vouchers, called off together when an account ends."""

from sqlalchemy.orm import Session

from timebank.care.service import booking_ends, vouchers, waiting
from timebank.kernel.actor import Actor


def cancel_all(session: Session, actor: Actor, person_id: int, reason: str) -> int:
    """Call off all bookings and vouchers of a person whose account is frozen; return how many."""
    waiting.leave_all(session, actor, person_id)
    booked = booking_ends.cancel_all(session, actor, person_id, reason)
    return booked + vouchers.cancel_all(session, actor, person_id, reason)
