"""Shapes of the reports of money for programs; amounts in fen."""

from functools import partial

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Range

from timebank.cofund.schemas.proofs import PartyProofOut
from timebank.kernel.actor import Actor
from timebank.kernel.paging import ROW_ID_MAX
from timebank.reports.schemas.account_books import LedgerDay
from timebank.web.api import PageIn
from timebank.web.words import mask_name

_Row = partial(fields.Integer, strict=False, validate=Range(1, ROW_ID_MAX))


def owner_for(actor: Actor, name: str | None) -> str | None:
    """Return an owner's name, in full for who brings the bank's lines in."""
    return mask_name(name) if name and not actor.may("bank.import") else name


class SpanIn(ma.Schema):
    """Within which days; this month unless others are named."""

    since = LedgerDay()
    through = LedgerDay()


class SpanPageIn(SpanIn, PageIn):
    """The same for a list."""


class DayIn(ma.Schema):
    """As of the end of which day; today unless another is named."""

    on = LedgerDay()


class DayPageIn(DayIn, PageIn):
    """The same for a list."""


class BillsIn(DayIn):
    """Whose bills: of one project, of one building, or all."""

    project_id = _Row()
    building = fields.Integer(strict=False, validate=Range(1, 999))


class BillsPageIn(BillsIn, PageIn):
    """The same for a list; ``only_open`` leaves out who owes nothing."""

    only_open = fields.Boolean(load_default=False)


class AgesIn(DayIn):
    """What is owed for one project, or for all."""

    project_id = _Row()


class FlowSumOut(ma.Schema):
    """What accounts of one subject brought or cost together."""

    subject = fields.String()
    income_fen = fields.Integer()
    expense_fen = fields.Integer()


class IncomeExpenseOut(ma.Schema):
    """Income and expense of a book within some days, by subject."""

    book_id = fields.Integer()
    since = fields.Date()
    through = fields.Date()
    income_fen = fields.Integer()
    expense_fen = fields.Integer()
    subjects = fields.List(fields.Nested(FlowSumOut))


class FlowLineOut(ma.Schema):
    """A line of income and expense; what undid an earlier one is negative."""

    entry_id = fields.UUID()
    on = fields.Date()
    voucher = fields.String(metadata={"description": "Empty while its month is open"})
    memo = fields.String()
    subject = fields.String()
    account_name = fields.String()
    income_fen = fields.Integer()
    expense_fen = fields.Integer()


class AccountTurnoverOut(ma.Schema):
    """An account within some days; balances stand on the account's own side."""

    account_id = fields.Integer()
    name = fields.String()
    normal = fields.String(metadata={"description": "debit or credit: the account's own side"})
    since = fields.Date()
    through = fields.Date()
    opening_fen = fields.Integer()
    debits_fen = fields.Integer()
    credits_fen = fields.Integer()
    closing_fen = fields.Integer()


class LedgerLineOut(ma.Schema):
    """A line of an account with the balance after it."""

    entry_id = fields.UUID()
    on = fields.Date()
    voucher = fields.String(metadata={"description": "Empty while its month is open"})
    memo = fields.String()
    counter_name = fields.String()
    debit_fen = fields.Integer()
    credit_fen = fields.Integer()
    balance_fen = fields.Integer()


class ThreeWayRowOut(ma.Schema):
    """A party of a project: what agreement, bank and ledger say of it."""

    project_id = fields.Integer()
    number = fields.String()
    title = fields.String()
    proof = fields.Nested(PartyProofOut)


class BillSumsOut(ma.Schema):
    """What households were asked for, paid, were let off and still owe."""

    amount_fen = fields.Integer()
    paid_fen = fields.Integer()
    waived_fen = fields.Integer()
    outstanding_fen = fields.Integer()


class BuildingSumsOut(BillSumsOut):
    """The same of a building."""

    building = fields.Integer()


class HouseholdSumsOut(BillSumsOut):
    """The same of a household; the owner's name in full for who brings statements in."""

    household_id = fields.Integer()
    building = fields.Integer()
    unit = fields.Integer()
    room_no = fields.String()
    owner_name = fields.String(allow_none=True)


class HouseholdBillsOut(ma.Schema):
    """What all households of a choice owe at the end of a day, and by building."""

    on = fields.Date()
    total = fields.Nested(BillSumsOut)
    buildings = fields.List(fields.Nested(BuildingSumsOut))


class AgesOut(ma.Schema):
    """What is owed, by how many days it is late."""

    not_due_fen = fields.Integer()
    late_30_fen = fields.Integer()
    late_60_fen = fields.Integer()
    late_90_fen = fields.Integer()
    later_fen = fields.Integer()
    total_fen = fields.Integer()


class AgeingOut(ma.Schema):
    """The ageing of what households owe at the end of a day."""

    on = fields.Date()
    ages = fields.Nested(AgesOut)


class ProjectAgesOut(ma.Schema):
    """The same of a project."""

    project_id = fields.Integer()
    number = fields.String()
    title = fields.String()
    ages = fields.Nested(AgesOut)


class HouseholdAgesOut(ma.Schema):
    """The same of a household."""

    household_id = fields.Integer()
    building = fields.Integer()
    unit = fields.Integer()
    room_no = fields.String()
    owner_name = fields.String(allow_none=True)
    ages = fields.Nested(AgesOut)


class WithheldSumsOut(ma.Schema):
    """What was withheld from builders at the end of a day, and what became of it."""

    withheld_fen = fields.Integer()
    released_fen = fields.Integer()
    deducted_fen = fields.Integer()
    outstanding_fen = fields.Integer()


class WithheldOut(WithheldSumsOut):
    """The same of a project; ``due_on`` is the last day of its defects period."""

    project_id = fields.Integer()
    number = fields.String()
    title = fields.String()
    due_on = fields.Date(allow_none=True)
