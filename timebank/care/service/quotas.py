"""What is left of a service on a day, for all and for one person, taken without a race.

One conditional write does it: the row is locked by the write itself, a CHECK stands behind it, and
no answer means that there was not enough left.
"""

from datetime import date

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CapacityFullError, DayLimitError
from timebank.care.errors.slots import SlotFullError
from timebank.care.models.desk import CareDay, CarePersonDay
from timebank.care.models.slips import SlipCounter
from timebank.care.models.slots import CareSlotDay
from timebank.care.rules.desk import ServiceView
from timebank.care.rules.slots import SlotView
from timebank.kernel.db import Base


def _insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return this engine's INSERT that knows ON CONFLICT; SQLAlchemy keeps a class for each."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def take(
    session: Session,
    *,
    community_id: int,
    wanted: ServiceView,
    person_id: int,
    day: date,
    quantity: int,
    slot: SlotView | None = None,
    has_place: bool = False,
) -> int:
    """Take some of a service for a person and return the queue number of the day.

    ``has_place`` is said of whom a place is kept for already; their queue number is 0.

    Raises:
        CapacityFullError, SlotFullError: not enough is left on that day, or at that time.
        DayLimitError: the person would have more than their share of the day.
    """
    queue_number = 0
    if not has_place:
        queue_number = take_place(
            session, community_id=community_id, wanted=wanted, day=day, quantity=quantity, slot=slot
        )
    take_share(
        session,
        community_id=community_id,
        wanted=wanted,
        person_id=person_id,
        day=day,
        quantity=quantity,
    )
    return queue_number


def take_place(
    session: Session,
    *,
    community_id: int,
    wanted: ServiceView,
    day: date,
    quantity: int,
    slot: SlotView | None = None,
) -> int:
    """Take a place of a day and of a slot for whom it may be, and return the queue number.

    Raises:
        CapacityFullError, SlotFullError
    """
    queue_number = _take_of_all(
        session, community_id=community_id, wanted=wanted, day=day, quantity=quantity
    )
    if slot is not None:
        _take_of_slot(
            session,
            community_id=community_id,
            slot=slot,
            day=day,
            quantity=wanted.places(quantity),
        )
    return queue_number


def take_share(
    session: Session,
    *,
    community_id: int,
    wanted: ServiceView,
    person_id: int,
    day: date,
    quantity: int,
) -> None:
    """Count what one person takes of a service on a day.

    Raises:
        DayLimitError: the person would have more than their share of the day.
    """
    limit = wanted.person_day_limit
    row = {
        "service_id": wanted.id,
        "person_id": person_id,
        "on_day": day,
        "community_id": community_id,
        "taken": quantity,
        "capacity": limit,
    }
    total = CarePersonDay.taken + quantity
    written = None
    if quantity <= limit:
        written = session.scalar(
            _insert(session, CarePersonDay)
            .values(row)
            .on_conflict_do_update(
                index_elements=["service_id", "person_id", "on_day"],
                set_={"taken": total, "capacity": limit},
                where=total <= limit,
            )
            .returning(CarePersonDay.taken)
        )
    if written is None:
        raise DayLimitError(service=wanted.name, limit=limit, day=day)


def _take_of_slot(
    session: Session, *, community_id: int, slot: SlotView, day: date, quantity: int
) -> None:
    """Take some of the places that a slot has on a day."""
    row = {
        "slot_id": slot.id,
        "on_day": day,
        "community_id": community_id,
        "taken": quantity,
        "capacity": slot.capacity,
    }
    total = CareSlotDay.taken + quantity
    written = None
    if quantity <= slot.capacity:
        written = session.scalar(
            _insert(session, CareSlotDay)
            .values(row)
            .on_conflict_do_update(
                index_elements=["slot_id", "on_day"],
                set_={"taken": total},
                where=total <= CareSlotDay.capacity,
            )
            .returning(CareSlotDay.taken)
        )
    if written is None:
        raise SlotFullError(day=day, at_time=f" {slot.at_time} ", left=slot.left)


def _take_of_all(
    session: Session, *, community_id: int, wanted: ServiceView, day: date, quantity: int
) -> int:
    """Take some of what a day has of a service and return the queue number."""
    capacity = wanted.day_capacity
    row = {
        "service_id": wanted.id,
        "on_day": day,
        "community_id": community_id,
        "taken": quantity,
        "queued": 1,
        "capacity": capacity,
    }
    total = CareDay.taken + quantity
    queue_number: int | None = None
    if capacity is None or quantity <= capacity:
        queue_number = session.scalar(
            _insert(session, CareDay)
            .values(row)
            .on_conflict_do_update(
                index_elements=["service_id", "on_day"],
                set_={"taken": total, "queued": CareDay.queued + 1},
                where=or_(CareDay.capacity.is_(None), total <= CareDay.capacity),
            )
            .returning(CareDay.queued)
        )
    if queue_number is None:
        raise CapacityFullError(service=wanted.name, day=day, left=wanted.left or 0)
    return queue_number


def give_back_place(
    session: Session,
    *,
    service_id: int,
    day: date,
    quantity: int,
    slot_id: int | None,
    places: int,
) -> None:
    """Give back a place of a day, and of a slot."""
    session.execute(
        update(CareDay)
        .where(CareDay.service_id == service_id, CareDay.on_day == day)
        .values(taken=CareDay.taken - quantity)
    )
    if slot_id is not None:
        session.execute(
            update(CareSlotDay)
            .where(CareSlotDay.slot_id == slot_id, CareSlotDay.on_day == day)
            .values(taken=CareSlotDay.taken - places)
        )


def give_back(
    session: Session,
    *,
    service_id: int,
    person_id: int,
    day: date,
    quantity: int,
    slot_id: int | None = None,
    places: int = 0,
) -> None:
    """Give back what a cancelled booking or an undone line had taken."""
    give_back_place(
        session,
        service_id=service_id,
        day=day,
        quantity=quantity,
        slot_id=slot_id,
        places=places,
    )
    give_back_share(session, service_id=service_id, person_id=person_id, day=day, quantity=quantity)


def give_back_share(
    session: Session, *, service_id: int, person_id: int, day: date, quantity: int
) -> None:
    """Count no more what one person had taken of a service on a day."""
    session.execute(
        update(CarePersonDay)
        .where(
            CarePersonDay.service_id == service_id,
            CarePersonDay.person_id == person_id,
            CarePersonDay.on_day == day,
        )
        .values(taken=CarePersonDay.taken - quantity)
    )


def next_slip(session: Session, *, community_id: int, centre_id: int, day: date) -> int:
    """Return the next slip number of a centre's day; it rolls back with the slip."""
    row = {"centre_id": centre_id, "on_day": day, "community_id": community_id, "last": 1}
    return session.scalars(
        _insert(session, SlipCounter)
        .values(row)
        .on_conflict_do_update(
            index_elements=["centre_id", "on_day"], set_={"last": SlipCounter.last + 1}
        )
        .returning(SlipCounter.last)
    ).one()
