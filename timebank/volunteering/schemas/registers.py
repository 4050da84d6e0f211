"""The shapes of lists for other registers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules import registers as rules
from timebank.volunteering.rules.registers import FileKind
from timebank.volunteering.schemas.fields import day


class RegisterIn(Schema):
    """A list: of which period, why, and whether ID numbers go out."""

    since_on = day(required=True)
    through_on = day(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))
    shows_id_numbers = fields.Boolean(load_default=False)


class RegisterFormIn(RegisterIn):
    """The form of a list."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class RegisterFileIn(Schema):
    """In which form a list is handed over."""

    kind = fields.Enum(FileKind, by_value=True, load_default=FileKind.XLSX)


class RegisterBatchOut(Schema):
    """A batch."""

    id = fields.Integer()
    number = fields.Integer()
    since_on = fields.Date()
    through_on = fields.Date()
    rows = fields.Integer()
    corrections = fields.Integer()
    shows_id_numbers = fields.Boolean()
    reason = fields.String()
    made_at = fields.AwareDateTime()
    made_by_name = fields.String()


class RegisterRowOut(Schema):
    """A record as the other register gets it; a correction says that it holds no longer."""

    record_number = fields.String()
    is_correction = fields.Boolean()
    correction_reason = fields.String()
    volunteer_number = fields.String()
    volunteer_name = fields.String()
    activity = fields.String()
    kind = fields.String()
    served_on = fields.Date()
    started = fields.String()
    ended = fields.String()
    minutes = fields.Integer()
    organisation = fields.String()
    batch = fields.Integer()
