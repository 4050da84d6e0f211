"""Shapes of what the tills answer to programs."""

import marshmallow as ma
from marshmallow import fields


class TillOut(ma.Schema):
    """A till of a centre."""

    id = fields.Integer()
    centre_id = fields.Integer()
    number = fields.Integer()
    name = fields.String()
    lock_minutes = fields.Integer()
    is_active = fields.Boolean()


class RulesOut(ma.Schema):
    """What a centre allows at its tills; version 0 until somebody sets it."""

    version = fields.Integer()
    person_day_minutes_max = fields.Integer()
    undo_alone_minutes_max = fields.Integer()
    may_sign_alone = fields.Boolean()


class FiguresOut(ma.Schema):
    """What the service knows of a till's day."""

    slips = fields.Integer()
    minutes = fields.Integer()
    visits = fields.Integer()
    visit_minutes = fields.Integer()
    money_fen = fields.Integer()
    voids = fields.Integer()
    void_minutes = fields.Integer()
    late_voids = fields.Integer()
    late_void_minutes = fields.Integer()


class CloseOut(ma.Schema):
    """The close of a till's day."""

    id = fields.Integer()
    centre_id = fields.Integer()
    till_id = fields.Integer()
    till_name = fields.String()
    on_day = fields.Date()
    state = fields.String()
    figures = fields.Nested(FiguresOut)
    found_slips = fields.Integer()
    found_minutes = fields.Integer()
    difference_slips = fields.Integer()
    difference_minutes = fields.Integer()
    difference_reason = fields.String()
    counted_by = fields.String()
    signed_by = fields.String()
    signed_how = fields.String(allow_none=True)
    signed_at = fields.AwareDateTime(format="iso", allow_none=True)


class UndoRequestOut(ma.Schema):
    """A redemption that somebody asks to be undone."""

    id = fields.Integer()
    redemption_id = fields.Integer()
    centre_id = fields.Integer()
    slip_number = fields.String()
    minutes = fields.Integer()
    state = fields.String()
    reason = fields.String()
    asked_by = fields.String()
    asked_at = fields.AwareDateTime(format="iso")
    answered_by = fields.String()


class DeviceOut(ma.Schema):
    """A device that may serve without network."""

    id = fields.Integer()
    centre_id = fields.Integer()
    till_id = fields.Integer()
    name = fields.String()
    minutes_max = fields.Integer()
    uses_max = fields.Integer()
    expires_on = fields.Date()
    revoked_at = fields.AwareDateTime(format="iso", allow_none=True)


class RegisteredOut(ma.Schema):
    """A new device with its secret, shown this once."""

    device = fields.Nested(DeviceOut)
    secret = fields.String()


class BundleOut(ma.Schema):
    """What a device keeps for when the network is gone; ``services`` are name and unit by id."""

    device = fields.Nested(DeviceOut)
    community_id = fields.Integer()
    public_keys = fields.Dict(keys=fields.String(), values=fields.String())
    services = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    spent = fields.List(fields.String())
    today = fields.Date()


class TokenOut(ma.Schema):
    """A signed paper for one use; ``text`` is what its code says."""

    id = fields.Integer()
    person_id = fields.Integer()
    service_id = fields.Integer()
    service_name = fields.String()
    quantity = fields.Integer()
    minutes = fields.Integer()
    first_on = fields.Date()
    last_on = fields.Date()
    state = fields.String()
    serial = fields.String()
    booking_id = fields.Integer(allow_none=True)
    text = fields.String()


class UseOut(ma.Schema):
    """What a device brought, and what became of it."""

    id = fields.Integer()
    client_id = fields.UUID()
    device_id = fields.Integer()
    centre_id = fields.Integer()
    person_id = fields.Integer(allow_none=True)
    minutes = fields.Integer()
    used_at = fields.AwareDateTime(format="iso")
    uploaded_at = fields.AwareDateTime(format="iso")
    state = fields.String()
    conflict = fields.String(allow_none=True)
    detail = fields.String()
    redemption_id = fields.Integer(allow_none=True)
    slip_number = fields.String()
    decided_by = fields.String()
    second_by = fields.String()
    note = fields.String()


class SlipOut(ma.Schema):
    """A printed slip."""

    id = fields.Integer()
    centre_id = fields.Integer()
    code = fields.String()
    state = fields.String()
    redemption_id = fields.Integer(allow_none=True)
