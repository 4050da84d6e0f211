"""The shapes of moves within the community."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.moving import PEOPLE_MAX, MoveState
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn


class MoveIn(Schema):
    """Who moves where, from which day on, and why."""

    person_ids = fields.List(
        row_id(), required=True, validate=validate.Length(min=1, max=PEOPLE_MAX)
    )
    micro_grid_id = row_id(required=True)
    room_no = fields.String(load_default="", validate=validate.Length(max=16))
    effective_on = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))


class MoveFormIn(MoveIn):
    """The form of a move."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class MoveQuery(Schema):
    """Whose move, or the people of which unit."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    person_id = row_id(load_default=None)
    from_id = row_id(load_default=None)


class MoveListIn(PageIn):
    """Which moves a program asks for."""

    person_id = row_id(load_default=None)


class MoveOut(Schema):
    """A move."""

    id = fields.Integer()
    person_id = fields.Integer()
    person_name = fields.String()
    from_label = fields.String()
    to_micro_grid_id = fields.Integer()
    to_label = fields.String()
    to_room_no = fields.String()
    effective_on = fields.Date()
    state = fields.Enum(MoveState, by_value=True)
    reason = fields.String()
    asked_at = fields.AwareDateTime()
    asked_by_name = fields.String()
