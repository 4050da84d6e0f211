"""Shapes of care, for JSON and forms alike."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules.desk import (
    QUANTITY_MAX,
    CentreKind,
    Proven,
    ServiceClass,
    Wanted,
)
from timebank.care.rules.eligibility import HardshipClass, classes_of, mask_of_classes
from timebank.care.rules.home import Delivery
from timebank.care.rules.weekdays import mask_of
from timebank.care.schemas.proofs import InsteadIn, ProvenIn, days_of_week
from timebank.kernel.units import fen_of

_SIX_DIGITS = validate.Regexp(r"^[0-9]{6}$")
_ROW_ID = validate.Range(1, 2**63 - 1)
_REASON = validate.Length(2, 200)
_CART = validate.Regexp(r"^$|^[0-9]{1,15}x[0-9](,[0-9]{1,15}x[0-9]){0,40}$")
_CLOCK = validate.Regexp(r"^$|^([01][0-9]|2[0-3]):[0-5][0-9]$")
MONEY_FEN_MAX = 10**8


def _row_id(*, required: bool = False) -> fields.Integer:
    """Return a field for the number of a row."""
    return fields.Integer(required=required, validate=_ROW_ID)


def _money() -> fields.Integer:
    """Return a field for what the reserve pays: whole fen."""
    return fields.Integer(load_default=None, validate=validate.Range(0, MONEY_FEN_MAX))


def _yuan_to_fen(data: Mapping[str, object]) -> dict[str, object]:
    """Return the data with an amount that a form sends in yuan turned into fen."""
    value = data.get("money_note_fen")
    if not isinstance(value, str):
        return dict(data)
    try:
        return {**data, "money_note_fen": fen_of(value)}
    except ValueError as error:
        raise ma.ValidationError("Not a valid number.", "money_note_fen") from error


class DeskIn(ma.Schema):
    """Which screen of the counter is asked for."""

    centre_id = _row_id()
    text = fields.String(data_key="q", validate=validate.Length(max=60))
    person_id = _row_id()
    cart = fields.String(
        validate=validate.Regexp(r"^$|^[0-9]{1,15}x[0-9](,[0-9]{1,15}x[0-9]){0,40}$")
    )
    booking_id = _row_id()
    relative_id = _row_id()
    is_signed = fields.Boolean()
    is_card = fields.Boolean()


class DayListIn(ma.Schema):
    """Whose list of today, and which page of it."""

    centre_id = _row_id()
    cursor = fields.String(validate=validate.Length(max=400))


class LineIn(ma.Schema):
    """One service and how many of it."""

    service_id = _row_id(required=True)
    quantity = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, QUANTITY_MAX))

    @ma.post_load
    def wanted(self, data: dict[str, int], **_: object) -> Wanted:
        """Return the value of the rules."""
        return Wanted(**data)


class RedemptionIn(ma.Schema):
    """A redemption at the counter."""

    centre_id = _row_id(required=True)
    person_id = _row_id(required=True)
    wanted = fields.List(
        fields.Nested(LineIn), data_key="lines", required=True, validate=validate.Length(1, 20)
    )
    proven = fields.Nested(ProvenIn, data_key="proof", required=True)
    case_id = fields.Integer(load_default=None, allow_none=True, validate=_ROW_ID)
    instead = fields.Nested(InsteadIn, load_default=None, allow_none=True)


class BookingProofIn(ma.Schema):
    """The elder's agreement when a booking is redeemed, and how many of it are taken."""

    proven = fields.Nested(ProvenIn, data_key="proof", required=True)
    taken = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, QUANTITY_MAX)
    )
    instead = fields.Nested(InsteadIn, load_default=None, allow_none=True)


class BookingIn(ma.Schema):
    """A booking: for oneself, or for whom one may spend."""

    on_day = fields.Date(required=True)
    at_time = fields.String(load_default="", validate=_CLOCK)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, QUANTITY_MAX))
    slot_id = fields.Integer(load_default=None, validate=_ROW_ID)


class BookingOfServiceIn(BookingIn):
    """A booking as programs send it."""

    person_id = _row_id(required=True)
    service_id = _row_id(required=True)


class PersonIn(ma.Schema):
    """For whom a page is opened."""

    person_id = _row_id()
    text = fields.String(data_key="q", validate=validate.Length(max=60))


class ReasonIn(ma.Schema):
    """Why something is undone, released or replaced."""

    reason = fields.String(required=True, validate=_REASON)


class CancelIn(ma.Schema):
    """Why a booking is called off, if one wants to say."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class CentreIn(ma.Schema):
    """A centre to be opened."""

    name = fields.String(required=True, validate=validate.Length(2, 40))
    kind = fields.Enum(CentreKind, by_value=True, required=True)
    address = fields.String(required=True, validate=validate.Length(2, 80))
    phone = fields.String(load_default="", validate=validate.Length(max=20))
    open_text = fields.String(load_default="", validate=validate.Length(max=60))
    organisation_id = fields.Integer(load_default=None, validate=_ROW_ID)


class OpeningIn(ma.Schema):
    """When a centre is open, in words."""

    open_text = fields.String(load_default="", validate=validate.Length(max=60))


class PriceIn(ma.Schema):
    """A version of a price."""

    minutes = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    money_note_fen = _money()
    valid_from = fields.Date(required=True)

    @ma.pre_load
    def read_yuan(self, data: Mapping[str, object], **_: object) -> dict[str, object]:
        """Forms speak of yuan."""
        return _yuan_to_fen(data)


class ServiceIn(ma.Schema):
    """What is said about a service."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    service_class = fields.Enum(ServiceClass, by_value=True, required=True)
    description = fields.String(load_default="", validate=validate.Length(max=500))
    place_text = fields.String(load_default="", validate=validate.Length(max=60))
    unit = fields.String(required=True, validate=validate.Length(1, 8))
    duration_minutes = fields.Integer(required=True, validate=validate.Range(1, 1440))
    day_capacity = fields.Integer(load_default=None, validate=validate.Range(0, 100_000))
    person_day_limit = fields.Integer(load_default=1, validate=validate.Range(1, 99))
    needs_booking = fields.Boolean(load_default=False)
    is_benefit = fields.Boolean(load_default=False)
    age_min = fields.Integer(load_default=None, validate=validate.Range(1, 120))
    for_classes = fields.List(
        fields.Enum(HardshipClass, by_value=True),
        load_default=list,
        validate=validate.Length(max=len(HardshipClass)),
        metadata={"description": "Classes of hardship that it is for; none for everybody"},
    )
    delivery = fields.Enum(Delivery, by_value=True, load_default=Delivery.AT_CENTRE)
    kind_id = fields.Integer(load_default=None, validate=_ROW_ID)
    is_active = fields.Boolean(load_default=False)
    position = fields.Integer(load_default=0, validate=validate.Range(0, 9999))
    weekdays = days_of_week()

    @ma.post_load
    def read_masks(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return days and classes as masks."""
        classes = mask_of_classes(data["for_classes"])
        return {**data, "weekdays": mask_of(data["weekdays"]), "for_classes": classes}


class NewServiceIn(ServiceIn):
    """A new service with its first price."""

    centre_id = _row_id(required=True)
    is_active = fields.Boolean(load_default=True)
    minutes = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    money_note_fen = _money()

    @ma.pre_load
    def read_yuan(self, data: Mapping[str, object], **_: object) -> dict[str, object]:
        """Forms speak of yuan."""
        return _yuan_to_fen(data)


class CentreOut(ma.Schema):
    """A centre."""

    id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    address = fields.String()
    phone = fields.String()
    open_text = fields.String()


class ServiceOut(ma.Schema):
    """A service with its price and what is left on the day."""

    id = fields.Integer()
    centre_id = fields.Integer()
    centre_name = fields.String()
    name = fields.String()
    service_class = fields.String()
    description = fields.String()
    place_text = fields.String()
    unit = fields.String()
    duration_minutes = fields.Integer()
    day_capacity = fields.Integer(allow_none=True)
    person_day_limit = fields.Integer()
    needs_booking = fields.Boolean()
    is_benefit = fields.Boolean()
    age_min = fields.Integer(allow_none=True)
    for_classes = fields.Function(lambda view: list(classes_of(view.for_classes)))
    delivery = fields.String()
    kind_id = fields.Integer(allow_none=True)
    weekdays = fields.Integer()
    is_switched_off = fields.Boolean()
    minutes = fields.Integer(allow_none=True)
    money_note_fen = fields.Integer(allow_none=True)
    left = fields.Integer(allow_none=True)


class BookingOut(ma.Schema):
    """A booking."""

    id = fields.Integer()
    person_id = fields.Integer()
    service_id = fields.Integer()
    service_name = fields.String()
    centre_id = fields.Integer()
    centre_name = fields.String()
    on_day = fields.Date()
    at_time = fields.String()
    quantity = fields.Integer()
    minutes = fields.Integer()
    state = fields.String()
    reason = fields.String()
    slot_id = fields.Integer(allow_none=True)
    delivery = fields.String()


class LineOut(ma.Schema):
    """One line of a redemption."""

    service_id = fields.Integer()
    service_name = fields.String()
    quantity = fields.Integer()
    unit_minutes = fields.Integer()
    minutes = fields.Integer()
    queue_number = fields.Integer()


class RedemptionOut(ma.Schema):
    """A redemption with its lines."""

    id = fields.Integer()
    person_id = fields.Integer()
    centre_id = fields.Integer()
    centre_name = fields.String()
    state = fields.String()
    proof = fields.String()
    total_minutes = fields.Integer()
    slip_number = fields.String()
    recorded_at = fields.AwareDateTime(format="iso")
    relative_id = fields.Integer(allow_none=True)
    relative_name = fields.String()
    till_id = fields.Integer()
    till_name = fields.String()
    slip_day = fields.Date(allow_none=True)
    served_on = fields.Date(allow_none=True)
    instead_name = fields.String()
    instead_kind = fields.String()
    undone_by = fields.String()
    undo_second = fields.String()
    table_key = fields.UUID(allow_none=True)
    booking_id = fields.Integer(allow_none=True)
    case_id = fields.Integer(allow_none=True)
    case_number = fields.String()
    entry_id = fields.UUID(allow_none=True)
    reversal_entry_id = fields.UUID(allow_none=True)
    undo_reason = fields.String()
    lines = fields.List(fields.Nested(LineOut))


class CardIn(ma.Schema):
    """For whom a card is issued."""

    person_id = _row_id(required=True)


class PinOfCardIn(ma.Schema):
    """A new PIN, and the elder's agreement when there is an old one."""

    pin = fields.String(required=True, data_key="new_pin", validate=_SIX_DIGITS)
    proven = fields.Nested(ProvenIn, data_key="proof", load_default=Proven)


class CardOut(ma.Schema):
    """A member card without its secrets."""

    id = fields.Integer()
    person_id = fields.Integer()
    card_no = fields.String()
    serial = fields.Integer()
    has_pin = fields.Boolean()
    issued_at = fields.AwareDateTime(format="iso")


class CodeOut(ma.Schema):
    """A one-time code, shown this once."""

    code = fields.String()
    life_minutes = fields.Integer()


class MemberOut(ma.Schema):
    """Whom the counter means; phone masked, place down to the unit."""

    id = fields.Integer()
    name = fields.String()
    card_no = fields.String(allow_none=True)
    place_label = fields.String()
    phone_masked = fields.String()


class MemberQuery(ma.Schema):
    """What the counter typed or scanned."""

    q = fields.String(required=True, validate=validate.Length(1, 60))


class CatalogueQuery(ma.Schema):
    """Which part of the catalogue, on which day."""

    centre_id = _row_id()
    on_day = fields.Date()


class RedemptionQuery(ma.Schema):
    """Which redemptions, and which page of them."""

    centre_id = _row_id()
    day = fields.Date()
    cursor = fields.String(validate=validate.Length(max=400))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
