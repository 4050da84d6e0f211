"""What the time bank asks of rooms above it, which it may not know; wired by the application."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor


@dataclass(slots=True)
class Neighbours:
    """``cancel_bookings`` lets go of all that is booked for a person; how many there were.

    ``end_booking`` lets go of the booking for which a need was posted, whether there was one.
    """

    cancel_bookings: Callable[[Session, Actor, int, str], int] | None = None
    end_booking: Callable[[Session, Actor, int, str], bool] | None = None


neighbours = Neighbours()


def cancel_bookings(session: Session, *, actor: Actor, person_id: int, reason: str) -> int:
    """Let go of all that is booked for a person, and return how many bookings there were."""
    ask = neighbours.cancel_bookings
    return 0 if ask is None else ask(session, actor, person_id, reason)


def end_what_needed(session: Session, *, actor: Actor, need_id: int, reason: str) -> bool:
    """Let go of the booking that waited for a need which is over; whether there was one."""
    ask = neighbours.end_booking
    session.flush()
    return ask is not None and ask(session, actor, need_id, reason)
