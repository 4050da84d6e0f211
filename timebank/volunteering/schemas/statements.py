"""The shapes of statements of a period and of months."""

from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.kernel import clock
from timebank.ledger.rules.values import Restriction
from timebank.volunteering.rules import statements as rules
from timebank.volunteering.rules.advice import Advice
from timebank.volunteering.schemas.fields import day
from timebank.volunteering.schemas.records import RecordOut
from timebank.web.api import PageIn


class PeriodIn(PageIn):
    """A period, by default this year so far, and which kind of minutes is shown line by line."""

    since = day(load_default=None)
    through = day(load_default=None)
    of = fields.Enum(Restriction, by_value=True, load_default=Restriction.OWN)

    @post_load
    def fill(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the present year where no days are named."""
        through: date = data["through"] or clock.today()
        data["through"] = through
        data["since"] = data["since"] or through.replace(month=1, day=1)
        return data


class PeriodQuery(PeriodIn):
    """A period in an address."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE


class StaffPeriodIn(PeriodIn):
    """A period of somebody whom one serves, and why one looks."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))


class StaffPeriodFormIn(StaffPeriodIn):
    """The form of it: shown, on paper, or as a workbook."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    form = fields.String(load_default="page", validate=validate.OneOf(["page", "print", "xlsx"]))


class MonthReasonIn(Schema):
    """Why one looks at somebody's month."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))
    month = fields.String(required=True, validate=validate.Regexp(r"20\d\d-(0[1-9]|1[0-2])$"))


class PersonTextQuery(Schema):
    """Who is looked for."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    q = fields.String(load_default="", validate=validate.Length(max=40))


class SectionOut(Schema):
    """One kind of minutes in a period."""

    restriction = fields.Enum(Restriction, by_value=True)
    opening_minutes = fields.Integer()
    in_minutes = fields.Integer()
    out_minutes = fields.Integer()
    closing_minutes = fields.Integer()


class PeriodLineOut(Schema):
    """A line of a statement with the service behind it."""

    entry_id = fields.UUID(attribute="line.entry_id")
    number = fields.Integer(attribute="line.number")
    kind = fields.String(attribute="line.kind")
    effective_on = fields.Date(attribute="line.effective_on")
    recorded_at = fields.AwareDateTime(attribute="line.recorded_at")
    memo = fields.String(attribute="line.memo")
    minutes = fields.Integer(attribute="line.amount")
    balance_after_minutes = fields.Integer(attribute="after_minutes")
    record = fields.Nested(RecordOut, allow_none=True)


class HeldOut(Schema):
    """Minutes that are set aside."""

    id = fields.UUID()
    minutes = fields.Integer(attribute="amount")
    memo = fields.String()


class StatementOut(Schema):
    """A member's statement of a period."""

    person_id = fields.Integer()
    since = fields.Date()
    through = fields.Date()
    sections = fields.List(fields.Nested(SectionOut))
    before_minutes = fields.Integer()
    lines = fields.List(fields.Nested(PeriodLineOut))
    next_cursor = fields.String(allow_none=True)
    holds = fields.List(fields.Nested(HeldOut))


class PartsOut(Schema):
    """A month's minutes by what happened."""

    earned_minutes = fields.Integer(attribute="earned")
    received_minutes = fields.Integer(attribute="received")
    returned_minutes = fields.Integer(attribute="returned")
    other_in_minutes = fields.Integer(attribute="other_in")
    taken_back_minutes = fields.Integer(attribute="taken_back")
    spent_minutes = fields.Integer(attribute="spent")
    given_minutes = fields.Integer(attribute="given")
    donated_minutes = fields.Integer(attribute="donated")
    expired_minutes = fields.Integer(attribute="expired")
    other_out_minutes = fields.Integer(attribute="other_out")


class KindEarnedOut(Schema):
    """What was earned by one kind of service."""

    kind = fields.String()
    times = fields.Integer()
    own_minutes = fields.Integer()
    donation_minutes = fields.Integer()


class MonthOut(Schema):
    """A member's month."""

    month = fields.Date()
    opening_minutes = fields.Integer()
    closing_minutes = fields.Integer()
    donation_opening_minutes = fields.Integer()
    donation_closing_minutes = fields.Integer()
    own = fields.Nested(PartsOut)
    donation = fields.Nested(PartsOut)
    kinds = fields.List(fields.Nested(KindEarnedOut))


class ReasonToLookIn(Schema):
    """Why one looks at somebody's month."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))


class TipOut(Schema):
    """What to do before minutes end or a cap bites."""

    advice = fields.Enum(Advice, by_value=True)
    minutes = fields.Integer()
    by_on = fields.Date(allow_none=True)


class MonthsOut(Schema):
    """The months of which there is a page, the newest first."""

    months = fields.List(fields.Date())
