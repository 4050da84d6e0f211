"""Shapes of the trail, for the programs' face and the filter form."""

from marshmallow import Schema, fields, validate

from timebank.web.api import PageIn


class TrailFilterIn(PageIn):
    """Which events are asked for."""

    day = fields.Date()
    actor_name = fields.String(validate=validate.Length(max=80))
    action = fields.String(validate=validate.Length(max=60))
    subject_type = fields.String(validate=validate.Length(max=40))
    subject_id = fields.String(validate=validate.Length(max=64))


class LooksIn(Schema):
    """Which page of looks is asked for."""

    cursor = fields.String(validate=validate.Length(max=400))


class TrailEventOut(Schema):
    """One event of the trail."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    actor_user_id = fields.Integer(allow_none=True)
    actor_name = fields.String()
    channel = fields.String()
    address = fields.String(allow_none=True)
    action = fields.String()
    subject_type = fields.String()
    subject_id = fields.String()
    summary = fields.String()
    facts = fields.Dict()


class PersonLookOut(Schema):
    """Somebody saw private fields of a person."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    actor_name = fields.String()
    fields_seen = fields.List(fields.String(), attribute="fields")
    reason = fields.String()
