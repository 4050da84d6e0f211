"""What a year's notice may say, and how it is read from lines of text."""

import re
from collections.abc import Collection
from datetime import date, timedelta

from timebank.cases.errors import policy as errors
from timebank.cases.rules.workdays import SATURDAY

DAYS_MAX = 60
_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")


def read_days(text: str, *, field: str) -> list[date]:
    """Return the days that lines of text name, one day or one run of days in a line.

    Raises:
        DateUnreadableError: a line names no day, or runs backwards or on and on.
    """
    days: set[date] = set()
    for line in filter(None, (one.strip() for one in text.splitlines())):
        ends = [_day(found, line, field) for found in _DAY.findall(line)]
        if len(ends) not in {1, 2} or not 0 <= (ends[-1] - ends[0]).days < DAYS_MAX:
            raise errors.DateUnreadableError(field=field, text=line[:40])
        days |= {ends[0] + timedelta(days=n) for n in range((ends[-1] - ends[0]).days + 1)}
    return sorted(days)


def _day(found: tuple[str, str, str], line: str, field: str) -> date:
    """Return the day that three numbers name."""
    try:
        return date(int(found[0]), int(found[1]), int(found[2]))
    except ValueError as error:
        raise errors.DateUnreadableError(field=field, text=line[:40]) from error


def check_year(
    *, year: int, source: str, rest_on: Collection[date], work_on: Collection[date]
) -> None:
    """Refuse what cannot be a year's notice.

    Raises:
        YearSourceMissingError, YearEmptyError, DayOfOtherYearError, DayTwiceError,
        MakeUpOnWeekdayError
    """
    if not source.strip():
        raise errors.YearSourceMissingError(field="source")
    if not rest_on:
        raise errors.YearEmptyError(field="rest_on")
    for field, days in (("rest_on", rest_on), ("work_on", work_on)):
        for day in days:
            if day.year != year:
                raise errors.DayOfOtherYearError(field=field, on=day, year=year)
    _check_made_up(rest_on, work_on)


def _check_made_up(rest_on: Collection[date], work_on: Collection[date]) -> None:
    """Refuse make-up workdays that are off, or are workdays anyhow."""
    for day in work_on:
        if day in rest_on:
            raise errors.DayTwiceError(field="work_on", on=day)
        if day.weekday() < SATURDAY:
            raise errors.MakeUpOnWeekdayError(field="work_on", on=day)
