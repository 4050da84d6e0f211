"""How bookings end without being redeemed: called off, let go, missed; free or by the rules."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingNotFoundError,
    BookingStillOpenError,
    TooLateToCancelError,
)
from timebank.care.models.desk import Booking
from timebank.care.queries import bookings
from timebank.care.queries import home_visits as home_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.rules import desk as rules
from timebank.care.rules import slots
from timebank.care.rules.desk import BookingState, BookingView
from timebank.care.rules.home import OPEN_DAYS_MAX, Delivery
from timebank.care.rules.slots import ChargeKind
from timebank.care.service import charges, home_needs, quotas, waiting
from timebank.care.service.bookings import claim, note, told
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.ledger.service import holds as ledger_holds
from timebank.volunteering.service import spending

JOB = "care.close_missed"
NOBODY_CAME = "没有上门的确认"
CALLED_OFF = "预约取消了"


def cancel_booking(
    session: Session, *, actor: Actor, booking_id: int, reason: str = ""
) -> BookingView:
    """Call a booking off: for nothing in time, later by the rules under which it was booked.

    Raises:
        TooLateToCancelError: it is too late, the rules say nothing of late, and it is not staff.
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = bookings.booking(session, actor=actor, booking_id=booking_id)
    terms = slot_queries.rules_of(session, view.rules_id)
    until = slots.free_until(terms, day=view.on_day, at_time=view.at_time)
    if not view.is_open or clock.now() < until:
        return resolve(session, actor, view, BookingState.CANCELLED, reason)
    if terms.late_percent is None and not actor.reach("care.book").covers(centre_id=view.centre_id):
        raise TooLateToCancelError
    charge = (ChargeKind.LATE, terms.late_percent or 0)
    return resolve(session, actor, view, BookingState.CANCELLED, reason, charge=charge)


def release_booking(session: Session, *, actor: Actor, booking_id: int, reason: str) -> BookingView:
    """Let a booking go that the centre cannot serve; it never costs anything.

    Raises:
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = _staff_booking(session, actor, booking_id)
    return resolve(session, actor, view, BookingState.RELEASED, reason)


def mark_no_show(session: Session, *, actor: Actor, booking_id: int) -> BookingView:
    """Note that nobody came; the minutes go back, or by the rules a part of them does not.

    Raises:
        BookingStillOpenError: the day is not over.
        BookingNotFoundError, BookingAlreadyResolvedError.
    """
    view = _staff_booking(session, actor, booking_id)
    if view.is_open and view.on_day >= clock.today():
        raise BookingStillOpenError(day=view.on_day)
    return _missed(session, actor, view)


def close_missed(session: Session, *, actor: Actor) -> int:
    """Note every booking of a past day to which nobody came; for the nightly job."""
    missed = bookings.bookings(
        session,
        community_id=actor.community_id,
        to_day=rules.day_before(clock.today()),
        is_open=True,
    )
    ended = [_closed(session, actor, view) for view in missed]
    return sum(ended)


def close_missed_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``care.close_missed``: note missed bookings in every community."""
    communities = (
        select(Booking.community_id)
        .distinct()
        .where(Booking.state == BookingState.BOOKED, Booking.on_day < clock.today())
    )
    for community_id in session.scalars(communities).all():
        close_missed(session, actor=program(community_id=community_id, name=JOB))


def _closed(session: Session, actor: Actor, view: BookingView) -> bool:
    """End a booking of a past day, unless somebody has yet to say what was done at home.

    An elder does not pay for a visit of which nobody showed that it began.
    """
    if view.delivery == Delivery.AT_CENTRE:
        _missed(session, actor, view)
        return True
    waits_until = view.on_day + timedelta(days=OPEN_DAYS_MAX)
    if clock.today() <= waits_until and home_queries.is_begun(session, view.id):
        return False
    resolve(session, actor, view, BookingState.RELEASED, NOBODY_CAME)
    return True


def _missed(session: Session, actor: Actor, view: BookingView) -> BookingView:
    """End a booking to which nobody came, by the rules under which it was booked."""
    terms = slot_queries.rules_of(session, view.rules_id)
    charge = (ChargeKind.MISSED, terms.no_show_percent)
    return resolve(session, actor, view, BookingState.NO_SHOW, "", charge=charge)


def _staff_booking(session: Session, actor: Actor, booking_id: int) -> BookingView:
    """Return a booking at one of the actor's centres."""
    view = bookings.booking(session, actor=actor, booking_id=booking_id, permission="care.redeem")
    if not actor.reach("care.redeem").covers(centre_id=view.centre_id):
        raise BookingNotFoundError
    return view


def resolve(
    session: Session,
    actor: Actor,
    view: BookingView,
    state: BookingState,
    reason: str,
    *,
    charge: tuple[ChargeKind, int] | None = None,
) -> BookingView:
    """End a booking without redeeming it: its place goes back, and its minutes but for a charge."""
    booking = claim(session, booking_id=view.id, state=state, reason=reason)
    quotas.give_back(
        session,
        service_id=booking.service_id,
        person_id=booking.person_id,
        day=booking.on_day,
        quantity=booking.quantity,
        slot_id=booking.slot_id,
        places=booking.places,
    )
    spending.give_back(session, key=booking.key)
    minutes = 0 if charge is None else slots.share(booking.minutes, charge[1])
    if charge is not None and minutes:
        charges.charge(session, actor, booking, view, kind=charge[0], percent=charge[1])
    else:
        ledger_holds.release(
            session, actor=actor, hold_id=booking.hold_id, reason=reason or state.value
        )
    home_needs.take_back(session, actor=actor, booking_id=booking.id, reason=reason or CALLED_OFF)
    note(session, actor, booking.id, f"care.booking_{state.value}", booking.minutes)
    waiting.offer_next(session, actor=actor, service_id=booking.service_id, day=booking.on_day)
    ended = bookings.booking_of(session, booking.id)
    return told(session, actor, ended, charged_minutes=minutes)


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
        resolve(session, actor, view, BookingState.CANCELLED, reason)
    return len(ids)
