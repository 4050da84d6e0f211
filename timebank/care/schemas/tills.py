"""Shapes of the tills: limits, days, tables, devices and what they bring, printed slips."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules import offline as offline_rules
from timebank.care.rules.desk import QUANTITY_MAX, Proven, Wanted
from timebank.care.rules.offline import Use
from timebank.care.rules.tills import LOCK_MINUTES, LOCK_MINUTES_MAX, TABLE_MAX
from timebank.care.schemas.desk import LineIn
from timebank.care.schemas.proofs import REASON, ROW_ID, SIX_DIGITS, ProvenIn
from timebank.care.service.tills import TillFacts

_COUNT = validate.Range(0, 100_000)
_DAY_MINUTES = validate.Range(1, 100_000)


class TillIn(ma.Schema):
    """What is said about a till."""

    name = fields.String(required=True, validate=validate.Length(1, 20))
    lock_minutes = fields.Integer(
        load_default=LOCK_MINUTES, validate=validate.Range(1, LOCK_MINUTES_MAX)
    )
    is_active = fields.Boolean(load_default=True)

    @ma.post_load
    def facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the value of the service."""
        return {"facts": TillFacts(**data)}


class TillFormIn(TillIn):
    """The same as a form sends it: a box that is not ticked is not sent."""

    is_active = fields.Boolean(load_default=False)


class RulesIn(ma.Schema):
    """What a centre allows at its tills."""

    person_day_minutes_max = fields.Integer(required=True, validate=_DAY_MINUTES)
    undo_alone_minutes_max = fields.Integer(required=True, validate=_COUNT)
    may_sign_alone = fields.Boolean(load_default=False)


class CountIn(ma.Schema):
    """What the drawer holds."""

    on_day = fields.Date(required=True)
    found_slips = fields.Integer(required=True, validate=_COUNT)
    found_minutes = fields.Integer(required=True, validate=validate.Range(0, 10**7))
    difference_reason = fields.String(load_default="", validate=validate.Length(max=500))


class CountFormIn(CountIn):
    """The same as a form sends it: minutes as hours and minutes."""

    found_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 59))
    found_hours = fields.Integer(load_default=0, validate=_COUNT)

    @ma.post_load
    def summed(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return whole minutes."""
        data["found_minutes"] += 60 * data.pop("found_hours")
        return data


class DayIn(ma.Schema):
    """Which centre, till and day are asked for."""

    centre_id = fields.Integer(load_default=None, validate=ROW_ID)
    till_id = fields.Integer(load_default=None, validate=ROW_ID)
    on_day = fields.Date(load_default=None)
    cursor = fields.String(load_default=None, validate=validate.Length(max=400))


class OnDayIn(ma.Schema):
    """Which day is asked for; today unless said otherwise."""

    on_day = fields.Date(load_default=None)


class BackIn(ma.Schema):
    """Where to go afterwards."""

    next = fields.String(load_default="/counter", validate=validate.Length(max=2000))


class TableIn(ma.Schema):
    """Which table is asked for: who sits there, and what they have."""

    centre_id = fields.Integer(load_default=None, validate=ROW_ID)
    text = fields.String(data_key="q", load_default="", validate=validate.Length(max=60))
    seats = fields.String(load_default="", validate=validate.Regexp(r"^$|^[0-9]+(,[0-9]+){0,11}$"))
    cart = fields.String(
        load_default="",
        validate=validate.Regexp(r"^$|^[0-9]{1,15}x[0-9](,[0-9]{1,15}x[0-9]){0,40}$"),
    )


class TableOfKeyIn(ma.Schema):
    """Which table was served."""

    key = fields.UUID(required=True)


class TableProofsIn(ma.Schema):
    """Each one's own digits, in fields named ``pin_{person_id}``."""

    class Meta:
        """The fields bear the numbers of the people."""

        unknown = ma.INCLUDE

    @ma.post_load
    def proofs(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return each one's agreement by person."""
        found = {}
        for name, value in data.items():
            number = name.removeprefix("pin_")
            if number != name and number.isdigit() and len(number) < 19:
                found[int(number)] = _digits(name, value)
        return {"proofs": found}


def _digits(name: str, value: str) -> Proven:
    """Return the agreement that six digits are; a fault stands at the field they came from."""
    try:
        SIX_DIGITS(value)
    except ma.ValidationError as error:
        raise ma.ValidationError(error.messages, name) from error
    return Proven(pin=value, code=value)


class SeatIn(ma.Schema):
    """One at a table, with their agreement."""

    person_id = fields.Integer(required=True, validate=ROW_ID)
    proven = fields.Nested(ProvenIn, data_key="proof", required=True)


class TableOfIn(ma.Schema):
    """A table as programs send it."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    wanted = fields.List(
        fields.Nested(LineIn), data_key="lines", required=True, validate=validate.Length(1, 20)
    )
    seats = fields.List(
        fields.Nested(SeatIn), required=True, validate=validate.Length(1, TABLE_MAX)
    )

    @ma.post_load
    def asked(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return agreements by person."""
        seats = data.pop("seats")
        return {**data, "proofs": {one["person_id"]: one["proven"] for one in seats}}


class TellingIn(ma.Schema):
    """Whom to tell when minutes are taken."""

    tells_self = fields.Boolean(load_default=False)
    relative_id = fields.Integer(load_default=None, allow_none=True, validate=ROW_ID)


class DeviceIn(ma.Schema):
    """A device that may serve without network."""

    till_id = fields.Integer(required=True, validate=ROW_ID)
    name = fields.String(required=True, validate=validate.Length(2, 40))
    minutes_max = fields.Integer(
        required=True, validate=validate.Range(1, offline_rules.DEVICE_MINUTES_MAX)
    )
    uses_max = fields.Integer(
        required=True, validate=validate.Range(1, offline_rules.DEVICE_USES_MAX)
    )
    expires_on = fields.Date(required=True)


class TokenIn(ma.Schema):
    """A signed paper for one use, by the elder's own proof."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    person_id = fields.Integer(required=True, validate=ROW_ID)
    service_id = fields.Integer(required=True, validate=ROW_ID)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, QUANTITY_MAX))
    last_on = fields.Date(required=True)
    proven = fields.Nested(ProvenIn, data_key="proof", required=True)


class TokenFormIn(ma.Schema):
    """The same as a form sends it."""

    service_id = fields.Integer(required=True, validate=ROW_ID)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, QUANTITY_MAX))
    last_on = fields.Date(required=True)
    pin = fields.String(required=True, validate=SIX_DIGITS)

    @ma.post_load
    def asked(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the proof instead of the digits."""
        digits = data.pop("pin")
        return {**data, "proven": Proven(pin=digits, code=digits)}


class SheetIn(ma.Schema):
    """For which centre's day papers are made."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    on_day = fields.Date(required=True)


class UseIn(ma.Schema):
    """One use as a device tells of it."""

    client_id = fields.UUID(required=True)
    token = fields.String(required=True, validate=validate.Length(1, 400))
    used_at = fields.AwareDateTime(required=True, format="iso")
    number = fields.Integer(required=True, validate=validate.Range(1, 10**9))
    mac = fields.String(required=True, validate=validate.Regexp(r"^[0-9A-Fa-f]{1,64}$"))

    @ma.post_load
    def use(self, data: dict[str, Any], **_: object) -> Use:
        """Return the value of the rules."""
        return Use(**data)


class UploadIn(ma.Schema):
    """What a device brings."""

    device_id = fields.Integer(required=True, validate=ROW_ID)
    uses = fields.List(
        fields.Nested(UseIn),
        required=True,
        validate=validate.Length(1, offline_rules.UPLOAD_MAX),
    )


class NoteIn(ma.Schema):
    """Why a conflict is decided so."""

    note = fields.String(required=True, validate=REASON)


class PrintIn(ma.Schema):
    """How many slips are printed for which centre."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    count = fields.Integer(
        load_default=8, validate=validate.Range(1, offline_rules.SHEET_SLIPS_MAX)
    )


class SlipCodeIn(ma.Schema):
    """A printed slip's number, and why it is spoiled."""

    code = fields.String(required=True, validate=validate.Length(3, 24))
    reason = fields.String(required=True, validate=REASON)


class PaperQueryIn(ma.Schema):
    """Which centre's slips, for whom, from which on."""

    centre_id = fields.Integer(load_default=None, validate=ROW_ID)
    text = fields.String(data_key="q", load_default="", validate=validate.Length(max=60))
    first_id = fields.Integer(load_default=1, validate=ROW_ID)


class PaperIn(ma.Schema):
    """What a paper slip says, as programs send it."""

    code = fields.String(required=True, validate=validate.Length(3, 24))
    person_id = fields.Integer(required=True, validate=ROW_ID)
    served_on = fields.Date(required=True)
    wanted = fields.List(
        fields.Nested(LineIn), data_key="lines", required=True, validate=validate.Length(1, 20)
    )


class PaperFormIn(ma.Schema):
    """The same as a form sends it: one service."""

    code = fields.String(required=True, validate=validate.Length(3, 24))
    person_id = fields.Integer(required=True, validate=ROW_ID)
    served_on = fields.Date(required=True)
    service_id = fields.Integer(required=True, validate=ROW_ID)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, QUANTITY_MAX))

    @ma.post_load
    def asked(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return what is wanted as the service takes it."""
        wanted = [Wanted(data.pop("service_id"), data.pop("quantity"))]
        return {**data, "wanted": wanted}
