"""Reads of the job table."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.jobs.errors import JobNotFoundError
from timebank.jobs.models import Job
from timebank.jobs.rules import State
from timebank.kernel.paging import PAGE_SIZE


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it is shown."""

    id: int
    community_id: int | None
    name: str
    key: str
    state: State
    tries: int
    run_at: datetime
    last_error: str | None


def jobs(session: Session, *, state: State | None = None, limit: int = PAGE_SIZE) -> list[JobView]:
    """Return the latest jobs, of one state when it is named."""
    found = select(Job)
    if state is not None:
        found = found.where(Job.state == state.value)
    return [view_of(row) for row in session.scalars(found.order_by(Job.id.desc()).limit(limit))]


def job(session: Session, job_id: int) -> JobView:
    """Return one job.

    Raises:
        JobNotFoundError: there is none.
    """
    row = session.get(Job, job_id)
    if row is None:
        raise JobNotFoundError
    return view_of(row)


def counts(session: Session) -> dict[State, int]:
    """Return how many jobs stand in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
    found = {State(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in State}


def view_of(row: Job) -> JobView:
    """Return a job's row as a value."""
    return JobView(
        id=row.id,
        community_id=row.community_id,
        name=row.name,
        key=row.key,
        state=State(row.state),
        tries=row.tries,
        run_at=row.run_at,
        last_error=row.last_error,
    )
