"""Which days are worked: weeks, the State Council's holidays and make-up workdays, office hours.

Days and hours are the community's (Asia/Shanghai), whatever the machine's own zone; moments that
go in and come out are UTC. A year whose notice is not known yet is reckoned Monday to Friday, and
whoever asked can tell, because the year is named as missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from timebank.kernel import clock

SATURDAY = 5
MINUTES_OF_DAY = 1440


@dataclass(frozen=True, slots=True)
class Year:
    """What one year's notice says: days off, and days off that are worked instead."""

    year: int
    version: int
    source: str
    rest_on: frozenset[date]
    work_on: frozenset[date]


@dataclass(frozen=True, slots=True)
class Span:
    """Office hours from one minute of the day to another; the end is not worked."""

    from_minute: int
    until_minute: int


OFFICE_HOURS = (Span(9 * 60, 12 * 60), Span(14 * 60, 18 * 60))


def _at_minute(day: date, minute: int) -> datetime:
    """Return the moment of a minute of one of the community's days; 1440 is the end of the day."""
    if minute == MINUTES_OF_DAY:
        return clock.at_local(day + timedelta(days=1), time())
    return clock.at_local(day, time(minute // 60, minute % 60))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known, with the office hours of one policy."""

    years: Mapping[int, Year] = field(default_factory=dict)
    hours: tuple[Span, ...] = OFFICE_HOURS

    def is_holiday(self, day: date) -> bool:
        """Whether a notice takes the day off, weekends within a holiday included."""
        known = self.years.get(day.year)
        return known is not None and day in known.rest_on

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked."""
        known = self.years.get(day.year)
        if known is not None and day in known.work_on:
            return True
        return day.weekday() < SATURDAY and not self.is_holiday(day)

    def day_minutes(self) -> int:
        """Return how long a workday is."""
        return sum(span.until_minute - span.from_minute for span in self.hours)

    def open_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the office hours of a day as moments; none when it is not worked."""
        if self.is_workday(day):
            for span in self.hours:
                yield _at_minute(day, span.from_minute), _at_minute(day, span.until_minute)

    def after_working(self, start: datetime, length: timedelta) -> datetime:
        """Return the earliest moment at which so much office time has passed since a start."""
        day, left = clock.day_of(start), length
        while True:
            for opens, closes in self.open_spans(day):
                begins = max(opens, start)
                if begins >= closes:
                    continue
                if left <= closes - begins:
                    return begins + left
                left -= closes - begins
            day += timedelta(days=1)

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much office time lies between two moments."""
        total, day = timedelta(0), clock.day_of(start)
        while day <= clock.day_of(end):
            for opens, closes in self.open_spans(day):
                total += max(min(closes, end) - max(opens, start), timedelta(0))
            day += timedelta(days=1)
        return total

    def rested_between(self, start: datetime, end: datetime) -> list[date]:
        """Return the days after the first up to the last that are not worked."""
        first, last = clock.day_of(start), clock.day_of(end)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day for day in days if not self.is_workday(day)]


def by_year(years: Iterable[Year]) -> Mapping[int, Year]:
    """Return the newest version of every year."""
    return {one.year: one for one in sorted(years, key=lambda one: (one.year, one.version))}
