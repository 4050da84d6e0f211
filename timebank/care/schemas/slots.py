"""Shapes of booking ahead: slots, rules, the line, moves, visits at home; JSON and forms alike."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules import slots as rules
from timebank.care.rules.desk import QUANTITY_MAX, Proven
from timebank.care.rules.weekdays import mask_of
from timebank.care.schemas.proofs import REASON, ROW_ID, SIX_DIGITS, ProvenIn, days_of_week
from timebank.care.service.slots import SlotFacts

_CLOCK = validate.Regexp(rules.CLOCK)
_QUANTITY = validate.Range(1, QUANTITY_MAX)
_PERCENT = validate.Range(0, 100)


class BookQuery(ma.Schema):
    """For whom and for which day the page of booking is opened."""

    person_id = fields.Integer(validate=ROW_ID)
    on_day = fields.Date()


class DayQuery(ma.Schema):
    """A centre's day."""

    centre_id = fields.Integer(load_default=None, validate=ROW_ID)
    on_day = fields.Date(load_default=None)


class OnDayQuery(ma.Schema):
    """A day."""

    on_day = fields.Date(load_default=None)


class ChangedSlotIn(ma.Schema):
    """When a slot is served and how many fit."""

    weekdays = days_of_week()
    capacity = fields.Integer(required=True, validate=validate.Range(0, rules.SLOT_CAPACITY_MAX))
    is_active = fields.Boolean(load_default=False)

    @ma.post_load
    def values(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the days as a mask."""
        return {**data, "weekdays": mask_of(data["weekdays"])}


class SlotIn(ChangedSlotIn):
    """A new slot."""

    at_time = fields.String(required=True, validate=_CLOCK)
    is_active = fields.Boolean(load_default=True)

    @ma.post_load
    def values(self, data: dict[str, Any], **more: object) -> dict[str, Any]:
        """Return the value of the service."""
        return {"facts": SlotFacts(**super().values(data, **more))}


class BookingRulesIn(ma.Schema):
    """A version of a service's rules of booking."""

    valid_from = fields.Date(required=True)
    cancel_hours = fields.Integer(required=True, validate=validate.Range(0, rules.CANCEL_HOURS_MAX))
    late_percent = fields.Integer(load_default=None, allow_none=True, validate=_PERCENT)
    no_show_percent = fields.Integer(load_default=0, validate=_PERCENT)
    offer_hours = fields.Integer(
        load_default=rules.OFFER_HOURS, validate=validate.Range(1, rules.OFFER_HOURS_MAX)
    )


class MoveIn(ma.Schema):
    """To when a booking is moved."""

    on_day = fields.Date(required=True)
    at_time = fields.String(load_default="", validate=validate.Regexp(rf"^$|{rules.CLOCK}"))
    slot_id = fields.Integer(load_default=None, validate=ROW_ID)


class WaitIn(ma.Schema):
    """For which full day or slot somebody waits."""

    on_day = fields.Date(required=True)
    slot_id = fields.Integer(load_default=None, validate=ROW_ID)
    quantity = fields.Integer(load_default=1, validate=_QUANTITY)


class WaitForIn(WaitIn):
    """The same as programs send it."""

    person_id = fields.Integer(required=True, validate=ROW_ID)
    service_id = fields.Integer(required=True, validate=ROW_ID)


class SwitchIn(ma.Schema):
    """Whether benefits are stopped or given again, and why."""

    is_off = fields.Boolean(required=True)
    reason = fields.String(required=True, validate=REASON)


class VisitProofIn(ma.Schema):
    """The elder's digits at their home, as a form sends them."""

    pin = fields.String(required=True, validate=SIX_DIGITS)
    relative_id = fields.Integer(load_default=None, validate=ROW_ID)

    @ma.post_load
    def proven(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the proof; the digits may be the PIN or a one-time code."""
        digits = data["pin"]
        return {"proven": Proven(pin=digits, code=digits, relative_id=data["relative_id"])}


class VisitEndFormIn(ma.Schema):
    """How a visit ends, as a form sends it: digits or a signed paper, and how much was done."""

    pin = fields.String(load_default="", validate=SIX_DIGITS)
    signed_slip = fields.String(load_default="", validate=validate.Length(2, 30))
    relative_id = fields.Integer(load_default=None, validate=ROW_ID)
    taken = fields.Integer(load_default=None, validate=_QUANTITY)

    @ma.post_load
    def proven(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the proof and how much was done."""
        digits = data["pin"]
        proven = Proven(
            pin=digits,
            code=digits,
            signed_slip=data["signed_slip"],
            relative_id=data["relative_id"],
        )
        return {"proven": proven, "taken": data["taken"]}


class VisitBeginIn(ma.Schema):
    """The elder's agreement that a visit begins."""

    proven = fields.Nested(ProvenIn, data_key="proof", required=True)


class VisitEndIn(VisitBeginIn):
    """The elder's agreement that it ends, and how much was done if less than the clock says."""

    taken = fields.Integer(load_default=None, allow_none=True, validate=_QUANTITY)


class SlotOut(ma.Schema):
    """A slot, with what is left of it on the day that was asked for."""

    id = fields.Integer()
    service_id = fields.Integer()
    at_time = fields.String()
    weekdays = fields.Integer()
    capacity = fields.Integer()
    is_active = fields.Boolean()
    taken = fields.Integer()
    left = fields.Integer()
    waiting = fields.Integer()


class BookingRulesOut(ma.Schema):
    """A version of the rules of booking."""

    version = fields.Integer()
    cancel_hours = fields.Integer(allow_none=True)
    late_percent = fields.Integer(allow_none=True)
    no_show_percent = fields.Integer()
    offer_hours = fields.Integer()
    valid_from = fields.Date(allow_none=True)


class WaitingOut(ma.Schema):
    """A place in a line."""

    id = fields.Integer()
    person_id = fields.Integer()
    service_id = fields.Integer()
    service_name = fields.String()
    centre_id = fields.Integer()
    slot_id = fields.Integer(allow_none=True)
    on_day = fields.Date()
    at_time = fields.String()
    quantity = fields.Integer()
    state = fields.String()
    offered_until = fields.AwareDateTime(format="iso", allow_none=True)
    booking_id = fields.Integer(allow_none=True)


class ChargeOut(ma.Schema):
    """What was charged of a booking that was not served."""

    id = fields.Integer()
    booking_id = fields.Integer()
    person_id = fields.Integer()
    on_day = fields.Date()
    kind = fields.String()
    minutes = fields.Integer()
    percent = fields.Integer()
    charged_at = fields.AwareDateTime(format="iso")
    waived_reason = fields.String()


class SwitchOut(ma.Schema):
    """One turn of the switch of benefits."""

    is_off = fields.Boolean()
    reason = fields.String()
    set_at = fields.AwareDateTime(format="iso")


class HomeVisitOut(ma.Schema):
    """A visit at somebody's home."""

    booking_id = fields.Integer()
    person_id = fields.Integer()
    service_name = fields.String()
    centre_id = fields.Integer()
    on_day = fields.Date()
    at_time = fields.String()
    quantity = fields.Integer()
    minutes = fields.Integer()
    delivery = fields.String()
    need_id = fields.Integer(allow_none=True)
    record_id = fields.Integer(allow_none=True)
    started_at = fields.AwareDateTime(format="iso", allow_none=True)
    ended_at = fields.AwareDateTime(format="iso", allow_none=True)
    done_units = fields.Integer()
