"""Facts of cases as of a moment, read from what is only ever appended.

Only steps that were still open then are folded from their events; everything else is read set by
set. The same question about the same moment therefore has the same answer for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any  # the columns of rows

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseEvent, CaseFile, is_open_case
from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.rules import custody, folding
from timebank.cases.rules.flow import Answer, EventType, Step
from timebank.cases.rules.folding import Fact
from timebank.cases.rules.reporting import Satisfaction
from timebank.reports.errors import TooManyCasesError
from timebank.reports.queries.case_reading import (
    ABOUT,
    CHUNK,
    Called,
    Reader,
    Took,
    histories,
    names_of,
    reader_of,
)
from timebank.reports.rules.cases import About, CaseFact, Fate, StepFact
from timebank.reports.rules.figures import Period, Places

CASES_MAX = 50_000
_CONTENT = {Satisfaction.SATISFIED.value, Satisfaction.MOSTLY.value}
E = EventType
MARKS = (
    E.CLOSED, E.REOPENED, E.REJECTED, E.CANCELLED, E.MERGED, E.UNMERGED, E.RETURNED, E.PAUSED,
    E.EXTENDED, E.ESCALATED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What figures of a period are made of."""

    steps: tuple[StepFact, ...]
    cases: tuple[CaseFact, ...]


def facts(
    session: Session, *, places: Places, period: Period, as_of: datetime | None = None
) -> Facts:
    """Return the facts of a period in some places, as they were known at a moment.

    Raises:
        TooManyCasesError: more than are told at once.
    """
    reader = reader_of(session, places=places, period=period, as_of=as_of)
    many = select(func.count()).select_from(
        select(CaseFile.id).where(*registered_within(reader)).limit(CASES_MAX + 1).subquery()
    )
    if (session.scalar(many) or 0) > CASES_MAX:
        raise TooManyCasesError(field="first", count=CASES_MAX)
    done, still = step_facts(reader, results(reader)), still_open(reader)
    return Facts((*done, *still), tuple(registered(reader)))


def results(reader: Reader, *, after: datetime | None = None) -> Select[Any]:
    """Select the steps that were done, or cut short late, and were due in the period.

    With ``after`` only those that were written behind that moment.
    """
    found = (
        select(
            *ABOUT,
            CaseFile.policy_version,
            *(CaseResult.round, CaseResult.step, CaseResult.started_at, CaseResult.due_at),
            *(CaseResult.done_at, CaseResult.is_late, CaseCustody.user_id, CaseCustody.user_name),
            CaseEvent.recorded_at,
        )
        .join(CaseFile, CaseFile.id == CaseResult.case_id)
        .join(
            CaseEvent,
            and_(CaseEvent.case_id == CaseResult.case_id, CaseEvent.seq == CaseResult.event_seq),
        )
        .outerjoin(
            CaseCustody,
            and_(
                CaseCustody.case_id == CaseResult.case_id,
                CaseCustody.position == CaseResult.segment,
            ),
        )
        .where(
            reader.here(),
            CaseResult.community_id == reader.community_id,
            CaseResult.due_at >= reader.begins,
            CaseResult.due_at < reader.ends,
            CaseEvent.community_id == reader.community_id,
            CaseEvent.recorded_at <= reader.as_of,
        )
    )
    return found if after is None else found.where(CaseEvent.recorded_at > after)


def step_facts(reader: Reader, found: Select[Any]) -> list[StepFact]:
    """Return selected results as facts; the departments are those called before its end."""
    rows = reader.session.execute(found).all()
    took, called = Took(reader, rows), Called(reader, rows)
    return [
        StepFact(
            reader.about(row, called, row.recorded_at), row.round, Step(row.step), row.due_at,
            row.is_late, took.minutes(row), row.user_id, row.user_name or "",
        )
        for row in rows
    ]  # fmt: skip


def still_open(reader: Reader) -> list[StepFact]:
    """Return the steps that were past due and not done at the moment, by folding their cases.

    Of the present, the cases themselves say which of them may have such a step.
    """
    is_open = is_open_case()
    if reader.is_now:
        where: tuple[ColumnElement[bool], ...] = (is_open, _may_be_late(reader))
    else:
        ended_later = or_(CaseFile.closed_at > reader.as_of, CaseFile.ended_at > reader.as_of)
        was_there = CaseFile.registered_at <= min(reader.as_of, reader.ends)
        where = (or_(is_open, ended_later), was_there)
    wanted = select(*ABOUT).where(reader.here(), *where).order_by(CaseFile.id)
    rows = reader.session.execute(wanted).all()
    called, found = Called(reader, rows), []
    for at in range(0, len(rows), CHUNK):
        some = rows[at : at + CHUNK]
        known = histories(reader, [row.id for row in some])
        names = names_of(reader, [row.id for row in some])
        for row in some:
            about = reader.about(row, called, reader.as_of)
            for fact, holder_id in _overdue(reader, about, known.get(row.id, [])):
                name = names.get((row.id, holder_id), "")
                found.append(replace(fact, holder_id=holder_id, holder_name=name))
    return found


def _may_be_late(reader: Reader) -> ColumnElement[bool]:
    """Return the condition that a case has a step that was due in the period and is not done."""
    ways = []
    for step in Step:
        due_at, done_at = (getattr(CaseFile, f"{step}_{name}") for name in ("due_at", "done_at"))
        ways.append(
            and_(
                done_at.is_(None),
                due_at < min(reader.as_of, reader.ends),
                due_at >= reader.begins,
            )
        )
    return or_(*ways)


def _overdue(
    reader: Reader, about: About, history: Sequence[Fact]
) -> Iterable[tuple[StepFact, int | None]]:
    """Yield the steps of a history that are past due and not done, with whose they are."""
    if not history:
        return
    state, kept = folding.fold(history), custody.ledger(history)
    if state is None or custody.hands_of(state) is None:
        return
    known = {(one.round, one.step) for one in kept.results}
    for step, times in state.times.items():
        is_past = times.due_at < reader.as_of and reader.begins <= times.due_at < reader.ends
        if times.done_at is None and is_past and (state.round, step) not in known:
            position = custody.longest(kept.segments, times)
            hands = next(one.hands for one in kept.segments if one.position == position)
            yield StepFact(about, state.round, step, times.due_at, True, None), hands.user_id


def registered_within(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a case was registered in the period, as far as was known."""
    return (
        reader.here(),
        CaseFile.registered_at >= reader.begins,
        CaseFile.registered_at < reader.ends,
        CaseFile.registered_at <= reader.as_of,
    )


def registered(reader: Reader, *which: ColumnElement[bool]) -> list[CaseFact]:
    """Return the cases registered in the period with what had happened to them; or some of them."""
    within = (*registered_within(reader), *which)
    wanted = select(*ABOUT, CaseFile.registered_at).where(*within).order_by(CaseFile.id)
    rows = reader.session.execute(wanted).all()
    marks: dict[int, dict[str, int]] = {}
    counted = (
        select(CaseEvent.case_id, CaseEvent.type, func.max(CaseEvent.seq))
        .join(CaseFile, CaseFile.id == CaseEvent.case_id)
        .where(*within, CaseEvent.type.in_(MARKS), CaseEvent.recorded_at <= reader.as_of)
        .group_by(CaseEvent.case_id, CaseEvent.type)
    )
    for case_id, event_type, seq in reader.session.execute(counted):
        marks.setdefault(case_id, {})[event_type] = seq
    answers, called = _answers(reader, within), Called(reader, rows)
    return [
        _case_fact(
            reader.about(row, called, reader.as_of),
            row.registered_at,
            marks.get(row.id, {}),
            answers.get(row.id),
        )
        for row in rows
    ]


def touched(reader: Reader, *, after: datetime, until: datetime) -> list[int]:
    """Return the cases of the places of which something was written between two moments."""
    rows = reader.session.scalars(
        select(CaseEvent.case_id)
        .join(CaseFile, CaseFile.id == CaseEvent.case_id)
        .where(
            reader.here(),
            CaseEvent.community_id == reader.community_id,
            CaseEvent.recorded_at > after,
            CaseEvent.recorded_at <= until,
            CaseFile.registered_at >= reader.begins,
            CaseFile.registered_at < reader.ends,
        )
        .distinct()
        .order_by(CaseEvent.case_id)
    )
    return list(rows)


def _answers(reader: Reader, within: Sequence[Any]) -> dict[int, dict[str, int]]:
    """Return what the reporters of each case answered."""
    found: dict[int, dict[str, int]] = {}
    said = (
        select(CaseEvent.case_id, CaseEvent.payload)
        .join(CaseFile, CaseFile.id == CaseEvent.case_id)
        .where(
            *within,
            CaseEvent.type.in_((E.FED_BACK, E.FEEDBACK_TRIED, E.ANSWERED)),
            CaseEvent.recorded_at <= reader.as_of,
        )
    )
    for case_id, payload in reader.session.execute(said):
        answer, mood = payload.get("answer"), payload.get("satisfaction")
        counts = found.setdefault(
            case_id, {"solved": 0, "unsolved": 0, "unreachable": 0, "rated": 0, "content": 0}
        )
        if answer in set(Answer):
            counts[answer] += 1
        counts["rated"] += mood is not None
        counts["content"] += mood in _CONTENT
    return found


def _case_fact(
    about: About,
    registered_at: datetime,
    marks: Mapping[str, int],
    answers: Mapping[str, int] | None,
) -> CaseFact:
    """Return one case's fact."""
    return CaseFact(
        about,
        registered_at,
        _fate(marks),
        was_closed=E.CLOSED in marks,
        reopened=E.REOPENED in marks,
        returned=E.RETURNED in marks,
        paused=E.PAUSED in marks,
        extended=E.EXTENDED in marks,
        escalated=E.ESCALATED in marks,
        **(answers or {}),
    )


def _fate(marks: Mapping[str, int]) -> Fate:
    """Return where a case stood: the last of what ends it, unless it was taken up again since."""
    again = max(marks.get(E.REOPENED, 0), marks.get(E.UNMERGED, 0))
    ends = {
        marks.get(E.CLOSED, 0): Fate.CLOSED,
        marks.get(E.REJECTED, 0): Fate.REJECTED,
        marks.get(E.CANCELLED, 0): Fate.CANCELLED,
        marks.get(E.MERGED, 0): Fate.MERGED,
    }
    last = max(ends)
    return ends[last] if last > again else Fate.OPEN
