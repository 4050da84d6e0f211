"""What care asks of rooms beside it, which it may not know; wired by the application."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.care.rules.eligibility import HardshipClass


@dataclass(slots=True)
class Neighbours:
    """``looked_after_for`` tells for what reason a person is on the list of the looked after."""

    looked_after_for: Callable[[Session, int], str | None] | None = None


neighbours = Neighbours()


def hardship_of(session: Session, person_id: int) -> HardshipClass | None:
    """Return a person's class of hardship; none where nobody keeps a list, or for other reasons."""
    ask = neighbours.looked_after_for
    reason = None if ask is None else ask(session, person_id)
    return HardshipClass(reason) if reason in set(HardshipClass) else None
