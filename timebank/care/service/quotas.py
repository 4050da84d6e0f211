"""What is left of a service on a day, for all and for one person, taken without a race.

One conditional write does it: the row is locked by the write itself, a CHECK stands behind it, and
no answer means that there was not enough left.
"""

from datetime import date

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CapacityFullError, DayLimitError
from timebank.care.models.desk import CareDay, CarePersonDay
from timebank.care.models.slips import SlipCounter
from timebank.care.rules.desk import ServiceView
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
) -> int:
    """Take some of a service for a person and return the queue number of the day.

    Raises:
        CapacityFullError: not enough is left on that day.
        DayLimitError: the person would have more than their share of the day.
    """
    queue_number = _take_of_all(
        session, community_id=community_id, wanted=wanted, day=day, quantity=quantity
    )
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
    return queue_number


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


def give_back(
    session: Session, *, service_id: int, person_id: int, day: date, quantity: int
) -> None:
    """Give back what a cancelled booking or an undone line had taken."""
    session.execute(
        update(CareDay)
        .where(CareDay.service_id == service_id, CareDay.on_day == day)
        .values(taken=CareDay.taken - quantity)
    )
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
