"""Shapes of promises and of a year's workdays."""

from datetime import time
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.cases.rules import years
from timebank.cases.rules.flow import Step
from timebank.cases.rules.policy import (
    HOUSE_VERSION,
    REOPEN_DAYS_MAX,
    REPORT_IN_MINUTES_MAX,
    DayRule,
    Limit,
    Pace,
    Policy,
    PolicyState,
    Rolls,
    Start,
    Unit,
)
from timebank.cases.rules.workdays import Span

AMOUNT = validate.Range(1, 14_400)
VALUES = ("amount", "urgent_amount", "unit", "pace", "start", "day_rule")


def _clock(**told: Any) -> fields.Time:  # noqa: ANN401 - what the library's field takes
    """Return a field of a time of day as 08:30."""
    return fields.Time(format="%H:%M", metadata={"pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}, **told)


def _of_step(step: Step) -> dict[str, fields.Field[Any]]:
    """Return the fields that say one step's limit."""
    return {
        f"{step}_amount": fields.Integer(strict=False, required=True, validate=AMOUNT),
        f"{step}_urgent_amount": fields.Integer(strict=False, load_default=None, validate=AMOUNT),
        f"{step}_unit": fields.Enum(Unit, by_value=True, required=True),
        f"{step}_pace": fields.Enum(Pace, by_value=True, required=True),
        f"{step}_start": fields.Enum(Start, by_value=True, load_default=Start.PREVIOUS),
        f"{step}_day_rule": fields.Enum(DayRule, by_value=True, load_default=DayRule.EXACT),
    }


_LIMITS = Schema.from_dict(
    {name: one for step in Step for name, one in _of_step(step).items()}, name="LimitsIn"
)


class PromisesIn(_LIMITS):  # type: ignore[misc,valid-type]  # made of the steps
    """A draft: the limit of each step, office hours, rolling, from which day on."""

    rolls = fields.Enum(Rolls, by_value=True, load_default=Rolls.REST_DAYS)
    morning_from = _clock(required=True)
    morning_until = _clock(required=True)
    afternoon_from = _clock(load_default=None)
    afternoon_until = _clock(load_default=None)
    report_in_minutes = fields.Integer(
        strict=False, load_default=30, validate=validate.Range(1, REPORT_IN_MINUTES_MAX)
    )
    reopen_days = fields.Integer(
        strict=False, load_default=14, validate=validate.Range(1, REOPEN_DAYS_MAX)
    )
    in_force_on = fields.Date(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=2000))

    @post_load
    def _to_policy(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is promised into one value."""
        limits = {
            step: Limit(step=step, **{name: data[f"{step}_{name}"] for name in VALUES})
            for step in Step
        }
        hours = [Span(_minute(data["morning_from"]), _minute(data["morning_until"]))]
        if data["afternoon_from"] and data["afternoon_until"]:
            hours.append(Span(_minute(data["afternoon_from"]), _minute(data["afternoon_until"])))
        policy = Policy(HOUSE_VERSION, limits, tuple(hours), data["rolls"], **_terms(data))
        return {"policy": policy, "in_force_on": data["in_force_on"], "note": data["note"]}


def _terms(data: dict[str, Any]) -> dict[str, int]:
    """Return what is promised beside the limits."""
    return {name: data[name] for name in ("report_in_minutes", "reopen_days")}


def _minute(at: time) -> int:
    """Return the minute of the day."""
    return at.hour * 60 + at.minute


class YearIn(Schema):
    """A year's workdays, as programs say them."""

    year = fields.Integer(strict=False, required=True, validate=validate.Range(2000, 2200))
    source = fields.String(required=True, validate=validate.Length(min=1, max=200))
    rest_on = fields.List(
        fields.Date(), required=True, validate=validate.Length(max=years.DAYS_MAX)
    )
    work_on = fields.List(
        fields.Date(), load_default=list, validate=validate.Length(max=years.DAYS_MAX)
    )


class YearFormIn(Schema):
    """A year's workdays, as people type them: a day or a run of days in a line."""

    year = fields.Integer(strict=False, required=True, validate=validate.Range(2000, 2200))
    source = fields.String(required=True, validate=validate.Length(min=1, max=200))
    rest_on = fields.String(required=True, validate=validate.Length(max=4000))
    work_on = fields.String(load_default="", validate=validate.Length(max=2000))

    @post_load
    def _to_days(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Read the days out of the lines."""
        return data | {
            name: years.read_days(data[name], field=name) for name in ("rest_on", "work_on")
        }


class AskedYear(Schema):
    """Which year's form is asked for."""

    year = fields.Integer(strict=False, validate=validate.Range(2000, 2200))


class LimitOut(Schema):
    """One step's limit."""

    step = fields.Enum(Step, by_value=True)
    amount = fields.Integer()
    urgent_amount = fields.Integer(allow_none=True)
    unit = fields.Enum(Unit, by_value=True)
    pace = fields.Enum(Pace, by_value=True)
    start = fields.Enum(Start, by_value=True)
    day_rule = fields.Enum(DayRule, by_value=True)


class SpanOut(Schema):
    """Office hours in minutes of the day."""

    from_minute = fields.Integer()
    until_minute = fields.Integer()


class PromisesOut(Schema):
    """A version of the promises."""

    version = fields.Integer()
    state = fields.Enum(PolicyState, by_value=True)
    in_force_on = fields.Date(allow_none=True)
    is_in_force = fields.Boolean()
    note = fields.String()
    limits = fields.Function(
        lambda view: LimitOut(many=True).dump(list(view.policy.limits.values())),
        metadata={"type": "array", "items": {"type": "object"}},
    )
    hours = fields.List(fields.Nested(SpanOut), attribute="policy.hours")
    rolls = fields.Enum(Rolls, by_value=True, attribute="policy.rolls")
    report_in_minutes = fields.Integer(attribute="policy.report_in_minutes")
    reopen_days = fields.Integer(attribute="policy.reopen_days")
    drafted_by_name = fields.String()
    drafted_at = fields.AwareDateTime(allow_none=True)
    approved_by_name = fields.String()
    approved_at = fields.AwareDateTime(allow_none=True)


class PromisesListOut(Schema):
    """Every version, the newest first; the house's own last."""

    items = fields.List(fields.Nested(PromisesOut))


class YearOut(Schema):
    """A version of a year's workdays."""

    year = fields.Integer()
    version = fields.Integer()
    source = fields.String()
    rest_on = fields.List(fields.Date())
    work_on = fields.List(fields.Date())
    loaded_by_name = fields.String()
    loaded_at = fields.AwareDateTime(allow_none=True)


class YearsOut(Schema):
    """Every version of every year that is known, the newest first."""

    items = fields.List(fields.Nested(YearOut))
