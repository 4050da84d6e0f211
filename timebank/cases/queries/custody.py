"""In whose hands a case was and is, and what became of its steps, stretch by stretch."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.rules.custody import Desk, Hands, Ledger, Result, Segment
from timebank.cases.rules.flow import Level, Step

# A case changes hands a few times; so many are read.
SEGMENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class ResultView:
    """One step's result within a stretch."""

    round: int
    step: Step
    is_late: bool
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One stretch, with the results that count for whoever had the case in it."""

    position: int
    desk: Desk
    user_id: int | None
    user_name: str
    level: Level
    from_at: datetime
    to_at: datetime | None
    results: tuple[ResultView, ...]


def ledger(session: Session, case_id: int) -> Ledger:
    """Return the stretches and results of a case as the rules know them."""
    return Ledger(
        segments=tuple(segment_of(row) for row in _segments(session, case_id)),
        results=tuple(result_of(row) for row in _results(session, case_id)),
    )


def segments(session: Session, case_id: int) -> list[SegmentView]:
    """Return the stretches of a case, the first first; the caller has checked the reach."""
    found: dict[int, list[ResultView]] = {}
    for row in _results(session, case_id):
        view = ResultView(row.round, Step(row.step), row.is_late, row.due_at, row.done_at)
        found.setdefault(row.segment, []).append(view)
    return [
        SegmentView(
            position=row.position,
            desk=Desk(row.desk),
            user_id=row.user_id,
            user_name=row.user_name,
            level=Level(row.level),
            from_at=row.from_at,
            to_at=row.to_at,
            results=tuple(found.get(row.position, ())),
        )
        for row in _segments(session, case_id)
    ]


def _segments(session: Session, case_id: int) -> list[CaseCustody]:
    """Return the rows of the stretches in order."""
    rows = select(CaseCustody).where(CaseCustody.case_id == case_id)
    newest_kept = rows.order_by(CaseCustody.position).limit(SEGMENTS_MAX)
    return list(session.scalars(newest_kept.execution_options(populate_existing=True)))


def _results(session: Session, case_id: int) -> list[CaseResult]:
    """Return the rows of the results in the order in which they came."""
    rows = select(CaseResult).where(CaseResult.case_id == case_id)
    return list(session.scalars(rows.order_by(CaseResult.id).limit(4 * SEGMENTS_MAX)))


def segment_of(row: CaseCustody) -> Segment:
    """Return a row as the rules' value."""
    return Segment(
        position=row.position,
        hands=Hands(Desk(row.desk), row.user_id, Level(row.level)),
        from_seq=row.from_seq,
        from_at=row.from_at,
        to_seq=row.to_seq,
        to_at=row.to_at,
    )


def result_of(row: CaseResult) -> Result:
    """Return a row as the rules' value."""
    return Result(
        round=row.round,
        step=Step(row.step),
        started_at=row.started_at,
        due_at=row.due_at,
        done_at=row.done_at,
        is_late=row.is_late,
        segment=row.segment,
        event_seq=row.event_seq,
    )
