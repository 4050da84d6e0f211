"""Shapes of the reserve's view: what is asked, what is answered."""

import marshmallow as ma
from marshmallow import fields, validate

from timebank.care.rules import reserve as rules
from timebank.cofund.schemas.parts import Yuan
from timebank.kernel.units import FEN_MAX

_TEXT = validate.Length(1, 80)
_REASON = validate.Length(2, 300)


class ReserveIn(ma.Schema):
    """Which stress is tried, and the prices of which day are taken."""

    percent = fields.Integer(
        load_default=rules.PERCENT_DEFAULT, validate=validate.Range(1, rules.CENT)
    )
    years = fields.Integer(
        load_default=rules.YEARS_DEFAULT, validate=validate.Range(1, rules.YEARS_MAX)
    )
    price_on = fields.Date(load_default=None)


class ReceiptsIn(ma.Schema):
    """Which page of the receipts is asked for."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=400))


class ReceiptFormIn(ma.Schema):
    """What came in, as a form sends it: an amount in yuan."""

    received_on = fields.Date(required=True)
    amount_fen = Yuan(required=True, data_key="amount", validate=validate.Range(1, FEN_MAX))
    source = fields.String(required=True, validate=_TEXT)
    document = fields.String(required=True, validate=_TEXT)


class ReceiptIn(ma.Schema):
    """What came in, as programs send it."""

    received_on = fields.Date(required=True)
    amount_fen = fields.Integer(required=True, strict=True, validate=validate.Range(1, FEN_MAX))
    source = fields.String(required=True, validate=_TEXT)
    document = fields.String(required=True, validate=_TEXT)


class UndoReceiptIn(ma.Schema):
    """Why it is taken back."""

    reason = fields.String(required=True, validate=_REASON)


class ReceiptOut(ma.Schema):
    """Money that came into the reserve."""

    id = fields.Integer()
    received_on = fields.Date()
    amount_fen = fields.Integer()
    source = fields.String()
    document = fields.String()
    entry_id = fields.UUID()
    noted_by = fields.String()
    noted_at = fields.AwareDateTime(format="iso")
    reversal_entry_id = fields.UUID(allow_none=True)
    undo_reason = fields.String()
    undone_by = fields.String()
    undone_at = fields.AwareDateTime(format="iso", allow_none=True)


class CohortOut(ma.Schema):
    """What is left of one year's minutes, by when they may be redeemed."""

    year = fields.Integer(allow_none=True)
    total = fields.Integer()
    minutes = fields.Dict(keys=fields.String(), values=fields.Integer())


class OutstandingOut(ma.Schema):
    """All minutes that are still to be redeemed."""

    total = fields.Integer()
    policy_version = fields.Integer()
    redeem_age_min = fields.Integer(allow_none=True)
    redeem_minutes_min = fields.Integer(allow_none=True)
    expiry_months = fields.Integer(allow_none=True)
    rows = fields.List(fields.Nested(CohortOut))


class ReserveMoneyOut(ma.Schema):
    """The reserve's money, and what of it is spoken for."""

    bank_fen = fields.Integer()
    payable_fen = fields.Integer()
    drafted_fen = fields.Integer()
    unsettled_fen = fields.Integer()
    free_fen = fields.Integer()


class PricedOut(ma.Schema):
    """A service at the version of its price in force."""

    service_id = fields.Integer()
    service_name = fields.String()
    centre_name = fields.String()
    version = fields.Integer()
    valid_from = fields.Date()
    minutes = fields.Integer()
    fen = fields.Integer()
    fen_per_hour = fields.Integer()
    used_minutes = fields.Integer()


class AssumptionVersionOut(ma.Schema):
    """What an hour would cost the reserve by the prices that began on a day."""

    version = fields.Integer()
    since = fields.Date()
    usual_per_hour = fields.Integer()
    dearest_per_hour = fields.Integer()


class AssumptionOut(AssumptionVersionOut):
    """The same with the services by which it is reckoned."""

    services = fields.List(fields.Nested(PricedOut))


class CoverageOut(ma.Schema):
    """How much the free money would pay; shares in tenths of a percent."""

    minutes = fields.Integer()
    cost_fen = fields.Integer()
    cost_dearest_fen = fields.Integer()
    free_fen = fields.Integer()
    usual = fields.Integer(allow_none=True)
    dearest = fields.Integer(allow_none=True)


class StressYearOut(ma.Schema):
    """One year of a stress test."""

    number = fields.Integer()
    minutes = fields.Integer()
    cost_fen = fields.Integer()
    left_fen = fields.Integer()
    cost_dearest_fen = fields.Integer()
    left_dearest_fen = fields.Integer()


class StressOut(ma.Schema):
    """What happens if so many percent are redeemed within so many years."""

    percent = fields.Integer()
    minutes = fields.Integer()
    missing_fen = fields.Integer()
    missing_dearest_fen = fields.Integer()
    years = fields.List(fields.Nested(StressYearOut))


class RealMonthOut(ma.Schema):
    """What was redeemed in a month."""

    month_on = fields.Date()
    minutes = fields.Integer()
    fen = fields.Integer()
    visits_fen = fields.Integer()


class ComingMonthOut(ma.Schema):
    """What a month to come may take."""

    month_on = fields.Date()
    minutes = fields.Integer()
    fen = fields.Integer()
    left_fen = fields.Integer()


class ForecastOut(ma.Schema):
    """The last twelve months, and the next if they are alike."""

    minutes_of_month = fields.Integer()
    fen_of_month = fields.Integer()
    months_left = fields.Integer(allow_none=True)
    real = fields.List(fields.Nested(RealMonthOut))
    coming = fields.List(fields.Nested(ComingMonthOut))


class ReserveOut(ma.Schema):
    """The reserve as it stands: the fund's own view, never what hours are worth to a member."""

    outstanding = fields.Nested(OutstandingOut)
    money = fields.Nested(ReserveMoneyOut)
    assumption = fields.Nested(AssumptionOut, allow_none=True)
    versions = fields.List(fields.Nested(AssumptionVersionOut))
    coverage_all = fields.Nested(CoverageOut, allow_none=True)
    coverage_now = fields.Nested(CoverageOut, allow_none=True)
    stress = fields.Nested(StressOut, allow_none=True)
    forecast = fields.Nested(ForecastOut)
