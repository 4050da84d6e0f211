"""Shapes of what passes between cases and the hall."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.cases.rules.flow import Category
from timebank.cases.service.hall import Told

ROW_ID = validate.Range(1, 2**62)


class CaseOfHallIn(Schema):
    """What has to be said beside what the decision or the opinion says."""

    category = fields.Enum(Category, by_value=True, required=True)
    micro_grid_id = fields.Integer(strict=False, required=True, validate=ROW_ID)
    title = fields.String(required=True, validate=validate.Length(min=2, max=80))
    place_text = fields.String(load_default="", validate=validate.Length(max=80))

    @post_load
    def _to_told(self, data: dict[str, Any], **_: object) -> dict[str, Told]:
        """Gather it into one value."""
        return {"told": Told(**data)}


class ToMeetingIn(Schema):
    """To which meeting a case is brought, as what, and why."""

    meeting_id = fields.Integer(strict=False, required=True, validate=ROW_ID)
    title = fields.String(required=True, validate=validate.Length(min=2, max=80))
    note = fields.String(required=True, validate=validate.Length(min=2, max=1000))


class MadeOut(Schema):
    """The id of what was made."""

    id = fields.Integer()
