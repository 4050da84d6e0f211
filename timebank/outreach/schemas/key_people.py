"""Shapes of the people who are looked after."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.outreach.queries.key_people import KeyFilter
from timebank.outreach.rules.key_people import (
    EVERY_DAYS_MAX,
    EVERY_DAYS_MIN,
    Contact,
    KeyGroup,
    Reason,
)
from timebank.outreach.schemas.fields import row_id, words
from timebank.web.api import PageIn


def _pace() -> fields.Integer:
    """Return a field for how many days lie between two visits."""
    return fields.Integer(
        required=True, strict=False, validate=validate.Range(EVERY_DAYS_MIN, EVERY_DAYS_MAX)
    )


class KeyFilterIn(PageIn):
    """What narrows the list."""

    group = fields.Enum(KeyGroup, by_value=True, load_default=None)
    grid_id = row_id(required=False)
    visitor_id = row_id(required=False)
    is_overdue = fields.Boolean(load_default=None)
    has_ended = fields.Boolean(load_default=False)

    @post_load
    def gathered(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the filter beside the page."""
        names = ("group", "grid_id", "visitor_id", "is_overdue", "has_ended")
        wanted = KeyFilter(**{name: data.pop(name) for name in names if name in data})
        return {"wanted": wanted, **data}


class WhoIn(Schema):
    """Who is looked for."""

    who = fields.String(validate=validate.Length(max=60))
    person_id = row_id(required=False)


class KeyPersonIn(Schema):
    """Who is looked after, why, how often and by whom."""

    person_id = row_id()
    group = fields.Enum(KeyGroup, by_value=True, required=True)
    reason = fields.Enum(Reason, by_value=True, required=True)
    every_days = _pace()
    visitor_id = row_id()
    note = words()
    consent_on = fields.Date(load_default=None)


class KeyCareIn(Schema):
    """How often somebody is seen, and by whom."""

    every_days = _pace()
    visitor_id = row_id()


class KeyContactIn(Schema):
    """That somebody was seen, or not met."""

    contact = fields.Enum(Contact, by_value=True, required=True)
    seen_on = fields.Date(required=True)
    note = words()


class KeyLookIn(Schema):
    """Why the sensitive fields are looked at."""

    why = fields.String(load_default="", validate=validate.Length(max=200))


class KeyEndIn(Schema):
    """Why somebody is no longer on the list."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class KeyLineOut(Schema):
    """Somebody on the list; why is not said."""

    id = fields.Integer()
    person_id = fields.Integer()
    name = fields.String()
    phone_masked = fields.String()
    place_label = fields.String()
    grid_id = fields.Integer(allow_none=True)
    group = fields.Enum(KeyGroup, by_value=True)
    every_days = fields.Integer()
    visitor_id = fields.Integer()
    visitor_name = fields.String()
    since_on = fields.Date()
    ended_on = fields.Date(allow_none=True)
    last_seen_on = fields.Date(allow_none=True)
    due_on = fields.Date()
    is_overdue = fields.Boolean()


class KeyContactOut(Schema):
    """One time that somebody was seen; the note only where it may be shown."""

    id = fields.Integer()
    contact = fields.Enum(Contact, by_value=True)
    on = fields.Date()
    has_note = fields.Boolean()
    note = fields.String(allow_none=True)


class KeyPersonOut(Schema):
    """Somebody on the list with the times they were seen."""

    line = fields.Nested(KeyLineOut)
    contacts = fields.List(fields.Nested(KeyContactOut))
    has_note = fields.Boolean()
    consent_on = fields.Date(allow_none=True)
    reason = fields.Enum(Reason, by_value=True, allow_none=True)
    note = fields.String(allow_none=True)


class OwnKeyOut(Schema):
    """One's own place on the list."""

    is_listed = fields.Boolean()
    group = fields.Enum(KeyGroup, by_value=True)
    reason = fields.Enum(Reason, by_value=True)
    every_days = fields.Integer()
    visitor_name = fields.String()
    since_on = fields.Date()
    last_seen_on = fields.Date(allow_none=True)
    due_on = fields.Date()
