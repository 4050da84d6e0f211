"""Fields that several schemas of the time bank share."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from timebank.kernel import clock
from timebank.volunteering.rules.records import TEXT_MAX

_ID = validate.Range(1, 2**63 - 1)


def row_id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own options
    """Return a field for the id of a row."""
    return fields.Integer(validate=_ID, **options)


def short_text(limit: int = TEXT_MAX) -> fields.String:
    """Return a field for a text that may be left out."""
    return fields.String(validate=validate.Length(max=limit), load_default="")


def of_our_time(value: date) -> None:
    """Refuse a year of two digits or of another age, which the clock cannot reckon with."""
    if not 2000 <= value.year < 2100:
        message = "Not a valid date."
        raise ValidationError(message)


def day(**options: Any) -> fields.Date:  # noqa: ANN401 - marshmallow's own options
    """Return a field for a day of our time."""
    return fields.Date(validate=of_our_time, **options)


def in_whole_minutes(data: dict[str, Any]) -> None:
    """Cut the seconds off the beginning and the end that a program sent."""
    for name in ("starts_at", "ends_at"):
        data[name] = data[name].replace(second=0, microsecond=0)


def on_its_day(data: dict[str, Any]) -> None:
    """Put the two times on the wall clock that a form sent onto its day."""
    in_whole_minutes(data)
    on = data.pop("on")
    for name in ("starts_at", "ends_at"):
        data[name] = clock.at_local(on, data[name])
