"""Days as banks write them: with or without a year, in whichever order of day and month."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from timebank.bank.rules.amounts import plain


class DayOrder(StrEnum):
    """Which of two small numbers is the day, where the year does not stand first."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


_TIME = r"(?P<time>[T ]?\d{1,2}[:时]\d{2}(?:[:分]\d{2}秒?)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?|(?P<mm>\d\d)(?P<dd>\d\d))"
    rf"(?:{_TIME}|(?P<digits>\d{{6}}))",
    re.ASCII,
)
_YEAR_LAST = re.compile(rf"(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>(?:19|20)\d\d){_TIME}")
_NO_YEAR = re.compile(rf"(?P<a>\d{{1,2}})[-/](?P<b>\d{{1,2}}){_TIME}")
_MONTH_DAY = re.compile(rf"(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日{_TIME}")
_FOUR = re.compile(r"(?P<a>\d\d)(?P<b>\d\d)")
_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = re.compile(
    r"(?i)(?P<d>\d{1,2})[-/ ]?(?P<name>[a-z]{3})[a-z]*[-/ ,]*(?P<y>(?:19|20)\d\d)?", re.ASCII
)
_PERIOD = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d) ?[-/.年]? ?(?P<m>0[1-9]|1[0-2]|[1-9](?!\d))"
    r"(?: ?[-/.月]? ?(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?!\d)))?(?!\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A written day taken apart: what is certain, and two small numbers whose order is not."""

    year: int | None
    month: int | None = None
    day: int | None = None
    pair: tuple[int, int] | None = None
    time: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a statement says it covers; either end may be unknown."""

    first: date | None = None
    last: date | None = None

    @property
    def years(self) -> tuple[int, ...]:
        """The years that it touches."""
        if self.first is None or self.last is None:
            return ()
        return tuple(range(self.first.year, self.last.year + 1))

    def holds(self, day: date) -> bool:
        """Whether a day lies within it."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def parts_of(text: str) -> Parts | None:
    """Return a written day taken apart; None when it is no day."""
    said = plain(re.sub(r"(?<=\d)[T\s]+(?=\d{1,2}[:时])", "T", text.strip()))
    for pattern, take in _READERS:
        found = pattern.fullmatch(said)
        if found is not None:
            return take(found)
    return None


def _year_first(found: re.Match[str]) -> Parts:
    month, day = found["m"] or found["mm"], found["d"] or found["dd"]
    digits = found["digits"]
    time = f"{digits[:2]}:{digits[2:4]}:{digits[4:]}" if digits else found["time"]
    return Parts(int(found["y"]), int(month), int(day), time=_clock(time))


def _year_last(found: re.Match[str]) -> Parts:
    pair = (int(found["a"]), int(found["b"]))
    return Parts(int(found["y"]), pair=pair, time=_clock(found["time"]))


def _no_year(found: re.Match[str]) -> Parts:
    time = found.groupdict().get("time")
    return Parts(None, pair=(int(found["a"]), int(found["b"])), time=_clock(time))


def _month_day(found: re.Match[str]) -> Parts:
    return Parts(None, int(found["m"]), int(found["d"]), time=_clock(found["time"]))


def _named(found: re.Match[str]) -> Parts | None:
    name = found["name"].lower()
    if name not in _NAMES:
        return None
    year = int(found["y"]) if found["y"] else None
    return Parts(year, _NAMES.index(name) + 1, int(found["d"]))


_READERS = (
    (_YEAR_FIRST, _year_first),
    (_YEAR_LAST, _year_last),
    (_NO_YEAR, _no_year),
    (_MONTH_DAY, _month_day),
    (_NAMED, _named),
    (_FOUR, _no_year),
)


def _clock(text: str | None) -> str:
    """Return a time as ``09:30:00``; empty when there is none."""
    found = re.findall(r"\d+", re.split(r"[.Z+-]", text or "")[0])
    return ":".join(f"{int(part):02}" for part in [*found, "00"][:3]) if len(found) > 1 else ""


def time_of(text: str) -> str:
    """Return the time in a cell of times, such as ``9:30`` or ``093000``; empty when none."""
    said = plain(text)
    if re.fullmatch(r"\d{5,6}", said, re.ASCII):
        said = said.zfill(6)
        said = f"{said[:2]}:{said[2:4]}:{said[4:]}"
    found = re.search(r"\d{1,2}[:时]\d{2}(?:[:分]\d{2})?", said)
    return _clock(found[0]) if found else ""


def day_of(
    parts: Parts, *, order: DayOrder | None, year: int | None, period: Period
) -> date | None:
    """Return the day; None when it cannot be, or when what it takes to know it is missing."""
    month, day = _month_and_day(parts, order)
    if month is None or day is None:
        return None
    if parts.year is not None:
        return _date(parts.year, month, day)
    within = [
        found
        for one in period.years
        if (found := _date(one, month, day)) is not None and period.holds(found)
    ]
    if len(within) == 1:
        return within[0]
    return None if year is None else _date(year, month, day)


def _month_and_day(parts: Parts, order: DayOrder | None) -> tuple[int | None, int | None]:
    """Return month and day of a written day, by the order that holds for the file."""
    if parts.pair is None:
        return parts.month, parts.day
    first, second = parts.pair
    if order is DayOrder.DAY_FIRST:
        return second, first
    if order is DayOrder.MONTH_FIRST:
        return first, second
    return None, None


def _date(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar, if there is such a one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def period_of(texts: Iterable[str]) -> Period:
    """Return the period that titles above the lines, or a file's name, speak of."""
    days: list[date] = []
    for text in texts:
        for found in _PERIOD.finditer(unicodedata.normalize("NFKC", text)):
            first = _date(int(found["y"]), int(found["m"]), int(found["d"] or 1))
            if first is not None:
                days += [first] if found["d"] else [first, _end_of_month(first)]
    return Period(min(days), max(days)) if len(days) > 1 else Period()


def _end_of_month(first: date) -> date:
    """Return the last day of a month."""
    ordinal = date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal()
    return date.fromordinal(ordinal - 1)


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """What speaks for an order of day and month in a file: rows that fit only it, and hints."""

    order: DayOrder
    impossible: int
    outside: int
    backward: int
    span: int


def orders_of(written: Sequence[Parts], *, period: Period, year: int | None) -> list[OrderEvidence]:
    """Return what speaks for each order; empty when no row leaves it open."""
    if not any(parts.pair for parts in written):
        return []
    return [_evidence(written, order, period, year) for order in DayOrder]


def _evidence(
    written: Sequence[Parts], order: DayOrder, period: Period, year: int | None
) -> OrderEvidence:
    # Where the year is not known, any leap year tells whether day and month can be.
    asked = None if period.years else year or 2024
    read = [day_of(parts, order=order, year=asked, period=period) for parts in written]
    known = [day for day in read if day is not None]
    steps = list(pairwise(known))
    up = sum(later < earlier for earlier, later in steps)
    down = sum(later > earlier for earlier, later in steps)
    return OrderEvidence(
        order,
        impossible=sum(_is_impossible(parts, order) for parts in written),
        outside=sum(not period.holds(day) for day in known)
        + sum(
            bool(period.years) and parts.year is None and day is None
            for parts, day in zip(written, read, strict=True)
        ),
        backward=min(up, down),
        span=(max(known) - min(known)).days if known else 0,
    )


def _is_impossible(parts: Parts, order: DayOrder) -> bool:
    """Whether a written day cannot be a day under an order, in any year."""
    month, day = _month_and_day(parts, order)
    return month is None or day is None or _date(parts.year or 2024, month, day) is None


def settled_order(found: Sequence[OrderEvidence]) -> DayOrder | None:
    """Return the order that is the only possible one; None when it has to be asked."""
    if not found:
        return None
    possible = [one for one in found if not one.impossible]
    if len(possible) == 2:
        possible = [one for one in possible if not one.outside]
    return possible[0].order if len(possible) == 1 else None
