"""The jobs' verbs: enqueue, claim, run, retry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.jobs import rules
from timebank.jobs.errors import (
    HandlerMissingError,
    JobNotFoundError,
    JobNotParkedError,
    LeaseLostError,
)
from timebank.jobs.models import Job
from timebank.jobs.rules import State
from timebank.kernel import clock
from timebank.kernel.db import transaction

log = structlog.get_logger("timebank.jobs")

Payload = Mapping[str, Any]  # Any: whatever JSON can hold
Handler = Callable[[Session, Payload], object]

Outside = Callable[[Payload], object]

_handlers: dict[str, Handler] = {}
_outside: dict[str, Outside] = {}


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker may do until its lease ends; ``tries`` tells this lease apart."""

    id: int
    name: str
    payload: Payload
    tries: int


def register(name: str, handler: Handler) -> None:
    """Let a handler do the jobs of a name; called by the application when it starts."""
    _handlers[name] = handler


def register_outside(name: str, work: Outside) -> None:
    """Let work be done outside of any transaction, for it waits for other machines.

    It may be done again when its worker vanishes before its mark: it sees to that itself.
    """
    _outside[name] = work


def enqueue(
    session: Session,
    *,
    name: str,
    key: str,
    payload: Payload,
    run_at: datetime | None = None,
    community_id: int | None = None,
) -> bool:
    """Ask for work in the caller's transaction; the same key asks once. Whether it was new."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    now = clock.now()
    added = session.execute(
        insert(Job)
        .values(
            community_id=community_id,
            name=name,
            key=key,
            payload=dict(payload),
            state=State.QUEUED.value,
            tries=0,
            run_at=run_at or now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Job.key])
        .returning(Job.id)
    )
    return added.scalar() is not None


def enqueue_due(session: Session) -> int:
    """Ask for this turn of every repeated job and return how many were not asked for yet."""
    now = clock.now()
    return sum(
        enqueue(session, name=one.name, key=rules.period_key(one, now), payload={})
        for one in rules.SCHEDULE
        if one.name in _handlers or one.name in _outside
    )


def claim(session: Session) -> ClaimedJob | None:
    """Take the next job that is due, or whose worker has vanished; None when there is none."""
    now = clock.now()
    is_due = and_(Job.state == State.QUEUED.value, Job.run_at <= now)
    is_orphan = and_(Job.state == State.RUNNING.value, Job.lease_until < now)
    next_id = (
        select(Job.id)
        .where(or_(is_due, is_orphan), Job.tries < rules.TRIES_MAX)
        .order_by(Job.run_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = session.execute(
        update(Job)
        .where(Job.id == next_id)
        .values(state=State.RUNNING.value, tries=Job.tries + 1, lease_until=now + rules.LEASE)
        .returning(Job.id, Job.name, Job.payload, Job.tries)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else ClaimedJob(row.id, row.name, row.payload, row.tries)


def run_next() -> bool:
    """Claim one job and do it; whether there was one."""
    transaction(park_orphans)
    claimed = transaction(claim)
    if claimed is None:
        return False
    try:
        if claimed.name in _outside:
            _outside[claimed.name](claimed.payload)
        transaction(lambda session: perform(session, claimed))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its job
        log.warning("job_failed", job=claimed.name, tries=claimed.tries, kind=type(error).__name__)
        problem = f"{type(error).__name__}: {error}"
        transaction(lambda session: put_back(session, claimed, problem=problem))
    return True


def perform(session: Session, claimed: ClaimedJob) -> None:
    """Do the work and mark it done, in one transaction.

    Raises:
        HandlerMissingError: nobody knows how.
        LeaseLostError: another worker has taken it over meanwhile.
    """
    handler = _handlers.get(claimed.name)
    if handler is None and claimed.name not in _outside:
        raise HandlerMissingError(name=claimed.name)
    if handler is not None:
        handler(session, claimed.payload)
        session.flush()
    is_marked = _settle(session, claimed, state=State.DONE, done_at=clock.now(), last_error=None)
    if not is_marked:
        raise LeaseLostError


def put_back(session: Session, claimed: ClaimedJob, *, problem: str) -> None:
    """Queue a failed job again after a pause, or park it after its last try."""
    _settle(
        session,
        claimed,
        state=rules.state_after_failure(claimed.tries),
        run_at=clock.now() + rules.wait_before_next(claimed.tries),
        last_error=problem[: rules.ERROR_LENGTH_MAX],
    )


def _settle(session: Session, claimed: ClaimedJob, *, state: State, **values: object) -> bool:
    """Leave the running state, provided that this lease still holds."""
    settled = session.execute(
        update(Job)
        .where(
            Job.id == claimed.id,
            Job.state == State.RUNNING.value,
            Job.tries == claimed.tries,
        )
        .values(state=state.value, lease_until=None, **values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return settled.scalar() is not None


def park_orphans(session: Session) -> None:
    """Park jobs whose worker vanished in the last try that they had."""
    session.execute(
        update(Job)
        .where(
            Job.state == State.RUNNING.value,
            Job.lease_until < clock.now(),
            Job.tries >= rules.TRIES_MAX,
        )
        .values(state=State.PARKED.value, lease_until=None, last_error="worker vanished")
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, *, job_id: int) -> None:
    """Queue a parked job again, with all its tries.

    Raises:
        JobNotFoundError: there is none.
        JobNotParkedError: it is not parked.
    """
    row = session.get(Job, job_id, with_for_update=True)
    if row is None:
        raise JobNotFoundError
    if row.state != State.PARKED.value:
        raise JobNotParkedError(state=row.state)
    row.state, row.tries, row.run_at = State.QUEUED.value, 0, clock.now()
    session.flush()


def sweep(session: Session) -> int:
    """Remove jobs that were done long ago and return how many."""
    removed = session.execute(
        delete(Job)
        .where(
            Job.state == State.DONE.value,
            Job.done_at < clock.now() - rules.KEPT_AFTER_DONE,
        )
        .returning(Job.id)
    )
    return len(removed.all())
