"""Shapes of the books of money."""

from datetime import date
from functools import partial

import marshmallow as ma
from marshmallow import EXCLUDE, fields
from marshmallow.validate import Length, Range

from timebank.kernel.paging import ROW_ID_MAX


class BookMonthIn(ma.Schema):
    """The month that is asked for, by any of its days."""

    month = fields.Date(load_default=None, allow_none=True)


class BookMonthQuery(BookMonthIn):
    """The same from an address."""

    class Meta:
        """What else stands in the address is not for us."""

        unknown = EXCLUDE


class TrialRowOut(ma.Schema):
    """An account's row, fen."""

    subject = fields.String()
    name = fields.String()
    account_id = fields.Integer(allow_none=True)
    opening_debit_fen = fields.Integer()
    opening_credit_fen = fields.Integer()
    debits_fen = fields.Integer()
    credits_fen = fields.Integer()
    closing_debit_fen = fields.Integer()
    closing_credit_fen = fields.Integer()


class TrialBalanceOut(ma.Schema):
    """The trial balance of a book for a month."""

    book_id = fields.Integer()
    book_name = fields.String()
    month = fields.Date()
    through_on = fields.Date()
    is_closed = fields.Boolean()
    is_even = fields.Boolean()
    rows = fields.List(fields.Nested(TrialRowOut))
    total = fields.Nested(TrialRowOut)


class AccountGapOut(ma.Schema):
    """What books and bank say of an account, fen."""

    account_id = fields.Integer()
    label = fields.String()
    number_tail = fields.String()
    books_fen = fields.Integer()
    statement_fen = fields.Integer()
    unclaimed_books_fen = fields.Integer()
    unclaimed_lines_fen = fields.Integer()
    gap_fen = fields.Integer()


class OnTheWayOut(ma.Schema):
    """What was recorded ahead of the bank."""

    count = fields.Integer()
    amount_fen = fields.Integer()


class ReconciliationOut(ma.Schema):
    """The bank reconciliation."""

    is_even = fields.Boolean()
    accounts = fields.List(fields.Nested(AccountGapOut))
    receipts = fields.Nested(OnTheWayOut)
    payments = fields.Nested(OnTheWayOut)


LedgerDay = partial(fields.Date, validate=Range(date(2000, 1, 1), date(2099, 12, 31)))
_Row = partial(fields.Integer, validate=Range(1, ROW_ID_MAX))


class MoneyReportQuery(ma.Schema):
    """What a report of money is asked for."""

    class Meta:
        """What else stands in the address is not for us."""

        unknown = EXCLUDE

    book_id = _Row()
    account_id = _Row()
    project_id = _Row()
    building = fields.Integer(validate=Range(1, 999))
    only_open = fields.Boolean(load_default=False)
    since = LedgerDay()
    through = LedgerDay()
    on = LedgerDay()
    cursor = fields.String(validate=Length(max=400))
