"""Values and rules of the reserve's view: what it may have to pay, and whether it can; no database.

Hours are no money to those who earned them. What is reckoned here is only what the reserve would
pay providers if they were redeemed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from timebank.care.rules.settlements import month_after, month_before
from timebank.kernel.units import split

PERCENT_DEFAULT, YEARS_DEFAULT = 20, 3
YEARS_MAX = 10
CENT = 100
MONTHS = 12
MINUTES_OF_HOUR = 60


class When(StrEnum):
    """When minutes may be redeemed by whose they are, as the rules for hours stand."""

    NOW = "now"
    WITHIN_1 = "within_1"
    WITHIN_3 = "within_3"
    WITHIN_5 = "within_5"
    WITHIN_10 = "within_10"
    LATER = "later"
    AGE_UNKNOWN = "age_unknown"
    TOO_LITTLE = "too_little"
    BY_GIFT = "by_gift"


WITHIN_YEARS: Mapping[When, int] = {
    When.NOW: 0,
    When.WITHIN_1: 1,
    When.WITHIN_3: 3,
    When.WITHIN_5: 5,
    When.WITHIN_10: 10,
}


def years_on(day: date, years: int) -> date:
    """Return the same day so many years later or earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def born_until(day: date, age: int) -> date:
    """Return the latest birthday of those who are of an age on a day."""
    return years_on(day, -age)


@dataclass(frozen=True, slots=True)
class CohortRow:
    """What is left of one year's minutes, by when they may be redeemed; ``year`` None for pools."""

    year: int | None
    minutes: Mapping[When, int]

    @property
    def total(self) -> int:
        """All of the year."""
        return sum(self.minutes.values())


@dataclass(frozen=True, slots=True)
class Outstanding:
    """All minutes that are still to be redeemed, by the year in which they came."""

    rows: tuple[CohortRow, ...]
    policy_version: int
    redeem_age_min: int | None
    redeem_minutes_min: int | None
    expiry_months: int | None

    @property
    def whens(self) -> tuple[When, ...]:
        """The columns in which anything stands."""
        return tuple(one for one in When if self.of(one))

    def of(self, when: When) -> int:
        """Return the minutes of one column."""
        return sum(row.minutes.get(when, 0) for row in self.rows)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(row.total for row in self.rows)


@dataclass(frozen=True, slots=True)
class Priced:
    """A service with the version of its price in force, and how much of it was used in a year."""

    service_id: int
    service_name: str
    centre_name: str
    version: int
    valid_from: date
    minutes: int
    fen: int
    used_minutes: int

    @property
    def fen_per_hour(self) -> int:
        """What the reserve pays for an hour of it, rounded half up."""
        return rounded(Fraction(self.fen * MINUTES_OF_HOUR, self.minutes))


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A version of a service's price, as stored."""

    service_id: int
    service_name: str
    centre_name: str
    version: int
    valid_from: date
    minutes: int
    fen: int


@dataclass(frozen=True, slots=True)
class Assumption:
    """What an hour would cost the reserve by the prices in force on a day.

    ``usual`` weighs services by what was used of them within a year, ``dearest`` takes the service
    that costs most; both in fen for a minute, exactly.
    """

    version: int
    since: date
    services: tuple[Priced, ...]
    usual: Fraction
    dearest: Fraction

    @property
    def usual_per_hour(self) -> int:
        """Fen for an hour of the usual mix, rounded half up."""
        return rounded(self.usual * MINUTES_OF_HOUR)

    @property
    def dearest_per_hour(self) -> int:
        """Fen for an hour of the dearest service, rounded half up."""
        return rounded(self.dearest * MINUTES_OF_HOUR)

    def cost(self, minutes: int) -> int:
        """Return what minutes cost in the usual mix, in fen, rounded half up."""
        return rounded(self.usual * minutes)

    def cost_dearest(self, minutes: int) -> int:
        """Return what minutes cost if all took the dearest service, in fen."""
        return rounded(self.dearest * minutes)


def rounded(value: Fraction) -> int:
    """Return a whole number, rounded half up."""
    return (value.numerator * 2 + value.denominator) // (value.denominator * 2)


def assumption_on(
    day: date, prices: Sequence[PriceRow], used: Mapping[int, int]
) -> Assumption | None:
    """Return the assumption of a day; None before there was a price.

    Its version counts the days on which any price began, up to that day.
    """
    begun = sorted({row.valid_from for row in prices if row.valid_from <= day})
    if not begun:
        return None
    in_force: dict[int, PriceRow] = {}
    for row in sorted(prices, key=lambda one: one.valid_from):
        if row.valid_from <= day:
            in_force[row.service_id] = row
    services = tuple(
        Priced(
            row.service_id,
            row.service_name,
            row.centre_name,
            row.version,
            row.valid_from,
            row.minutes,
            row.fen,
            used.get(row.service_id, 0),
        )
        for row in in_force.values()
    )
    return Assumption(len(begun), begun[-1], services, _usual(services), _dearest(services))


def _usual(services: Sequence[Priced]) -> Fraction:
    """Return fen for a minute, weighed by use; each service alike where nothing was used."""
    weights = [one.used_minutes for one in services]
    if not sum(weights):
        weights = [1] * len(services)
    paid = sum(
        (
            Fraction(one.fen, one.minutes) * weight
            for one, weight in zip(services, weights, strict=True)
        ),
        Fraction(0),
    )
    return paid / sum(weights)


def _dearest(services: Sequence[Priced]) -> Fraction:
    """Return fen for a minute of the service that costs most."""
    return max(Fraction(one.fen, one.minutes) for one in services)


@dataclass(frozen=True, slots=True)
class Money:
    """The reserve's money in its book, and what of it is spoken for; fen."""

    bank_fen: int
    payable_fen: int
    drafted_fen: int
    unsettled_fen: int
    bank_account_id: int | None = None

    @property
    def free_fen(self) -> int:
        """What is left when everything served so far is paid."""
        return self.bank_fen - self.payable_fen - self.drafted_fen - self.unsettled_fen


def tenths_of_percent(part: int, whole: int) -> int | None:
    """Return a share in tenths of a percent, rounded half up; None of nothing."""
    return None if whole <= 0 else rounded(Fraction(part * 10 * CENT, whole))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what may come the free money would pay; shares in tenths of a percent."""

    minutes: int
    cost_fen: int
    cost_dearest_fen: int
    free_fen: int

    @property
    def usual(self) -> int | None:
        """The share in the usual mix."""
        return tenths_of_percent(max(self.free_fen, 0), self.cost_fen)

    @property
    def dearest(self) -> int | None:
        """The share if all took the dearest service."""
        return tenths_of_percent(max(self.free_fen, 0), self.cost_dearest_fen)


@dataclass(frozen=True, slots=True)
class StressYear:
    """One year of a stress test: what would be redeemed, and what is left at its end."""

    number: int
    minutes: int
    cost_fen: int
    left_fen: int
    cost_dearest_fen: int
    left_dearest_fen: int

    @property
    def short_fen(self) -> int:
        """What the year's cost goes beyond what there was, in the usual mix."""
        return min(max(-self.left_fen, 0), self.cost_fen)


@dataclass(frozen=True, slots=True)
class Stress:
    """What happens if so many percent are redeemed within so many years, evenly."""

    percent: int
    years: tuple[StressYear, ...]

    @property
    def minutes(self) -> int:
        """All that would be redeemed."""
        return sum(one.minutes for one in self.years)

    @property
    def missing_fen(self) -> int:
        """What the reserve would lack at the end; zero when it pays all."""
        return max(-self.years[-1].left_fen, 0)

    @property
    def missing_dearest_fen(self) -> int:
        """The same if all took the dearest service."""
        return max(-self.years[-1].left_dearest_fen, 0)


def stress(
    *, minutes: int, percent: int, years: int, free_fen: int, assumption: Assumption
) -> Stress:
    """Return the test; a share of the minutes, split into whole minutes a year, nothing paid in."""
    of_year = split(rounded(Fraction(minutes * percent, CENT)), [1] * years)
    found, sofar, left, left_dearest = [], 0, free_fen, free_fen
    for number, taken in enumerate(of_year, start=1):
        # Costs are differences of sums, so that rounding is never added up.
        cost = assumption.cost(sofar + taken) - assumption.cost(sofar)
        dearest = assumption.cost_dearest(sofar + taken) - assumption.cost_dearest(sofar)
        sofar, left, left_dearest = sofar + taken, left - cost, left_dearest - dearest
        found.append(StressYear(number, taken, cost, left, dearest, left_dearest))
    return Stress(percent, tuple(found))


@dataclass(frozen=True, slots=True)
class RealMonth:
    """What was redeemed in a month, less what was undone in it; visitors' money stands apart."""

    month_on: date
    minutes: int
    fen: int
    visits_fen: int

    @property
    def all_fen(self) -> int:
        """What the month costs the reserve."""
        return self.fen + self.visits_fen


@dataclass(frozen=True, slots=True)
class ComingMonth:
    """What a month to come will take if it is like the same month a year before."""

    month_on: date
    minutes: int
    fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The last twelve months as they were, and the next twelve if they are alike."""

    real: tuple[RealMonth, ...]
    coming: tuple[ComingMonth, ...]
    free_fen: int

    @property
    def fen_of_month(self) -> int:
        """What a month has cost on average, rounded half up."""
        return rounded(Fraction(sum(one.all_fen for one in self.real), len(self.real)))

    @property
    def minutes_of_month(self) -> int:
        """What was redeemed in a month on average, rounded half up."""
        return rounded(Fraction(sum(one.minutes for one in self.real), len(self.real)))

    @property
    def months_left(self) -> int | None:
        """For how many whole months the free money lasts at the average; None for ever."""
        paid = sum(one.all_fen for one in self.real)
        return None if paid <= 0 else max(self.free_fen, 0) * len(self.real) // paid


def last_months(today: date, count: int = MONTHS) -> list[date]:
    """Return the months that are over, oldest first."""
    found = [month_before(today.replace(day=1))]
    while len(found) < count:
        found.append(month_before(found[-1]))
    return found[::-1]


def forecast(real: Sequence[RealMonth], *, first_on: date | None, free_fen: int) -> Forecast:
    """Return the months to come; what was before the first slip says nothing and is left out."""
    told = [one for one in real if first_on and month_after(one.month_on) > first_on] or [real[-1]]
    by_month = {one.month_on.month: one for one in told}
    shown = Forecast(tuple(told), (), free_fen)
    coming, left, month_on = [], free_fen, month_after(real[-1].month_on)
    for _ in range(MONTHS):
        alike = by_month.get(month_on.month)
        minutes = alike.minutes if alike else shown.minutes_of_month
        fen = alike.all_fen if alike else shown.fen_of_month
        left -= fen
        coming.append(ComingMonth(month_on, minutes, fen, left))
        month_on = month_after(month_on)
    return Forecast(tuple(told), tuple(coming), free_fen)


@dataclass(frozen=True, slots=True)
class ReserveView:
    """All that the reserve's page says."""

    outstanding: Outstanding
    money: Money
    assumption: Assumption | None
    versions: tuple[Assumption, ...]
    coverage_all: Coverage | None
    coverage_now: Coverage | None
    stress: Stress | None
    forecast: Forecast
