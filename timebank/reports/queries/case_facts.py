"""Facts of cases as of a moment, read from what is only ever appended.

Only steps that were still open then are folded from their events; everything else is read set by
set. The same question about the same moment therefore has the same answer for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any  # the columns of rows

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.queries import promises
from timebank.cases.queries.verify import fact_of
from timebank.cases.rules import custody, flow, folding
from timebank.cases.rules.flow import Answer, Category, EventType, Source, Step
from timebank.cases.rules.folding import CaseState, Fact, MovePayload
from timebank.cases.rules.policy import Pace, Rulebook
from timebank.cases.rules.reporting import Satisfaction
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.reports.errors import TooManyCasesError
from timebank.reports.rules.cases import About, CaseFact, Fate, StepFact
from timebank.reports.rules.figures import Period, Places

CASES_MAX = 50_000
_CHUNK = 500
_CONTENT = {Satisfaction.SATISFIED.value, Satisfaction.MOSTLY.value}
E = EventType
_MARKS = (
    E.CLOSED, E.REOPENED, E.REJECTED, E.CANCELLED, E.MERGED, E.UNMERGED, E.RETURNED, E.PAUSED,
    E.EXTENDED, E.ESCALATED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What figures of a period are made of."""

    steps: tuple[StepFact, ...]
    cases: tuple[CaseFact, ...]


@dataclass(slots=True)
class _Reader:
    """One question: whose cases, of which period, as of when."""

    session: Session
    community_id: int
    doors: Mapping[int, int]  # micro-grid: its grid
    begins: datetime
    ends: datetime
    as_of: datetime

    def about(self, row: Any) -> About:  # noqa: ANN401 - a row of _ABOUT
        """Return what a row's case is about."""
        return About(
            row.id, row.number, row.title, self.doors[row.micro_grid_id], row.micro_grid_id,
            Source(row.source), Category(row.category),
        )  # fmt: skip

    def here(self) -> Any:  # noqa: ANN401 - a condition
        """Return the condition that a case lies within the places."""
        return and_(
            CaseFile.community_id == self.community_id, CaseFile.micro_grid_id.in_(self.doors)
        )


_ABOUT = (
    CaseFile.id,
    CaseFile.number,
    CaseFile.title,
    CaseFile.micro_grid_id,
    CaseFile.source,
    CaseFile.category,
)


def facts(
    session: Session, *, places: Places, period: Period, as_of: datetime | None = None
) -> Facts:
    """Return the facts of a period in some places, as they were known at a moment.

    Raises:
        TooManyCasesError: more than are told at once.
    """
    doors = {
        one.id: one.grid_id
        for one in community_queries.micro_grids(session, places.community_id)
        if places.is_whole or one.grid_id in places.grid_ids
    }
    begins, ends = clock.day_bounds(period.first)[0], clock.day_bounds(period.after)[0]
    reader = _Reader(session, places.community_id, doors, begins, ends, as_of or clock.now())
    done, still = _results(reader), _still_open(reader)
    return Facts((*done, *still), tuple(_registered(reader)))


def _bounded(rows: Sequence[Any]) -> Sequence[Any]:
    """Return rows that are not too many."""
    if len(rows) > CASES_MAX:
        raise TooManyCasesError(field="first", count=CASES_MAX)
    return rows


def _results(reader: _Reader) -> list[StepFact]:
    """Return the steps that were done, or cut short late, and were due in the period."""
    found = (
        select(
            *_ABOUT,
            CaseFile.policy_version,
            *(CaseResult.round, CaseResult.step, CaseResult.started_at, CaseResult.due_at),
            *(CaseResult.done_at, CaseResult.is_late, CaseCustody.user_id, CaseCustody.user_name),
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
            CaseEvent.recorded_at <= reader.as_of,
        )
        .order_by(CaseResult.id)
        .limit(4 * CASES_MAX + 1)
    )
    rows = _bounded(reader.session.execute(found).all())
    took = _Took(reader, rows)
    return [
        StepFact(
            reader.about(row), row.round, Step(row.step), row.due_at, row.is_late,
            took.minutes(row), row.user_id, row.user_name or "",
        )
        for row in rows
    ]  # fmt: skip


class _Took:
    """How long steps took in their policy's clock, less what passed in pauses."""

    def __init__(self, reader: _Reader, rows: Sequence[Any]) -> None:
        """Read the policies once, and the pauses of the cases that had any."""
        versions = {row.policy_version for row in rows}
        self.books: dict[int, Rulebook] = {
            one: promises.rulebook(reader.session, reader.community_id, one) for one in versions
        }
        paused = _with_event(reader, {row.id for row in rows}, E.PAUSED)
        self.moves = {
            case_id: _moves(history) for case_id, history in _histories(reader, paused).items()
        }

    def minutes(self, row: Any) -> int | None:  # noqa: ANN401 - a row of results
        """Return the whole minutes that a step took; None when it was not done."""
        if row.done_at is None:
            return None
        total = self._between(row, row.started_at, row.done_at)
        for move in self.moves.get(row.id, {}).get((row.round, Step(row.step)), ()):
            if move["kind"] == "pause":
                at, until = (datetime.fromisoformat(move[one]) for one in ("at", "until"))
                total -= self._between(row, at, min(until, row.done_at))
        return max(int(total.total_seconds()), 0) // 60

    def _between(self, row: Any, start: datetime, end: datetime) -> timedelta:  # noqa: ANN401
        """Return how much of the step's own time lies between two moments."""
        book = self.books[row.policy_version]
        if book.policy.limits[Step(row.step)].pace is Pace.WORKING:
            return book.calendar().working_between(start, end)
        return max(end - start, timedelta(0))


def _moves(history: Iterable[Fact]) -> dict[tuple[int, Step], Sequence[MovePayload]]:
    """Return what moved each step of each round."""
    state: CaseState | None = None
    found: dict[tuple[int, Step], Sequence[MovePayload]] = {}
    for fact in history:
        state = folding.apply(state, fact)
        for step, times in state.times.items():
            found[state.round, step] = times.why.get("moves", [])
    return found


def _with_event(reader: _Reader, case_ids: set[int], event_type: EventType) -> list[int]:
    """Return which of the cases have an event of a type."""
    ids = sorted(case_ids)
    found: list[int] = []
    for at in range(0, len(ids), _CHUNK):
        found += reader.session.scalars(
            select(CaseEvent.case_id)
            .where(CaseEvent.case_id.in_(ids[at : at + _CHUNK]), CaseEvent.type == event_type)
            .distinct()
        ).all()
    return found


def _histories(reader: _Reader, case_ids: Sequence[int]) -> dict[int, list[Fact]]:
    """Return the events of cases as they stood at the moment."""
    found: dict[int, list[Fact]] = {}
    for at in range(0, len(case_ids), _CHUNK):
        events = reader.session.scalars(
            select(CaseEvent)
            .where(
                CaseEvent.case_id.in_(case_ids[at : at + _CHUNK]),
                CaseEvent.recorded_at <= reader.as_of,
            )
            .order_by(CaseEvent.case_id, CaseEvent.seq)
        )
        for one in events:
            found.setdefault(one.case_id, []).append(fact_of(one))
    return found


def _still_open(reader: _Reader) -> list[StepFact]:
    """Return the steps that were past due and not done at the moment, by folding their cases."""
    ended_later = or_(CaseFile.closed_at > reader.as_of, CaseFile.ended_at > reader.as_of)
    rows = _bounded(
        reader.session.execute(
            select(*_ABOUT)
            .where(
                reader.here(),
                CaseFile.registered_at <= min(reader.as_of, reader.ends),
                or_(CaseFile.state.not_in(flow.FINISHED), ended_later),
            )
            .order_by(CaseFile.id)
            .limit(CASES_MAX + 1)
        ).all()
    )
    histories = _histories(reader, [row.id for row in rows])
    names = _names(reader, [row.id for row in rows])
    found = []
    for row in rows:
        history = histories.get(row.id, [])
        for fact, holder_id in _overdue(reader, reader.about(row), history):
            name = names.get((row.id, holder_id), "")
            found.append(replace(fact, holder_id=holder_id, holder_name=name))
    return found


def _overdue(
    reader: _Reader, about: About, history: Sequence[Fact]
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


def _names(reader: _Reader, case_ids: Sequence[int]) -> dict[tuple[int, int | None], str]:
    """Return the names of those who have or had the cases."""
    found: dict[tuple[int, int | None], str] = {}
    for at in range(0, len(case_ids), _CHUNK):
        rows = reader.session.execute(
            select(CaseCustody.case_id, CaseCustody.user_id, CaseCustody.user_name).where(
                CaseCustody.case_id.in_(case_ids[at : at + _CHUNK])
            )
        )
        found |= {(case_id, user_id): name for case_id, user_id, name in rows}
    return found


def _registered(reader: _Reader) -> list[CaseFact]:
    """Return the cases that were registered in the period, with what had happened to them."""
    within = (
        reader.here(),
        CaseFile.registered_at >= reader.begins,
        CaseFile.registered_at < reader.ends,
        CaseFile.registered_at <= reader.as_of,
    )
    rows = _bounded(
        reader.session.execute(
            select(*_ABOUT, CaseFile.registered_at)
            .where(*within)
            .order_by(CaseFile.id)
            .limit(CASES_MAX + 1)
        ).all()
    )
    marks: dict[int, dict[str, int]] = {}
    counted = (
        select(CaseEvent.case_id, CaseEvent.type, func.max(CaseEvent.seq))
        .join(CaseFile, CaseFile.id == CaseEvent.case_id)
        .where(*within, CaseEvent.type.in_(_MARKS), CaseEvent.recorded_at <= reader.as_of)
        .group_by(CaseEvent.case_id, CaseEvent.type)
    )
    for case_id, event_type, seq in reader.session.execute(counted):
        marks.setdefault(case_id, {})[event_type] = seq
    answers = _answers(reader, within)
    return [
        _case_fact(reader.about(row), row.registered_at, marks.get(row.id, {}), answers.get(row.id))
        for row in rows
    ]


def _answers(reader: _Reader, within: Sequence[Any]) -> dict[int, dict[str, int]]:
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
