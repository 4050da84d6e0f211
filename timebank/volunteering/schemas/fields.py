"""Fields that several schemas of the time bank share."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

_ID = validate.Range(1, 2**63 - 1)


def row_id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own options
    """Return a field for the id of a row."""
    return fields.Integer(validate=_ID, **options)


def _of_our_time(value: date) -> None:
    """Refuse a year of two digits or of another age, which the clock cannot reckon with."""
    if not 2000 <= value.year < 2100:
        message = "Not a valid date."
        raise ValidationError(message)


def day(**options: Any) -> fields.Date:  # noqa: ANN401 - marshmallow's own options
    """Return a field for a day of our time."""
    return fields.Date(validate=_of_our_time, **options)
