"""The manager's side of booking: slots, rules in versions, the switch of benefits, waiving."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.catalogue import managed
from timebank.care.pages.frame import bp
from timebank.care.queries import slots as queries
from timebank.care.schemas.desk import ReasonIn
from timebank.care.schemas.slots import (
    BookingRulesIn,
    ChangedSlotIn,
    OnDayQuery,
    SlotIn,
    SwitchIn,
)
from timebank.care.service import benefits, charges
from timebank.care.service import slots as verbs
from timebank.kernel import clock
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/care/services/<int:service_id>/slots")
@needs("care.manage")
@reads
def slots(session: Session, service_id: int) -> ResponseReturnValue:
    """Show a service's slots, how full they are on a day, and the rules of booking it."""
    service = managed(session, service_id)
    day = query(OnDayQuery())["on_day"] or clock.today()
    return render_template(
        "care/slots.html",
        service=service,
        slots=queries.slots(session, service_id, day=day),
        rules=queries.rules_on(session, service_id, day=clock.today()),
        versions=queries.rules_versions(session, service_id),
    )


@bp.post("/care/services/<int:service_id>/slots")
@needs("care.manage")
@returns_to(slots)
@writes
def add_slot(session: Session, service_id: int) -> ResponseReturnValue:
    """Add a time of day at which a service is served."""
    verbs.add_slot(session, actor=current_actor(), service_id=service_id, **body(SlotIn()))
    return see_other(url_for(".slots", service_id=service_id), _("时段加好了"))


@bp.post("/care/services/<int:service_id>/slots/<int:slot_id>")
@needs("care.manage")
@returns_to(slots)
@writes
def change_slot(session: Session, service_id: int, slot_id: int) -> ResponseReturnValue:
    """Say anew when a slot is served and how many fit."""
    verbs.change_slot(session, actor=current_actor(), slot_id=slot_id, **body(ChangedSlotIn()))
    return see_other(url_for(".slots", service_id=service_id), _("改好了"))


@bp.post("/care/services/<int:service_id>/booking-rules")
@needs("care.manage")
@returns_to(slots)
@writes
def set_booking_rules(session: Session, service_id: int) -> ResponseReturnValue:
    """Add a version of the rules of booking."""
    verbs.set_booking_rules(
        session, actor=current_actor(), service_id=service_id, **body(BookingRulesIn())
    )
    return see_other(url_for(".slots", service_id=service_id), _("新规定记下了，约好的按原来的"))


@bp.post("/care/benefits")
@needs("care.manage")
@writes
def turn_benefits(session: Session) -> ResponseReturnValue:
    """Stop the community's benefits everywhere, or give them again."""
    asked = body(SwitchIn())
    benefits.turn_benefits(session, actor=current_actor(), **asked)
    said = _("权益停了，约好的和服务券会退回时间") if asked["is_off"] else _("权益恢复了")
    return see_other(url_for(".services"), said)


@bp.post("/care/charges/<int:charge_id>/waive")
@needs("care.manage")
@writes
def waive_charge(session: Session, charge_id: int) -> ResponseReturnValue:
    """Let somebody off what a missed booking cost."""
    charges.waive(session, actor=current_actor(), charge_id=charge_id, **body(ReasonIn()))
    return see_other(url_for(".counter_bookings"), _("免了，时间已经还给老人"))
