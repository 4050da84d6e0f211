"""Shapes of how an elder says yes: digits, paper, the card; and of who says yes besides staff."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.errors.desk import PinsDifferError
from timebank.care.errors.tills import InsteadUnnamedError
from timebank.care.rules.desk import QUANTITY_MAX, Proven
from timebank.care.rules.tills import Instead, InsteadKind, Second

SIX_DIGITS = validate.Regexp(r"^[0-9]{6}$")
ROW_ID = validate.Range(1, 2**63 - 1)
REASON = validate.Length(2, 200)
_CARD = validate.Length(8, 60)
_NAME = validate.Length(2, 40)


def days_of_week() -> fields.List[int]:
    """Return a field for days of the week."""
    return fields.List(
        fields.Integer(validate=validate.Range(0, 6)),
        load_default=list,
        validate=validate.Length(max=7),
        metadata={"description": "Days of the week, Monday is 0; none for every day"},
    )


def _instead(name: str, kind: InsteadKind | None) -> Instead | None:
    """Return who came instead, if anybody did.

    Raises:
        InsteadUnnamedError: only one of name and kind is said.
    """
    if not name and kind is None:
        return None
    if not name or kind is None:
        raise InsteadUnnamedError(field="instead_name")
    return Instead(name, kind)


class ProofIn(ma.Schema):
    """What the elder gives at the counter: six digits, a signed paper's number, or the card."""

    pin = fields.String(load_default="", validate=SIX_DIGITS)
    signed_slip = fields.String(load_default="", validate=validate.Length(2, 30))
    card_token = fields.String(load_default="", validate=_CARD)
    relative_id = fields.Integer(load_default=None, validate=ROW_ID)
    case_id = fields.Integer(load_default=None, validate=ROW_ID)
    taken = fields.Integer(load_default=None, validate=validate.Range(1, QUANTITY_MAX))
    instead_name = fields.String(load_default="", validate=_NAME)
    instead_kind = fields.Enum(InsteadKind, by_value=True, load_default=None)

    @ma.post_load
    def proven(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the proof and the rest; the digits may be the PIN or a one-time code."""
        digits = data["pin"]
        proven = Proven(
            pin=digits,
            code=digits,
            signed_slip=data["signed_slip"],
            card_token=data["card_token"],
            relative_id=data["relative_id"],
        )
        return {
            "proven": proven,
            "case_id": data["case_id"],
            "taken": data["taken"],
            "instead": _instead(data["instead_name"], data["instead_kind"]),
        }


class PinIn(ma.Schema):
    """The PIN that the elder typed twice, and their old one when there is one."""

    pin = fields.String(validate=SIX_DIGITS)
    signed_slip = fields.String(validate=validate.Length(2, 30))
    new_pin = fields.String(required=True, validate=SIX_DIGITS)
    repeated_pin = fields.String(required=True, validate=SIX_DIGITS)

    @ma.validates_schema
    def repeats(self, data: dict[str, str], **_: object) -> None:
        """Refuse two different PINs."""
        if data.get("new_pin") != data.get("repeated_pin"):
            raise PinsDifferError(field="repeated_pin")

    @ma.post_load
    def chosen(self, data: dict[str, str], **_: object) -> dict[str, object]:
        """Return the new PIN and the proof."""
        digits, slip = data.get("pin", ""), data.get("signed_slip", "")
        return {
            "pin": data["new_pin"],
            "proven": Proven(pin=digits, code=digits, signed_slip=slip),
        }


class ProvenIn(ma.Schema):
    """The elder's agreement, one of four; or that of a relative who may spend for the elder."""

    pin = fields.String(load_default="", validate=SIX_DIGITS)
    code = fields.String(load_default="", validate=SIX_DIGITS)
    signed_slip = fields.String(load_default="", validate=validate.Length(2, 30))
    card_token = fields.String(load_default="", validate=_CARD)
    relative_id = fields.Integer(load_default=None, allow_none=True, validate=ROW_ID)

    @ma.post_load
    def proven(self, data: dict[str, Any], **_: object) -> Proven:
        """Return the value of the rules."""
        return Proven(**data)


class InsteadIn(ma.Schema):
    """Who came in the elder's place, and what for."""

    name = fields.String(required=True, validate=_NAME)
    kind = fields.Enum(InsteadKind, by_value=True, required=True)

    @ma.post_load
    def instead(self, data: dict[str, Any], **_: object) -> Instead:
        """Return the value of the rules."""
        return Instead(**data)


class SecondIn(ma.Schema):
    """A second person who says yes by their own PIN."""

    user_id = fields.Integer(required=True, validate=ROW_ID)
    pin = fields.String(required=True, validate=SIX_DIGITS)

    @ma.post_load
    def second(self, data: dict[str, Any], **_: object) -> Second:
        """Return the value of the rules."""
        return Second(**data)


class UndoIn(ma.Schema):
    """Why something is undone, and who says yes besides."""

    reason = fields.String(required=True, validate=REASON)
    second = fields.Nested(SecondIn, load_default=None, allow_none=True)


class UndoFormIn(ma.Schema):
    """The same as a form sends it."""

    reason = fields.String(required=True, validate=REASON)
    second_id = fields.Integer(load_default=None, validate=ROW_ID)
    staff_pin = fields.String(load_default="", validate=SIX_DIGITS)

    @ma.post_load
    def asked(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return reason and second person."""
        return {"reason": data["reason"], "second": second_of(data)}


class SignFormIn(ma.Schema):
    """Who signs a day besides the one who is logged in, as a form sends it."""

    second_id = fields.Integer(load_default=None, validate=ROW_ID)
    staff_pin = fields.String(load_default="", validate=SIX_DIGITS)

    @ma.post_load
    def asked(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the second person."""
        return {"second": second_of(data)}


class SignIn(ma.Schema):
    """Who signs a day besides the one who is logged in."""

    second = fields.Nested(SecondIn, load_default=None, allow_none=True)


def second_of(data: dict[str, Any]) -> Second | None:
    """Return the second person whom a form names; a PIN without a name is nobody's."""
    if data["second_id"] is None or not data["staff_pin"]:
        return None
    return Second(data["second_id"], data["staff_pin"])
