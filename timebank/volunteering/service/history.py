"""What every verb on a record shares: find and lock it, move it, write its history."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.trail import service as trail
from timebank.volunteering.errors import records as errors
from timebank.volunteering.errors.desk import SecondMissingError
from timebank.volunteering.errors.policy import CapMetMeanwhileError
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.queries.records import within
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.records import Command, EventKind, RecordState

Fact = str | int | None

_EVENTS = insert(ServiceRecordEvent.metadata.tables[ServiceRecordEvent.__tablename__])

# Where a record stands after an act that is told of many at once.
_STATE_AFTER = {
    EventKind.RECORDED: RecordState.RECORDED,
    EventKind.CONFIRMED: RecordState.CONFIRMED,
    EventKind.APPROVED: RecordState.APPROVED,
    EventKind.FIRST_APPROVED: RecordState.CONFIRMED,
}

# What the database refuses when two act at once, and what the later one is told.
_RACES: tuple[tuple[str, type[DomainError]], ...] = (
    ("service_record_overlap", errors.OverlapError),
    ("service_record_day_cap", errors.DayFilledMeanwhileError),
    ("slip_number", errors.SlipUsedMeanwhileError),
    ("service_record_month_cap", CapMetMeanwhileError),
    ("service_record_pair_cap", CapMetMeanwhileError),
    ("service_record_lifetime_cap", CapMetMeanwhileError),
    ("service_record_policy", CapMetMeanwhileError),
    ("service_record_second", SecondMissingError),
)


def locked(session: Session, *, actor: Actor, record_id: int, permission: str) -> ServiceRecord:
    """Return a record within the reach of a permission, locked until the transaction ends.

    Raises:
        RecordNotFoundError: there is none, or it lies outside.
    """
    row = session.scalar(
        select(ServiceRecord)
        .where(ServiceRecord.id == record_id, within(actor, permission))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.RecordNotFoundError
    return row


def locked_many(
    session: Session, *, actor: Actor, record_ids: Collection[int], permission: str
) -> Sequence[ServiceRecord]:
    """Return several records within the reach of a permission, locked in the order of their ids.

    Raises:
        RecordNotFoundError: one of them is not there, or lies outside.
    """
    rows = session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.id.in_(record_ids), within(actor, permission))
        .order_by(ServiceRecord.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(set(record_ids)):
        raise errors.RecordNotFoundError
    return rows


def move(row: ServiceRecord, command: Command, *, reason: str = "") -> None:
    """Take a record along an arrow.

    Raises:
        DomainError: there is no such arrow from where it stands.
    """
    row.state = rules.next_state(RecordState(row.state), command)
    row.state_reason = reason


def note(
    session: Session,
    *,
    actor: Actor,
    row: ServiceRecord,
    kind: EventKind,
    text: str = "",
    facts: dict[str, Fact] | None = None,
) -> None:
    """Write the record, a line of its history, and the trail.

    Raises:
        OverlapError, DayFilledMeanwhileError, SlipUsedMeanwhileError: another was faster.
    """
    write(session)
    session.add(
        ServiceRecordEvent(
            community_id=row.community_id,
            record_id=row.id,
            at=clock.now(),
            kind=kind,
            state=row.state,
            user_id=actor.user_id,
            person_id=actor.person_id,
            actor_name=actor.name,
            note=text,
            facts=facts or {},
        )
    )
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{kind}",
        subject_type="service_record",
        subject_id=row.id,
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What is to be told of one record among many."""

    row: ServiceRecord
    kind: EventKind
    facts: dict[str, Fact]


def note_all(session: Session, *, actor: Actor, lines: Sequence[HistoryLine]) -> None:
    """Write many records, a line of history for each act on them, and the trail, all at once.

    Raises:
        OverlapError, DayFilledMeanwhileError, SlipUsedMeanwhileError: another was faster.
    """
    write(session)
    now = clock.now()
    told = [
        {
            "community_id": line.row.community_id,
            "record_id": line.row.id,
            "at": now,
            "kind": line.kind,
            "state": _STATE_AFTER[line.kind],
            "user_id": actor.user_id,
            "person_id": actor.person_id,
            "actor_name": actor.name,
            "note": "",
            "facts": line.facts,
        }
        for line in lines
    ]
    if told:
        session.execute(_EVENTS, told)
    trail.record_many(
        session,
        actor=actor,
        acts=[
            trail.Act(f"volunteering.{line.kind}", "service_record", line.row.id) for line in lines
        ],
    )


def write(session: Session) -> None:
    """Send what is pending, and tell a lost race by the name of the rule that caught it.

    Raises:
        OverlapError, DayFilledMeanwhileError, SlipUsedMeanwhileError, CapMetMeanwhileError
    """
    with writing():
        session.flush()


@contextmanager
def writing() -> Iterator[None]:
    """Tell a race that is lost while writing by the name of the rule that caught it."""
    try:
        yield
    except IntegrityError as error:
        for name, refusal in _RACES:
            if name in str(error.orig):
                raise refusal from error
        raise
