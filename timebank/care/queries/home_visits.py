"""Bookings at people's homes, with what is known of each visit."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.care.errors.home import HomeVisitNotFoundError
from timebank.care.models.desk import Booking, CareService
from timebank.care.models.home import CareHomeVisit
from timebank.care.models.slips import Redemption
from timebank.care.rules import home as rules
from timebank.care.rules.desk import BookingState
from timebank.care.rules.home import Delivery, HomeVisitView
from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.rules.records import LIVE_STATES

_Volunteer = aliased(Person)
_Record = aliased(ServiceRecord)


def _newest_record() -> ScalarSelect[int]:
    """Return the newest live record of a visit's need, as a part of a read.

    Asked of each visit by itself: a join with all needs' newest would read everybody's records.
    """
    return (
        select(func.max(_Record.id))
        .select_from(Task)
        .join(Presence, Presence.task_id == Task.id)
        .join(_Record, _Record.id == Presence.record_id)
        .where(Task.need_id == CareHomeVisit.need_id, _Record.state.in_(LIVE_STATES))
        .correlate(CareHomeVisit)
        .scalar_subquery()
    )


def _visits() -> Select[Any]:
    return (
        select(Booking, CareService, CareHomeVisit, Need.state, ServiceRecord, _Volunteer.name)
        .add_columns(Redemption.id)
        .join(CareService, CareService.id == Booking.service_id)
        .outerjoin(CareHomeVisit, CareHomeVisit.booking_id == Booking.id)
        .outerjoin(Need, Need.id == CareHomeVisit.need_id)
        .outerjoin(ServiceRecord, ServiceRecord.id == _newest_record())
        .outerjoin(_Volunteer, _Volunteer.id == ServiceRecord.volunteer_id)
        .outerjoin(Redemption, Redemption.booking_id == Booking.id)
        .where(CareService.delivery != Delivery.AT_CENTRE)
    )


def _view(row: Any, person: community_queries.PersonView) -> HomeVisitView:  # noqa: ANN401 - an outer join's row
    booking, service, visit, need_state, record, volunteer_name, slip_id = row
    return HomeVisitView(
        booking_id=booking.id,
        person_id=booking.person_id,
        person_name=person.name,
        phone_masked=person.phone_masked,
        place_label=person.place_label or "",
        service_name=service.name,
        unit=service.unit,
        centre_id=booking.centre_id,
        on_day=booking.on_day,
        at_time=booking.at_time,
        quantity=booking.quantity,
        minutes=booking.minutes,
        delivery=service.delivery,
        duration_minutes=service.duration_minutes,
        need_id=visit.need_id if visit else None,
        need_state=need_state or "",
        record_id=record.id if record else None,
        record_state=record.state if record else "",
        record_minutes=record.minutes if record else 0,
        volunteer_name=volunteer_name or "",
        started_at=visit.started_at if visit else None,
        started_by=visit.started_by if visit else "",
        ended_at=visit.ended_at if visit else None,
        done_units=_done(booking, service, visit, record),
        slip_id=slip_id,
    )


def _done(booking: Any, service: Any, visit: Any, record: Any) -> int:  # noqa: ANN401 - as above
    """Return how many units were done: as it ended, by the record, or by the clock so far."""
    if visit is not None and visit.done_units is not None:
        return int(visit.done_units)
    minutes = 0
    if record is not None:
        minutes = record.minutes
    elif visit is not None and visit.started_at is not None:
        minutes = rules.minutes_between(visit.started_at, clock.now())
    return rules.units_done(
        minutes=minutes, unit_minutes=service.duration_minutes, booked=booking.quantity
    )


def visits(
    session: Session, *, community_id: int, centre_ids: Collection[int], day: date
) -> list[HomeVisitView]:
    """Return a day's visits, before them those of earlier days that wait for their end."""
    first = day - timedelta(days=rules.OPEN_DAYS_MAX)
    is_left_open = and_(Booking.state == BookingState.BOOKED, Booking.on_day.between(first, day))
    is_of_day = and_(
        Booking.on_day == day, Booking.state.in_((BookingState.BOOKED, BookingState.REDEEMED))
    )
    rows = session.execute(
        _visits()
        .where(
            Booking.community_id == community_id,
            Booking.centre_id.in_(centre_ids),
            or_(is_left_open, is_of_day),
        )
        .order_by(Booking.on_day, Booking.at_time, Booking.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    people = community_queries.persons(session, {row[0].person_id for row in rows})
    return [_view(row, people[row[0].person_id]) for row in rows]


def visit(
    session: Session, *, community_id: int, booking_id: int, centre_ids: Collection[int] | None
) -> HomeVisitView:
    """Return a booking at somebody's home, of some centres or of all (None).

    Raises:
        HomeVisitNotFoundError: there is none within reach.
    """
    row = session.execute(
        _visits().where(Booking.id == booking_id, Booking.community_id == community_id)
    ).one_or_none()
    if row is None or (centre_ids is not None and row[0].centre_id not in centre_ids):
        raise HomeVisitNotFoundError
    people = community_queries.persons(session, {row[0].person_id})
    return _view(row, people[row[0].person_id])


def is_begun(session: Session, booking_id: int) -> bool:
    """Whether somebody was there: the elder said so, or a volunteer's record does."""
    return (
        session.scalar(
            select(CareHomeVisit.id).where(
                CareHomeVisit.booking_id == booking_id,
                or_(CareHomeVisit.started_at.is_not(None), _newest_record().is_not(None)),
            )
        )
        is not None
    )
