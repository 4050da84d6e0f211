"""What the ledger asks of rooms beside it, which it may not know; wired by the application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from timebank.ledger.errors import CommunityUnknownError


class House(Protocol):
    """A community as its seals show it."""

    @property
    def id(self) -> int:
        """Its number, which stands in every header."""

    @property
    def code(self) -> str:
        """Its short code, by which strangers ask for it."""

    @property
    def name(self) -> str:
        """Its name."""


@dataclass(slots=True)
class Neighbours:
    """``communities`` returns those of this installation, the first one first."""

    communities: Callable[[Session], Sequence[House]] | None = None


neighbours = Neighbours()


def communities(session: Session) -> Sequence[House]:
    """Return the communities of this installation, the first one first."""
    ask = neighbours.communities
    return [] if ask is None else ask(session)


def community(session: Session, code: str | None) -> House:
    """Return the community with a code; without one the first.

    Raises:
        CommunityUnknownError: there is none.
    """
    for one in communities(session):
        if code in {None, one.code}:
            return one
    raise CommunityUnknownError
