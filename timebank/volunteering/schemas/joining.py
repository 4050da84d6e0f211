"""Shapes of joining, for forms and programs."""

from marshmallow import Schema, fields, validate

from timebank.community.rules import KinshipKind
from timebank.kernel.paging import ROW_ID_MAX
from timebank.volunteering.rules.joining import WORDS_CHARS_MAX, JoinState

_ID = validate.Range(1, ROW_ID_MAX)


class JoinIn(Schema):
    """What somebody tells who wants to join."""

    community_id = fields.Integer(required=True, strict=False, validate=_ID)
    name = fields.String(required=True, validate=validate.Length(min=1, max=40))
    phone = fields.String(required=True, validate=validate.Length(min=5, max=30))
    micro_grid_id = fields.Integer(required=True, strict=False, validate=_ID)
    room_no = fields.String(load_default="", validate=validate.Length(max=16))
    born_on = fields.Date(required=True)
    serves = fields.Boolean(load_default=False)
    words = fields.String(load_default="", validate=validate.Length(max=WORDS_CHARS_MAX))
    agrees = fields.Boolean(load_default=False)


class JoinPageIn(Schema):
    """Which community's form is wanted."""

    community = fields.String(load_default="", validate=validate.Length(max=8))


class JoinCodeIn(Schema):
    """A code for the first login, and the password that is wanted."""

    login_name = fields.String(required=True, validate=validate.Length(min=1, max=40))
    code = fields.String(required=True, validate=validate.Length(min=1, max=20))
    password = fields.String(required=True, validate=validate.Length(min=1, max=200))


class AcceptIn(Schema):
    """How a request is accepted: as a new person, or as one who is registered."""

    identity_note = fields.String(required=True, validate=validate.Length(min=1, max=120))
    person_id = fields.Integer(load_default=None, strict=False, allow_none=True, validate=_ID)
    guardian_card = fields.String(load_default="", validate=validate.Length(max=16))
    guardian_kind = fields.Enum(
        KinshipKind,
        by_value=True,
        load_default=KinshipKind.PARENT,
        validate=validate.OneOf((KinshipKind.PARENT, KinshipKind.GRANDPARENT)),
    )


class RefuseIn(Schema):
    """Why a request is refused."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=200))


class ApplicantOut(Schema):
    """What was told; only while the request waits."""

    name = fields.String()
    phone = fields.String()
    micro_grid_id = fields.Integer()
    room_no = fields.String()
    born_on = fields.Date()
    serves = fields.Boolean()
    words = fields.String()


class JoinRequestOut(Schema):
    """A request to join."""

    id = fields.Integer()
    state = fields.Enum(JoinState, by_value=True)
    asked_at = fields.AwareDateTime()
    place = fields.String()
    applicant = fields.Nested(ApplicantOut, allow_none=True)
    reason = fields.String()
    person_id = fields.Integer(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()


class AcceptedOut(Schema):
    """Who was accepted; login and code are told this once."""

    person_id = fields.Integer()
    login_name = fields.String()
    code = fields.String()
