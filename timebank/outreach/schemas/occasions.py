"""Shapes of services and activities."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.outreach.queries.occasions import OccasionFilter
from timebank.outreach.rules.occasions import (
    COUNT_MAX,
    SEATS_MAX,
    TITLE_CHARS_MAX,
    Audience,
    GuestState,
    Line,
    OccasionKind,
    OccasionState,
    Outcome,
    Plan,
)
from timebank.outreach.schemas.fields import row_id, words, year
from timebank.web.api import PageIn


def _count() -> fields.Integer:
    """Return a field for a number of people or things."""
    return fields.Integer(load_default=None, strict=False, validate=validate.Range(0, COUNT_MAX))


# The library describes a time of day as any text.
_CLOCK = {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


class OccasionFilterIn(PageIn):
    """What narrows the list."""

    year = year()
    kind = fields.Enum(OccasionKind, by_value=True)
    line = fields.Enum(Line, by_value=True)
    audience = fields.Enum(Audience, by_value=True)
    state = fields.Enum(OccasionState, by_value=True)
    needs_recheck = fields.Boolean()

    @post_load
    def gathered(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the filter beside the page."""
        names = ("year", "kind", "line", "audience", "state", "needs_recheck")
        wanted = OccasionFilter(**{name: data.pop(name) for name in names if name in data})
        return {"wanted": wanted, **data}


class YearIn(Schema):
    """Which year; the present one when nothing is said."""

    year = year()


class PlanOccasionIn(Schema):
    """What is planned."""

    kind = fields.Enum(OccasionKind, by_value=True, required=True)
    title = fields.String(required=True, validate=validate.Length(2, TITLE_CHARS_MAX))
    on_day = fields.Date(required=True)
    line = fields.Enum(Line, by_value=True, load_default=None)
    audience = fields.Enum(Audience, by_value=True, load_default=None)
    time_text = fields.String(load_default="", validate=validate.Length(max=40))
    place = fields.String(load_default="", validate=validate.Length(max=60))
    micro_grid_id = row_id(required=False)
    seats = fields.Integer(load_default=None, strict=False, validate=validate.Range(1, SEATS_MAX))
    task_id = row_id(required=False)

    @post_load
    def gathered(self, data: dict[str, Any], **_: object) -> dict[str, Plan]:
        """Return the plan."""
        return {"plan": Plan(**data)}


class OutcomeIn(Schema):
    """How it went."""

    walk_in_count = fields.Integer(
        load_default=0, strict=False, validate=validate.Range(0, COUNT_MAX)
    )
    report = words()
    checked_count = _count()
    found_count = _count()
    copy_count = _count()
    hazard = words()
    recheck_on = fields.Date(load_default=None)
    parties = words()
    agreement = fields.String(load_default="", validate=validate.Length(max=4000))

    @post_load
    def gathered(self, data: dict[str, Any], **_: object) -> dict[str, Outcome]:
        """Return the outcome."""
        return {"outcome": Outcome(**data)}


class GuestIn(Schema):
    """Who gets a seat; oneself when nobody is named."""

    person_id = row_id(required=False)


class WhoComesIn(Schema):
    """Who is looked for."""

    who = fields.String(load_default="", validate=validate.Length(max=60))


class TickIn(Schema):
    """Whether somebody came."""

    has_come = fields.Boolean(required=True)


class RecheckIn(Schema):
    """Whether the hazard is gone."""

    is_cleared = fields.Boolean(required=True)


class CancelOccasionIn(Schema):
    """Why it is not held."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class OccasionLineOut(Schema):
    """Something held or planned."""

    id = fields.Integer()
    kind = fields.Enum(OccasionKind, by_value=True)
    title = fields.String()
    on_day = fields.Date()
    time_text = fields.String()
    place = fields.String()
    line = fields.Enum(Line, by_value=True, allow_none=True)
    audience = fields.Enum(Audience, by_value=True, allow_none=True)
    state = fields.Enum(OccasionState, by_value=True)
    seats = fields.Integer(allow_none=True)
    attended_count = fields.Integer(allow_none=True)
    recheck_on = fields.Date(allow_none=True)
    rechecked_on = fields.Date(allow_none=True)


class OutcomeOut(Schema):
    """How it went."""

    walk_in_count = fields.Integer()
    report = fields.String()
    checked_count = fields.Integer(allow_none=True)
    found_count = fields.Integer(allow_none=True)
    copy_count = fields.Integer(allow_none=True)
    hazard = fields.String()
    recheck_on = fields.Date(allow_none=True)
    parties = fields.String()
    agreement = fields.String()


class GuestOut(Schema):
    """Somebody who signed up."""

    id = fields.Integer()
    person_id = fields.Integer()
    name = fields.String()
    place_label = fields.String()
    state = fields.Enum(GuestState, by_value=True)


class OccasionOut(Schema):
    """Something held or planned, with who comes and how it went."""

    about = fields.Nested(OccasionLineOut)
    grid_id = fields.Integer(allow_none=True)
    task_id = fields.Integer(allow_none=True)
    outcome = fields.Nested(OutcomeOut)
    is_cleared = fields.Boolean(allow_none=True)
    cancel_reason = fields.String()
    guests = fields.List(fields.Nested(GuestOut))


class TallyOut(Schema):
    """How often and for how many."""

    key = fields.String()
    count = fields.Integer()
    people = fields.Integer()


class OccasionYearOut(Schema):
    """The figures of a year."""

    year = fields.Integer()
    total = fields.Integer()
    lines = fields.List(fields.Nested(TallyOut))
    audiences = fields.List(fields.Nested(TallyOut))
    kinds = fields.List(fields.Nested(TallyOut))


class OwnOccasionOut(Schema):
    """Something one may sign up for."""

    about = fields.Nested(OccasionLineOut)
    seats_left = fields.Integer(allow_none=True)
    is_coming = fields.Boolean()


class HelpersIn(Schema):
    """Whom an activity asks to help: from when to when, how many, which kind of service."""

    kind_id = row_id(required=True)
    begins = fields.Time(required=True, metadata=_CLOCK)
    ends = fields.Time(required=True, metadata=_CLOCK)
    places = fields.Integer(strict=False, required=True, validate=validate.Range(1, 500))
