"""The switch that stops a community's benefits everywhere, and what was promised of them."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.models.benefits import CareBenefitSwitch
from timebank.care.models.desk import Booking, CareService
from timebank.care.models.vouchers import CareVoucher
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue
from timebank.care.rules.desk import BookingState
from timebank.care.rules.vouchers import VoucherState
from timebank.care.service import booking_ends, vouchers
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import ForbiddenError
from timebank.trail import service as trail

JOB = "care.end_benefits"
_BATCH = 200


def turn_benefits(session: Session, *, actor: Actor, is_off: bool, reason: str) -> None:
    """Stop a community's benefits everywhere, or give them again.

    What is booked and set aside of them is let go by a job, and those concerned are told why.

    Raises:
        ForbiddenError: the actor does not answer for the whole community.
    """
    if not actor.reach("care.manage").is_wide:
        raise ForbiddenError
    switches = catalogue.benefit_switches(session, actor.community_id)
    if (switches[0].is_off if switches else False) == is_off:
        return
    row = CareBenefitSwitch(
        community_id=actor.community_id,
        is_off=is_off,
        reason=reason,
        set_by=actor.name,
        set_at=clock.now(),
    )
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.benefits_off" if is_off else "care.benefits_on",
        subject_type="care_benefit_switch",
        subject_id=row.id,
        summary=reason,
    )
    if is_off:
        _enqueue(session, row, number=1)


def _enqueue(session: Session, row: CareBenefitSwitch, *, number: int) -> None:
    """Let the worker end some of what was promised."""
    jobs.enqueue(
        session,
        name=JOB,
        key=f"{JOB}:{row.id}:{number}",
        payload={"switch_id": row.id, "number": number},
    )


def end_promised(session: Session, payload: Mapping[str, object]) -> None:
    """Do the job ``care.end_benefits``: let go of benefits booked and set aside, some at a time."""
    switch_id, number = payload["switch_id"], payload["number"]
    assert isinstance(switch_id, int)
    assert isinstance(number, int)
    row = session.get_one(CareBenefitSwitch, switch_id)
    newest = catalogue.benefit_switches(session, row.community_id)[0]
    if not newest.is_off:
        return
    actor = program(community_id=row.community_id, name=JOB)
    booked = session.scalars(
        select(Booking.id)
        .join(CareService, CareService.id == Booking.service_id)
        .where(
            Booking.community_id == row.community_id,
            Booking.state == BookingState.BOOKED,
            Booking.on_day >= clock.today(),
            CareService.is_benefit,
        )
        .order_by(Booking.id)
        .limit(_BATCH)
    ).all()
    for booking_id in booked:
        view = booking_queries.booking_of(session, booking_id)
        booking_ends.resolve(session, actor, view, BookingState.RELEASED, row.reason)
    aside = session.scalars(
        select(CareVoucher.id)
        .join(CareService, CareService.id == CareVoucher.service_id)
        .where(
            CareVoucher.community_id == row.community_id,
            CareVoucher.state == VoucherState.OPEN,
            CareService.is_benefit,
        )
        .order_by(CareVoucher.id)
        .limit(_BATCH)
    ).all()
    vouchers.end_each(session, actor, aside, VoucherState.CANCELLED, row.reason)
    if len(booked) == _BATCH or len(aside) == _BATCH:
        _enqueue(session, row, number=number + 1)
