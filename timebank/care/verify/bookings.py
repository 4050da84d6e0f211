"""The proof of care: holds of bookings, places of slots, charges, visits follow from rows."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from timebank.care.models.desk import Booking, CareService
from timebank.care.models.home import CareHomeVisit
from timebank.care.models.slips import Redemption, RedemptionLine
from timebank.care.models.slots import CareCharge, CareSlotDay, CareWaiting
from timebank.care.rules.desk import BookingState, RedemptionState
from timebank.care.rules.slots import WaitingState, share
from timebank.care.rules.weekdays import EVERY_DAY, has_day
from timebank.kernel.finding import Finding
from timebank.ledger.queries import entries
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.queries.entries import Moved

BATCH = 500

RULE_HELD = "the minutes of an open booking are held, all of them, until it ends"
RULE_PLACES = (
    "places taken of a slot are those booked, redeemed, not undone, and kept for who waits"
)
RULE_CHARGE = "a charge is the part of the booking that its rules say, moved by its entry"
RULE_DAY = "a slip stands on a day of the week on which its service is served"
RULE_VISIT = "a visit is paid for the units that were done, and no more"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of care that disagrees with what it follows from."""
    yield from _holds(session, community_id)
    yield from _places(session, community_id)
    yield from _days(session, community_id)
    yield from _charges(session, community_id)
    yield from _visits(session, community_id)


def _holds(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield open bookings whose minutes are not held as they should be."""
    last_id = 0
    while True:
        wanted = select(Booking.id, Booking.community_id, Booking.hold_id, Booking.minutes).where(
            Booking.state == BookingState.BOOKED, Booking.id > last_id
        )
        if community_id is not None:
            wanted = wanted.where(Booking.community_id == community_id)
        rows = session.execute(wanted.order_by(Booking.id).limit(BATCH)).all()
        if not rows:
            return
        last_id = rows[-1].id
        for row in rows:
            held = ledger_holds.hold_if_any(session, row.hold_id)
            is_now = held.amount if held is not None and held.outcome is None else 0
            if is_now != row.minutes:
                yield _finding("booking", row, is_now, row.minutes, RULE_HELD)


def _places(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield days of slots on which more or less is taken than bookings and offers say."""
    undone = exists().where(
        Redemption.booking_id == Booking.id, Redemption.state == RedemptionState.UNDONE
    )
    booked = (
        select(func.coalesce(func.sum(Booking.places), 0))
        .where(
            Booking.slot_id == CareSlotDay.slot_id,
            Booking.on_day == CareSlotDay.on_day,
            or_(
                Booking.state == BookingState.BOOKED,
                and_(Booking.state == BookingState.REDEEMED, ~undone),
            ),
        )
        .correlate(CareSlotDay)
        .scalar_subquery()
    )
    kept = (
        select(func.coalesce(func.sum(CareWaiting.places), 0))
        .where(
            CareWaiting.slot_id == CareSlotDay.slot_id,
            CareWaiting.on_day == CareSlotDay.on_day,
            CareWaiting.state == WaitingState.OFFERED,
        )
        .correlate(CareSlotDay)
        .scalar_subquery()
    )
    wanted = select(CareSlotDay, (booked + kept).label("right")).where(
        CareSlotDay.taken != booked + kept
    )
    if community_id is not None:
        wanted = wanted.where(CareSlotDay.community_id == community_id)
    for row, right in session.execute(wanted.order_by(CareSlotDay.on_day, CareSlotDay.slot_id)):
        name = f"slot {row.slot_id} on {row.on_day}"
        yield Finding(
            "care_slot_day", name, str(row.taken), str(right), RULE_PLACES, row.community_id
        )


def _days(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield lines of slips, nothing booked, that stand on a day on which nothing of it is served.

    The day on which the days were set is left out: what was handed over before stays right.
    """
    day = func.coalesce(Redemption.served_on, Redemption.slip_day).label("day")
    last_id = 0
    while True:
        wanted = (
            select(RedemptionLine.id, RedemptionLine.community_id, CareService.weekdays, day)
            .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
            .join(CareService, CareService.id == RedemptionLine.service_id)
            .where(
                RedemptionLine.id > last_id,
                Redemption.booking_id.is_(None),
                CareService.weekdays != EVERY_DAY,
                or_(CareService.weekdays_from.is_(None), day > CareService.weekdays_from),
            )
        )
        if community_id is not None:
            wanted = wanted.where(RedemptionLine.community_id == community_id)
        rows = session.execute(wanted.order_by(RedemptionLine.id).limit(BATCH)).all()
        if not rows:
            return
        last_id = rows[-1].id
        for row in rows:
            if not has_day(row.weekdays, row.day):
                yield _finding("redemption_line", row, row.day, row.weekdays, RULE_DAY)


def _charges(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield charges that are not the part of their booking, or whose entry moved something else."""
    last_id = 0
    while True:
        wanted = (
            select(CareCharge, Booking.minutes)
            .join(Booking, Booking.id == CareCharge.booking_id)
            .where(CareCharge.id > last_id)
        )
        if community_id is not None:
            wanted = wanted.where(CareCharge.community_id == community_id)
        rows = session.execute(wanted.order_by(CareCharge.id).limit(BATCH)).all()
        if not rows:
            return
        last_id = rows[-1][0].id
        ids = [one for row, _ in rows for one in (row.entry_id, row.reversal_entry_id) if one]
        moved = entries.moved(session, ids)
        for row, booked in rows:
            yield from _one_charge(row, booked, moved)


def _one_charge(row: CareCharge, booked: int, moved: dict[UUID, list[Moved]]) -> Iterator[Finding]:
    """Yield what is wrong with one charge."""
    own, taken_in = f"member:{row.person_id}", f"missed:{row.centre_id}"
    right = share(booked, row.percent)
    told: list[tuple[object, object]] = [
        (row.minutes, right),
        (moved.get(row.entry_id), [Moved(own, taken_in, row.minutes)]),
    ]
    if row.reversal_entry_id is not None:
        told.append((moved.get(row.reversal_entry_id), [Moved(taken_in, own, row.minutes)]))
    for is_now, should_be in told:
        if is_now != should_be:
            yield _finding("care_charge", row, is_now, should_be, RULE_CHARGE)


def _visits(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield visits that were paid for other than what was done, or for more than was booked."""
    paid = case((RedemptionLine.quantity.is_(None), 0), else_=RedemptionLine.quantity)
    wanted = (
        select(CareHomeVisit, paid)
        .join(Booking, Booking.id == CareHomeVisit.booking_id)
        .outerjoin(Redemption, Redemption.booking_id == CareHomeVisit.booking_id)
        .outerjoin(RedemptionLine, RedemptionLine.redemption_id == Redemption.id)
        .where(
            or_(
                and_(CareHomeVisit.done_units.is_not(None), CareHomeVisit.done_units != paid),
                and_(CareHomeVisit.done_units.is_(None), paid > 0),
                CareHomeVisit.done_units > Booking.quantity,
                CareHomeVisit.person_id != Booking.person_id,
            )
        )
    )
    if community_id is not None:
        wanted = wanted.where(CareHomeVisit.community_id == community_id)
    for row, units in session.execute(wanted.order_by(CareHomeVisit.id)):
        yield _finding("care_home_visit", row, row.done_units, units, RULE_VISIT)


def _finding(
    table: str, row: Row[Any] | CareCharge | CareHomeVisit, is_now: object, right: object, rule: str
) -> Finding:
    """Return what is wrong with a row."""
    return Finding(table, f"id {row.id}", str(is_now), str(right), rule, row.community_id)
