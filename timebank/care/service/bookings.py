"""Bookings: a service set aside for a day, and its minutes with it, until resolved once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingAlreadyResolvedError,
    BookingDayError,
    BookingNotFoundError,
    BookingStillOpenError,
    KeyOfOtherRedemptionError,
    NotEnoughMinutesError,
    NothingChosenError,
    ServiceNotFoundError,
    TooLateToCancelError,
)
from timebank.care.models.desk import Booking
from timebank.care.queries import bookings, catalogue
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import BookingState, BookingView, ServiceView
from timebank.care.service import quotas, tidings
from timebank.care.service.cards import changed_rows
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
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


def _memo(service_name: str, on_day: date, at_time: str) -> str:
    """Return what the first screen says about minutes set aside."""
    return f"{service_name}，{on_day.month}月{on_day.day}日 {at_time}".strip()


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
) -> BookingView:
    """Set a service aside for a person's day and hold its minutes.

    Raises:
        ServiceNotFoundError: it is not offered, or not within reach.
        BookingDayError: the day is past or too far ahead.
        CapacityFullError, DayLimitError, NotEnoughMinutesError.
        KeyOfOtherRedemptionError: the key made another booking.
    """
    known_id = _made_before(session, key, asked=(person_id, service_id, on_day))
    if known_id is not None:
        return bookings.booking(session, actor=actor, booking_id=known_id)
    wanted = _bookable(session, actor, service_id=service_id, person_id=person_id, day=on_day)
    person = community_queries.person(session, community_id=actor.community_id, person_id=person_id)
    check_may_redeem(session, community_id=actor.community_id, person_id=person.id)
    if not 1 <= quantity <= rules.QUANTITY_MAX:
        raise NothingChosenError(field="quantity")
    quotas.take(
        session,
        community_id=actor.community_id,
        wanted=wanted,
        person_id=person_id,
        day=on_day,
        quantity=quantity,
    )
    minutes = quantity * (wanted.minutes or 0)
    relative_id = _counted(session, actor, wanted, key=key, person_id=person_id, minutes=minutes)
    hold = Hold(derived_id(key, "hold"), person_id, minutes, _memo(wanted.name, on_day, at_time))
    hold_minutes(session, actor=actor, hold=hold)
    booking = _row(actor, wanted, hold, key=key, on_day=on_day, quantity=quantity)
    booking.at_time, booking.relative_id = at_time, relative_id
    session.add(booking)
    session.flush()
    _note(session, actor, booking.id, "care.booked", minutes)
    return _told(session, actor, bookings.booking(session, actor=actor, booking_id=booking.id))


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


def _bookable(
    session: Session, actor: Actor, *, service_id: int, person_id: int, day: date
) -> ServiceView:
    """Return the service at that day's price, if this actor may book it for this person."""
    last = rules.last_booking_day(clock.today())
    if not clock.today() <= day <= last:
        raise BookingDayError(field="on_day", last=last)
    wanted = offered(session, actor=actor, service_id=service_id, person_id=person_id, day=day)
    if not wanted.is_active or wanted.minutes is None:
        raise ServiceNotFoundError
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


def cancel_booking(
    session: Session, *, actor: Actor, booking_id: int, reason: str = ""
) -> BookingView:
    """Call a booking off and let its minutes go; residents until the day before.

    Raises:
        TooLateToCancelError: it is today and the actor is not staff.
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = bookings.booking(session, actor=actor, booking_id=booking_id)
    is_staff = actor.reach("care.book").covers(centre_id=view.centre_id)
    if view.is_open and not is_staff and view.on_day <= clock.today():
        raise TooLateToCancelError
    return _resolve(session, actor, view, BookingState.CANCELLED, reason)


def release_booking(session: Session, *, actor: Actor, booking_id: int, reason: str) -> BookingView:
    """Let a booking go that the centre cannot serve.

    Raises:
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = _staff_booking(session, actor, booking_id)
    return _resolve(session, actor, view, BookingState.RELEASED, reason)


def mark_no_show(session: Session, *, actor: Actor, booking_id: int) -> BookingView:
    """Note that nobody came, and let the minutes go.

    Raises:
        BookingStillOpenError: the day is not over.
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = _staff_booking(session, actor, booking_id)
    if view.is_open and view.on_day >= clock.today():
        raise BookingStillOpenError(day=view.on_day)
    return _resolve(session, actor, view, BookingState.NO_SHOW, "")


def close_missed(session: Session, *, actor: Actor) -> int:
    """Note every booking of a past day to which nobody came; for the nightly job."""
    missed = bookings.bookings(
        session,
        community_id=actor.community_id,
        to_day=rules.day_before(clock.today()),
        is_open=True,
    )
    for view in missed:
        _resolve(session, actor, view, BookingState.NO_SHOW, "")
    return len(missed)


def close_missed_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``care.close_missed``: note missed bookings in every community."""
    communities = (
        select(Booking.community_id)
        .distinct()
        .where(Booking.state == BookingState.BOOKED, Booking.on_day < clock.today())
    )
    for community_id in session.scalars(communities).all():
        close_missed(session, actor=program(community_id=community_id, name="care.close_missed"))


def _staff_booking(session: Session, actor: Actor, booking_id: int) -> BookingView:
    """Return a booking at one of the actor's centres."""
    view = bookings.booking(session, actor=actor, booking_id=booking_id, permission="care.redeem")
    if not actor.reach("care.redeem").covers(centre_id=view.centre_id):
        raise BookingNotFoundError
    return view


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


def _resolve(
    session: Session, actor: Actor, view: BookingView, state: BookingState, reason: str
) -> BookingView:
    """End a booking without redeeming it: its place and its minutes go back."""
    booking = claim(session, booking_id=view.id, state=state, reason=reason)
    quotas.give_back(
        session,
        service_id=booking.service_id,
        person_id=booking.person_id,
        day=booking.on_day,
        quantity=booking.quantity,
    )
    spending.give_back(session, key=booking.key)
    ledger_holds.release(
        session, actor=actor, hold_id=booking.hold_id, reason=reason or state.value
    )
    _note(session, actor, booking.id, f"care.booking_{state.value}", booking.minutes)
    return _told(session, actor, bookings.booking_of(session, booking.id))


def _told(session: Session, actor: Actor, view: BookingView) -> BookingView:
    """Return a booking as it is now, after those concerned were told."""
    tidings.of_booking(session, actor=actor, view=view)
    return view


def _note(session: Session, actor: Actor, booking_id: int, action: str, minutes: int) -> None:
    """Leave the trail of an act on a booking."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="booking",
        subject_id=booking_id,
        facts={"minutes": minutes},
    )


def cancel_all(session: Session, actor: Actor, person_id: int, reason: str) -> int:
    """Call off all that is booked for a person whose account is frozen; return how many."""
    open_ids = (
        select(Booking.id)
        .where(
            Booking.person_id == person_id,
            Booking.community_id == actor.community_id,
            Booking.state == BookingState.BOOKED,
        )
        .order_by(Booking.id)
    )
    ids = session.scalars(open_ids).all()
    for booking_id in ids:
        view = bookings.booking_of(session, booking_id)
        _resolve(session, actor, view, BookingState.CANCELLED, reason)
    return len(ids)
