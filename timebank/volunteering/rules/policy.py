"""What a community's rules for hours can say, and how a version comes into force: pure values."""

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum

from timebank.kernel.errors import ConflictError
from timebank.volunteering.errors import policy as errors

# The first version holds for everything before the second; it comes with the house.
FROM_THE_BEGINNING = date(2000, 1, 1)
VERSIONS_MAX = 500
RATE_MAX = 1000
BONUS_MAX = 240
MONTHS_MAX = 600
AGE_MAX = 120
LIFETIME_MAX = 6_000_000
CENT = 100


class PolicyState(StrEnum):
    """Where a version stands; whether it is in force is a question of the day."""

    DRAFT = "draft"
    SIMULATED = "simulated"
    APPROVED = "approved"
    DISCARDED = "discarded"


# Why each move may be: a changed draft must be simulated anew before anybody approves it.
MOVES: Mapping[tuple[PolicyState, PolicyState], str] = {
    (PolicyState.DRAFT, PolicyState.SIMULATED): "its effect on last year is known now",
    (PolicyState.SIMULATED, PolicyState.SIMULATED): "last year has moved on by a day",
    (PolicyState.SIMULATED, PolicyState.DRAFT): "what was simulated has been changed",
    (PolicyState.SIMULATED, PolicyState.APPROVED): "a second person has seen what it does",
    (PolicyState.DRAFT, PolicyState.DISCARDED): "nobody relies on a draft",
    (PolicyState.SIMULATED, PolicyState.DISCARDED): "nobody relies on a draft",
}
OPEN_STATES = (PolicyState.DRAFT, PolicyState.SIMULATED)


class Excess(StrEnum):
    """What becomes of minutes over a cap."""

    DONATION = "donation"
    REFUSE = "refuse"


class Circle(StrEnum):
    """Whom a member's minutes may be given to."""

    NOBODY = "nobody"
    SPOUSE = "spouse"
    LINEAL = "lineal"
    KIN_AND_FRIENDS = "kin_and_friends"


# What the relative is to the giver; the words of the community room's kinship.
LINEAL_KINDS = frozenset({"spouse", "child", "parent", "grandchild", "grandparent"})
GUARDIAN_KINDS = ("parent", "grandparent")


class Cap(StrEnum):
    """Which limit bound when minutes were credited."""

    MONTH = "month"
    PAIR = "pair"
    LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one kind of service counts: percent of the time served, and minutes on top."""

    rate_percent: int = CENT
    bonus_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for hours in one version; minutes, days, years; None where nothing is set.

    ``rates`` are the exceptions from ``rate_percent``, by kind of service. ``pair_minutes_max``
    is between one volunteer and one recipient in a calendar month.
    """

    version: int = 1
    rate_percent: int = CENT
    rounding_minutes: int = 1
    late_days: int = 7
    earn_age_min: int | None = None
    guardian_below_age: int | None = None
    day_minutes_max: int | None = 480
    month_minutes_max: int | None = None
    pair_minutes_max: int | None = None
    lifetime_minutes_max: int | None = None
    excess: Excess = Excess.DONATION
    redeem_age_min: int | None = None
    redeem_minutes_min: int | None = None
    circle: Circle = Circle.NOBODY
    allows_gifts: bool = False
    expiry_months: int | None = None
    claim_days: int = 180  # after a death or a move away kin may claim for so long
    rates: Mapping[int, Rate] = field(default_factory=dict)

    def rate_of(self, kind_id: int) -> Rate:
        """Return what a kind of service counts."""
        return self.rates.get(kind_id, Rate(self.rate_percent))


DEFAULT_POLICY = Policy()
# What a version says, in the order of the table, the form, the page and the program's answer.
VALUES = tuple(one.name for one in fields(Policy) if one.name not in {"version", "rates"})
_RANGES: Mapping[str, tuple[int, int]] = {
    "rate_percent": (1, RATE_MAX),
    "rounding_minutes": (1, 60),
    "late_days": (0, 366),
    "earn_age_min": (1, AGE_MAX),
    "guardian_below_age": (1, AGE_MAX),
    "day_minutes_max": (1, 1440),
    "month_minutes_max": (1, 44_640),
    "pair_minutes_max": (1, 44_640),
    "lifetime_minutes_max": (1, LIFETIME_MAX),
    "redeem_age_min": (1, AGE_MAX),
    "redeem_minutes_min": (1, LIFETIME_MAX),
    "expiry_months": (1, MONTHS_MAX),
    "claim_days": (30, 730),
}
_NEEDED = frozenset({"rate_percent", "rounding_minutes", "late_days", "claim_days"})


def ranges() -> Mapping[str, tuple[int, int]]:
    """Return the least and the greatest that each figure of a policy may be."""
    return _RANGES


def is_needed(name: str) -> bool:
    """Whether a figure may not be left open."""
    return name in _NEEDED


def check_values(policy: Policy) -> None:
    """Refuse figures out of range, and caps that could never bind.

    Raises:
        OutOfRangeError, CapsOutOfOrderError
    """
    for name, (least, most) in _RANGES.items():
        value = getattr(policy, name)
        if value is None and name not in _NEEDED:
            continue
        if value is None or not least <= value <= most:
            raise errors.OutOfRangeError(field=name, least=least, most=most)
    for kind_id, rate in policy.rates.items():
        if not 1 <= rate.rate_percent <= RATE_MAX:
            raise errors.OutOfRangeError(field=f"rate_{kind_id}", least=1, most=RATE_MAX)
        if not 0 <= rate.bonus_minutes <= BONUS_MAX:
            raise errors.OutOfRangeError(field=f"bonus_{kind_id}", least=0, most=BONUS_MAX)
    caps = (policy.day_minutes_max, policy.month_minutes_max, policy.lifetime_minutes_max)
    set_caps = [cap for cap in caps if cap is not None]
    if set_caps != sorted(set_caps):
        raise errors.CapsOutOfOrderError(field="month_minutes_max")


def check_in_force_on(day: date, *, today: date) -> None:
    """Refuse a day in the past.

    Raises:
        InForceInPastError
    """
    if day < today:
        raise errors.InForceInPastError(field="in_force_on", on=day)


def check_approver(
    *, drafter: tuple[int | None, int | None], approver: tuple[int | None, int | None]
) -> None:
    """Refuse the drafter as approver, by account and by person (``(user_id, person_id)``).

    Raises:
        PolicyApproverUnknownError, ApprovesOwnPolicyError
    """
    if approver[0] is None:
        raise errors.PolicyApproverUnknownError
    if approver[0] == drafter[0]:
        raise errors.ApprovesOwnPolicyError
    if approver[1] is not None and approver[1] == drafter[1]:
        raise errors.ApprovesOwnPolicyError


class PolicyCalendar:
    """A community's approved versions by the day from which each is in force."""

    def __init__(self, approved: Iterable[tuple[date, Policy]]) -> None:
        """Take ``(in_force_on, policy)`` in any order; a day has one."""
        self._entries = sorted(approved, key=lambda entry: (entry[0], entry[1].version))
        self._days = [day for day, _ in self._entries]

    def on(self, day: date) -> Policy:
        """Return the version in force on a day; before there is any, what every house begins with.

        A record is reckoned by the version in force on the day of the service, not by that of
        the day on which somebody came round to approving it.
        """
        at = bisect.bisect_right(self._days, day)
        return self._entries[at - 1][1] if at else DEFAULT_POLICY

    def since(self, day: date) -> date:
        """Return from when on the version in force on a day has been in force."""
        at = bisect.bisect_right(self._days, day)
        return self._days[at - 1] if at else FROM_THE_BEGINNING

    def expiry_since(self, day: date) -> date:
        """Return from when on the term of expiry in force on a day has stood unchanged."""
        at = bisect.bisect_right(self._days, day)
        since = FROM_THE_BEGINNING
        months = self.on(day).expiry_months
        for from_day, policy in reversed(self._entries[:at]):
            if policy.expiry_months != months:
                break
            since = from_day
        return since

    def coming(self, day: date) -> Sequence[tuple[date, Policy]]:
        """Return the versions that come into force after a day, the next one first."""
        return self._entries[bisect.bisect_right(self._days, day) :]


def _as_number(day: date) -> int:
    """Return a day as a number whose order is that of the days."""
    return day.year * 10_000 + day.month * 100 + day.day


def age_on(born_on: date, day: date) -> int:
    """Return the whole years of somebody's life on a day; the birthday itself counts."""
    return (_as_number(day) - _as_number(born_on)) // 10_000


def reaches_age_on(born_on: date, age: int) -> date:
    """Return the first day on which somebody is of an age; 29 February waits for 1 March."""
    year = born_on.year + age
    try:
        return born_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


@dataclass(frozen=True, slots=True)
class Earner:
    """What decides whether somebody may earn: birthday, and a parent who is known."""

    born_on: date | None
    has_guardian: bool = False


def check_earner(earner: Earner, *, served_on: date, policy: Policy) -> None:
    """Refuse who was too young on the day of the service; whose birthday nobody knows may earn.

    Raises:
        TooYoungToEarnError, GuardianMissingError
    """
    if earner.born_on is None:
        return
    age = age_on(earner.born_on, served_on)
    if policy.earn_age_min is not None and age < policy.earn_age_min:
        raise errors.TooYoungToEarnError(field="volunteer_id", age=policy.earn_age_min)
    below = policy.guardian_below_age
    if below is not None and age < below and not earner.has_guardian:
        raise errors.GuardianMissingError(field="volunteer_id", age=below)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a member may redeem: birthday, minutes earned, minutes received."""

    born_on: date | None
    earned_minutes: int
    has_received: bool = False


def check_redeemer(standing: Standing, *, policy: Policy, today: date) -> None:
    """Refuse who is too young, or has earned too little, to redeem.

    Minutes that were given or granted are meant to be used: who has received any is not asked
    for a minimum.

    Raises:
        RedeemAgeUnknownError, TooYoungToRedeemError, TooLittleToRedeemError
    """
    age = policy.redeem_age_min
    if age is not None and standing.born_on is None:
        raise errors.RedeemAgeUnknownError(age=age)
    if age is not None and standing.born_on is not None and age_on(standing.born_on, today) < age:
        raise errors.TooYoungToRedeemError(age=age, from_on=reaches_age_on(standing.born_on, age))
    least = policy.redeem_minutes_min
    if least is not None and standing.earned_minutes < least and not standing.has_received:
        raise errors.TooLittleToRedeemError(least=least, have=standing.earned_minutes)


def may_redeem(standing: Standing, policy: Policy, today: date) -> bool:
    """Whether a member may redeem today."""
    try:
        check_redeemer(standing, policy=policy, today=today)
    except ConflictError:
        return False
    return True


def circle_kinds(circle: Circle) -> frozenset[str] | None:
    """Return which kin a circle takes in; None for any."""
    if circle is Circle.KIN_AND_FRIENDS:
        return None
    return {Circle.SPOUSE: frozenset({"spouse"}), Circle.LINEAL: LINEAL_KINDS}.get(
        circle, frozenset()
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A value that two versions say differently; ``kind_id`` for the rate of one kind."""

    name: str
    before: object
    after: object
    kind_id: int | None = None


def differences(before: Policy, after: Policy) -> list[Change]:
    """Return what differs between two versions, in the order of the form, rates last."""
    changes = [
        Change(name, getattr(before, name), getattr(after, name))
        for name in VALUES
        if getattr(before, name) != getattr(after, name)
    ]
    for kind_id in sorted(before.rates.keys() | after.rates.keys()):
        was, now = before.rate_of(kind_id), after.rate_of(kind_id)
        if was.rate_percent != now.rate_percent:
            changes.append(Change("rate_percent", was.rate_percent, now.rate_percent, kind_id))
        if was.bonus_minutes != now.bonus_minutes:
            changes.append(Change("bonus_minutes", was.bonus_minutes, now.bonus_minutes, kind_id))
    return changes


def year_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the year that ends the day before."""
    last = day - timedelta(days=1)
    return last - timedelta(days=364), last
