"""Presences become service records: many at once, in a bounded number of statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.kernel.db import Base
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.records import LIVE_STATES, EventKind, Proof, ServiceFacts
from timebank.volunteering.service.history import HistoryLine, note_all, writing
from timebank.volunteering.service.records import mark_proved, new_record, told_of
from timebank.volunteering.service.telling import Told, known, write_down


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """What a presence tells of service; ``is_proof`` says that it needs nobody's further yes."""

    volunteer_id: int
    facts: ServiceFacts
    is_proof: bool


def insert_all(session: Session, rows: Sequence[Base]) -> None:
    """Write rows that nobody has asked for yet, in one statement; they are read back by whom.

    The database is not asked for their numbers, as that costs one statement for each row on SQLite.
    """
    if not rows:
        return
    told: list[dict[str, Any]] = [  # values of columns
        {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}
        for row in rows
    ]
    session.execute(insert(type(rows[0]).metadata.tables[rows[0].__tablename__]), told)


def record_presences(
    session: Session, *, actor: Actor, told: Sequence[PresenceFacts], centre_id: int | None
) -> dict[int, int]:
    """Write down the service that presences at a task showed: ``{volunteer_id: record_id}``.

    The caller has seen to it that the actor may: the volunteer who left, or staff who vouch.
    Those whom a rule refuses are left out; the others are written together.

    Raises:
        OverlapError, DayFilledMeanwhileError: another was faster; nothing is written.
    """
    wanted = [Told(_row(actor, one, centre_id), one.facts) for one in told]
    facts = known(session, community_id=actor.community_id, told=wanted)
    fit: dict[int, tuple[ServiceRecord, bool]] = {}
    for one, presence in zip(wanted, told, strict=True):
        try:
            write_down(one, facts)
        except DomainError:
            continue
        fit[presence.volunteer_id] = (one.row, presence.is_proof)
    if not fit:
        return {}
    return _written(session, actor, fit)


def _row(actor: Actor, told: PresenceFacts, centre_id: int | None) -> ServiceRecord:
    """Return a record of somebody's service that tells nothing yet."""
    row = new_record(actor, told.volunteer_id)
    row.centre_id = centre_id
    return row


def _written(
    session: Session, actor: Actor, fit: dict[int, tuple[ServiceRecord, bool]]
) -> dict[int, int]:
    """Write records with their history and trail, and return them by volunteer."""
    proved = {volunteer_id for volunteer_id, (_, is_proof) in fit.items() if is_proof}
    for volunteer_id in proved:
        mark_proved(fit[volunteer_id][0], actor=actor, how=Proof.PRESENCE)
    for some in (proved, fit.keys() - proved):
        with writing():
            insert_all(session, [fit[volunteer_id][0] for volunteer_id in sorted(some)])
    rows = _read_back(session, [row for row, _ in fit.values()])
    lines = [HistoryLine(row, EventKind.RECORDED, told_of(row)) for row in rows]
    lines += [
        HistoryLine(row, EventKind.CONFIRMED, {"how": Proof.PRESENCE})
        for row in rows
        if row.volunteer_id in proved
    ]
    note_all(session, actor=actor, lines=lines)
    return {row.volunteer_id: row.id for row in rows}


def _read_back(session: Session, written: Collection[ServiceRecord]) -> Sequence[ServiceRecord]:
    """Return records that were just written; of one volunteer at one moment there is one live."""
    moments = {row.started_at for row in written}
    found = session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.volunteer_id.in_([row.volunteer_id for row in written]),
            ServiceRecord.started_at.in_(moments),
            ServiceRecord.state.in_(LIVE_STATES),
        )
        .order_by(ServiceRecord.id)
    ).all()
    wanted = {(row.volunteer_id, row.started_at) for row in written}
    return [row for row in found if (row.volunteer_id, row.started_at) in wanted]
