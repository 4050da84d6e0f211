"""What comes in about objections."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length


class ObjectionIn(ma.Schema):
    """What somebody has against a project."""

    description = fields.String(required=True, validate=Length(1, 2000))
