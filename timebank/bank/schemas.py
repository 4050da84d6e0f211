"""Shapes of the bank, for programs (``…In``, ``…Out``) and for forms (``…Form``)."""

from dataclasses import replace
from typing import Any

import flask_smorest.fields
import marshmallow as ma
from marshmallow import EXCLUDE, fields
from marshmallow.validate import Length, Range

from timebank.bank.queries.statements import LineView
from timebank.bank.rules.claims import Reason
from timebank.bank.rules.closing import REASON_CHARS_MAX
from timebank.bank.rules.days import DayOrder
from timebank.bank.rules.headers import HEADER_ROWS_MAX, Column
from timebank.bank.rules.layouts import Layout, SignRule
from timebank.kernel.paging import Page
from timebank.web import words
from timebank.web.api import PageIn

COLUMNS_MAX = 64
ID_MAX = 2**31 - 1


class PageQuery(PageIn):
    """Which page of a list a reader looks at."""

    class Meta:
        """What else stands in the address is not for us."""

        unknown = EXCLUDE


class BankAccountIn(ma.Schema):
    """A new account at a bank."""

    bank_name = fields.String(required=True, validate=Length(1, 40))
    label = fields.String(required=True, validate=Length(1, 60))
    number = fields.String(required=True, validate=Length(6, 60))


class StatementFileIn(ma.Schema):
    """A statement as the bank handed it out."""

    file = flask_smorest.fields.Upload(required=True)


class ConfirmIn(ma.Schema):
    """What to do with lines that may be booked already."""

    are_doubtful_new = fields.Boolean(load_default=None, allow_none=True)


class ConfirmForm(ConfirmIn):
    """The same from a form."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


def _place() -> fields.Integer:
    """Return the field of a column's number, from 1."""
    return fields.Integer(allow_none=True, load_default=None, validate=Range(1, COLUMNS_MAX))


class LayoutIn(ma.Schema):
    """Which column of a table means what, numbered from 1, and how signs and days are meant."""

    header_row = fields.Integer(required=True, validate=Range(1, HEADER_ROWS_MAX))
    day = _place()
    time = _place()
    amount = _place()
    income = _place()
    expense = _place()
    side = _place()
    balance = _place()
    party_name = _place()
    party_account = _place()
    text = fields.List(
        fields.Integer(validate=Range(1, COLUMNS_MAX)),
        load_default=list,
        validate=Length(max=COLUMNS_MAX),
    )
    reference = _place()
    status = _place()
    currency = _place()
    sign = fields.Enum(SignRule, by_value=True, allow_none=True, load_default=None)
    day_order = fields.Enum(DayOrder, by_value=True, allow_none=True, load_default=None)
    year = fields.Integer(allow_none=True, load_default=None, validate=Range(1990, 2200))
    skips_neutral = fields.Boolean(allow_none=True, load_default=None)

    @ma.post_load
    def as_layout(self, data: dict[str, Any], **_: object) -> dict[str, Layout]:
        """Return the layout as the rules know it."""
        places = {column: data[column.value] for column in Column if data[column.value]}
        columns = {
            column: tuple(at - 1 for at in (said if isinstance(said, list) else [said]))
            for column, said in places.items()
        }
        layout = Layout(
            header_row=data["header_row"] - 1,
            columns=columns,
            sign=data["sign"],
            day_order=data["day_order"],
            year=data["year"],
            skips_neutral=data["skips_neutral"],
        )
        return {"layout": layout}


class LayoutForm(LayoutIn):
    """The same from a form; a blank select says nothing, several texts come one by one."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class BankAccountOut(ma.Schema):
    """A bank account with its balance; what is unclaimed is part of it."""

    id = fields.Integer()
    bank_name = fields.String()
    label = fields.String()
    number_tail = fields.String()
    balance_fen = fields.Integer()
    unclaimed_fen = fields.Integer()
    line_count = fields.Integer()
    last_on = fields.Date(allow_none=True)


class BankLineOut(ma.Schema):
    """A booked line; whoever does not import sees other parties' names and numbers masked."""

    id = fields.Integer()
    account_id = fields.Integer()
    position = fields.Integer()
    kind = fields.String()
    booked_on = fields.Date()
    time = fields.String(attribute="time_text")
    amount_fen = fields.Integer()
    balance_fen = fields.Integer(allow_none=True)
    running_fen = fields.Integer()
    party_name = fields.String()
    party_account = fields.String()
    text = fields.String()
    reference = fields.String()
    entry_id = fields.UUID()
    age_days = fields.Integer()


class BankImportOut(ma.Schema):
    """One import in the list of an account."""

    id = fields.Integer()
    state = fields.String()
    kind = fields.String()
    file_name = fields.String()
    new_count = fields.Integer()
    known_count = fields.Integer()
    first_on = fields.Date(allow_none=True)
    last_on = fields.Date(allow_none=True)
    closing_fen = fields.Integer(allow_none=True)
    staged_at = fields.AwareDateTime(format="iso")


class RowProblemOut(ma.Schema):
    """A row that cannot be believed, and why."""

    row = fields.Integer()
    code = fields.String(attribute="error.code")
    message = fields.Function(lambda one: words.say(one.error), metadata={"type": "string"})


class SkippedRowOut(ma.Schema):
    """A row that is no movement."""

    row = fields.Integer()
    reason = fields.String()


class ReadLineOut(ma.Schema):
    """A line that would be booked."""

    row = fields.Integer()
    booked_on = fields.Date(attribute="day")
    amount_fen = fields.Integer()
    balance_fen = fields.Integer(allow_none=True)
    party_name = fields.String()
    text = fields.String()


class AskedOut(ma.Schema):
    """What has to be told before a table can be booked, with what speaks for each answer."""

    question = fields.String()
    speaks = fields.Dict(keys=fields.String(), values=fields.Dict())


class PreviewOut(ma.Schema):
    """What a statement would do, or did."""

    id = fields.Integer()
    account_id = fields.Integer()
    state = fields.String()
    kind = fields.String()
    file_name = fields.String()
    new_count = fields.Integer()
    known_count = fields.Integer()
    skipped_count = fields.Integer()
    doubtful_count = fields.Integer()
    problem_count = fields.Integer()
    opening_fen = fields.Integer()
    closing_fen = fields.Integer(allow_none=True)
    is_chained = fields.Boolean()
    may_be_booked = fields.Boolean()
    asked = fields.List(fields.Nested(AskedOut))
    titles = fields.Function(
        lambda one: list(one.reading.titles) if one.reading else [],
        metadata={"type": "array", "items": {"type": "string"}},
    )
    lines = fields.List(fields.Nested(ReadLineOut))
    doubtful = fields.List(fields.Nested(ReadLineOut))
    problems = fields.List(fields.Nested(RowProblemOut))
    skipped = fields.List(fields.Nested(SkippedRowOut))


class MonthIn(ma.Schema):
    """The month of a book to be closed, by its first day."""

    month = fields.Date(required=True)


class MonthForm(MonthIn):
    """The same from a form."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class WaiverIn(MonthIn):
    """A line that may stay open over a month's end, and why."""

    line_id = fields.Integer(required=True, validate=Range(1, ID_MAX))
    reason = fields.String(required=True, validate=Length(1, REASON_CHARS_MAX))


class WaiverForm(WaiverIn):
    """The same from a form."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class ObstacleOut(ma.Schema):
    """A line of which something is unclaimed at a month's end."""

    line_id = fields.Integer()
    account_id = fields.Integer()
    booked_on = fields.Date()
    amount_fen = fields.Integer()
    unallocated_fen = fields.Integer()
    reason = fields.Enum(Reason, by_value=True, allow_none=True)
    due_on = fields.Date(allow_none=True)
    owner_name = fields.String()
    is_overdue = fields.Boolean()
    is_waived = fields.Boolean()


class OpenMonthOut(ma.Schema):
    """The next month of a book to be closed, and what stands in its way."""

    book_id = fields.Integer()
    book_name = fields.String()
    month = fields.Date(allow_none=True)
    through_on = fields.Date(allow_none=True)
    is_over = fields.Boolean()
    is_ready = fields.Boolean()
    obstacle_count = fields.Integer()
    obstacles = fields.List(fields.Nested(ObstacleOut))
    matchers = fields.List(fields.String())
    unnumbered_count = fields.Integer()


class ClosedMonthOut(ma.Schema):
    """A closed month of a book."""

    id = fields.Integer()
    book_id = fields.Integer()
    book_name = fields.String()
    month = fields.Date()
    through_on = fields.Date()
    vouchers = fields.Integer()
    closed_name = fields.String()
    closed_at = fields.AwareDateTime()
    waiver_count = fields.Integer()


def shown(page: Page[LineView], *, sees_names: bool) -> Page[LineView]:
    """Return lines as a reader may see them."""
    if sees_names:
        return page
    return Page([_masked(line) for line in page.items], page.next_cursor)


def _masked(line: LineView) -> LineView:
    """Return a line with the other party's name and number hidden."""
    tail = f"****{line.party_account[-4:]}" if line.party_account else ""
    return replace(line, party_name=words.mask_name(line.party_name), party_account=tail)
