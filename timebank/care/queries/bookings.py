"""Bookings, with who, what and where."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BookingNotFoundError,
)
from timebank.care.models.desk import Booking, CareCentre, CareService
from timebank.care.rules.desk import (
    BookingState,
    BookingView,
)
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.actor import Actor


def _bookings() -> Select[Any]:
    return (
        select(Booking, CareService, CareCentre.name, Person.name, Person.card_no)
        .join(CareService, CareService.id == Booking.service_id)
        .join(CareCentre, CareCentre.id == Booking.centre_id)
        .join(Person, Person.id == Booking.person_id)
    )


def _booking_view(row: Row[Any]) -> BookingView:
    booking, wanted, centre_name, person_name, card_no = row
    return BookingView(
        id=booking.id,
        person_id=booking.person_id,
        person_name=person_name,
        card_no=card_no or "",
        service_id=booking.service_id,
        service_name=wanted.name,
        unit=wanted.unit,
        centre_id=booking.centre_id,
        centre_name=centre_name,
        place_text=wanted.place_text,
        on_day=booking.on_day,
        at_time=booking.at_time,
        quantity=booking.quantity,
        minutes=booking.minutes,
        state=booking.state,
        reason=booking.reason,
        relative_id=booking.relative_id,
        slot_id=booking.slot_id,
        rules_id=booking.rules_id,
        delivery=wanted.delivery,
    )


def bookings(
    session: Session,
    *,
    community_id: int,
    person_id: int | None = None,
    centre_ids: Collection[int] | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
    is_open: bool = False,
    with_family: bool = False,
) -> list[BookingView]:
    """Return bookings in the order of day and time, those still open or all.

    ``with_family`` adds what the person has booked for an elder of the family.
    """
    wanted = _bookings().where(Booking.community_id == community_id)
    if person_id is not None:
        own = Booking.person_id == person_id
        wanted = wanted.where(own | (Booking.relative_id == person_id) if with_family else own)
    if centre_ids is not None:
        wanted = wanted.where(Booking.centre_id.in_(centre_ids))
    if from_day is not None:
        wanted = wanted.where(Booking.on_day >= from_day)
    if to_day is not None:
        wanted = wanted.where(Booking.on_day <= to_day)
    if is_open:
        wanted = wanted.where(Booking.state == BookingState.BOOKED)
    ordered = wanted.order_by(Booking.on_day, Booking.at_time, Booking.id)
    return [_booking_view(row) for row in session.execute(ordered.limit(paging.PAGE_SIZE_MAX))]


def such(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[BookingView]:
    """Return bookings of which all that is said, the newest first, at most so many."""
    wanted = _bookings().where(*conditions).order_by(Booking.id.desc()).limit(limit)
    return [_booking_view(row) for row in session.execute(wanted)]


def booking_of(session: Session, booking_id: int) -> BookingView:
    """Return one booking to a caller who knows that the actor may see it.

    Raises:
        BookingNotFoundError: there is none with this id.
    """
    row = session.execute(_bookings().where(Booking.id == booking_id)).one_or_none()
    if row is None:
        raise BookingNotFoundError
    return _booking_view(row)


def booking(
    session: Session, *, actor: Actor, booking_id: int, permission: str = "care.book"
) -> BookingView:
    """Return one booking within the actor's reach.

    Raises:
        BookingNotFoundError: there is none within reach.
    """
    row = session.execute(
        _bookings().where(Booking.id == booking_id, Booking.community_id == actor.community_id)
    ).one_or_none()
    if row is not None:
        view = _booking_view(row)
        parties = {view.person_id, view.relative_id or view.person_id}
        is_own = actor.person_id in parties
        if actor.reach(permission).covers(is_own=is_own, centre_id=view.centre_id):
            return view
    raise BookingNotFoundError
