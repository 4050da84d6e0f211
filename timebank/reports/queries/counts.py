"""Counts and sums of one room each, one statement each, within one community."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.care.models.desk import Booking
from timebank.care.models.slips import Redemption
from timebank.care.rules.desk import BookingState, RedemptionState
from timebank.cases.models.cases import CaseFile, is_open_case
from timebank.cases.rules.flow import State, Step
from timebank.cofund.models.projects import Project, SpendingRequest
from timebank.cofund.rules.projects import PUBLIC, ProjectState, SpendingState
from timebank.community import rules as community_rules
from timebank.community.models import Community
from timebank.reports.rules import today as rules
from timebank.reports.rules.today import CasesClosed, Rate, Shared, SpendingWaiting, Waiting
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.disputes import COMMUNITYS_TURN
from timebank.volunteering.rules.records import RecordState


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Open cases of a micro-grid, and the late ones among them."""

    open: int
    overdue: int


def first_community(session: Session, code: str | None) -> community_rules.CommunityView | None:
    """Return the community with a code or, without one, the first; None where there is none."""
    wanted = select(Community).order_by(Community.id).limit(1)
    if code:
        wanted = wanted.where(Community.code == code.upper())
    row = session.scalar(wanted)
    if row is None:
        return None
    return community_rules.CommunityView(
        row.id, row.code, row.name, row.subdistrict, row.phone, row.product_name, row.points_unit
    )


def open_cases(session: Session, *, community_id: int, now: datetime) -> Mapping[int, OpenCases]:
    """Return the open cases by micro-grid."""
    rows = session.execute(
        select(
            CaseFile.micro_grid_id,
            func.count(),
            func.count().filter(CaseFile.order_at < now),
        )
        .where(CaseFile.community_id == community_id, is_open_case())
        .group_by(CaseFile.micro_grid_id)
    )
    return {place_id: OpenCases(count, late) for place_id, count, late in rows}


def _moments(step: Step) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return when a step is due and when it was done."""
    columns = CaseFile.__table__.c
    return columns[f"{step}_due_at"], columns[f"{step}_done_at"]


def rates(
    session: Session, *, community_id: int, since: datetime, now: datetime
) -> tuple[Rate, ...]:
    """Return for each step how many were settled since a moment, and how many of them in time.

    A step is settled when it is done in time or when its limit passes, so it counts in one month
    only, and what is said about a past month never changes by work done later. A case that was
    rejected, cancelled or merged keeps what was settled before; what was not due has no result.
    """
    counts: list[ColumnElement[int]] = []
    for step in Step:
        due_at, done_at = _moments(step)
        in_time = and_(done_at <= due_at, done_at >= since)
        late = and_(
            due_at >= since,
            due_at < now,
            or_(done_at.is_(None), done_at > due_at),
            or_(CaseFile.ended_at.is_(None), due_at < CaseFile.ended_at),
        )
        counts += [func.count().filter(in_time), func.count().filter(or_(in_time, late))]
    found = session.execute(select(*counts).where(CaseFile.community_id == community_id)).one()
    return tuple(Rate(step, found[2 * at], found[2 * at + 1]) for at, step in enumerate(Step))


def cases_closed(session: Session, *, community_id: int, since: datetime) -> CasesClosed:
    """Return the cases closed since a moment, and those whose every step was in time."""
    in_time = and_(
        *(or_(done_at.is_(None), done_at <= due_at) for due_at, done_at in map(_moments, Step))
    )
    closed, punctual = session.execute(
        select(func.count(), func.count().filter(in_time)).where(
            CaseFile.community_id == community_id,
            CaseFile.state == State.CLOSED,
            CaseFile.closed_at >= since,
        )
    ).one()
    return rules.cases_closed(closed=closed, in_time=punctual)


def records(session: Session, *, community_id: int, waiting_since: datetime) -> tuple[Waiting, int]:
    """Return the service records that wait for approval, and how many have an objection."""
    waits = ServiceRecord.state == RecordState.CONFIRMED
    count, too_long, objections = session.execute(
        select(
            func.count().filter(waits),
            func.count().filter(waits, ServiceRecord.confirmed_at < waiting_since),
            func.count().filter(ServiceRecord.has_objection),
        ).where(ServiceRecord.community_id == community_id)
    ).one()
    return Waiting(count, too_long), objections


def disputes_late(session: Session, *, community_id: int, today: date) -> int:
    """Return how many appeals and arbitrations are past the day on which an answer was due."""
    count = session.scalar(
        select(func.count())
        .select_from(Dispute)
        .where(
            Dispute.community_id == community_id,
            Dispute.state.in_(COMMUNITYS_TURN),
            Dispute.due_on < today,
        )
    )
    return count or 0


def spending(session: Session, *, community_id: int, waiting_since: datetime) -> SpendingWaiting:
    """Return the spending requests that nobody has approved yet."""
    count, too_long, amount_fen = session.execute(
        select(
            func.count(),
            func.count().filter(SpendingRequest.requested_at < waiting_since),
            func.sum(SpendingRequest.amount_fen),
        ).where(
            SpendingRequest.community_id == community_id,
            SpendingRequest.state == SpendingState.REQUESTED,
        )
    ).one()
    return SpendingWaiting(count, too_long, int(amount_fen or 0))


def bookings_on(session: Session, *, community_id: int, day: date) -> int:
    """Return how many bookings of a day are still to be served."""
    count = session.scalar(
        select(func.count())
        .select_from(Booking)
        .where(
            Booking.community_id == community_id,
            Booking.on_day == day,
            Booking.state == BookingState.BOOKED,
        )
    )
    return count or 0


def projects_known(session: Session, community_id: int) -> int:
    """Return how many projects everybody may know of: publicised at least, and not cancelled."""
    count = session.scalar(
        select(func.count())
        .select_from(Project)
        .where(
            Project.community_id == community_id,
            Project.state.in_(PUBLIC - {ProjectState.CANCELLED}),
        )
    )
    return count or 0


def given(session: Session, community_id: int) -> tuple[int, int]:
    """Return how many people gave hours that were approved, and the minutes counted for them."""
    people, minutes = session.execute(
        select(
            func.count(ServiceRecord.volunteer_id.distinct()),
            func.sum(ServiceRecord.credited_minutes),
        ).where(
            ServiceRecord.community_id == community_id,
            ServiceRecord.state == RecordState.APPROVED,
        )
    ).one()
    return people, int(minutes or 0)


def redeemed(session: Session, community_id: int) -> tuple[int, int]:
    """Return how many people redeemed something, and the minutes that it took."""
    people, minutes = session.execute(
        select(
            func.count(Redemption.person_id.distinct()), func.sum(Redemption.total_minutes)
        ).where(
            Redemption.community_id == community_id,
            Redemption.state == RedemptionState.CAPTURED,
        )
    ).one()
    return people, int(minutes or 0)


def shared(found: tuple[int, int]) -> Shared:
    """Return a sum over people as everybody may know it."""
    people, minutes = found
    return rules.shared(people=people, minutes=minutes)
