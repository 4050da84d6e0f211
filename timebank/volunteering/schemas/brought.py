"""The shapes of hours from an older system."""

import flask_smorest.fields
from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.brought import EVIDENCE_MAX, SOURCE_MAX


class BroughtIn(Schema):
    """Where a list comes from, and what proves it."""

    source = fields.String(required=True, validate=validate.Length(1, SOURCE_MAX))
    evidence = fields.String(required=True, validate=validate.Length(1, EVIDENCE_MAX))


class BroughtFormIn(BroughtIn):
    """The form of a list; the file comes beside it."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class BroughtFileIn(Schema):
    """The file itself: .xlsx, .xls or .csv, at most 5 MB."""

    file = flask_smorest.fields.Upload(required=True)


class BroughtSourceIn(Schema):
    """An older system from which lists are taken."""

    name = fields.String(required=True, validate=validate.Length(1, SOURCE_MAX))


class BroughtSourcesOut(Schema):
    """The older systems from which lists are taken, in the order of adding."""

    names = fields.List(fields.String())


class BroughtBatchOut(Schema):
    """A list."""

    id = fields.Integer()
    state = fields.String()
    source = fields.String()
    evidence = fields.String()
    file_name = fields.String()
    digest = fields.String()
    rows = fields.Integer()
    minutes = fields.Integer()
    made_at = fields.AwareDateTime()
    made_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    reason = fields.String()


class BroughtProblemOut(Schema):
    """A row that cannot be taken, and why."""

    number = fields.Integer()
    name = fields.String()
    text = fields.String()


class BroughtOut(Schema):
    """The list that was kept; with a single problem none is, and all of them are named."""

    batch = fields.Nested(BroughtBatchOut, allow_none=True)
    problems = fields.List(fields.Nested(BroughtProblemOut))


class BroughtLineOut(Schema):
    """A row of a list; ``before_minutes`` is what other lists have brought this member."""

    id = fields.Integer()
    person_id = fields.Integer()
    name = fields.String()
    card_no = fields.String()
    reference = fields.String()
    minutes = fields.Integer()
    kept = fields.String()
    earned_on = fields.Date()
    before_minutes = fields.Integer()
    returned_reason = fields.String()
