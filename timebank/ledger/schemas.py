"""Shapes of the ledger for programs; all its verbs belong to other rooms, so it only answers."""

from marshmallow import Schema, fields, validate

from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.web.api import PageIn

_ASSET = {"description": "MIN: minutes; CNY: fen", "enum": [asset.value for asset in Asset]}


class AccountsIn(PageIn):
    """Which accounts are asked for."""

    book_id = fields.Integer(validate=validate.Range(1, 2**63 - 1))


class AccountOut(Schema):
    """An account with its balance, in minutes or fen on its normal side."""

    id = fields.Integer(attribute="account.id")
    book_id = fields.Integer(attribute="account.book_id")
    asset = fields.String(attribute="account.asset", metadata=_ASSET)
    code = fields.String(attribute="account.code")
    name = fields.String(attribute="account.name")
    kind = fields.Enum(AccountKind, by_value=True, attribute="account.kind")
    normal = fields.Enum(Side, by_value=True, attribute="account.normal")
    floor = fields.Integer(attribute="account.floor", allow_none=True)
    posted = fields.Integer(attribute="balance.posted")
    held = fields.Integer(attribute="balance.held")
    available = fields.Integer(attribute="balance.available")


class StatementLineOut(Schema):
    """A line of a statement: a signed amount and the balance after it."""

    entry_id = fields.UUID()
    number = fields.Integer()
    line = fields.Integer()
    kind = fields.String()
    effective_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    amount = fields.Integer()
    balance_after = fields.Integer()
    memo = fields.String()
    counter_code = fields.String()


class TransferOut(Schema):
    """One sealed line of an entry."""

    line = fields.Integer()
    debit_id = fields.Integer()
    debit_code = fields.String()
    credit_id = fields.Integer()
    credit_code = fields.String()
    asset = fields.String(metadata=_ASSET)
    amount = fields.Integer()


class EntryOut(Schema):
    """One sealed entry: who recorded it, when, why, and what moved."""

    id = fields.UUID()
    number = fields.Integer()
    book_id = fields.Integer()
    kind = fields.String()
    effective_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    actor_user_id = fields.Integer(allow_none=True)
    actor_name = fields.String()
    memo = fields.String()
    document = fields.String()
    reason = fields.String()
    reverses_id = fields.UUID(allow_none=True)
    reversed_by_id = fields.UUID(allow_none=True)
    hold_id = fields.UUID(allow_none=True)
    debt_account_id = fields.Integer(allow_none=True)
    transfers = fields.List(fields.Nested(TransferOut))
