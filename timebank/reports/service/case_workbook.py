"""Figures of cases by every side as a workbook: parts and wholes as numbers, nothing to reckon."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Step
from timebank.kernel import clock
from timebank.reports.queries import case_figures
from timebank.reports.rules.cases import SHARES, By, CaseFigures, Fate, Figures
from timebank.reports.rules.figures import Period, Places
from timebank.reports.service.workbook import Sheet, Value, written

_EXCLUDED = (Fate.REJECTED, Fate.CANCELLED, Fate.MERGED)


def workbook(
    session: Session,
    *,
    places: Places,
    period: Period,
    as_of: datetime,
    titles: Mapping[str, str],
) -> bytes:
    """Return the workbook; holders only for those who see cases."""
    sheets = [_how(as_of, titles)]
    for by in By:
        if by is not By.HOLDER or places.sees_people:
            found = case_figures.case_figures(
                session, places=places, period=period, by=by, as_of=as_of
            )
            sheets.append(_sheet(by, found, titles))
    return written(sheets, hidden="–")


def _how(as_of: datetime, titles: Mapping[str, str]) -> Sheet:
    """Return what the figures mean."""
    at = clock.local(as_of).isoformat(timespec="seconds")
    rows = [[titles["how_step"], ""], [titles["how_case"], ""]]
    return Sheet(titles["how"], [titles["as_of"], at], rows)


def _sheet(by: By, found: CaseFigures, titles: Mapping[str, str]) -> Sheet:
    """Return the figures by one side."""
    rows: list[list[Value]] = [
        [titles.get(line.head.name, line.head.name), *_values(line.figures)] for line in found.lines
    ]
    rows.append([titles["all"], *_values(found.all)])
    return Sheet(titles[by.value], [titles[by.value], *_head(titles)], rows)


def _head(titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the columns in the order of the values."""
    yield titles["registered"]
    for fate in _EXCLUDED:
        yield titles[fate.value]
    for name in (*(step.value for step in Step), *SHARES):
        yield titles[name]
        yield f"{titles[name]} {titles['of']}"
    for step in Step:
        yield f"{titles[step.value]} {titles['median']}"
        yield f"{titles[step.value]} {titles['slow']}"
    yield titles["unreachable"]
    yield titles["unrated"]


def _values(one: Figures) -> Iterator[Value]:
    """Yield the values of a row."""
    yield one.registered
    yield from (one.excluded[fate] for fate in _EXCLUDED)
    for rate in (*(one.steps[step].on_time for step in Step), *one.shares.values()):
        yield rate.part
        yield rate.whole
    for step in Step:
        yield one.steps[step].median
        yield one.steps[step].slow
    yield one.unreachable
    yield one.unrated
