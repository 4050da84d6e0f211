"""What the counter's one screen shows, read at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError
from timebank.care.queries import bookings, cards, catalogue, redemptions, tills, undo_requests
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import (
    BookingView,
    CardView,
    CentreView,
    RedemptionView,
    ServiceView,
)
from timebank.care.rules.eligibility import WhyNot, why_not
from timebank.care.rules.tills import TillView, UndoRequestView
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import Balance
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import wallet as wallets
from timebank.volunteering.rules.gifts import WalletView

KEYS_MAX = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What the counter's address asks for."""

    centre_id: int | None = None
    text: str = ""
    person_id: int | None = None
    cart: str = ""
    booking_id: int | None = None
    relative_id: int | None = None
    is_signed: bool = False
    is_card: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A service at the counter: how many are wanted, and the carts with one more or less."""

    service: ServiceView
    quantity: int
    minutes: int
    more: str
    less: str
    is_off: bool
    why_not: WhyNot | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """The person at the counter, with no more than the counter needs."""

    person: PersonView
    age: int | None
    card: CardView | None
    balance: Balance
    bookings: Sequence[BookingView]
    last_visit: RedemptionView | None
    open_cases: Sequence[tuple[int, str]]
    spenders: Sequence[WalletView]
    spends_for: Sequence[WalletView]


@dataclass(frozen=True, slots=True)
class DeskView:
    """The whole screen."""

    asked: Asked
    centres: Sequence[CentreView]
    centre: CentreView
    found: Sequence[PersonView]
    guest: Guest | None
    rows: Sequence[Row]
    booking: BookingView | None
    total_minutes: int
    last: RedemptionView | None
    today_count: int
    till: TillView
    is_closed: bool
    waiting: Sequence[UndoRequestView] = ()

    @property
    def chosen(self) -> list[Row]:
        """The rows of which something is wanted."""
        return [row for row in self.rows if row.quantity]

    @property
    def remaining_minutes(self) -> int:
        """What is left after the act; a booking's minutes are set aside already."""
        if self.guest is None:
            return 0
        taken = 0 if self.booking else self.total_minutes
        return self.guest.balance.available - taken

    @property
    def is_nobody_found(self) -> bool:
        """Whether something was typed and nobody is meant by it."""
        return bool(self.asked.text) and not self.found and self.guest is None


def desk_centre(session: Session, actor: Actor, centre_id: int | None) -> CentreView:
    """Return the centre where the actor stands: the one asked for, or their first.

    Raises:
        CentreNotFoundError: they serve nowhere, or not there.
    """
    known = catalogue.centres_of(session, actor, "care.redeem")
    for centre in known:
        if centre_id in (None, centre.id):
            return centre
    raise CentreNotFoundError


def desk(session: Session, actor: Actor, asked: Asked) -> DeskView:
    """Return the counter's screen.

    Raises:
        CentreNotFoundError, PersonNotFoundError, BookingNotFoundError.
    """
    centre = desk_centre(session, actor, asked.centre_id)
    found = cards.find_people(session, actor, asked.text) if asked.person_id is None else []
    person_id = found[0].id if len(found) == 1 else asked.person_id
    guest = None if person_id is None else _guest(session, actor, person_id, centre)
    till = tills.till_of(session, actor=actor, centre_id=centre.id)
    offered = rows(session, actor, centre, asked.cart, person=guest.person if guest else None)
    booking = _booking(guest, asked.booking_id)
    total = booking.minutes if booking else sum(row.minutes for row in offered)
    page = redemptions.redemptions(
        session,
        actor=actor,
        permission="care.redeem",
        day=clock.today(),
        centre_id=centre.id,
        limit=1,
    )
    return DeskView(
        asked=asked,
        centres=catalogue.centres_of(session, actor, "care.redeem"),
        centre=centre,
        found=found,
        guest=guest,
        rows=offered,
        booking=booking,
        total_minutes=total,
        last=page.items[0] if page.items else None,
        today_count=redemptions.today_count(session, centre.id),
        till=till,
        is_closed=tills.is_closed(session, till_id=till.id, day=clock.today()),
        waiting=() if guest else undo_requests.waiting(session, actor=actor, centre_id=centre.id),
    )


def _guest(session: Session, actor: Actor, person_id: int, centre: CentreView) -> Guest:
    """Return the person at the counter."""
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )
    today = clock.today()
    visits = redemptions.redemptions(
        session, actor=actor, permission="care.redeem", person_id=person_id, limit=1
    )
    return Guest(
        person=person,
        age=rules.age_on(person.born_on, today),
        card=cards.card(session, person_id),
        balance=passbook.balance(session, community_id=actor.community_id, person_id=person_id),
        bookings=bookings.bookings(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            centre_ids={centre.id},
            from_day=today,
            to_day=today,
            is_open=True,
        ),
        last_visit=visits.items[0] if visits.items else None,
        spenders=wallets.spenders(session, person_id=person_id),
        spends_for=wallets.spends_for(session, person_id=person_id),
        open_cases=redemptions.open_cases_of(
            session, community_id=actor.community_id, person_id=person_id
        ),
    )


def rows(
    session: Session,
    actor: Actor,
    centre: CentreView,
    cart: str,
    *,
    person: PersonView | None = None,
) -> list[Row]:
    """Return the centre's services with the quantities of the cart, and why one is not for them."""
    quantities = rules.cart_of(cart)
    offered = catalogue.services(
        session, community_id=actor.community_id, day=clock.today(), centre_id=centre.id
    )
    return [_row(service, quantities, person) for service in offered]


def _row(service: ServiceView, quantities: dict[int, int], person: PersonView | None) -> Row:
    """Return one service at the counter."""
    quantity = quantities.get(service.id, 0)
    reason = WhyNot.BENEFITS_OFF if service.is_switched_off else None
    if person is not None:
        reason = why_not(service, born_on=person.born_on, day=clock.today())
    if reason is None and not service.runs_on(clock.today()):
        reason = WhyNot.OTHER_DAYS
    return Row(
        service=service,
        quantity=quantity,
        minutes=quantity * (service.minutes or 0),
        more=rules.cart_changed(quantities, service_id=service.id, step=1),
        less=rules.cart_changed(quantities, service_id=service.id, step=-1),
        is_off=service.needs_booking or not service.is_redeemable_now or reason is not None,
        why_not=reason,
    )


def _booking(guest: Guest | None, booking_id: int | None) -> BookingView | None:
    """Return the guest's booking that is to be redeemed."""
    if guest is None or booking_id is None:
        return None
    return next((view for view in guest.bookings if view.id == booking_id), None)
