"""Fields that shapes of this room share."""

from marshmallow import fields, validate

from timebank.kernel.paging import ROW_ID_MAX
from timebank.outreach.rules.visits import NOTE_CHARS_MAX, YEAR_MAX, YEAR_MIN


def row_id(*, required: bool = True) -> fields.Integer:
    """Return a field for the number of a row."""
    return fields.Integer(required=required, strict=False, validate=validate.Range(1, ROW_ID_MAX))


def year(*, required: bool = False) -> fields.Integer:
    """Return a field for a year."""
    return fields.Integer(
        required=required, strict=False, validate=validate.Range(YEAR_MIN, YEAR_MAX)
    )


def month(*, required: bool = False) -> fields.Integer:
    """Return a field for a month of a year."""
    return fields.Integer(required=required, strict=False, validate=validate.Range(1, 12))


def words() -> fields.String:
    """Return a field for what may be said beside it."""
    return fields.String(load_default="", validate=validate.Length(max=NOTE_CHARS_MAX))
