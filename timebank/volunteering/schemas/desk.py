"""The shapes of the review desk, of spot checks, of appeals and arbitration."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.volunteering.rules.desk import OPTIONAL, RANGES, VALUES, DeskRules
from timebank.volunteering.rules.disputes import DisputeAbout, DisputeState
from timebank.volunteering.rules.records import MINUTES_MAX, NOTE_MAX, RecordState
from timebank.volunteering.rules.risk import RiskCode
from timebank.volunteering.rules.spot_checks import CheckHow, CheckResult, CheckState, DrawnBy
from timebank.volunteering.schemas.fields import of_our_time, row_id
from timebank.volunteering.schemas.records import RecordOut
from timebank.web.api import PageIn

_WORDS = validate.Length(1, NOTE_MAX)


class DeskQuery(PageIn):
    """Which part of the queue."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    code = fields.Enum(RiskCode, by_value=True, load_default=None)
    is_second = fields.Boolean(load_default=False)


class DeskListIn(PageIn):
    """Which part of the queue a program asks for."""

    code = fields.Enum(RiskCode, by_value=True, load_default=None)
    is_second = fields.Boolean(load_default=False)


class RiskReasonOut(Schema):
    """Why a record is worth a look: figures in whole minutes, counts, days or percent."""

    code = fields.Enum(RiskCode, by_value=True)
    points = fields.Integer()
    figures = fields.Dict(keys=fields.String(), values=fields.Integer())
    record_ids = fields.List(fields.Integer())


class FirstOut(Schema):
    """The first of two approvals."""

    by_name = fields.String()
    at = fields.AwareDateTime()


class DeskLineOut(Schema):
    """A waiting record with its risk."""

    record = fields.Nested(RecordOut)
    points = fields.Integer()
    is_scored = fields.Boolean()
    reasons = fields.List(fields.Nested(RiskReasonOut))
    first = fields.Nested(FirstOut, allow_none=True)


def _figure(name: str) -> fields.Integer:
    """Return the field of one figure of the desk's rules."""
    least, most = RANGES[name]
    if name in OPTIONAL:
        return fields.Integer(
            load_default=None, allow_none=True, validate=validate.Range(least, most)
        )
    default = getattr(DeskRules(), name)
    return fields.Integer(load_default=default, validate=validate.Range(least, most))


class DeskRulesIn(Schema):
    """A new version of the desk's rules; what is left out is as in a new community."""

    in_force_on = fields.Date(load_default=None, allow_none=True, validate=of_our_time)
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))
    second_minutes = _figure("second_minutes")
    second_points = _figure("second_points")
    pair_percent = _figure("pair_percent")
    reviewer_percent = _figure("reviewer_percent")
    day_minutes = _figure("day_minutes")
    travel_minutes = _figure("travel_minutes")
    late_days = _figure("late_days")
    check_percent = _figure("check_percent")
    check_least = _figure("check_least")
    appeal_days = _figure("appeal_days")
    appeal_decided_days = _figure("appeal_decided_days")
    arbitration_days = _figure("arbitration_days")
    arbitration_decided_days = _figure("arbitration_decided_days")

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the figures."""
        return {"values": DeskRules(**{name: data.pop(name) for name in VALUES}), **data}


class DeskRulesFormIn(DeskRulesIn):
    """The form of a new version."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class DeskRulesOut(Schema):
    """A version of the desk's rules."""

    version = fields.Integer(attribute="rules.version")
    in_force_on = fields.Date()
    set_at = fields.AwareDateTime()
    set_by_name = fields.String()
    note = fields.String()
    second_minutes = fields.Integer(attribute="rules.second_minutes", allow_none=True)
    second_points = fields.Integer(attribute="rules.second_points", allow_none=True)
    pair_percent = fields.Integer(attribute="rules.pair_percent")
    reviewer_percent = fields.Integer(attribute="rules.reviewer_percent")
    day_minutes = fields.Integer(attribute="rules.day_minutes")
    travel_minutes = fields.Integer(attribute="rules.travel_minutes")
    late_days = fields.Integer(attribute="rules.late_days")
    check_percent = fields.Integer(attribute="rules.check_percent")
    check_least = fields.Integer(attribute="rules.check_least")
    appeal_days = fields.Integer(attribute="rules.appeal_days")
    appeal_decided_days = fields.Integer(attribute="rules.appeal_decided_days")
    arbitration_days = fields.Integer(attribute="rules.arbitration_days")
    arbitration_decided_days = fields.Integer(attribute="rules.arbitration_decided_days")


class CheckListIn(PageIn):
    """Which spot checks a program asks for."""

    state = fields.Enum(CheckState, by_value=True, load_default=None)
    month_on = fields.Date(load_default=None, validate=of_our_time)
    is_wrong = fields.Boolean(load_default=False)


class ChecksQuery(CheckListIn):
    """Which spot checks of a list."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE


class TakeIn(Schema):
    """To whom a check goes; to the sender when nobody is named."""

    user_id = row_id(load_default=None, allow_none=True)


class TakeFormIn(TakeIn):
    """The form that hands a check to somebody."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class CheckResultIn(Schema):
    """What a check found."""

    how = fields.Enum(CheckHow, by_value=True, required=True)
    result = fields.Enum(CheckResult, by_value=True, required=True)
    actual_minutes = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, 2 * MINUTES_MAX)
    )
    words = fields.String(required=True, validate=_WORDS)


class CheckResultFormIn(CheckResultIn):
    """The form of a result."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class SpotCheckOut(Schema):
    """A spot check."""

    id = fields.Integer()
    record_id = fields.Integer()
    week_on = fields.Date()
    drawn_by = fields.Enum(DrawnBy, by_value=True)
    state = fields.Enum(CheckState, by_value=True)
    kind_name = fields.String()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    served_name = fields.String()
    served_on = fields.Date()
    minutes = fields.Integer()
    checker_user_id = fields.Integer(allow_none=True)
    checker_name = fields.String()
    taken_at = fields.AwareDateTime(allow_none=True)
    how = fields.Enum(CheckHow, by_value=True, allow_none=True)
    result = fields.Enum(CheckResult, by_value=True, allow_none=True)
    actual_minutes = fields.Integer(allow_none=True)
    words = fields.String()
    done_at = fields.AwareDateTime(allow_none=True)
    reversal_id = fields.UUID(allow_none=True)


class MonthChecksOut(Schema):
    """The checks of one month."""

    month_on = fields.Date()
    drawn = fields.Integer()
    done = fields.Integer()
    right = fields.Integer()
    wrong = fields.Integer()
    differing = fields.Integer()
    not_happened = fields.Integer()
    unreachable = fields.Integer()
    taken_back = fields.Integer()
    right_percent = fields.Integer(allow_none=True)


class DrawOut(Schema):
    """A week's draw with its seed."""

    id = fields.Integer()
    week_on = fields.Date()
    seed = fields.String()
    candidates = fields.Integer()
    percent = fields.Integer()
    least = fields.Integer()
    drawn = fields.Integer()
    drawn_at = fields.AwareDateTime()


class SaidIn(Schema):
    """What somebody has to say."""

    words = fields.String(required=True, validate=_WORDS)


class SaidFormIn(SaidIn):
    """The form of what somebody has to say."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class DecisionIn(SaidIn):
    """How an appeal is decided; ``approves`` posts the record in the same act."""

    is_granted = fields.Boolean(required=True)
    approves = fields.Boolean(load_default=False)


class DecisionFormIn(DecisionIn):
    """The form of a decision."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class ArbitrationIn(SaidIn):
    """An arbiter's word."""

    is_granted = fields.Boolean(required=True)


class ArbitrationFormIn(ArbitrationIn):
    """The form of an arbiter's word."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class VoteOut(Schema):
    """An arbiter's word."""

    by_name = fields.String()
    is_granted = fields.Boolean()
    words = fields.String()
    at = fields.AwareDateTime()


class DisputeOut(Schema):
    """A right to disagree, and what became of it."""

    id = fields.Integer()
    record_id = fields.Integer()
    about = fields.Enum(DisputeAbout, by_value=True)
    state = fields.Enum(DisputeState, by_value=True)
    due_on = fields.Date(allow_none=True)
    is_late = fields.Boolean()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    kind_name = fields.String()
    served_on = fields.Date()
    minutes = fields.Integer()
    record_state = fields.Enum(RecordState, by_value=True)
    opened_at = fields.AwareDateTime()
    decided_by_name = fields.String()
    reason = fields.String()
    appealed_at = fields.AwareDateTime(allow_none=True)
    appealed_by_name = fields.String()
    appeal_words = fields.String()
    judged_at = fields.AwareDateTime(allow_none=True)
    judged_by_name = fields.String()
    judgement = fields.String()
    arbitration_at = fields.AwareDateTime(allow_none=True)
    arbitration_words = fields.String()
    settled_at = fields.AwareDateTime(allow_none=True)
    new_record_id = fields.Integer(allow_none=True)
    votes = fields.List(fields.Nested(VoteOut))
