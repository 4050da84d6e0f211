"""Figures from kept months and from what happened between their moment and the one asked for.

What was written between the two is added, or taken off for an earlier moment: the same facts give
the same figures, whichever way they were reached.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any  # the columns of rows

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.rules.flow import Step
from timebank.reports.models import CaseMonth, CaseMonthsKept
from timebank.reports.queries import case_facts
from timebank.reports.queries.case_reading import CHUNK, Reader, reader_of
from timebank.reports.rules.case_tallies import Kept, Layout, unpacked
from timebank.reports.rules.cases import By, CaseFact, StepFact, month_key
from timebank.reports.rules.figures import Period, Places

_NUMBERED = (By.GRID, By.MICRO_GRID, By.HOLDER, By.DEPARTMENT)


def kept_at(session: Session, community_id: int) -> datetime | None:
    """Return the moment as of which months are kept; None before all were looked at."""
    return session.scalar(
        select(CaseMonthsKept.kept_at).where(
            CaseMonthsKept.community_id == community_id, CaseMonthsKept.is_ready
        )
    )


def layout(
    session: Session,
    *,
    places: Places,
    period: Period,
    by: By,
    as_of: datetime | None,
    kept: datetime,
) -> Layout:
    """Return the figures of a period laid out by a side, as of a moment."""
    reader = reader_of(session, places=places, period=period, as_of=as_of)
    found = Layout(by)
    sides = [By.GRID] if by in {By.GRID, By.MONTH} else [By.GRID, by]
    for row in session.execute(_rows(reader, period, sides)):
        _add(found, row)
    for fact, sign in since(reader, kept=kept):
        if isinstance(fact, StepFact):
            found.add_step(fact, sign)
        else:
            found.add_case(fact, sign)
    for late in case_facts.still_open(reader):
        found.add_step(late)
    return found


def _rows(reader: Reader, period: Period, sides: list[By]) -> Select[Any]:
    """Select what is kept of the months and places."""
    return select(
        *(CaseMonth.month_on, CaseMonth.side, CaseMonth.grid_id, CaseMonth.key, CaseMonth.name),
        *(CaseMonth.counts, *(getattr(CaseMonth, step.value) for step in Step)),
    ).where(
        CaseMonth.community_id == reader.community_id,
        CaseMonth.month_on >= period.first,
        CaseMonth.month_on < period.after,
        CaseMonth.side.in_(sides),
        CaseMonth.grid_id.in_(set(reader.doors.values())),
    )


def _add(found: Layout, row: Any) -> None:  # noqa: ANN401 - a row of _rows
    """Add a kept row to all, and to the row on which it stands."""
    side = By(row.side)
    runs = {step: unpacked(getattr(row, step.value)) for step in Step}
    if side is By.GRID:
        found.all.add(row.counts, runs)
    key: int | str = int(row.key) if side in _NUMBERED else row.key
    if found.by is By.MONTH:
        key = month_key(row.month_on)
    elif side is not found.by:
        return
    found.row(key).add(row.counts, runs)
    if side is By.HOLDER:
        found.names.setdefault(int(row.key), row.name)


def since(reader: Reader, *, kept: datetime) -> Iterator[tuple[StepFact | CaseFact, int]]:
    """Yield what leads from the kept moment to the reader's: facts to add and to take off."""
    if reader.as_of == kept:
        return
    earlier, later = sorted((kept, reader.as_of))
    sign = 1 if reader.as_of > kept else -1
    between = case_facts.results(reader.at(later), after=earlier)
    for step in case_facts.step_facts(reader.at(later), between):
        yield step, sign
    ids = case_facts.touched(reader, after=earlier, until=later)
    for at in range(0, len(ids), CHUNK):
        some = CaseFile.id.in_(ids[at : at + CHUNK])
        for case in case_facts.registered(reader.at(later), some):
            yield case, sign
        for case in case_facts.registered(reader.at(earlier), some):
            yield case, -sign


def derived(session: Session, *, community_id: int, month_on: date, as_of: datetime) -> Kept:
    """Return what should be kept of a month, from the events anew."""
    places = Places(community_id, is_whole=True)
    reader = reader_of(session, places=places, period=Period(month_on, month_on), as_of=as_of)
    found = Kept()
    for step in case_facts.step_facts(reader, case_facts.results(reader)):
        found.add_step(step)
    for case in case_facts.registered(reader):
        found.add_case(case)
    return found


def rows_of(session: Session, *, community_id: int, month_on: date) -> list[CaseMonth]:
    """Return what is kept of a month."""
    wanted = select(CaseMonth).where(
        CaseMonth.community_id == community_id, CaseMonth.month_on == month_on
    )
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def told(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts without those of which there are none."""
    return {name: count for name, count in sorted(counts.items()) if count}
