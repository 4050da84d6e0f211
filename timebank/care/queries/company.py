"""What the counter shows of a table: who sits there, what they have, whether it is enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.care.queries import cards, desk
from timebank.care.queries.desk import Row
from timebank.care.rules import tills as rules
from timebank.care.rules.desk import CentreView
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import passbook


@dataclass(frozen=True, slots=True)
class Seat:
    """One at the table: who, what is available, and the table without them."""

    person: PersonView
    available_minutes: int
    others: str

    def is_short_of(self, minutes: int) -> bool:
        """Whether what is chosen is more than this one has."""
        return self.available_minutes < minutes


@dataclass(frozen=True, slots=True)
class TableView:
    """A table."""

    centre: CentreView
    text: str
    seats: Sequence[Seat]
    seats_text: str
    cart: str
    rows: Sequence[Row]
    found: Sequence[tuple[PersonView, str]]
    minutes: int

    @property
    def is_ready(self) -> bool:
        """Whether everybody only has to say yes."""
        is_enough = not any(seat.is_short_of(self.minutes) for seat in self.seats)
        return len(self.seats) > 1 and self.minutes > 0 and is_enough


def table(
    session: Session,
    actor: Actor,
    *,
    centre_id: int | None,
    text: str,
    seats: str,
    cart: str,
) -> TableView:
    """Return a table, with whoever the last scan means seated too.

    Raises:
        CentreNotFoundError, PersonNotFoundError
    """
    centre = desk.desk_centre(session, actor, centre_id)
    found = cards.find_people(session, actor, text) if text else []
    sitting = list(rules.seats(seats))
    if len(found) == 1:
        sitting.append(found[0].id)
        found = []
    sitting = list(dict.fromkeys(sitting))[: rules.TABLE_MAX]
    rows = desk.rows(session, actor, centre, cart)
    return TableView(
        centre=centre,
        text=text,
        seats=_seats(session, actor, sitting),
        seats_text=rules.seats_text(sitting),
        cart=cart,
        rows=rows,
        found=[(one, rules.seats_text([*sitting, one.id])) for one in found],
        minutes=sum(row.minutes for row in rows),
    )


def _seats(session: Session, actor: Actor, person_ids: list[int]) -> list[Seat]:
    """Return everybody at the table; strangers to the community are nobody."""
    seats = []
    for person_id in person_ids:
        person = community_queries.person_within(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            reach=actor.reach("person.search"),
        )
        balance = passbook.balance(session, community_id=actor.community_id, person_id=person_id)
        others = [one for one in person_ids if one != person_id]
        seats.append(Seat(person, balance.available, rules.seats_text(others)))
    return seats
