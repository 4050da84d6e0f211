"""Bookings: a service set aside for a day, and its minutes with it, until resolved once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingAlreadyResolvedError,
    BookingDayError,
    KeyOfOtherRedemptionError,
    NotEnoughMinutesError,
    NothingChosenError,
    ServiceNotFoundError,
)
from timebank.care.errors.slots import SlotNeededError, SlotPastError
from timebank.care.models.desk import Booking
from timebank.care.queries import bookings, catalogue
from timebank.care.queries import slots as slot_queries
from timebank.care.rules import desk as rules
from timebank.care.rules import slots
from timebank.care.rules.desk import BookingState, BookingView, ServiceView
from timebank.care.rules.slots import SlotView
from timebank.care.service import home_needs, quotas, refusals, tidings
from timebank.care.service.cards import changed_rows
from timebank.care.service.eligibility import refuse_other_day, refuse_unfit
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.errors import InsufficientBalanceError
from timebank.ledger.service import holds as ledger_holds
from timebank.trail import service as trail
from timebank.volunteering.queries import wallet as wallets
from timebank.volunteering.service import spending
from timebank.volunteering.service.books import member_account
from timebank.volunteering.service.redeeming import check_may_redeem


@dataclass(frozen=True, slots=True)
class Hold:
    """Minutes to be set aside on a member's account."""

    id: UUID
    person_id: int
    minutes: int
    memo: str


def hold_minutes(session: Session, *, actor: Actor, hold: Hold) -> int:
    """Set minutes aside and return the member's account.

    Raises:
        NotEnoughMinutesError: fewer are available.
    """
    account_id = member_account(session, community_id=actor.community_id, person_id=hold.person_id)
    try:
        ledger_holds.hold(
            session,
            actor=actor,
            hold_id=hold.id,
            account_id=account_id,
            amount=hold.minutes,
            memo=hold.memo,
        )
    except InsufficientBalanceError as error:
        have = error.facts.get("have", 0)
        raise NotEnoughMinutesError(need=hold.minutes, have=have) from error
    return account_id


def book(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    person_id: int,
    service_id: int,
    on_day: date,
    at_time: str = "",
    quantity: int = 1,
    slot_id: int | None = None,
    has_place: bool = False,
) -> BookingView:
    """Set a service aside for a person's day and hold its minutes.

    ``has_place`` is said of whom a place is kept for already.

    Raises:
        ServiceNotFoundError: it is not offered, or not within reach.
        BookingDayError, ServiceDayError: the day is past, too far ahead, or not one of its days.
        SlotNeededError, SlotNotFoundError, SlotPastError, SlotFullError: about its time of day.
        TooYoungForServiceError, HardshipOnlyError, BenefitsOffError: it is not for this person.
        CapacityFullError, DayLimitError, NotEnoughMinutesError.
        KeyOfOtherRedemptionError: the key made another booking.
    """
    known_id = _made_before(session, key, asked=(person_id, service_id, on_day))
    if known_id is not None:
        return bookings.booking(session, actor=actor, booking_id=known_id)
    wanted = bookable(session, actor, service_id=service_id, person_id=person_id, day=on_day)
    slot = slot_for(session, wanted, slot_id=slot_id, day=on_day)
    check_may_redeem(session, community_id=actor.community_id, person_id=person_id)
    refuse_unfit(session, actor, wanted, person_id=person_id, day=on_day)
    if not 1 <= quantity <= rules.QUANTITY_MAX:
        raise NothingChosenError(field="quantity")
    hold = _hold(wanted, key=key, person_id=person_id, quantity=quantity)
    with refusals.noted(
        actor, centre_id=wanted.centre_id, person_id=person_id, service_id=wanted.id
    ):
        quotas.take(
            session,
            community_id=actor.community_id,
            wanted=wanted,
            person_id=person_id,
            day=on_day,
            quantity=quantity,
            slot=slot,
            has_place=has_place,
        )
        relative_id = _paid(session, actor, wanted, hold, key=key)
    at_time = slot.at_time if slot is not None else at_time
    booking = _row(actor, wanted, hold, key=key, on_day=on_day, quantity=quantity)
    booking.at_time, booking.relative_id, booking.slot_id = at_time, relative_id, slot_id
    booking.places = wanted.places(quantity)
    booking.rules_id = slot_queries.rules_on(session, wanted.id, day=on_day).id
    session.add(booking)
    session.flush()
    note(session, actor, booking.id, "care.booked", hold.minutes)
    view = bookings.booking(session, actor=actor, booking_id=booking.id)
    home_needs.post(session, actor=actor, view=view)
    return told(session, actor, view)


def _hold(wanted: ServiceView, *, key: UUID, person_id: int, quantity: int) -> Hold:
    """Return the minutes that a booking sets aside."""
    minutes = quantity * (wanted.minutes or 0)
    return Hold(derived_id(key, "hold"), person_id, minutes, f"{wanted.name}，预约")


def _paid(
    session: Session, actor: Actor, wanted: ServiceView, hold: Hold, *, key: UUID
) -> int | None:
    """Set the minutes aside, and return the relative for whom they count, if it is one."""
    relative_id = _counted(
        session, actor, wanted, key=key, person_id=hold.person_id, minutes=hold.minutes
    )
    hold_minutes(session, actor=actor, hold=hold)
    return relative_id


def slot_for(
    session: Session, wanted: ServiceView, *, slot_id: int | None, day: date
) -> SlotView | None:
    """Return the slot that was chosen; None where a service has none.

    Raises:
        SlotNeededError: it has some and none was chosen.
        SlotNotFoundError, SlotPastError
    """
    if slot_id is None:
        if slot_queries.has_slots(session, wanted.id):
            raise SlotNeededError(field="slot_id", service=wanted.name)
        return None
    slot = slot_queries.slot(session, service_id=wanted.id, slot_id=slot_id, day=day)
    if slots.begins_at(day, slot.at_time) <= clock.now():
        raise SlotPastError(field="slot_id", day=day, at_time=f" {slot.at_time} ")
    return slot


def _row(
    actor: Actor, wanted: ServiceView, hold: Hold, *, key: UUID, on_day: date, quantity: int
) -> Booking:
    """Return the row of a booking whose minutes are held."""
    return Booking(
        community_id=actor.community_id,
        key=key,
        person_id=hold.person_id,
        service_id=wanted.id,
        centre_id=wanted.centre_id,
        price_id=wanted.price_id,
        on_day=on_day,
        quantity=quantity,
        minutes=hold.minutes,
        state=BookingState.BOOKED.value,
        hold_id=hold.id,
        booked_by=actor.name,
        booked_at=clock.now(),
    )


def _made_before(session: Session, key: UUID, *, asked: tuple[int, int, date]) -> int | None:
    """Return what this key has booked already, if it is what is asked now.

    Raises:
        KeyOfOtherRedemptionError
    """
    known = session.scalar(select(Booking).where(Booking.key == key))
    if known is None:
        return None
    if (known.person_id, known.service_id, known.on_day) != asked:
        raise KeyOfOtherRedemptionError
    return known.id


def bookable(
    session: Session, actor: Actor, *, service_id: int, person_id: int, day: date
) -> ServiceView:
    """Return the service at that day's price, if this actor may book it for this person.

    Raises:
        BookingDayError, ServiceNotFoundError, ServiceDayError
    """
    last = rules.last_booking_day(clock.today())
    if not clock.today() <= day <= last:
        raise BookingDayError(field="on_day", last=last)
    wanted = offered(session, actor=actor, service_id=service_id, person_id=person_id, day=day)
    if not wanted.is_active or wanted.minutes is None:
        raise ServiceNotFoundError
    refuse_other_day(wanted, day, field="on_day")
    return wanted


def offered(
    session: Session, *, actor: Actor, service_id: int, person_id: int, day: date
) -> ServiceView:
    """Return a service that the actor may book for a person: oneself, one's elder, or a guest.

    Raises:
        ServiceNotFoundError: there is none, or the person is not the actor's to book for.
    """
    wanted = catalogue.service(
        session, community_id=actor.community_id, service_id=service_id, day=day
    )
    may = actor.reach("care.book").covers(
        is_own=actor.person_id == person_id, centre_id=wanted.centre_id
    )
    if not may and not wallets.may_spend(session, person_id=person_id, relative_id=actor.person_id):
        raise ServiceNotFoundError
    return wanted


def _counted(
    session: Session,
    actor: Actor,
    wanted: ServiceView,
    *,
    key: UUID,
    person_id: int,
    minutes: int,
) -> int | None:
    """Count what a relative books for an elder, and return the relative; None for all others."""
    relative_id = relative_of(actor, person_id=person_id, centre_id=wanted.centre_id)
    if relative_id is not None:
        spending.use_minutes(
            session,
            actor=actor,
            key=key,
            person_id=person_id,
            relative_id=relative_id,
            minutes=minutes,
            what=f"{wanted.name}，预约",
        )
    return relative_id


def relative_of(actor: Actor, *, person_id: int, centre_id: int) -> int | None:
    """Return the actor's person when it is a relative who acts; None for oneself and staff."""
    own = actor.person_id == person_id
    return (
        None
        if actor.reach("care.book").covers(is_own=own, centre_id=centre_id)
        else actor.person_id
    )


def claim(session: Session, *, booking_id: int, state: BookingState, reason: str = "") -> Booking:
    """Move an open booking to its end in one conditional write: of many tries one succeeds.

    Raises:
        BookingAlreadyResolvedError: another was first.
    """
    changed = session.execute(
        update(Booking)
        .where(Booking.id == booking_id, Booking.state == BookingState.BOOKED)
        .values(state=state.value, resolved_at=clock.now(), reason=reason)
        .execution_options(synchronize_session=False)
    )
    if changed_rows(changed) != 1:
        raise BookingAlreadyResolvedError
    return session.get_one(Booking, booking_id, populate_existing=True)


def told(
    session: Session, actor: Actor, view: BookingView, *, charged_minutes: int = 0
) -> BookingView:
    """Return a booking as it is now, after those concerned were told."""
    tidings.of_booking(session, actor=actor, view=view, charged_minutes=charged_minutes)
    return view


def note(session: Session, actor: Actor, booking_id: int, action: str, minutes: int) -> None:
    """Leave the trail of an act on a booking."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="booking",
        subject_id=booking_id,
        facts={"minutes": minutes},
    )
