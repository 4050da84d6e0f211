"""What runs short at a centre: days without a place left, who waits in line, what was refused."""

from datetime import date, timedelta
from typing import Any  # columns of a select under construction

from sqlalchemy import Select, case, func, select, union_all
from sqlalchemy.orm import Session

from timebank.care.models.desk import CareDay, CareService
from timebank.care.models.refusals import CareRefusal
from timebank.care.models.slots import CareSlot, CareSlotDay, CareWaiting
from timebank.care.rules import overview as rules
from timebank.care.rules.overview import FullDay, Refused, Short
from timebank.care.rules.slots import OPEN_WAITING
from timebank.kernel import clock


def short(session: Session, centre_id: int, since: date) -> tuple[Short, ...]:
    """Return the services that ran short, those with most full days first."""
    names: dict[int | None, str] = {}
    days: dict[int | None, tuple[int, int]] = {}
    for service_id, name, behind, ahead in session.execute(_counted(centre_id, since)):
        names[service_id], days[service_id] = name, (int(behind), int(ahead))
    waiting: dict[int | None, int] = {}
    for service_id, name, count in session.execute(_in_line(centre_id)):
        names[service_id], waiting[service_id] = name, count
    refused: dict[int | None, dict[Refused, int]] = {}
    for service_id, name, reason, count in session.execute(_refused(centre_id, since)):
        names[service_id] = name or ""
        refused.setdefault(service_id, {})[Refused(reason)] = count
    found = [
        Short(key, name, *days.get(key, (0, 0)), waiting.get(key, 0), refused.get(key, {}))
        for key, name in names.items()
    ]
    found.sort(
        key=lambda one: (
            -one.full_days - one.full_days_ahead,
            -one.waiting,
            -sum(one.refused.values()),
        )
    )
    return tuple(found[: rules.SERVICES_MAX])


def full_days_of(session: Session, *, service_id: int, since: date) -> list[FullDay]:
    """Return the days on which a service, or a slot of it, was full or will be, newest first."""
    full = _full(since).subquery()
    rows = session.execute(
        select(full.c.on_day, func.max(full.c.capacity))
        .where(full.c.service_id == service_id)
        .group_by(full.c.on_day)
        .order_by(full.c.on_day.desc())
        .limit(rules.FULL_DAYS_MAX)
    )
    return [FullDay(day, int(capacity)) for day, capacity in rows]


def line_of(session: Session, *, service_id: int) -> list[tuple[date, int]]:
    """Return how many wait for a place of a service, by day from today on."""
    rows = session.execute(
        select(CareWaiting.on_day, func.count())
        .where(
            CareWaiting.service_id == service_id,
            CareWaiting.state.in_(OPEN_WAITING),
            CareWaiting.on_day >= clock.today(),
        )
        .group_by(CareWaiting.on_day)
        .order_by(CareWaiting.on_day)
    )
    return [(day, count) for day, count in rows]


def _full(since: date) -> Any:  # noqa: ANN401 - a select
    """Select days on which all of a service, or all of one of its slots, was taken."""
    last = clock.today() + timedelta(days=rules.AHEAD_DAYS)
    of_day = select(CareDay.service_id, CareDay.on_day, CareDay.capacity).where(
        CareDay.on_day.between(since, last),
        CareDay.capacity > 0,
        CareDay.taken >= CareDay.capacity,
    )
    of_slots = (
        select(CareSlot.service_id, CareSlotDay.on_day, func.sum(CareSlotDay.capacity))
        .join(CareSlot, CareSlot.id == CareSlotDay.slot_id)
        .where(
            CareSlotDay.on_day.between(since, last),
            CareSlotDay.capacity > 0,
            CareSlotDay.taken >= CareSlotDay.capacity,
        )
        .group_by(CareSlot.service_id, CareSlotDay.on_day)
    )
    return union_all(of_day, of_slots)


def _counted(centre_id: int, since: date) -> Select[Any]:
    """Select a centre's services with how many days were full, and how many to come are."""
    full = _full(since).subquery()
    days = select(full.c.service_id, full.c.on_day).distinct().subquery()
    is_ahead = days.c.on_day > clock.today()
    return (
        select(
            *(CareService.id, CareService.name),
            func.sum(case((is_ahead, 0), else_=1)),
            func.sum(case((is_ahead, 1), else_=0)),
        )
        .join(days, days.c.service_id == CareService.id)
        .where(CareService.centre_id == centre_id)
        .group_by(CareService.id, CareService.name)
    )


def _in_line(centre_id: int) -> Select[Any]:
    """Select a centre's services with how many wait for a place from today on."""
    return (
        select(CareService.id, CareService.name, func.count())
        .join(CareWaiting, CareWaiting.service_id == CareService.id)
        .where(
            CareService.centre_id == centre_id,
            CareWaiting.state.in_(OPEN_WAITING),
            CareWaiting.on_day >= clock.today(),
        )
        .group_by(CareService.id, CareService.name)
    )


def _refused(centre_id: int, since: date) -> Select[Any]:
    """Select what was refused by service; several services at once stand under none."""
    it = CareRefusal
    return (
        select(it.service_id, CareService.name, it.reason, func.count())
        .outerjoin(CareService, CareService.id == it.service_id)
        .where(
            it.centre_id == centre_id,
            it.on_day >= since,
            it.reason != Refused.OWN_OR_KIN.value,
        )
        .group_by(it.service_id, CareService.name, it.reason)
    )
