"""Fields that several schemas of the time bank share."""

from typing import Any

from marshmallow import fields, validate

_ID = validate.Range(1, 2**63 - 1)


def row_id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own options
    """Return a field for the id of a row."""
    return fields.Integer(validate=_ID, **options)
