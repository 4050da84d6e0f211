"""What comes in, from programs (``…In``) and from forms (``…Form``).

Rows of a form are named ``lines.0.label`` and so on, as their errors are.
"""

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, Range

from timebank.cofund.rules.projects import (
    COST_LINES_MAX,
    WEIGHT_MAX,
    Basis,
    CostLine,
    Method,
    Party,
    ProjectState,
)
from timebank.cofund.schemas.parts import Yuan, fen, row_id, text, yuan
from timebank.web.api import PageIn

_ROW = re.compile(r"lines\.(\d{1,3})\.(label|amount_fen|quote_file_id)", re.ASCII)


class ProjectIn(ma.Schema):
    """A new project."""

    title = text(80, required=True)
    description = text(2000)
    place_text = text(120)
    micro_grid_id = row_id()
    case_id = row_id()
    due_on = fields.Date()


class CostLineIn(ma.Schema):
    """One item of a costing."""

    label = text(80, required=True)
    amount_fen = fen()
    quote_file_id = row_id()

    @ma.post_load
    def as_line(self, data: Mapping[str, Any], **_: object) -> CostLine:
        """Return the line as the rules know it."""
        return CostLine(data["label"], data["amount_fen"], data.get("quote_file_id"))


class CostIn(ma.Schema):
    """A project's costing."""

    lines = fields.List(
        fields.Nested(CostLineIn), required=True, validate=Length(1, COST_LINES_MAX)
    )


class CostLineForm(CostLineIn):
    """One item of a costing as it is typed."""

    amount_fen = yuan()


class CostForm(ma.Schema):
    """A costing as it is typed; rows after the last filled one are left out."""

    lines = fields.List(
        fields.Nested(CostLineForm), required=True, validate=Length(1, COST_LINES_MAX)
    )

    @ma.pre_load
    def gather_rows(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Return the rows as a list; a gap stays, so that errors stand at their row.

        A row that was emptied is none, even if it had a quote.
        """
        rows: dict[int, dict[str, str]] = {}
        for name, value in data.items():
            match = _ROW.fullmatch(name)
            if match and int(match[1]) < COST_LINES_MAX:
                rows.setdefault(int(match[1]), {})[match[2]] = value
        rows = {at: row for at, row in rows.items() if row.keys() != {"quote_file_id"}}
        return {"lines": [rows.get(at, {}) for at in range(max(rows, default=-1) + 1)]}


class WeightsIn(ma.Schema):
    """By what the three share: amounts in fen, square metres, households, any whole numbers."""

    company = fields.Integer(required=True, strict=True, validate=Range(0, WEIGHT_MAX))
    property_firm = fields.Integer(required=True, strict=True, validate=Range(0, WEIGHT_MAX))
    residents = fields.Integer(required=True, strict=True, validate=Range(0, WEIGHT_MAX))

    @ma.post_load
    def as_weights(self, data: Mapping[str, int], **_: object) -> dict[Party, int]:
        """Return the weights by party."""
        return {party: data[party.value] for party in Party}


class AgreementIn(ma.Schema):
    """A signed agreement."""

    signed_on = fields.Date(required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    weights = fields.Nested(WeightsIn, required=True)
    document_file_id = row_id()
    retention_permille = fields.Integer(strict=True, validate=Range(0, 30))


class AgreementForm(ma.Schema):
    """A signed agreement as it is typed: shares with up to two decimals."""

    signed_on = fields.Date(required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    company = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    property_firm = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    residents = Yuan(load_default=0, validate=Range(0, WEIGHT_MAX))
    retention_permille = fields.Integer(validate=Range(0, 30))

    @ma.post_load
    def as_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the facts with the weights by party."""
        weights = {party: data.pop(party.value) for party in Party}
        return {**data, "weights": weights}


class ContributionIn(ma.Schema):
    """Money that came in."""

    party = fields.Enum(Party, by_value=True, required=True)
    amount_fen = fen()
    received_on = fields.Date(required=True)
    payer_name = text(80, required=True)
    method = fields.Enum(Method, by_value=True, required=True)
    reference = text(80)
    payment_code = text(80)


class ContributionForm(ContributionIn):
    """Money that came in, as it is typed."""

    amount_fen = yuan()


class SpendingIn(ma.Schema):
    """A bill to be paid, with its document."""

    cost_line_id = row_id(required=True)
    amount_fen = fen()
    payee = text(80, required=True)
    purpose = text(200, required=True)
    document_file_id = row_id(required=True)
    contract_file_id = row_id()
    payee_account = text(60)


class SpendingForm(ma.Schema):
    """A bill to be paid, as it is typed; the document comes as a file."""

    cost_line_id = row_id(required=True)
    amount_fen = yuan()
    payee = text(80, required=True)
    payee_account = text(60)
    purpose = text(200, required=True)


class ReasonIn(ma.Schema):
    """Why something is undone, refused or cancelled."""

    reason = text(400, required=True)


class DocumentIn(ma.Schema):
    """A document: PDF, Excel or an image, at most 5 MB."""

    document = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class WithdrawalIn(ma.Schema):
    """Why one's own request is withdrawn, if that is worth saying."""

    reason = text(400)


class PaymentIn(ma.Schema):
    """The day on which a bill was paid."""

    paid_on = fields.Date(required=True)


class AcceptanceIn(ma.Schema):
    """What was found when the works were accepted."""

    note = text(2000, required=True)
    accepted_on = fields.Date()
    document_file_id = row_id()


class AcceptanceForm(ma.Schema):
    """What was found when the works were accepted; the record comes as a file."""

    note = text(2000, required=True)
    accepted_on = fields.Date()


class NothingIn(ma.Schema):
    """A command that needs nothing more."""


class CaseQuery(ma.Schema):
    """From which case a project is to be opened."""

    case_id = row_id()


class PublicQuery(PageIn):
    """Whose projects a stranger looks at."""

    community = text(20)


class ProjectsQuery(PageIn):
    """Which projects."""

    state = fields.Enum(ProjectState, by_value=True)


class PageQuery(ma.Schema):
    """Which page of a list on a page."""

    cursor = fields.String(validate=Length(max=400))
