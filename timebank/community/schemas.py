"""Shapes of the community room, for JSON and forms alike."""

import flask_smorest
import marshmallow as ma
from marshmallow import fields, validate

from timebank.community.rules import ImportKind, KinshipKind, OrganisationKind, Sex
from timebank.web import words


class SearchIn(ma.Schema):
    """What was typed to find a person."""

    q = fields.String(load_default="", validate=validate.Length(max=40))


class PersonIn(ma.Schema):
    """One person to be registered."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=40))
    sex = fields.Enum(Sex, by_value=True)
    born_on = fields.Date()
    micro_grid_id = fields.Integer(strict=False, validate=validate.Range(1, 2**62))
    room_no = fields.String(validate=validate.Length(max=16))
    phone = fields.String(validate=validate.Length(max=30))
    id_number = fields.String(validate=validate.Length(max=30))


class LookIn(ma.Schema):
    """Why personal fields are to be shown."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class KinIn(ma.Schema):
    """A relative whose proof was seen; ``relative`` is their card number or phone number."""

    relative = fields.String(required=True, validate=validate.Length(min=1, max=30))
    kind = fields.Enum(KinshipKind, by_value=True, required=True)
    verified_on = fields.Date()


class ImportIn(ma.Schema):
    """Which kind of list a file is."""

    kind = fields.Enum(ImportKind, by_value=True, required=True)


class ImportFileIn(ma.Schema):
    """The file itself: .xlsx, .xls or .csv, at most 5 MB."""

    file = flask_smorest.fields.Upload(required=True)


class ConfirmIn(ma.Schema):
    """Which rows of a list are right where people said otherwise since."""

    take_lines = fields.List(
        fields.Integer(strict=False, validate=validate.Range(1, 2**31)),
        load_default=tuple,
        validate=validate.Length(max=100),
    )


class GridOut(ma.Schema):
    """A grid."""

    id = fields.Integer()
    number = fields.Integer()
    name = fields.String()


class MicroGridOut(ma.Schema):
    """A micro-grid with its place in the levels above."""

    id = fields.Integer()
    grid_id = fields.Integer()
    grid_number = fields.Integer()
    grid_name = fields.String()
    building_id = fields.Integer()
    building_no = fields.Integer()
    unit_no = fields.Integer()
    label = fields.String()


class PersonOut(ma.Schema):
    """A person as others may see them."""

    id = fields.Integer()
    name = fields.String()
    card_no = fields.String(allow_none=True)
    sex = fields.String(allow_none=True)
    born_on = fields.Date(allow_none=True)
    micro_grid_id = fields.Integer(allow_none=True)
    grid_id = fields.Integer(allow_none=True)
    place_label = fields.String()
    phone_masked = fields.String()


class RelativeOut(ma.Schema):
    """A relative of a person."""

    person_id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    verified_on = fields.Date(allow_none=True)


class ProfileOut(ma.Schema):
    """A person with their relatives."""

    person = fields.Nested(PersonOut)
    relatives = fields.List(fields.Nested(RelativeOut))


class DetailsOut(ma.Schema):
    """The personal fields in full."""

    phone = fields.String(allow_none=True)
    id_number = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    room_no = fields.String(allow_none=True)


class OwnProfileOut(ProfileOut):
    """One's own data in full."""

    details = fields.Nested(DetailsOut, allow_none=True)


class OrganisationsIn(ma.Schema):
    """Which organisations are asked for."""

    kind = fields.Enum(OrganisationKind, by_value=True)


class OrganisationOut(ma.Schema):
    """An organisation at work in the community."""

    id = fields.Integer()
    kind = fields.String()
    name = fields.String()
    contact = fields.String()


class RoleHolderOut(ma.Schema):
    """One of the six roles: who holds it, where, since when."""

    id = fields.Integer()
    role = fields.String()
    person_id = fields.Integer()
    person_name = fields.String()
    place = fields.String()
    place_id = fields.Integer()
    place_label = fields.String()
    grid_id = fields.Integer()
    started_on = fields.Date()


class LineProblemOut(ma.Schema):
    """What is wrong in which row and column."""

    line = fields.Integer()
    column = fields.String(attribute="title")
    code = fields.String(attribute="error.code")
    message = fields.Function(lambda problem: words.say(problem.error), metadata={"type": "string"})


class LineChangeOut(ma.Schema):
    """A row that would be written."""

    line = fields.Integer()
    change = fields.String()
    label = fields.String()


class KeptOut(ma.Schema):
    """Where a row differs from what people put right since: it is left as it is."""

    line = fields.Integer()
    label = fields.String()
    field = fields.String()
    now = fields.String()
    listed = fields.String()
    put_right_at = fields.AwareDateTime()


class ImportOut(ma.Schema):
    """What a list would do, or has done."""

    id = fields.Integer(allow_none=True)
    kind = fields.String()
    state = fields.String()
    file_name = fields.String()
    new_count = fields.Integer()
    changed_count = fields.Integer()
    unchanged_count = fields.Integer()
    wrong_count = fields.Integer()
    problems = fields.List(fields.Nested(LineProblemOut))
    changes = fields.List(fields.Nested(LineChangeOut))
    kept = fields.List(fields.Nested(KeptOut))
    unused_titles = fields.List(fields.String())
