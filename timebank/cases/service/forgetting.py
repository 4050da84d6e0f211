"""Forgetting who reported, once nobody has to be told any more.

The name, number and address of a reporter without an account are kept to tell them the outcome.
Two years after a case has ended they are erased: the history stays, its chain and its words do too.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.reporters import CaseReporter
from timebank.community import queries as community_queries
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.trail import service as trail

JOB = "cases.forget_reporters"
KEPT = timedelta(days=730)
BATCH = 500


def forget_everywhere(session: Session, _payload: jobs.Payload) -> int:
    """Do the job of that name in every community; return how many cases were seen to."""
    return sum(
        forget(session, community_id=one.id) for one in community_queries.communities(session)
    )


def forget(session: Session, *, community_id: int) -> int:
    """Erase who reported some cases that ended long ago; return how many cases it was."""
    ids = session.scalars(
        select(CaseFile.id)
        .outerjoin(CaseReporter, CaseReporter.case_id == CaseFile.id)
        .where(
            CaseFile.community_id == community_id,
            func.coalesce(CaseFile.closed_at, CaseFile.ended_at) < clock.now() - KEPT,
            or_(
                CaseFile.reporter_name.is_not(None),
                CaseFile.reporter_phone.is_not(None),
                *(column.is_not(None) for column in _PERSONAL),
            ),
        )
        .distinct()
        .order_by(CaseFile.id)
        .limit(BATCH)
    ).all()
    if ids:
        _erase(session, community_id, ids)
    return len(ids)


_PERSONAL = (CaseReporter.name, CaseReporter.contact, CaseReporter.email)


def _erase(session: Session, community_id: int, ids: Sequence[int]) -> None:
    """Erase names, numbers and addresses of the reporters of some cases."""
    session.execute(
        update(CaseReporter)
        .where(CaseReporter.case_id.in_(ids), or_(*(column.is_not(None) for column in _PERSONAL)))
        .values(name=None, contact=None, email=None, erased_at=clock.now())
    )
    session.execute(
        update(CaseFile).where(CaseFile.id.in_(ids)).values(reporter_name=None, reporter_phone=None)
    )
    trail.record(
        session,
        actor=program(community_id=community_id, name=JOB),
        action="cases.forget_reporters",
        subject_type="case_file",
        subject_id=ids[-1],
        facts={"cases": len(ids)},
    )
