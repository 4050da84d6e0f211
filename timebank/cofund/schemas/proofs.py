"""What the three-way proof says to programs."""

import marshmallow as ma
from flask_babel import lazy_gettext
from marshmallow import EXCLUDE, fields
from marshmallow.validate import Range

from timebank.cofund.rules.projects import AMOUNT_FEN_MAX, Party
from timebank.cofund.rules.proofs import CauseKind
from timebank.cofund.schemas.parts import Yuan, text

_NO_RECEIPT = lazy_gettext("收据编号不对，请照收据上的填。")


class PartyProofOut(ma.Schema):
    """What three sources say of one party, in fen, and the four differences."""

    party = fields.Enum(Party, by_value=True)
    agreed_fen = fields.Integer()
    waived_fen = fields.Integer()
    outstanding_fen = fields.Integer()
    receipts_fen = fields.Integer()
    refunds_fen = fields.Integer()
    pots_fen = fields.Integer()
    ledger_fen = fields.Integer()
    bank_in_fen = fields.Integer()
    bank_out_fen = fields.Integer()
    agreement_gap_fen = fields.Integer()
    ledger_gap_fen = fields.Integer()
    bank_gap_fen = fields.Integer()
    statement_gap_fen = fields.Integer()


class CauseOut(ma.Schema):
    """A row that causes a difference."""

    kind = fields.Enum(CauseKind, by_value=True)
    party = fields.Enum(Party, by_value=True, allow_none=True)
    amount_fen = fields.Integer()
    day = fields.Date(allow_none=True)
    entry_id = fields.UUID(allow_none=True)
    account_id = fields.Integer(allow_none=True)


class ProofOut(ma.Schema):
    """The proof of a project as it stands."""

    project_id = fields.Integer()
    number = fields.String()
    agreement_version = fields.Integer()
    agreement_digest = fields.String()
    parties = fields.List(fields.Nested(PartyProofOut))
    causes = fields.List(fields.Nested(CauseOut))
    is_even = fields.Boolean()
    is_certain = fields.Boolean()
    unsealed_count = fields.Integer()
    seal_number = fields.Integer()
    seal_head = fields.String()
    digest = fields.String()


class OwnCheckIn(ma.Schema):
    """What stands on the paper: a payment code with the amount, in fen, or a receipt's number."""

    payment_code = text(60)
    amount_fen = fields.Integer(strict=True, validate=Range(1, AMOUNT_FEN_MAX))
    receipt_id = fields.UUID()
    community = text(20)


class OwnCheckForm(ma.Schema):
    """The same from a form, the amount in yuan."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    payment_code = text(60)
    amount_fen = Yuan(validate=Range(1, AMOUNT_FEN_MAX))
    receipt_id = fields.UUID(
        error_messages={"invalid_uuid": lazy_gettext("收据编号不对，请照收据上的填。")}
    )
    community = text(20)


class OwnCheckQuery(ma.Schema):
    """What a code on paper brings along."""

    class Meta:
        """What else an address carries is not for us."""

        unknown = EXCLUDE

    code = text(60)
    receipt = fields.UUID()
    community = text(20)


class DisclosedOut(ma.Schema):
    """A document that was made public under a root which covers the payment."""

    id = fields.Integer()
    number = fields.String()


class OwnPaymentOut(ma.Schema):
    """One payment as it is sealed, nobody's name with it."""

    project_id = fields.Integer()
    project_number = fields.String()
    project_title = fields.String()
    received_on = fields.Date()
    amount_fen = fields.Integer()
    entry_id = fields.UUID()
    holds = fields.Boolean()
    block_number = fields.Integer()
    head = fields.String()
    document = fields.Dict(allow_none=True)
    disclosed = fields.List(fields.Nested(DisclosedOut))
