"""Slots with what is left of them on a day, and the rules of booking in force."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from timebank.care.errors.slots import SlotNotFoundError
from timebank.care.models.desk import CareService
from timebank.care.models.slots import CareBookingRules, CareSlot, CareSlotDay, CareWaiting
from timebank.care.rules import slots as rules
from timebank.care.rules.slots import BookingRulesView, SlotView
from timebank.kernel import paging

NO_RULES = BookingRulesView()


def _slot_view(row: Row[Any]) -> SlotView:
    slot, taken, waiting, service_days = row
    return SlotView(
        id=slot.id,
        service_id=slot.service_id,
        at_time=slot.at_time,
        weekdays=slot.weekdays,
        capacity=slot.capacity,
        is_active=slot.is_active,
        taken=taken or 0,
        waiting=waiting or 0,
        service_days=service_days,
    )


def _slots(day: date) -> Select[Any]:
    """Select slots with what is taken of them on a day, and how many wait for one."""
    waiting = (
        select(func.count(CareWaiting.id))
        .where(
            CareWaiting.slot_id == CareSlot.id,
            CareWaiting.on_day == day,
            CareWaiting.state == rules.WaitingState.IN_LINE,
        )
        .correlate(CareSlot)
        .scalar_subquery()
    )
    return (
        select(CareSlot, CareSlotDay.taken, waiting, CareService.weekdays)
        .join(CareService, CareService.id == CareSlot.service_id)
        .outerjoin(CareSlotDay, and_(CareSlotDay.slot_id == CareSlot.id, CareSlotDay.on_day == day))
        .order_by(CareSlot.at_time)
        .limit(rules.SLOTS_MAX)
    )


def slots(session: Session, service_id: int, *, day: date) -> list[SlotView]:
    """Return all slots of a service in the order of the clock, as a day stands."""
    rows = session.execute(_slots(day).where(CareSlot.service_id == service_id))
    return [_slot_view(row) for row in rows]


def slots_on(session: Session, service_id: int, *, day: date) -> list[SlotView]:
    """Return the slots of a service that are served on a day."""
    return [one for one in slots(session, service_id, day=day) if one.runs_on(day)]


def slot(session: Session, *, service_id: int, slot_id: int, day: date) -> SlotView:
    """Return a slot of a service that is served on a day.

    Raises:
        SlotNotFoundError: the service has none, or not on that day.
    """
    row = session.execute(
        _slots(day).where(CareSlot.id == slot_id, CareSlot.service_id == service_id)
    ).one_or_none()
    view = None if row is None else _slot_view(row)
    if view is None or not view.runs_on(day):
        raise SlotNotFoundError(field="slot_id")
    return view


def has_slots(session: Session, service_id: int) -> bool:
    """Whether a service is booked by slots."""
    wanted = select(CareSlot.id).where(CareSlot.service_id == service_id, CareSlot.is_active)
    return session.scalar(wanted.limit(1)) is not None


def days_ahead(session: Session, service_id: int, *, first: date) -> list[tuple[date, int]]:
    """Return the days of the coming two weeks on which a service has slots, with free places."""
    last = first + timedelta(days=rules.DAYS_SHOWN - 1)
    known = [one for one in slots(session, service_id, day=first) if one.is_active]
    taken = {
        (slot_id, day): count
        for slot_id, day, count in session.execute(
            select(CareSlotDay.slot_id, CareSlotDay.on_day, CareSlotDay.taken)
            .join(CareSlot, CareSlot.id == CareSlotDay.slot_id)
            .where(CareSlot.service_id == service_id, CareSlotDay.on_day.between(first, last))
        )
    }
    found = []
    for number in range(rules.DAYS_SHOWN):
        day = first + timedelta(days=number)
        served = [one for one in known if one.runs_on(day)]
        if served:
            left = [max(0, one.capacity - taken.get((one.id, day), 0)) for one in served]
            found.append((day, sum(left)))
    return found


def slots_of_day(
    session: Session, *, centre_id: int, day: date
) -> list[tuple[str, list[SlotView]]]:
    """Return a centre's services that have slots on a day, with how full they are."""
    names = session.execute(
        select(CareService.id, CareService.name)
        .where(CareService.centre_id == centre_id, CareService.is_active)
        .order_by(CareService.position, CareService.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    by_service: dict[int, list[SlotView]] = {}
    wanted = _slots(day).where(CareSlot.service_id.in_([row.id for row in names])).limit(None)
    for row in session.execute(wanted.limit(paging.PAGE_SIZE_MAX)):
        view = _slot_view(row)
        if view.runs_on(day):
            by_service.setdefault(view.service_id, []).append(view)
    return [(name, by_service[key]) for key, name in names if key in by_service]


def _rules_view(row: CareBookingRules | None) -> BookingRulesView:
    if row is None:
        return NO_RULES
    return BookingRulesView(
        id=row.id,
        version=row.version,
        cancel_hours=row.cancel_hours,
        late_percent=row.late_percent,
        no_show_percent=row.no_show_percent,
        offer_hours=row.offer_hours,
        valid_from=row.valid_from,
        set_by=row.set_by,
    )


def rules_on(session: Session, service_id: int, *, day: date) -> BookingRulesView:
    """Return the rules of booking a service that are in force on a day."""
    row = session.scalar(
        select(CareBookingRules)
        .where(CareBookingRules.service_id == service_id, CareBookingRules.valid_from <= day)
        .order_by(CareBookingRules.valid_from.desc())
        .limit(1)
    )
    return _rules_view(row)


def rules_of(session: Session, rules_id: int | None) -> BookingRulesView:
    """Return the rules under which something was booked."""
    return _rules_view(None if rules_id is None else session.get(CareBookingRules, rules_id))


def rules_by_id(session: Session, ids: Sequence[int]) -> dict[int, BookingRulesView]:
    """Return versions of rules by id: one read, however many there are."""
    if not ids:
        return {}
    rows = session.scalars(select(CareBookingRules).where(CareBookingRules.id.in_(set(ids))))
    return {row.id: _rules_view(row) for row in rows}


def rules_versions(session: Session, service_id: int) -> list[BookingRulesView]:
    """Return the versions of a service's rules of booking, newest first."""
    rows = session.scalars(
        select(CareBookingRules)
        .where(CareBookingRules.service_id == service_id)
        .order_by(CareBookingRules.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [_rules_view(row) for row in rows]
