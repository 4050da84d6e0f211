"""What goes out to programs."""

import marshmallow as ma
from marshmallow import fields

from timebank.cofund.rules.projects import Basis, Method, Party, ProjectState, SpendingState


class PartyFiguresOut(ma.Schema):
    """What one party agreed, paid, got back, had spent, owes and has left."""

    party = fields.Enum(Party, by_value=True)
    agreed_fen = fields.Integer()
    received_fen = fields.Integer()
    refunded_fen = fields.Integer()
    spent_fen = fields.Integer()
    owed_fen = fields.Integer()
    left_fen = fields.Integer()


class ProjectFiguresOut(ma.Schema):
    """A project's sums and those of its parties."""

    agreed_fen = fields.Integer()
    received_fen = fields.Integer()
    refunded_fen = fields.Integer()
    spent_fen = fields.Integer()
    owed_fen = fields.Integer()
    left_fen = fields.Integer()
    held_fen = fields.Integer()
    withheld_fen = fields.Integer()
    parties = fields.List(fields.Nested(PartyFiguresOut))


class ProjectOut(ma.Schema):
    """A project with its figures."""

    id = fields.Integer()
    number = fields.String()
    title = fields.String()
    description = fields.String()
    place_text = fields.String()
    micro_grid_id = fields.Integer(allow_none=True)
    case_id = fields.Integer(allow_none=True)
    due_on = fields.Date(allow_none=True)
    state = fields.Enum(ProjectState, by_value=True)
    reached_at = fields.Dict(
        keys=fields.Enum(ProjectState, by_value=True), values=fields.AwareDateTime()
    )
    acceptance_note = fields.String()
    acceptance_file_id = fields.Integer(allow_none=True)
    publicised_from = fields.Date(allow_none=True)
    publicised_to = fields.Date(allow_none=True)
    retention_permille = fields.Integer()
    accepted_on = fields.Date(allow_none=True)
    defects_until = fields.Date(allow_none=True)
    end_reason = fields.String()
    figures = fields.Nested(ProjectFiguresOut)


class CostLineOut(ma.Schema):
    """One item of a costing, with the document that is its quote."""

    id = fields.Integer()
    label = fields.String()
    amount_fen = fields.Integer()
    quote_file_id = fields.Integer(allow_none=True)


class ShareOut(ma.Schema):
    """What one party pays."""

    party = fields.Enum(Party, by_value=True)
    weight = fields.Integer()
    amount_fen = fields.Integer()


class AgreementOut(ma.Schema):
    """A signed agreement."""

    version = fields.Integer()
    signed_on = fields.Date()
    basis = fields.Enum(Basis, by_value=True)
    total_fen = fields.Integer()
    digest = fields.String()
    document_file_id = fields.Integer(allow_none=True)
    shares = fields.List(fields.Nested(ShareOut))


class ProjectDetailOut(ma.Schema):
    """A project with its costing and its agreement."""

    project = fields.Nested(ProjectOut)
    cost_lines = fields.List(fields.Nested(CostLineOut))
    agreement = fields.Nested(AgreementOut, allow_none=True)


class ContributionOut(ma.Schema):
    """Money that came in."""

    id = fields.Integer()
    project_id = fields.Integer()
    party = fields.Enum(Party, by_value=True)
    amount_fen = fields.Integer()
    received_on = fields.Date()
    payer_name = fields.String()
    method = fields.Enum(Method, by_value=True)
    reference = fields.String()
    entry_id = fields.UUID()
    recorded_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    undone_reason = fields.String()


class SpendingOut(ma.Schema):
    """A spending request."""

    id = fields.Integer()
    project_id = fields.Integer()
    cost_line_id = fields.Integer()
    cost_line = fields.String()
    amount_fen = fields.Integer()
    payee = fields.String()
    purpose = fields.String()
    document_file_id = fields.Integer()
    contract_file_id = fields.Integer(allow_none=True)
    withheld_fen = fields.Integer()
    needs_second = fields.Boolean()
    payee_wait_until = fields.AwareDateTime(allow_none=True)
    endorsed_name = fields.String()
    state = fields.Enum(SpendingState, by_value=True)
    requested_name = fields.String()
    requested_at = fields.AwareDateTime()
    approved_name = fields.String()
    approved_at = fields.AwareDateTime(allow_none=True)
    paid_on = fields.Date(allow_none=True)
    entry_id = fields.UUID(allow_none=True)
    end_reason = fields.String()


class DocumentOut(ma.Schema):
    """Under which id a document is kept."""

    document_file_id = fields.Integer()
