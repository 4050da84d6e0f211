"""Shapes of the month's settlement: what is asked, what is answered."""

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules.settlements import Outcome
from timebank.care.schemas.proofs import ROW_ID

_REASON = validate.Length(2, 300)


class MonthIn(ma.Schema):
    """Which service point's month is drawn up; any day of the month names it."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    month_on = fields.Date(required=True)


class MonthFormIn(ma.Schema):
    """The same as a form sends it: a month."""

    centre_id = fields.Integer(required=True, validate=ROW_ID)
    month_on = fields.Date(required=True, format="%Y-%m", data_key="month")


class DisputeIn(ma.Schema):
    """Why a line is not right."""

    reason = fields.String(required=True, validate=_REASON)


class AnswerIn(ma.Schema):
    """What a dispute leads to, and why."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    answer = fields.String(required=True, validate=_REASON)


class PaymentIn(ma.Schema):
    """When it was paid, and the number on the bank's paper."""

    paid_on = fields.Date(required=True)
    document = fields.String(required=True, validate=validate.Length(1, 80))


class LinesIn(ma.Schema):
    """Which lines are asked for."""

    is_disputed = fields.Boolean(load_default=False)
    cursor = fields.String(load_default=None, validate=validate.Length(max=400))


class LinesPageIn(LinesIn):
    """The same for programs, which say how many at once."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class SettlementOut(ma.Schema):
    """A month's statement."""

    id = fields.Integer()
    centre_id = fields.Integer()
    centre_name = fields.String()
    provider_name = fields.String()
    month_on = fields.Date()
    state = fields.String()
    line_count = fields.Integer()
    minutes = fields.Integer()
    amount_fen = fields.Integer()
    struck_fen = fields.Integer()
    disputes = fields.Integer()
    open_disputes = fields.Integer()
    drafted_by = fields.String()
    drafted_at = fields.AwareDateTime(format="iso")
    approved_by = fields.String()
    approved_at = fields.AwareDateTime(format="iso", allow_none=True)
    entry_id = fields.UUID(allow_none=True)
    paid_on = fields.Date(allow_none=True)
    paid_document = fields.String()
    paid_by = fields.String()
    payment_entry_id = fields.UUID(allow_none=True)


class DisputeOut(ma.Schema):
    """What was said against a line, and the answer."""

    reason = fields.String()
    raised_by = fields.String()
    raised_at = fields.AwareDateTime(format="iso")
    outcome = fields.String(allow_none=True)
    answer = fields.String()
    answered_by = fields.String()
    answered_at = fields.AwareDateTime(format="iso", allow_none=True)


class SettlementLineOut(ma.Schema):
    """One line of a statement."""

    id = fields.Integer()
    number = fields.Integer()
    kind = fields.String()
    on_day = fields.Date()
    service_name = fields.String()
    unit = fields.String()
    quantity = fields.Integer()
    minutes = fields.Integer()
    amount_fen = fields.Integer()
    due_fen = fields.Integer()
    slip_number = fields.String()
    redemption_id = fields.Integer(allow_none=True)
    transfer_id = fields.Integer(allow_none=True)
    dispute = fields.Nested(DisputeOut, allow_none=True)


class AgreementOut(ma.Schema):
    """How a statement stands beside the books of hours and money."""

    agrees = fields.Boolean()
    minutes = fields.Integer()
    booked_minutes = fields.Integer()
    amount_fen = fields.Integer()
    booked_fen = fields.Integer(allow_none=True)
    differing = fields.List(fields.String())
