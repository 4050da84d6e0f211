"""What is kept beside the events because it is asked for often: hands, results, departments.

All of it follows from the events; ``verify`` proves that it does.
"""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.hands import CaseCustody, CaseResult
from timebank.cases.models.whistles import CaseWhistle
from timebank.cases.queries import custody as custody_queries
from timebank.cases.queries import whistles as whistle_queries
from timebank.cases.rules import custody, whistling
from timebank.cases.rules.custody import Ledger, Segment
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.folding import CaseState, Fact

_OF_DEPARTMENTS = frozenset(
    {EventType.WHISTLED, EventType.ASSESSED, *(kind for _, kind in whistling.CALLED_ARROWS)}
)


def enter(
    session: Session, row: CaseFile, before: CaseState | None, after: CaseState, *, fact: Fact
) -> None:
    """Keep what one more event means for the hands, the results and the departments of a case."""
    if fact.type in _OF_DEPARTMENTS:
        _enter_departments(session, row, fact)
        return
    if before is not None and not _matters(before, after):
        return
    kept = Ledger() if before is None else custody_queries.ledger(session, row.id)
    now = custody.entered(kept, before, after, fact)
    _enter_segments(session, row, kept.segments, now.segments)
    session.add_all(
        CaseResult(
            community_id=row.community_id,
            case_id=row.id,
            round=one.round,
            step=one.step,
            started_at=one.started_at,
            due_at=one.due_at,
            done_at=one.done_at,
            is_late=one.is_late,
            segment=one.segment,
            event_seq=one.event_seq,
        )
        for one in now.results[len(kept.results) :]
    )
    session.flush()


def _matters(before: CaseState, after: CaseState) -> bool:
    """Whether hands or promises changed; most notes change neither."""
    return custody.hands_of(before) != custody.hands_of(after) or before.times != after.times


def _enter_segments(
    session: Session, row: CaseFile, kept: Sequence[Segment], now: Sequence[Segment]
) -> None:
    """End the open stretch and begin the next, where hands changed."""
    if kept and now[len(kept) - 1] != kept[-1]:
        ended = now[len(kept) - 1]
        session.execute(
            update(CaseCustody)
            .where(CaseCustody.case_id == row.id, CaseCustody.position == ended.position)
            .values(to_seq=ended.to_seq, to_at=ended.to_at)
            .execution_options(synchronize_session=False)
        )
    session.add_all(
        CaseCustody(
            community_id=row.community_id,
            case_id=row.id,
            position=one.position,
            desk=one.hands.desk,
            user_id=one.hands.user_id,
            user_name=name_of(session, row.community_id, one.hands.user_id) or "",
            level=one.hands.level,
            from_seq=one.from_seq,
            from_at=one.from_at,
        )
        for one in now[len(kept) :]
    )


def _enter_departments(session: Session, row: CaseFile, fact: Fact) -> None:
    """Keep how far the departments of a case are."""
    rows = {one.position: one for one in whistle_queries.rows(session, row.id)}
    now = whistling.after({at: one.as_called() for at, one in rows.items()}, fact)
    for position, called in now.items():
        kept = rows.get(position)
        if kept is None:
            kept = CaseWhistle(community_id=row.community_id, case_id=row.id, position=position)
            session.add(kept)
        for name in _CALLED_COLUMNS:
            setattr(kept, name, getattr(called, name))
    session.flush()


_CALLED_COLUMNS = (
    "department_id",
    "is_lead",
    "state",
    "notified_at",
    "arrive_due_at",
    "arrived_at",
    "answered_at",
    "finished_at",
    "ended_at",
    "caller_score",
    "department_score",
)


def name_of(session: Session, community_id: int, user_id: int | None) -> str | None:
    """Return the name of an account of the community; None for nobody."""
    if user_id is None:
        return None
    return access_queries.user(session, community_id=community_id, user_id=user_id).name
