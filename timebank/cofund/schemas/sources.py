"""What comes in about matching pots, income of common parts and labour."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Range

from timebank.cofund.rules.projects import Party
from timebank.cofund.schemas.parts import fen, row_id, text, yuan


class PotIn(ma.Schema):
    """A matching pot."""

    name = text(80, required=True)
    sponsor = text(80, required=True)
    party = fields.Enum(Party, by_value=True, required=True)
    permille = fields.Integer(required=True, validate=Range(1, 3000))
    project_cap_fen = fen()


class PotForm(PotIn):
    """The same as it is typed."""

    project_cap_fen = yuan()


class PaidInIn(ma.Schema):
    """Money that came in for a pot or from a source."""

    amount_fen = fen()
    received_on = fields.Date(required=True)
    reference = text(80)


class PaidInForm(PaidInIn):
    """The same as it is typed."""

    amount_fen = yuan()


class MatchedIn(ma.Schema):
    """Which project is matched."""

    project_id = row_id(required=True)


class SourceForm(ma.Schema):
    """What earns on common parts; its agreement comes as a file."""

    name = text(80, required=True)
    other_party = fields.Enum(Party, by_value=True, required=True)
    owners_permille = fields.Integer(required=True, validate=Range(0, 1000))


class SourceIn(SourceForm):
    """What earns on common parts, with its agreement."""

    document_file_id = row_id(required=True)


class LabourIn(ma.Schema):
    """A task whose service counts for a project."""

    task_id = row_id(required=True)
