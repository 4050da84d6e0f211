"""Booking ahead for programs: slots, rules, moves, the waiting list, charges, visits at home."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import catalogue, home_visits
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as waiting_queries
from timebank.care.rules.desk import BookingView, Proven, RedemptionView
from timebank.care.rules.eligibility import SwitchView
from timebank.care.rules.home import HomeVisitView
from timebank.care.rules.slots import BookingRulesView, ChargeView, SlotView, WaitingView
from timebank.care.schemas.desk import BookingOut, ReasonIn, RedemptionOut
from timebank.care.schemas.slots import (
    BookingRulesIn,
    BookingRulesOut,
    ChangedSlotIn,
    ChargeOut,
    HomeVisitOut,
    MoveIn,
    OnDayQuery,
    SlotIn,
    SlotOut,
    SwitchIn,
    SwitchOut,
    VisitBeginIn,
    VisitEndIn,
    WaitForIn,
    WaitingOut,
)
from timebank.care.service import (
    benefits,
    booking_moves,
    charges,
    waiting,
)
from timebank.care.service import home_visits as visit_verbs
from timebank.care.service import slots as slot_verbs
from timebank.care.service.slots import SlotFacts
from timebank.kernel import clock
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/care-services/<int:service_id>/slots")
@needs("care.read")
@reads
@takes(OnDayQuery, where="query")
@gives(SlotOut, many=True)
def slots(session: Session, service_id: int, *, on_day: date | None) -> Sequence[SlotView]:
    """When a service is served on a day, and how many places are left."""
    day = on_day or clock.today()
    community_id = current_actor().community_id
    catalogue.service(session, community_id=community_id, service_id=service_id, day=day)
    return slot_queries.slots_on(session, service_id, day=day)


@api.post("/care-services/<int:service_id>/slots")
@needs("care.manage")
@writes(keyed=True)
@takes(SlotIn)
@gives(SlotOut, status=201)
def add_slot(session: Session, service_id: int, *, facts: SlotFacts) -> SlotView:
    """Add a time of day at which a service is served."""
    return slot_verbs.add_slot(session, actor=current_actor(), service_id=service_id, facts=facts)


@api.post("/care-slots/<int:slot_id>/change")
@needs("care.manage")
@writes
@takes(ChangedSlotIn)
@gives(SlotOut)
def change_slot(
    session: Session, slot_id: int, *, weekdays: int, capacity: int, is_active: bool
) -> SlotView:
    """Say anew when a slot is served and how many fit; more room goes to who waits."""
    return slot_verbs.change_slot(
        session,
        actor=current_actor(),
        slot_id=slot_id,
        weekdays=weekdays,
        capacity=capacity,
        is_active=is_active,
    )


@api.get("/care-services/<int:service_id>/booking-rules")
@needs("care.read")
@reads
@takes(OnDayQuery, where="query")
@gives(BookingRulesOut)
def booking_rules(session: Session, service_id: int, *, on_day: date | None) -> BookingRulesView:
    """What a service asks of who books it for a day."""
    day = on_day or clock.today()
    community_id = current_actor().community_id
    catalogue.service(session, community_id=community_id, service_id=service_id, day=day)
    return slot_queries.rules_on(session, service_id, day=day)


@api.post("/care-services/<int:service_id>/booking-rules")
@needs("care.manage")
@writes(keyed=True)
@takes(BookingRulesIn)
@gives(BookingRulesOut, status=201)
def set_booking_rules(session: Session, service_id: int, **facts: Any) -> BookingRulesView:  # noqa: ANN401 - shaped by the schema
    """Add a version of the rules; what is booked keeps its own."""
    return slot_verbs.set_booking_rules(
        session, actor=current_actor(), service_id=service_id, **facts
    )


@api.post("/bookings/<int:booking_id>/move")
@needs("care.book")
@writes(keyed=True)
@takes(MoveIn)
@gives(BookingOut)
def move(session: Session, booking_id: int, **facts: Any) -> BookingView:  # noqa: ANN401 - shaped by the schema
    """Move a booking to another time; its minutes stay held."""
    return booking_moves.move_booking(
        session, actor=current_actor(), booking_id=booking_id, **facts
    )


@api.get("/waiting-places")
@needs("care.book")
@reads
@gives(WaitingOut, many=True)
def waiting_places(session: Session) -> Sequence[WaitingView]:
    """The lines in which one waits, for oneself or for an elder of the family."""
    actor = current_actor()
    return waiting_queries.waiting_for(
        session, community_id=actor.community_id, person_id=actor.person_id or 0
    )


@api.post("/waiting-places")
@needs("care.book")
@writes(keyed=True)
@takes(WaitForIn)
@gives(WaitingOut, status=201)
def wait(session: Session, **facts: Any) -> WaitingView:  # noqa: ANN401 - shaped by the schema
    """Wait in line for a full day or slot; nothing is held until a place is taken."""
    return waiting.join(session, actor=current_actor(), key=request_key(), **facts)


@api.post("/waiting-places/<int:waiting_id>/take")
@needs("care.book")
@writes(keyed=True)
@gives(BookingOut, status=201)
def take_offer(session: Session, waiting_id: int) -> BookingView:
    """Book the place that is kept."""
    return waiting.take_offer(session, actor=current_actor(), waiting_id=waiting_id)


@api.post("/waiting-places/<int:waiting_id>/leave")
@needs("care.book")
@writes(keyed=True)
@gives(WaitingOut)
def leave_line(session: Session, waiting_id: int) -> WaitingView:
    """Leave a line; a place that was kept goes to the next."""
    return waiting.leave(session, actor=current_actor(), waiting_id=waiting_id)


@api.post("/care-charges/<int:charge_id>/waive")
@needs("care.manage")
@writes(keyed=True)
@takes(ReasonIn)
@gives(ChargeOut)
def waive(session: Session, charge_id: int, *, reason: str) -> ChargeView:
    """Let somebody off what a missed or late cancelled booking cost."""
    return charges.waive(session, actor=current_actor(), charge_id=charge_id, reason=reason)


@api.get("/care-benefits")
@needs("care.read")
@reads
@gives(SwitchOut, many=True)
def benefit_switches(session: Session) -> Sequence[SwitchView]:
    """When benefits were stopped and given again, newest first."""
    return catalogue.benefit_switches(session, current_actor().community_id)


@api.post("/care-benefits")
@needs("care.manage")
@writes(keyed=True)
@takes(SwitchIn)
@gives(SwitchOut, many=True)
def turn_benefits(session: Session, *, is_off: bool, reason: str) -> Sequence[SwitchView]:
    """Stop the community's benefits everywhere, or give them again."""
    actor = current_actor()
    benefits.turn_benefits(session, actor=actor, is_off=is_off, reason=reason)
    return catalogue.benefit_switches(session, actor.community_id)


@api.get("/bookings/<int:booking_id>/visit")
@needs("care.redeem")
@reads
@gives(HomeVisitOut)
def home_visit(session: Session, booking_id: int) -> HomeVisitView:
    """What is known of a visit at somebody's home."""
    reach = current_actor().reach("care.redeem")
    return home_visits.visit(
        session,
        community_id=current_actor().community_id,
        booking_id=booking_id,
        centre_ids=None if reach.is_wide else reach.centre_ids,
    )


@api.post("/bookings/<int:booking_id>/visit/begin")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(VisitBeginIn)
@gives(HomeVisitOut)
def begin_visit(session: Session, booking_id: int, *, proven: Proven) -> HomeVisitView:
    """Confirm that the provider is there, by the elder's PIN or one-time code."""
    return visit_verbs.begin(session, actor=current_actor(), booking_id=booking_id, proven=proven)


@api.post("/bookings/<int:booking_id>/visit/end")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(VisitEndIn)
@gives(RedemptionOut, status=201)
def end_visit(
    session: Session, booking_id: int, *, proven: Proven, taken: int | None
) -> RedemptionView:
    """Take what was done of the held minutes by the elder's yes; the rest goes back."""
    return visit_verbs.end(
        session,
        actor=current_actor(),
        key=request_key(),
        booking_id=booking_id,
        proven=proven,
        taken=taken,
    )
