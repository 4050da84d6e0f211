"""The shapes of merging two records of one person."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.merging import Likeness, MergeState, Obstacle
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn

_WORDS = validate.Length(1, NOTE_MAX)


class MergeIn(Schema):
    """Which record is closed, which stays, and what was seen."""

    old_id = row_id(required=True)
    kept_id = row_id(required=True)
    evidence = fields.String(required=True, validate=_WORDS)


class MergeFormIn(MergeIn):
    """The form of a merge."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class MergeQuery(Schema):
    """Which two records are looked at; a text finds them."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    text = fields.String(load_default="", validate=validate.Length(max=40))
    old_id = row_id(load_default=None)
    kept_id = row_id(load_default=None)


class MergeListIn(PageIn):
    """Which merges a program asks for."""

    state = fields.Enum(MergeState, by_value=True, load_default=None)


class TwinOut(Schema):
    """Two records that look like one human, and in what they agree."""

    older_id = fields.Integer()
    younger_id = fields.Integer()
    name = fields.String()
    likenesses = fields.List(fields.Enum(Likeness, by_value=True))


class MergeOut(Schema):
    """A merge."""

    id = fields.Integer()
    old_id = fields.Integer()
    old_name = fields.String()
    kept_id = fields.Integer()
    kept_name = fields.String()
    state = fields.Enum(MergeState, by_value=True)
    evidence = fields.String()
    proposed_at = fields.AwareDateTime()
    proposed_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    decision_reason = fields.String()
    undo_reason = fields.String()
    undo_asked_by_name = fields.String()
    undo_until = fields.AwareDateTime(allow_none=True)
    undone_at = fields.AwareDateTime(allow_none=True)
    own_minutes = fields.Integer()
    donation_minutes = fields.Integer()
    debt_minutes = fields.Integer()


class ObstaclesOut(Schema):
    """What is still going on at the record that is to be closed."""

    obstacles = fields.List(fields.Enum(Obstacle, by_value=True))
