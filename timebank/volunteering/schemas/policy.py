"""The shapes of rules for hours, for programs and forms alike."""

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from timebank.volunteering.queries.policy import Standing
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.policy import VALUES, Circle, Excess, Policy, PolicyState, Rate
from timebank.volunteering.rules.presets import Source
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn

KINDS_MAX = 200
_RATE_FIELD = re.compile(r"(rate|bonus)_(\d{1,18})")


def _figure(name: str) -> fields.Integer:
    """Return a field for one figure of a policy, which may be left open unless it is needed."""
    least, most = rules.ranges()[name]
    within = validate.Range(least, most)
    if rules.is_needed(name):
        return fields.Integer(required=True, validate=within)
    return fields.Integer(load_default=None, allow_none=True, validate=within)


class RateIn(Schema):
    """What one kind of service counts, where it differs."""

    kind_id = row_id(required=True)
    rate_percent = fields.Integer(required=True, validate=validate.Range(1, rules.RATE_MAX))
    bonus_minutes = fields.Integer(load_default=0, validate=validate.Range(0, rules.BONUS_MAX))


class PolicyIn(Schema):
    """What a version is to say; figures left out are not set."""

    rate_percent = _figure("rate_percent")
    rounding_minutes = _figure("rounding_minutes")
    late_days = _figure("late_days")
    earn_age_min = _figure("earn_age_min")
    guardian_below_age = _figure("guardian_below_age")
    day_minutes_max = _figure("day_minutes_max")
    month_minutes_max = _figure("month_minutes_max")
    pair_minutes_max = _figure("pair_minutes_max")
    lifetime_minutes_max = _figure("lifetime_minutes_max")
    excess = fields.Enum(Excess, by_value=True, load_default=Excess.DONATION)
    redeem_age_min = _figure("redeem_age_min")
    redeem_minutes_min = _figure("redeem_minutes_min")
    circle = fields.Enum(Circle, by_value=True, load_default=Circle.NOBODY)
    allows_gifts = fields.Boolean(load_default=False)
    expiry_months = _figure("expiry_months")
    claim_days = fields.Integer(
        load_default=rules.DEFAULT_POLICY.claim_days,
        validate=validate.Range(*rules.ranges()["claim_days"]),
    )
    rates = fields.List(
        fields.Nested(RateIn), load_default=list, validate=validate.Length(max=KINDS_MAX)
    )
    in_force_on = fields.Date(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what the version says in one value."""
        rates = {
            one["kind_id"]: Rate(one["rate_percent"], one["bonus_minutes"])
            for one in data.pop("rates")
        }
        said = {name: data.pop(name) for name in VALUES}
        return {"policy": Policy(rates=rates, **said), **data}


class DraftIn(PolicyIn):
    """A new draft, with the ready-made rules from which it was begun."""

    preset = fields.String(load_default="", validate=validate.Length(max=24))


class _FormIn(Schema):
    """Gathers ``rate_<kind>`` and ``bonus_<kind>`` of a form; blank kinds have no exception."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    @pre_load
    def gather(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the values with the rates in one list."""
        rates: dict[str, dict[str, Any]] = {}
        kept = dict(data)
        for name in data:
            found = _RATE_FIELD.fullmatch(name)
            if found is None:
                continue
            one = rates.setdefault(found[2], {"kind_id": found[2]})
            one["rate_percent" if found[1] == "rate" else "bonus_minutes"] = kept.pop(name)
        usual = data.get("rate_percent")
        for one in rates.values():
            one.setdefault("rate_percent", usual)
        return {**kept, "rates": list(rates.values())}


class PolicyFormIn(_FormIn, PolicyIn):
    """The form of a draft."""


class DraftFormIn(_FormIn, DraftIn):
    """The form of a new draft."""


class NewDraftQuery(Schema):
    """From what an empty form is filled."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    preset = fields.String(load_default="", validate=validate.Length(max=24))
    version = fields.Integer(load_default=None, validate=validate.Range(1, 10**6))


class OtherIn(Schema):
    """With which version one is compared; without a number with the one in force."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    other = fields.Integer(load_default=None, validate=validate.Range(1, 10**6))


class OutcomesIn(PageIn):
    """Which outcomes of a simulation."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE


class KindIn(Schema):
    """A kind of service."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    description = fields.String(load_default="", validate=validate.Length(max=200))
    is_risky = fields.Boolean(load_default=False)


class KindFormIn(KindIn):
    """The form of a kind of service."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class RateOut(Schema):
    """What one kind of service counts."""

    kind_id = fields.Integer()
    rate_percent = fields.Integer()
    bonus_minutes = fields.Integer()


class VersionOut(Schema):
    """A version of a community's rules for hours."""

    version = fields.Integer()
    state = fields.Enum(PolicyState, by_value=True)
    standing = fields.Enum(Standing, by_value=True)
    in_force_on = fields.Date()
    note = fields.String()
    preset = fields.String()
    rate_percent = fields.Integer(attribute="policy.rate_percent")
    rounding_minutes = fields.Integer(attribute="policy.rounding_minutes")
    late_days = fields.Integer(attribute="policy.late_days")
    earn_age_min = fields.Integer(attribute="policy.earn_age_min", allow_none=True)
    guardian_below_age = fields.Integer(attribute="policy.guardian_below_age", allow_none=True)
    day_minutes_max = fields.Integer(attribute="policy.day_minutes_max", allow_none=True)
    month_minutes_max = fields.Integer(attribute="policy.month_minutes_max", allow_none=True)
    pair_minutes_max = fields.Integer(attribute="policy.pair_minutes_max", allow_none=True)
    lifetime_minutes_max = fields.Integer(attribute="policy.lifetime_minutes_max", allow_none=True)
    excess = fields.Enum(Excess, by_value=True, attribute="policy.excess")
    redeem_age_min = fields.Integer(attribute="policy.redeem_age_min", allow_none=True)
    redeem_minutes_min = fields.Integer(attribute="policy.redeem_minutes_min", allow_none=True)
    circle = fields.Enum(Circle, by_value=True, attribute="policy.circle")
    allows_gifts = fields.Boolean(attribute="policy.allows_gifts")
    expiry_months = fields.Integer(attribute="policy.expiry_months", allow_none=True)
    claim_days = fields.Integer(attribute="policy.claim_days")
    rates = fields.Method("list_rates")
    drafted_at = fields.AwareDateTime()
    drafted_by_name = fields.String()
    simulated_at = fields.AwareDateTime(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    approved_by_name = fields.String()

    def list_rates(self, view: Any) -> list[dict[str, int]]:  # noqa: ANN401 - a version or a stub
        """Return the exceptions by kind."""
        return [
            {
                "kind_id": kind_id,
                "rate_percent": rate.rate_percent,
                "bonus_minutes": rate.bonus_minutes,
            }
            for kind_id, rate in sorted(view.policy.rates.items())
        ]


class SimulationOut(Schema):
    """What a version would have made of a year of approved records."""

    at = fields.AwareDateTime()
    by_name = fields.String()
    first_on = fields.Date()
    last_on = fields.Date()
    records = fields.Integer()
    volunteers = fields.Integer()
    own_before_minutes = fields.Integer()
    own_after_minutes = fields.Integer()
    donation_before_minutes = fields.Integer()
    donation_after_minutes = fields.Integer()
    refused_after_minutes = fields.Integer()
    gaining = fields.Integer()
    losing = fields.Integer()
    earners = fields.Integer()
    redeemers_before = fields.Integer()
    redeemers_after = fields.Integer()


class OutcomeOut(Schema):
    """What a simulation says about one volunteer."""

    person_id = fields.Integer()
    person_name = fields.String()
    records = fields.Integer()
    own_before_minutes = fields.Integer()
    own_after_minutes = fields.Integer()
    change_minutes = fields.Integer()
    donation_after_minutes = fields.Integer()
    refused_after_minutes = fields.Integer()


class ChangeOut(Schema):
    """A value that two versions say differently."""

    name = fields.String()
    kind_id = fields.Integer(allow_none=True)
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class PresetValueOut(Schema):
    """One value of a city's rules; without a source nobody says what it is."""

    name = fields.String()
    value = fields.Raw(allow_none=True)
    source = fields.Enum(Source, by_value=True, allow_none=True)


class PresetOut(Schema):
    """A city's rules of a year, as far as they are known."""

    code = fields.String()
    values = fields.Function(lambda preset: PresetValueOut(many=True).dump(preset.values()))


class MyRulesOut(Schema):
    """What applies to the sender."""

    version = fields.Integer()
    in_force_on = fields.Date()
    may_earn = fields.Boolean()
    month_left_minutes = fields.Integer(allow_none=True)
    lifetime_left_minutes = fields.Integer(allow_none=True)
    may_redeem = fields.Boolean()
    redeem_from_on = fields.Date(allow_none=True)
    redeem_lacks_minutes = fields.Integer(allow_none=True)
    donation_only_minutes = fields.Integer()
    next_version_on = fields.Date(allow_none=True)


class DueOut(Schema):
    """Minutes that expire: the day by the rules, and the day on which they really end."""

    due_on = fields.Date()
    ends_on = fields.Date()
    minutes = fields.Integer()
    is_warned = fields.Boolean()
