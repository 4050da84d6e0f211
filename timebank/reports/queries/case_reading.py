"""What figures of cases are read with: the question, calls, histories, time that was used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any  # the columns of rows

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.hands import CaseCustody
from timebank.cases.models.whistles import CaseWhistle
from timebank.cases.queries import promises
from timebank.cases.queries.verify import fact_of
from timebank.cases.rules import folding
from timebank.cases.rules.flow import Category, EventType, Source, Step
from timebank.cases.rules.folding import CaseState, Fact, MovePayload
from timebank.cases.rules.policy import Pace, Rulebook
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.reports.rules.cases import About
from timebank.reports.rules.figures import Period, Places

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Reader:
    """One question: whose cases, of which period, as of when; ``is_now`` of the present."""

    session: Session
    community_id: int
    doors: Mapping[int, int]  # micro-grid: its grid
    begins: datetime
    ends: datetime
    as_of: datetime
    is_now: bool = False

    def at(self, moment: datetime) -> "Reader":
        """Return the same question as of another moment."""
        return replace(self, as_of=moment, is_now=False)

    def about(self, row: Any, called: "Called", until: datetime) -> About:  # noqa: ANN401 - a row of ABOUT
        """Return what a row's case is about, with the departments called until a moment."""
        return About(
            row.id, row.number, row.title, self.doors[row.micro_grid_id], row.micro_grid_id,
            Source(row.source), Category(row.category), called.until(row.id, until),
        )  # fmt: skip

    def here(self) -> Any:  # noqa: ANN401 - a condition
        """Return the condition that a case lies within the places."""
        return and_(
            CaseFile.community_id == self.community_id, CaseFile.micro_grid_id.in_(self.doors)
        )


ABOUT = (
    CaseFile.id,
    CaseFile.number,
    CaseFile.title,
    CaseFile.micro_grid_id,
    CaseFile.source,
    CaseFile.category,
    CaseFile.whistles,
)


class Called:
    """Which departments were called to cases, and when; other cases are not read."""

    def __init__(self, reader: Reader, rows: Iterable[Any]) -> None:
        """Read the calls of the cases of some rows."""
        ids = sorted({row.id for row in rows if row.whistles})
        self.calls: dict[int, list[tuple[datetime, int]]] = {}
        for at in range(0, len(ids), CHUNK):
            found = reader.session.execute(
                select(CaseWhistle.case_id, CaseWhistle.notified_at, CaseWhistle.department_id)
                .where(CaseWhistle.case_id.in_(ids[at : at + CHUNK]))
                .order_by(CaseWhistle.case_id, CaseWhistle.position)
            )
            for case_id, notified_at, department_id in found:
                self.calls.setdefault(case_id, []).append((notified_at, department_id))

    def until(self, case_id: int, moment: datetime) -> tuple[int, ...]:
        """Return the departments that had been called to a case by a moment, each once."""
        known = self.calls.get(case_id, ())
        return tuple(dict.fromkeys(who for at, who in known if at <= moment))


def reader_of(
    session: Session, *, places: Places, period: Period, as_of: datetime | None
) -> Reader:
    """Return the question that is asked of some places and months."""
    doors = {
        one.id: one.grid_id
        for one in community_queries.micro_grids(session, places.community_id)
        if places.is_whole or one.grid_id in places.grid_ids
    }
    begins, ends = clock.day_bounds(period.first)[0], clock.day_bounds(period.after)[0]
    moment = as_of or clock.now()
    return Reader(session, places.community_id, doors, begins, ends, moment, is_now=as_of is None)


class Took:
    """How long steps took in their policy's clock, less what passed in pauses."""

    def __init__(self, reader: Reader, rows: Sequence[Any]) -> None:
        """Read the policies once, and the pauses of the cases that had any."""
        versions = {row.policy_version for row in rows}
        self.books: dict[int, Rulebook] = {
            one: promises.rulebook(reader.session, reader.community_id, one) for one in versions
        }
        paused = _with_event(reader, {row.id for row in rows}, EventType.PAUSED)
        self.moves = {
            case_id: _moves(history) for case_id, history in histories(reader, paused).items()
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


def _with_event(reader: Reader, case_ids: set[int], event_type: EventType) -> list[int]:
    """Return which of the cases have an event of a type."""
    ids = sorted(case_ids)
    found: list[int] = []
    for at in range(0, len(ids), CHUNK):
        found += reader.session.scalars(
            select(CaseEvent.case_id)
            .where(CaseEvent.case_id.in_(ids[at : at + CHUNK]), CaseEvent.type == event_type)
            .distinct()
        ).all()
    return found


def histories(reader: Reader, case_ids: Sequence[int]) -> dict[int, list[Fact]]:
    """Return the events of cases as they stood at the moment."""
    found: dict[int, list[Fact]] = {}
    for at in range(0, len(case_ids), CHUNK):
        events = reader.session.scalars(
            select(CaseEvent)
            .where(
                CaseEvent.case_id.in_(case_ids[at : at + CHUNK]),
                CaseEvent.recorded_at <= reader.as_of,
            )
            .order_by(CaseEvent.case_id, CaseEvent.seq)
        )
        for one in events:
            found.setdefault(one.case_id, []).append(fact_of(one))
    return found


def names_of(reader: Reader, case_ids: Sequence[int]) -> dict[tuple[int, int | None], str]:
    """Return the names of those who have or had the cases."""
    found: dict[tuple[int, int | None], str] = {}
    for at in range(0, len(case_ids), CHUNK):
        rows = reader.session.execute(
            select(CaseCustody.case_id, CaseCustody.user_id, CaseCustody.user_name).where(
                CaseCustody.case_id.in_(case_ids[at : at + CHUNK])
            )
        )
        found |= {(case_id, user_id): name for case_id, user_id, name in rows}
    return found
