"""What comes in when a finding becomes a case."""

from marshmallow import Schema, fields

from timebank.cases.rules.flow import Category


class FindingCaseIn(Schema):
    """Which sort of matter it is."""

    category = fields.Enum(Category, by_value=True, load_default=Category.OTHER)
