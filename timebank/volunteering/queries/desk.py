"""The review desk: what waits, ranked by risk with its reasons; nobody's own or kin's."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.desk import DeskRecordNotFoundError
from timebank.volunteering.models.desk import FirstApproval, RecordRisk, RiskReason
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.records import (
    of_others,
    select_records,
    views_of,
    within,
)
from timebank.volunteering.rules.records import RecordState, RecordView
from timebank.volunteering.rules.risk import RiskCode

COUNTED_MAX = 500  # of the queue's first records, how many wait for another reviewer


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason as a page or a program sees it."""

    code: RiskCode
    points: int
    figures: Mapping[str, int]
    record_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class FirstView:
    """The first of two approvals."""

    by_name: str
    at: datetime
    user_id: int | None
    person_id: int | None


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A waiting record with its risk; ``is_scored`` is False until it was reckoned once."""

    record: RecordView
    points: int
    is_scored: bool
    reasons: Sequence[ReasonView]
    first: FirstView | None


def _waiting(session: Session, actor: Actor) -> Select[Any]:
    """Select the records that this actor may decide over now."""
    return (
        select(RecordRisk.record_id, RecordRisk.points, RecordRisk.rules_version)
        .join(ServiceRecord, ServiceRecord.id == RecordRisk.record_id)
        .where(
            RecordRisk.community_id == actor.community_id,
            RecordRisk.is_waiting,
            ServiceRecord.state == RecordState.CONFIRMED,
            within(actor, "hours.approve"),
            of_others(session, actor),
            ~approved_first_by(actor),
        )
    )


def approved_first_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor gave the first of a record's two approvals."""
    given = select(FirstApproval.id).where(
        FirstApproval.record_id == ServiceRecord.id,
        FirstApproval.state == "waiting",
        _by(actor),
    )
    return given.exists()


def _by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a first approval was the actor's, by whatever account."""
    return or_(
        FirstApproval.user_id == (actor.user_id or 0),
        FirstApproval.person_id == (actor.person_id or 0),
    )


def desk_queue(
    session: Session,
    *,
    actor: Actor,
    code: RiskCode | None = None,
    is_second: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[DeskLine]:
    """Return what this actor may decide over, the riskiest first, then the oldest.

    ``code`` keeps those with one reason, ``is_second`` those approved once.
    """
    wanted = _waiting(session, actor)
    if code is not None:
        has = select(RiskReason.code).where(
            RiskReason.record_id == RecordRisk.record_id, RiskReason.code == code
        )
        wanted = wanted.where(has.exists())
    if is_second:
        first = select(FirstApproval.id).where(
            FirstApproval.record_id == RecordRisk.record_id, FirstApproval.state == "waiting"
        )
        wanted = wanted.where(first.exists())
    if cursor:
        points, record_id = paging.decode(cursor, width=2)
        if not isinstance(points, int) or not isinstance(record_id, int):
            raise paging.BadCursorError
        later = and_(RecordRisk.points == points, RecordRisk.record_id > record_id)
        wanted = wanted.where(or_(RecordRisk.points < points, later))
    ordered = wanted.order_by(RecordRisk.points.desc(), RecordRisk.record_id).limit(limit + 1)
    lines = _lines(session, session.execute(ordered).all())
    return paging.page_of(lines, limit=limit, key=lambda line: [line.points, line.record.id])


def _lines(session: Session, rows: Sequence[Any]) -> list[DeskLine]:
    """Return ranked records as lines: five reads, however many there are."""
    ids = [record_id for record_id, _, _ in rows]
    if not ids:
        return []
    wanted = select_records().where(ServiceRecord.id.in_(ids))
    views = {view.id: view for view in views_of(session, wanted)}
    reasons, firsts = reasons_of(session, ids), _firsts(session, ids)
    return [
        DeskLine(
            views[record_id], points, version is not None, reasons[record_id], firsts.get(record_id)
        )
        for record_id, points, version in rows
    ]


def reasons_of(session: Session, record_ids: Collection[int]) -> Mapping[int, list[ReasonView]]:
    """Return the reasons of some records, the heaviest first."""
    found: dict[int, list[ReasonView]] = defaultdict(list)
    rows = session.scalars(
        select(RiskReason)
        .where(RiskReason.record_id.in_(record_ids))
        .order_by(RiskReason.points.desc(), RiskReason.code)
    )
    for row in rows:
        view = ReasonView(RiskCode(row.code), row.points, row.figures, row.record_ids)
        found[row.record_id].append(view)
    return found


def _firsts(session: Session, record_ids: Collection[int]) -> dict[int, FirstView]:
    """Return the first approvals that wait for a second."""
    rows = session.scalars(
        select(FirstApproval).where(
            FirstApproval.record_id.in_(record_ids), FirstApproval.state == "waiting"
        )
    )
    return {
        row.record_id: FirstView(row.actor_name, row.at, row.user_id, row.person_id) for row in rows
    }


def first_approval(session: Session, record_id: int) -> FirstView | None:
    """Return the first approval of a record that waits for a second."""
    return _firsts(session, [record_id]).get(record_id)


def desk_record(session: Session, *, actor: Actor, record_id: int) -> DeskLine:
    """Return one record of the queue.

    Raises:
        DeskRecordNotFoundError: it does not wait, or not for this actor: own, kin's, outside.
    """
    rows = session.execute(_waiting(session, actor).where(RecordRisk.record_id == record_id)).all()
    found = _lines(session, rows)
    if not found:
        raise DeskRecordNotFoundError
    return found[0]


def spoken_of(
    session: Session, *, actor: Actor, reasons: Sequence[ReasonView]
) -> dict[int, RecordView]:
    """Return the records that reasons speak of, as far as the actor may read them."""
    ids = {record_id for reason in reasons for record_id in reason.record_ids}
    if not ids:
        return {}
    wanted = select_records().where(ServiceRecord.id.in_(ids), within(actor, "hours.read"))
    return {view.id: view for view in views_of(session, wanted)}


def waiting_for_others(session: Session, *, actor: Actor) -> int:
    """Return how many waiting records within reach need another reviewer.

    Counted among the first of the queue, by their ids: as one statement with OR and EXISTS,
    PostgreSQL reads every line of every history.
    """
    first = session.scalars(
        select(RecordRisk.record_id)
        .join(ServiceRecord, ServiceRecord.id == RecordRisk.record_id)
        .where(
            RecordRisk.community_id == actor.community_id,
            RecordRisk.is_waiting,
            within(actor, "hours.approve"),
        )
        .order_by(RecordRisk.points.desc(), RecordRisk.record_id)
        .limit(COUNTED_MAX)
    ).all()
    if not first:
        return 0
    ours = session.scalars(
        select(ServiceRecord.id).where(ServiceRecord.id.in_(first), of_others(session, actor))
    ).all()
    given = session.scalars(
        select(FirstApproval.record_id).where(
            FirstApproval.record_id.in_(first),
            FirstApproval.state == "waiting",
            _by(actor),
        )
    )
    return len(set(first) - set(ours) | set(given))
