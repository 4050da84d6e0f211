"""Shapes of vouchers, for JSON and forms alike."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.errors.desk import PinsDifferError
from timebank.care.rules import vouchers as rules
from timebank.care.rules.desk import Proven
from timebank.care.rules.weekdays import mask_of
from timebank.care.schemas.proofs import REASON, ROW_ID, SIX_DIGITS, ProvenIn, days_of_week
from timebank.care.service.vouchers import Terms

_CODE = validate.Length(1, 200)


class TermsIn(ma.Schema):
    """How often a voucher may be used, on which days, and until when."""

    uses = fields.Integer(load_default=1, validate=validate.Range(1, rules.USES_MAX))
    last_on = fields.Date(required=True)
    weekdays = days_of_week()


class VoucherIn(TermsIn):
    """A voucher as programs ask for it."""

    person_id = fields.Integer(required=True, validate=ROW_ID)
    service_id = fields.Integer(required=True, validate=ROW_ID)
    pin = fields.String(required=True, data_key="new_pin", validate=SIX_DIGITS)
    proven = fields.Nested(ProvenIn, data_key="proof", load_default=Proven)

    @ma.post_load
    def terms(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the values of the service."""
        return _with_terms(data, data.pop("service_id"))


class VoucherFormIn(TermsIn):
    """The form of a voucher: its PIN twice, and at a counter the elder's own digits."""

    new_pin = fields.String(required=True, validate=SIX_DIGITS)
    repeated_pin = fields.String(required=True, validate=SIX_DIGITS)
    pin = fields.String(load_default="", validate=SIX_DIGITS)

    @ma.validates_schema
    def repeats(self, data: dict[str, str], **_: object) -> None:
        """Refuse two different PINs."""
        if data.get("new_pin") != data.get("repeated_pin"):
            raise PinsDifferError(field="repeated_pin")

    def asked(self, data: dict[str, Any], service_id: int) -> dict[str, Any]:
        """Return the values of the service."""
        digits = data.pop("pin")
        data.pop("repeated_pin")
        data["pin"] = data.pop("new_pin")
        return {**_with_terms(data, service_id), "proven": Proven(pin=digits, code=digits)}


def _with_terms(data: dict[str, Any], service_id: int) -> dict[str, Any]:
    """Return the data with a voucher's terms as one value."""
    days = mask_of(data.pop("weekdays"))
    terms = Terms(service_id, data.pop("uses"), data.pop("last_on"), days)
    return {**data, "terms": terms}


class HandIn(ma.Schema):
    """Into whose hand a voucher goes."""

    to_id = fields.Integer(required=True, validate=ROW_ID)


class VoucherReasonIn(ma.Schema):
    """Why a voucher is called off."""

    reason = fields.String(required=True, validate=REASON)


class VoucherUseIn(ma.Schema):
    """What is shown at a counter, and the voucher's PIN."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    code = fields.String(required=True, validate=_CODE)
    pin = fields.String(required=True, validate=SIX_DIGITS)


class VoucherCodeIn(ma.Schema):
    """What is shown at which counter."""

    centre_id = fields.Integer(load_default=None, validate=ROW_ID)
    code = fields.String(load_default="", validate=validate.Length(max=200))


class VoucherShownIn(ma.Schema):
    """What is shown at a counter."""

    code = fields.String(required=True, validate=_CODE)


class VoucherOut(ma.Schema):
    """A voucher; what its QR code holds is on the printed sheet alone."""

    id = fields.Integer()
    code = fields.String()
    person_id = fields.Integer()
    holder_id = fields.Integer()
    holder_name = fields.String()
    service_id = fields.Integer()
    service_name = fields.String()
    centre_id = fields.Integer()
    centre_name = fields.String()
    unit_minutes = fields.Integer()
    uses = fields.Integer()
    used = fields.Integer()
    left = fields.Integer()
    days = fields.List(fields.Integer())
    first_on = fields.Date()
    last_on = fields.Date()
    state = fields.String()
    reason = fields.String()


class ShownOut(ma.Schema):
    """A voucher as a counter sees it by its code: no more of its people than is needed."""

    id = fields.Integer()
    service_name = fields.String()
    centre_id = fields.Integer()
    unit_minutes = fields.Integer()
    uses = fields.Integer()
    left = fields.Integer()
    days = fields.List(fields.Integer())
    first_on = fields.Date()
    last_on = fields.Date()
    state = fields.String()
