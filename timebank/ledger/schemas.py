"""Shapes of the ledger for programs; all its verbs belong to other rooms, so it only answers."""

from marshmallow import Schema, fields, validate

from timebank.ledger.rules.proofs import PROOF_BYTES_MAX
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


_COMMUNITY = {"description": "Code of a community; without it the first one"}
_HASH = {"description": "SHA-256 in hexadecimal"}
_BLOCK_NUMBER = validate.Range(1, 2**63 - 1)


class SealIn(Schema):
    """Whose seals are asked for."""

    community = fields.String(validate=validate.Length(max=60), metadata=_COMMUNITY)


class SealsIn(PageIn, SealIn):
    """Which page of whose seals is asked for."""


class ConsistencyIn(SealIn):
    """Between which two heads."""

    first = fields.Integer(data_key="from", required=True, validate=_BLOCK_NUMBER)
    second = fields.Integer(data_key="to", required=True, validate=_BLOCK_NUMBER)


class ProofIn(Schema):
    """A proof that somebody pasted."""

    proof = fields.String(load_default="", validate=validate.Length(max=PROOF_BYTES_MAX))


class SealOut(Schema):
    """A block: how many entries, their root, and the head over all blocks up to it."""

    number = fields.Integer()
    leaves = fields.Integer()
    root = fields.String(metadata=_HASH)
    previous_head = fields.String(allow_none=True, metadata=_HASH)
    head = fields.String(metadata=_HASH)
    sealed_at = fields.AwareDateTime()
    header = fields.String(metadata={"description": "What is hashed as the leaf of the block"})


class WordsOut(Schema):
    """The words of an entry under the salt of their digest."""

    salt = fields.String()
    actor_name = fields.String()
    memo = fields.String()
    document = fields.String()
    reason = fields.String()


class ProofOut(Schema):
    """What proves an entry without these books: leaf, root of its block, head (RFC 6962)."""

    format = fields.String()
    leaf = fields.String()
    words = fields.Nested(WordsOut, allow_none=True)
    position = fields.Integer()
    path = fields.List(fields.String(metadata=_HASH))
    block = fields.String(metadata={"description": "Header of the entry's block"})
    block_path = fields.List(fields.String(metadata=_HASH))
    blocks = fields.Integer(metadata={"description": "How many blocks the head is over"})
    head = fields.String(metadata=_HASH)


class HeadOut(Schema):
    """A head and the number of its block."""

    number = fields.Integer()
    head = fields.String(metadata=_HASH)


class ConsistencyOut(Schema):
    """What proves that a later head keeps all blocks of an earlier one (RFC 6962)."""

    format = fields.String()
    community_id = fields.Integer()
    older = fields.Nested(HeadOut, data_key="from", attribute="from")
    newer = fields.Nested(HeadOut, data_key="to", attribute="to")
    path = fields.List(fields.String(metadata=_HASH))
