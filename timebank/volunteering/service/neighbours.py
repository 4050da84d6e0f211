"""What the time bank asks of rooms above it, which it may not know; wired by the application."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor


@dataclass(slots=True)
class Neighbours:
    """``cancel_bookings`` lets go of all that is booked for a person; how many there were."""

    cancel_bookings: Callable[[Session, Actor, int, str], int] | None = None


neighbours = Neighbours()


def cancel_bookings(session: Session, *, actor: Actor, person_id: int, reason: str) -> int:
    """Let go of all that is booked for a person, and return how many bookings there were."""
    ask = neighbours.cancel_bookings
    return 0 if ask is None else ask(session, actor, person_id, reason)
