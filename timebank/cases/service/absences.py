"""Leave of those who work cases: written down ahead, with a deputy, ended early."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors import routing as errors
from timebank.cases.models.routing import WorkerAbsence
from timebank.cases.queries import staff
from timebank.cases.rules import absences as rules
from timebank.cases.rules.absences import Absence
from timebank.cases.rules.routing import Worker
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def take_leave(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    deputy_user_id: int,
    first_on: date,
    last_on: date,
    note: str = "",
) -> Absence:
    """Write down who is away and who stands in; cases and reminders go to the deputy.

    Raises:
        AbsenceNotYoursError: somebody else's leave, and the actor does not keep the community's.
        NoWorkerError, DeputySelfError, DeputyReachError: who is away, or who would stand in.
        AbsencePastError, AbsenceOrderError, AbsenceOverlapError: the days.
    """
    _check_own(actor, user_id)
    rules.check_days(first_on=first_on, last_on=last_on, today=clock.today())
    workers = staff.workers(session, actor.community_id)
    name = _check_deputy(workers, user_id=user_id, deputy_user_id=deputy_user_id)
    _check_free(session, user_id=user_id, name=name, first_on=first_on, last_on=last_on)
    row = WorkerAbsence(
        community_id=actor.community_id,
        user_id=user_id,
        deputy_user_id=deputy_user_id,
        first_on=first_on,
        last_on=last_on,
        note=note.strip(),
        made_on=clock.today(),
        made_at=clock.now(),
        made_by_user_id=actor.user_id,
        made_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    _leave_trail(session, actor, "take_leave", row)
    return staff.absence(session, community_id=actor.community_id, absence_id=row.id)


def end_leave(
    session: Session, *, actor: Actor, absence_id: int, back_on: date | None = None
) -> Absence:
    """End a leave early: from a day on, today unless another is named, somebody is there again.

    Raises:
        AbsenceNotFoundError, AbsenceNotYoursError, AbsenceOverError
        AbsencePastError, AbsenceOrderError: the day.
    """
    row = session.scalar(
        select(WorkerAbsence)
        .where(WorkerAbsence.id == absence_id, WorkerAbsence.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.AbsenceNotFoundError
    _check_own(actor, row.user_id)
    today = clock.today()
    known = staff.absence(session, community_id=actor.community_id, absence_id=absence_id)
    rules.check_back(known, back_on=back_on or today, today=today)
    row.back_on, row.back_made_on, row.back_by_name = back_on or today, today, actor.name
    session.flush()
    _leave_trail(session, actor, "end_leave", row)
    return staff.absence(session, community_id=actor.community_id, absence_id=absence_id)


def _check_own(actor: Actor, user_id: int) -> None:
    """Refuse to write for somebody else without keeping the community's leave."""
    reach = actor.reach("absence.write")
    if not (reach.is_wide or actor.user_id == user_id):
        raise errors.AbsenceNotYoursError


def _check_deputy(workers: list[Worker], *, user_id: int, deputy_user_id: int) -> str:
    """Return the name of who is away, after a look at whether the deputy reaches as far."""
    if user_id == deputy_user_id:
        raise errors.DeputySelfError(field="deputy_user_id")
    held = [one for one in workers if one.user_id == user_id]
    if not held:
        raise errors.NoWorkerError(field="user_id")
    theirs = [one for one in workers if one.user_id == deputy_user_id]
    for one in held:
        if not any(other.grid_id is None or other.grid_id == one.grid_id for other in theirs):
            name = theirs[0].name if theirs else ""
            raise errors.DeputyReachError(field="deputy_user_id", name=name)
    return held[0].name


def _check_free(
    session: Session, *, user_id: int, name: str, first_on: date, last_on: date
) -> None:
    """Refuse a second leave on days that have one; the rows are locked against a third."""
    rows = session.scalars(
        select(WorkerAbsence)
        .where(
            WorkerAbsence.user_id == user_id,
            WorkerAbsence.first_on <= last_on,
            WorkerAbsence.last_on >= first_on,
        )
        .with_for_update()
    )
    if any(row.back_on is None or max(row.first_on, first_on) < row.back_on for row in rows):
        raise errors.AbsenceOverlapError(field="first_on", name=name)


def _leave_trail(session: Session, actor: Actor, action: str, row: WorkerAbsence) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="worker_absence",
        subject_id=row.id,
        facts={
            "user_id": row.user_id,
            "deputy_user_id": row.deputy_user_id,
            "first_on": row.first_on.isoformat(),
            "last_on": row.last_on.isoformat(),
        },
    )
