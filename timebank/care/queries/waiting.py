"""Who waits for a place, who was offered one, and what was charged of missed bookings."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from timebank.care.errors.slots import WaitingNotFoundError
from timebank.care.models.desk import Booking, CareCentre, CareService
from timebank.care.models.slots import CareCharge, CareSlot, CareWaiting
from timebank.care.rules.slots import OPEN_WAITING, ChargeView, WaitingView
from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.actor import Actor


def _waiting() -> Select[Any]:
    return (
        select(CareWaiting, CareService, CareCentre.name, Person.name, CareSlot.at_time)
        .join(CareService, CareService.id == CareWaiting.service_id)
        .join(CareCentre, CareCentre.id == CareService.centre_id)
        .join(Person, Person.id == CareWaiting.person_id)
        .outerjoin(CareSlot, CareSlot.id == CareWaiting.slot_id)
    )


def _view(row: Row[Any]) -> WaitingView:
    it, service, centre_name, person_name, at_time = row
    return WaitingView(
        id=it.id,
        person_id=it.person_id,
        person_name=person_name,
        service_id=it.service_id,
        service_name=service.name,
        centre_id=service.centre_id,
        centre_name=centre_name,
        slot_id=it.slot_id,
        on_day=it.on_day,
        at_time=at_time or "",
        quantity=it.quantity,
        state=it.state,
        asked_at=it.asked_at,
        offered_until=it.offered_until,
        relative_id=it.relative_id,
        booking_id=it.booking_id,
    )


def waiting_of(session: Session, waiting_id: int) -> WaitingView:
    """Return one place in a line to a caller who knows that the actor may see it."""
    return _view(session.execute(_waiting().where(CareWaiting.id == waiting_id)).one())


def waiting(session: Session, *, actor: Actor, waiting_id: int) -> WaitingView:
    """Return one place in a line within the actor's reach.

    Raises:
        WaitingNotFoundError: there is none within reach.
    """
    row = session.execute(
        _waiting().where(
            CareWaiting.id == waiting_id, CareWaiting.community_id == actor.community_id
        )
    ).one_or_none()
    if row is not None:
        view = _view(row)
        is_own = actor.person_id in {view.person_id, view.relative_id or view.person_id}
        if actor.reach("care.book").covers(is_own=is_own, centre_id=view.centre_id):
            return view
    raise WaitingNotFoundError


def waiting_for(
    session: Session,
    *,
    community_id: int,
    person_id: int | None = None,
    centre_ids: Collection[int] | None = None,
    day: date | None = None,
) -> list[WaitingView]:
    """Return who waits, first come first: of a person and their family, or of centres on a day."""
    wanted = _waiting().where(
        CareWaiting.community_id == community_id, CareWaiting.state.in_(OPEN_WAITING)
    )
    if person_id is not None:
        own = CareWaiting.person_id == person_id
        wanted = wanted.where(own | (CareWaiting.relative_id == person_id))
    if centre_ids is not None:
        wanted = wanted.where(CareService.centre_id.in_(centre_ids))
    if day is not None:
        wanted = wanted.where(CareWaiting.on_day == day)
    ordered = wanted.order_by(CareWaiting.on_day, CareWaiting.id).limit(paging.PAGE_SIZE_MAX)
    return [_view(row) for row in session.execute(ordered)]


def charges(
    session: Session,
    *,
    community_id: int,
    booking_ids: Collection[int] | None = None,
    centre_id: int | None = None,
) -> list[ChargeView]:
    """Return what was charged of bookings, newest first: of some bookings, or of a centre."""
    wanted = (
        select(CareCharge, Person.name, CareService.name, Booking.on_day)
        .join(Booking, Booking.id == CareCharge.booking_id)
        .join(CareService, CareService.id == Booking.service_id)
        .join(Person, Person.id == CareCharge.person_id)
        .where(CareCharge.community_id == community_id)
    )
    if booking_ids is not None:
        wanted = wanted.where(CareCharge.booking_id.in_(booking_ids))
    if centre_id is not None:
        wanted = wanted.where(CareCharge.centre_id == centre_id)
    rows = session.execute(
        wanted.order_by(CareCharge.charged_at.desc(), CareCharge.id.desc()).limit(paging.PAGE_SIZE)
    )
    return [
        ChargeView(
            id=it.id,
            booking_id=it.booking_id,
            person_id=it.person_id,
            person_name=person_name,
            service_name=service_name,
            on_day=on_day,
            kind=it.kind,
            minutes=it.minutes,
            percent=it.percent,
            charged_at=it.charged_at,
            waived_by=it.waived_by,
            waived_reason=it.waived_reason,
        )
        for it, person_name, service_name, on_day in rows
    ]
