"""Shapes of visits."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.outreach.rules.visits import (
    NOTE_CHARS_MAX,
    ChangeKind,
    Coverage,
    DoorResult,
    Month,
    VisitState,
    month_of,
)
from timebank.outreach.schemas.fields import month, row_id, words, year


class MonthIn(Schema):
    """Which month; the present one when nothing is said."""

    year = year()
    month = month()

    @post_load
    def named(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the month."""
        now = month_of(clock.today())
        asked = Month(data.pop("year", now.year), data.pop("month", now.number))
        return {"month": asked, **data}


class VisitsIn(MonthIn):
    """Which month, and which of its units."""

    coverage = fields.Enum(Coverage, by_value=True)


class RouteIn(MonthIn):
    """Whose walk in which month."""

    visitor_id = row_id(required=False)


class PlanIn(MonthIn):
    """Which month is planned, and its last day."""

    due_on = fields.Date(load_default=None)


class AssignIn(Schema):
    """Who goes, and by when."""

    visitor_id = row_id()
    due_on = fields.Date(required=True)


class DoorIn(Schema):
    """What happened at a door."""

    household_id = row_id()
    result = fields.Enum(DoorResult, by_value=True, required=True)
    met_person_id = row_id(required=False)
    note = words()
    again_on = fields.Date(load_default=None)


class ChangeIn(Schema):
    """What had changed of a resident, who agreed."""

    person_id = row_id()
    kind = fields.Enum(ChangeKind, by_value=True, required=True)
    value = fields.String(required=True, validate=validate.Length(1, 40))
    has_consent = fields.Boolean(load_default=False)

    @post_load
    def of_somebody_here(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Take a newcomer's kind for a new room: newcomers have a form of their own."""
        if data["kind"] is ChangeKind.NEWCOMER:
            data["kind"] = ChangeKind.ROOM
        return data


class NewcomerIn(Schema):
    """Who has moved in and agreed to be registered."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    room_no = fields.String(required=True, validate=validate.Length(1, 16))
    phone = fields.String(load_default=None, validate=validate.Length(max=20))
    sex = fields.Enum(Sex, by_value=True, load_default=None)
    born_on = fields.Date(load_default=None)
    has_consent = fields.Boolean(load_default=False)


class FindingIn(Schema):
    """What was found on the way."""

    words = fields.String(required=True, validate=validate.Length(2, NOTE_CHARS_MAX))


class FinishIn(Schema):
    """On which day a unit was walked through."""

    visited_on = fields.Date(required=True)
    note = words()


class CountOut(Schema):
    """How many."""

    count = fields.Integer(required=True)


class CreatedOut(Schema):
    """The number of what is new."""

    id = fields.Integer(required=True)


class UnitLineOut(Schema):
    """One unit in a month."""

    micro_grid_id = fields.Integer()
    grid_id = fields.Integer()
    grid_name = fields.String()
    label = fields.String()
    household_count = fields.Integer()
    people_count = fields.Integer()
    coverage = fields.Enum(Coverage, by_value=True)
    visit_id = fields.Integer(allow_none=True)
    visitor_id = fields.Integer(allow_none=True)
    visitor_name = fields.String()
    due_on = fields.Date(allow_none=True)
    visited_on = fields.Date(allow_none=True)
    met_count = fields.Integer()
    not_met_count = fields.Integer()
    change_count = fields.Integer()
    finding_count = fields.Integer()


class ResidentOut(Schema):
    """Somebody behind a door."""

    id = fields.Integer()
    name = fields.String()
    phone_masked = fields.String()


class DoorOut(Schema):
    """A door with what happened at it."""

    household_id = fields.Integer()
    room_no = fields.String()
    residents = fields.List(fields.Nested(ResidentOut))
    result = fields.Enum(DoorResult, by_value=True, allow_none=True)
    met_name = fields.String()
    note = fields.String()
    again_on = fields.Date(allow_none=True)


class ChangeOut(Schema):
    """Something that had changed; phones masked."""

    id = fields.Integer()
    kind = fields.Enum(ChangeKind, by_value=True)
    person_id = fields.Integer()
    old = fields.String()
    new = fields.String()
    noted_on = fields.Date()


class FindingOut(Schema):
    """Something that was found, and its case."""

    id = fields.Integer()
    words = fields.String()
    case_id = fields.Integer(allow_none=True)


class VisitOut(Schema):
    """The visit of one unit in one month."""

    id = fields.Integer()
    micro_grid_id = fields.Integer()
    grid_id = fields.Integer()
    label = fields.String()
    year = fields.Integer(attribute="month.year")
    month = fields.Integer(attribute="month.number")
    state = fields.Enum(VisitState, by_value=True)
    coverage = fields.Enum(Coverage, by_value=True)
    visitor_id = fields.Integer(allow_none=True)
    visitor_name = fields.String()
    due_on = fields.Date()
    visited_on = fields.Date(allow_none=True)
    note = fields.String()
    doors = fields.List(fields.Nested(DoorOut))
    changes = fields.List(fields.Nested(ChangeOut))
    findings = fields.List(fields.Nested(FindingOut))


class StopOut(Schema):
    """One unit on a walk with the doors that are still to be seen."""

    unit = fields.Nested(UnitLineOut)
    doors = fields.List(fields.Nested(DoorOut))
