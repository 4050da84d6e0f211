"""What a community promises for each step: how much, in which time, counted from where.

A version never changes once it is approved; a case keeps the version under which it was
registered. The first one comes with the house.
Source: the community's work ledger: respond within 1 hour, claim within 1 hour, resolve within
3 days, feed back within 5 days. It does not say from when; the first version counts each limit
from the end of the step before, in natural time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from timebank.cases.errors import policy as errors
from timebank.cases.rules.flow import Step
from timebank.cases.rules.workdays import OFFICE_HOURS, Calendar, Span, Year

VERSIONS_MAX = 500
HOUSE_VERSION = 1
SPANS_MAX = 2


class Unit(StrEnum):
    """What a limit counts."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class Pace(StrEnum):
    """Which time counts: all of it, or office hours on workdays."""

    NATURAL = "natural"
    WORKING = "working"


class Start(StrEnum):
    """From where a limit counts; a round that is begun anew counts from its beginning."""

    PREVIOUS = "previous"
    REGISTRATION = "registration"


class DayRule(StrEnum):
    """How days count: to the very moment, or as the Civil Code counts them.

    Source: 民法典 articles 201 and 203: the first day does not count, and the last day ends at
    24:00; article 204 lets those concerned agree otherwise, so that a promise to the very moment
    is as lawful.
    """

    EXACT = "exact"
    CIVIL = "civil"


class Rolls(StrEnum):
    """Which last days move on to the next day, where days count as in the Civil Code.

    Source: 民法典 article 203 names statutory holidays; whether a weekend is one is for the
    community to say.
    """

    NEVER = "never"
    HOLIDAYS = "holidays"
    REST_DAYS = "rest_days"


class PolicyState(StrEnum):
    """Where a version stands; whether it is in force is a question of the day."""

    DRAFT = "draft"
    APPROVED = "approved"
    DISCARDED = "discarded"


REPORT_IN_MINUTES_MAX = 1440
REOPEN_DAYS_MAX = 180
AMOUNT_MAX: Mapping[Unit, int] = {Unit.MINUTE: 14_400, Unit.HOUR: 720, Unit.DAY: 180}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long one step may take; ``urgent_amount`` where urgent cases have less."""

    step: Step
    amount: int
    unit: Unit
    pace: Pace = Pace.NATURAL
    start: Start = Start.PREVIOUS
    day_rule: DayRule = DayRule.EXACT
    urgent_amount: int | None = None

    def amount_for(self, *, is_urgent: bool) -> int:
        """Return how much of the unit a case has."""
        return self.urgent_amount if is_urgent and self.urgent_amount else self.amount


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the promises: a limit for each of the four steps, office hours, rolling.

    A department that is whistled reports in within ``report_in_minutes``; a closed case may be
    opened again within ``reopen_days``.
    """

    version: int
    limits: Mapping[Step, Limit]
    hours: tuple[Span, ...] = OFFICE_HOURS
    rolls: Rolls = Rolls.REST_DAYS
    report_in_minutes: int = 30
    reopen_days: int = 14

    @property
    def asks_calendar(self) -> bool:
        """Whether any of its limits depends on which days are worked."""
        return any(
            limit.pace is Pace.WORKING
            or (limit.day_rule is DayRule.CIVIL and self.rolls is not Rolls.NEVER)
            for limit in self.limits.values()
        )


def _house() -> Policy:
    """Return the version that comes with the house."""
    promised = (
        (Step.RESPOND, 1, Unit.HOUR),
        (Step.CLAIM, 1, Unit.HOUR),
        (Step.RESOLVE, 3, Unit.DAY),
        (Step.FEED_BACK, 5, Unit.DAY),
    )
    limits = {step: Limit(step, amount, unit) for step, amount, unit in promised}
    return Policy(version=HOUSE_VERSION, limits=limits)


HOUSE_POLICY = _house()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a case's deadlines follow from: its version, and the years that were known."""

    policy: Policy
    years: Mapping[int, Year]

    def calendar(self) -> Calendar:
        """Return the days and hours that are worked."""
        return Calendar(years=self.years, hours=self.policy.hours)


def check_policy(policy: Policy) -> None:
    """Refuse what nobody could keep or reckon.

    Raises:
        LimitOutOfRangeError: an amount is not between one and the most of its unit.
        UrgentNotShorterError: urgent cases would have more time than the others.
        CivilNeedsDaysError: hours are always counted to the moment (民法典 article 201).
        HoursOutOfOrderError: office hours end before they begin, or overlap.
        TermOutOfRangeError: a department's time to report in, or the days to open again.
    """
    _check_terms(policy)
    for step, limit in policy.limits.items():
        most = AMOUNT_MAX[limit.unit]
        if not 1 <= limit.amount <= most:
            raise errors.LimitOutOfRangeError(field=f"{step}_amount", most=most)
        urgent = limit.urgent_amount
        if urgent is not None and not 1 <= urgent <= limit.amount:
            raise errors.UrgentNotShorterError(field=f"{step}_urgent_amount")
        if limit.day_rule is DayRule.CIVIL and limit.unit is not Unit.DAY:
            raise errors.CivilNeedsDaysError(field=f"{step}_day_rule")
    ends = [minute for span in policy.hours for minute in (span.from_minute, span.until_minute)]
    if not ends or ends != sorted(set(ends)) or ends[0] < 0 or ends[-1] > 1440:
        raise errors.HoursOutOfOrderError(field="morning_from")


def _check_terms(policy: Policy) -> None:
    """Refuse terms that are none."""
    if not 1 <= policy.report_in_minutes <= REPORT_IN_MINUTES_MAX:
        raise errors.TermOutOfRangeError(field="report_in_minutes", most=REPORT_IN_MINUTES_MAX)
    if not 1 <= policy.reopen_days <= REOPEN_DAYS_MAX:
        raise errors.TermOutOfRangeError(field="reopen_days", most=REOPEN_DAYS_MAX)


def check_in_force_on(day: date, *, today: date) -> None:
    """Refuse a day in the past: promises made under the old version stay as they were.

    Raises:
        PolicyInPastError
    """
    if day < today:
        raise errors.PolicyInPastError(field="in_force_on", on=day)


def check_approver(
    *, drafter: tuple[int | None, int | None], approver: tuple[int | None, int | None]
) -> None:
    """Refuse who drafted as approver, by account and by person (``(user_id, person_id)``).

    Raises:
        PolicyNeedsSecondError
    """
    same_person = approver[1] is not None and approver[1] == drafter[1]
    if approver[0] is None or approver[0] == drafter[0] or same_person:
        raise errors.PolicyNeedsSecondError
