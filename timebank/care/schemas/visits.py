"""Shapes of visits: what somebody of another community gets for the code that they show."""

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules.desk import QUANTITY_MAX
from timebank.care.schemas.desk import LineIn, LineOut

_ROW_ID = validate.Range(1, 2**63 - 1)
_CODE = validate.Regexp(r"^[0-9 ]{10,20}$")


class VisitIn(ma.Schema):
    """Where, for which code, and what is handed over."""

    centre_id = fields.Integer(required=True, validate=_ROW_ID)
    code = fields.String(required=True, validate=_CODE)
    wanted = fields.List(
        fields.Nested(LineIn), data_key="lines", required=True, validate=validate.Length(1, 20)
    )


class VisitFormIn(ma.Schema):
    """The form of a visit: one service, and how many of it."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = ma.EXCLUDE

    code = fields.String(required=True, validate=_CODE)
    service_id = fields.Integer(required=True, validate=_ROW_ID)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, QUANTITY_MAX))


class VisitQuery(ma.Schema):
    """Which centre, and whose code is shown."""

    class Meta:
        """Addresses may carry more."""

        unknown = ma.EXCLUDE

    centre_id = fields.Integer(load_default=None, validate=_ROW_ID)
    code = fields.String(load_default="", validate=validate.Length(max=20))


class VisitOut(ma.Schema):
    """What a visitor got, and the claim on their community that it made."""

    transfer_id = fields.Integer()
    person_name = fields.String()
    community_name = fields.String()
    centre_id = fields.Integer()
    centre_name = fields.String()
    slip_number = fields.String()
    served_at = fields.AwareDateTime(format="iso")
    operator_name = fields.String()
    total_minutes = fields.Integer()
    is_undone = fields.Boolean()
    undo_reason = fields.String()
    undone_by = fields.String()
    undo_second = fields.String()
    lines = fields.List(fields.Nested(LineOut))
