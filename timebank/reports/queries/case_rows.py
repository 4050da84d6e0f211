"""The cases behind a figure, page by page: what can be asked of the tables is asked there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.models.whistles import CaseWhistle
from timebank.cases.rules.flow import EventType
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.reports.queries import case_facts
from timebank.reports.queries.case_reading import CHUNK, Reader, reader_of
from timebank.reports.rules import cases as rules
from timebank.reports.rules.cases import (
    EXCLUDED,
    STEP_NAMES,
    By,
    CaseFact,
    Fact,
    Fate,
    Part,
    StepFact,
)
from timebank.reports.rules.figures import Period, Places
from timebank.volunteering.rules.figures import month_after


@dataclass(frozen=True, slots=True)
class FactRow:
    """A case behind a figure; of a step's figures with its round, limit and time."""

    case_id: int
    number: str
    title: str
    at: datetime
    round: int
    is_late: bool | None
    minutes: int | None
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts are wanted: of one figure, one part of it, on one row of a side."""

    name: str = "registered"
    part: Part = Part.WHOLE
    by: By | None = None
    key: str | None = None

    def keeps(self, one: Fact) -> bool:
        """Whether a fact stands on the row that is wanted."""
        if self.by is None or self.key is None:
            return True
        return self.key in {str(key) for key in rules.keys_of(one, self.by)}


# What only cases with such an event can be part of.
_EVENT_OF = {
    "closed": EventType.CLOSED,
    "reopened": EventType.REOPENED,
    "returned": EventType.RETURNED,
    "paused": EventType.PAUSED,
    "extended": EventType.EXTENDED,
    "escalated": EventType.ESCALATED,
    Fate.REJECTED.value: EventType.REJECTED,
    Fate.CANCELLED.value: EventType.CANCELLED,
    Fate.MERGED.value: EventType.MERGED,
}


def behind(
    session: Session,
    *,
    places: Places,
    period: Period,
    wanted: Wanted,
    as_of: datetime | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[FactRow]:
    """Return the cases behind a figure, newest first; a step of a second round is its own row.

    Raises:
        BadCursorError: the cursor is none of this list.
    """
    reader = reader_of(session, places=places, period=period, as_of=as_of)
    after = _after(cursor) if cursor else None
    of = _steps if wanted.name in STEP_NAMES else _cases
    rows = [_row(one) for one in of(reader, wanted, after, limit + 1)]
    return paging.page_of(rows[: limit + 1], limit=limit, key=lambda one: [one.case_id, one.round])


def _after(cursor: str) -> tuple[int, int]:
    """Return the case and the round that a page ended with.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    case_id, turn = paging.decode(cursor, width=2)
    if not isinstance(case_id, int) or not isinstance(turn, int):
        raise paging.BadCursorError
    return case_id, turn


def _steps(
    reader: Reader, wanted: Wanted, after: tuple[int, int] | None, count: int
) -> Sequence[Fact]:
    """Return so many steps behind a figure: those with a result, and those still waited for."""
    late: dict[Part, ColumnElement[bool]] = {
        Part.PART: CaseResult.is_late.is_(False),
        Part.REST: CaseResult.is_late.is_(True),
    }
    found = case_facts.results(reader).where(
        CaseResult.step == wanted.name, late.get(wanted.part, true()), _on_row(reader, wanted)
    )
    if after is not None:
        case_id, turn = after
        same = and_(CaseResult.case_id == case_id, CaseResult.round < turn)
        found = found.where(or_(CaseResult.case_id < case_id, same))
    found = found.order_by(CaseResult.case_id.desc(), CaseResult.round.desc()).limit(count)
    done = case_facts.step_facts(reader, found)
    still = [] if wanted.part is Part.PART else case_facts.still_open(reader)
    waiting = [
        one
        for one in still
        if one.step == wanted.name
        and wanted.keeps(one)
        and (after is None or (one.about.case_id, one.round) < after)
    ]
    both = [*done, *waiting]
    return sorted(both, key=lambda one: (-one.about.case_id, -one.round))[:count]


def _cases(
    reader: Reader, wanted: Wanted, after: tuple[int, int] | None, count: int
) -> Sequence[Fact]:
    """Return so many cases behind a figure, some at a time from the newest on."""
    if wanted.by is By.HOLDER:
        return []
    found: list[Fact] = []
    for some in _newest(reader, wanted, after[0] if after else None):
        facts = case_facts.registered(reader, CaseFile.id.in_(some))
        named = rules.behind(wanted.name, wanted.part, steps=(), cases=facts)
        kept = [one for one in named if wanted.keeps(one)]
        found += sorted(kept, key=lambda one: -one.about.case_id)
        if len(found) >= count:
            break
    return found[:count]


def _newest(reader: Reader, wanted: Wanted, before: int | None) -> Iterator[Sequence[int]]:
    """Yield the ids of cases that may be behind a figure, some at a time, the newest first."""
    may_be = select(CaseFile.id).where(
        *case_facts.registered_within(reader), _on_row(reader, wanted), _had_event(wanted)
    )
    while True:
        page = may_be if before is None else may_be.where(CaseFile.id < before)
        ids = reader.session.scalars(page.order_by(CaseFile.id.desc()).limit(CHUNK)).all()
        if not ids:
            return
        yield ids
        before = ids[-1]


_LEFT_OUT = frozenset(fate.value for fate in EXCLUDED)


def _had_event(wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition without which no case is part of what is wanted."""
    of = _EVENT_OF.get(wanted.name)
    if of is None or (wanted.part is not Part.PART and wanted.name not in _LEFT_OUT):
        return true()
    return exists().where(CaseEvent.case_id == CaseFile.id, CaseEvent.type == of)


def _on_row(reader: Reader, wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition that a case, or its result, stands on the row that is wanted."""
    if wanted.by is None or wanted.key is None:
        return true()
    if wanted.by in {By.SOURCE, By.CATEGORY}:
        return getattr(CaseFile, wanted.by.value) == wanted.key  # type: ignore[no-any-return]  # a column
    if wanted.by is By.MONTH:
        return _in_month(wanted)
    return _numbered(reader, wanted, int(wanted.key)) if wanted.key.isdecimal() else false()


def _numbered(reader: Reader, wanted: Wanted, number: int) -> ColumnElement[bool]:
    """Return the condition that a case, or its result, stands on the row of a place or people."""
    if wanted.by is By.GRID:
        doors = [door for door, grid_id in reader.doors.items() if grid_id == number]
        return CaseFile.micro_grid_id.in_(doors) if doors else false()
    if wanted.by is By.MICRO_GRID:
        return CaseFile.micro_grid_id == number
    if wanted.by is By.HOLDER:
        return CaseCustody.user_id == number if number else CaseCustody.user_id.is_(None)
    until = CaseEvent.recorded_at if wanted.name in STEP_NAMES else reader.as_of
    return exists().where(
        CaseWhistle.case_id == CaseFile.id,
        CaseWhistle.department_id == number,
        CaseWhistle.notified_at <= until,
    )


def _in_month(wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition that a step was due, or a case registered, in the month wanted."""
    try:
        month = date.fromisoformat(f"{wanted.key}-01")
    except ValueError:
        return false()
    begins, ends = clock.day_bounds(month)[0], clock.day_bounds(month_after(month))[0]
    at = CaseResult.due_at if wanted.name in STEP_NAMES else CaseFile.registered_at
    return and_(at >= begins, at < ends)


def _row(one: Fact) -> FactRow:
    """Return a fact as a row."""
    about = one.about
    if isinstance(one, StepFact):
        return FactRow(
            about.case_id, about.number, about.title, one.due_at, one.round, one.is_late,
            one.minutes, None,
        )  # fmt: skip
    assert isinstance(one, CaseFact)
    return FactRow(
        about.case_id, about.number, about.title, one.registered_at, 1, None, None, one.fate
    )
