"""What care asks of rooms beside it, which it may not know; wired by the application."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(slots=True)
class Neighbours:
    """``in_hardship`` tells whether a person is on record as living in hardship."""

    in_hardship: Callable[[Session, int], bool] | None = None


neighbours = Neighbours()


def in_hardship(session: Session, person_id: int) -> bool:
    """Whether a person is on record as living in hardship; nobody is where nobody keeps it."""
    ask = neighbours.in_hardship
    return ask is not None and ask(session, person_id)
