"""Reckoning the risk of waiting records, and keeping it fresh.

The database gives every record that waits a risk row and marks everybody whose records change, in
the same transaction. The job takes the marks and reckons what waits for those people; a mark is
seen exactly when the change is, so nothing stays stale. Reckoning by a job and not in the act
itself keeps confirming, checking out and approving as cheap as they were, and two who act on
records of the same people never wait for each other. Where risk decides (second approval), the
chosen records are reckoned in that very transaction.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.volunteering.models.desk import RecordRisk, RiskMark, RiskReason
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import desk_rules, risk
from timebank.volunteering.rules import risk as rules
from timebank.volunteering.rules.desk import DeskRules
from timebank.volunteering.rules.risk import Reason

SCORE = "volunteering.score_risk"
_BATCH = 300  # records reckoned together, as many as are approved at once: seven statements
_MARKS = 200
_BATCHES_MAX = 5  # in one run of the job, so that nobody waits for it; another run goes on

_RISKS = RecordRisk.metadata.tables[RecordRisk.__tablename__]
_REASONS = RiskReason.metadata.tables[RiskReason.__tablename__]
_SCORE = (
    update(_RISKS)
    .where(_RISKS.c.record_id == bindparam("scored_id"))
    .values(
        points=bindparam("new_points"),
        rules_version=bindparam("new_version"),
        scored_at=bindparam("new_at"),
    )
)


def score(
    session: Session, *, community_id: int, record_ids: Collection[int], desk: DeskRules
) -> dict[int, int]:
    """Reckon records of one community anew and return ``{record_id: points}``."""
    points: dict[int, int] = {}
    ids = sorted(set(record_ids))
    for begin in range(0, len(ids), _BATCH):
        points |= _score_batch(session, community_id, ids[begin : begin + _BATCH], desk)
    return points


def fresh_points(
    session: Session, *, community_id: int, record_ids: Collection[int], desk: DeskRules
) -> dict[int, int]:
    """Return ``{record_id: points}`` as they are now; only what changed since is reckoned anew."""
    marked = select(RiskMark.id).where(
        RiskMark.community_id == community_id,
        or_(
            RiskMark.person_id == ServiceRecord.volunteer_id,
            RiskMark.person_id == ServiceRecord.recipient_id,
        ),
    )
    fresh = session.execute(
        select(RecordRisk.record_id, RecordRisk.points)
        .join(ServiceRecord, ServiceRecord.id == RecordRisk.record_id)
        .where(
            RecordRisk.record_id.in_(record_ids),
            RecordRisk.rules_version == desk.version,
            ~marked.exists(),
        )
    )
    points = {record_id: kept for record_id, kept in fresh}  # noqa: C416 - rows are no pairs
    left = set(record_ids) - points.keys()
    return points | score(session, community_id=community_id, record_ids=left, desk=desk)


def _score_batch(
    session: Session, community_id: int, ids: Sequence[int], desk: DeskRules
) -> dict[int, int]:
    """Reckon some hundred records: four reads, three writes, however many."""
    found = risk.subjects(session, ids)
    around = risk.around(session, community_id, found)
    reasons = {
        one.service.record_id: rules.reasons(one.service, one.told, around, desk) for one in found
    }
    _write(session, community_id, reasons, desk)
    return {record_id: rules.points(told) for record_id, told in reasons.items()}


def _write(
    session: Session,
    community_id: int,
    reasons: Mapping[int, Sequence[Reason]],
    desk: DeskRules,
) -> None:
    """Replace what stands of some records' risk."""
    if not reasons:
        return
    now = clock.now()
    session.execute(
        _SCORE,
        [
            {
                "scored_id": record_id,
                "new_points": rules.points(told),
                "new_version": desk.version,
                "new_at": now,
            }
            for record_id, told in reasons.items()
        ],
    )
    session.execute(delete(_REASONS).where(_REASONS.c.record_id.in_(reasons)))
    rows = [
        {
            "record_id": record_id,
            "code": one.code,
            "community_id": community_id,
            "points": one.points,
            "figures": dict(one.figures),
            "record_ids": list(one.record_ids),
        }
        for record_id, told in reasons.items()
        for one in told
    ]
    if rows:
        session.execute(insert(_REASONS), rows)


def score_risk(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.score_risk``: reckon what is new, marked, or under other rules."""
    is_left = False
    communities = session.scalars(
        select(RiskMark.community_id)
        .union(select(RecordRisk.community_id).where(RecordRisk.is_waiting))
        .order_by(RiskMark.community_id)
    ).all()
    for community_id in communities:
        desk = desk_rules.rules_in_force(session, community_id)
        for work in (_score_marked, _score_unscored):
            is_left |= all(work(session, community_id, desk) for _ in range(_BATCHES_MAX))
    if is_left:
        jobs.enqueue(session, name=SCORE, key=f"{SCORE}:{new_id()}", payload={})


def _score_marked(session: Session, community_id: int, desk: DeskRules) -> bool:
    """Take some marks and reckon what waits for those people; whether there were any."""
    marks = session.execute(
        select(RiskMark.id, RiskMark.person_id)
        .where(RiskMark.community_id == community_id)
        .order_by(RiskMark.id)
        .limit(_MARKS)
        .with_for_update(skip_locked=True)
    ).all()
    if not marks:
        return False
    session.execute(delete(RiskMark).where(RiskMark.id.in_([mark_id for mark_id, _ in marks])))
    people = {person_id for _, person_id in marks}
    waiting = select(ServiceRecord.id).join(RecordRisk, RecordRisk.record_id == ServiceRecord.id)
    ids = [
        record_id
        for column in (ServiceRecord.volunteer_id, ServiceRecord.recipient_id)
        for record_id in session.scalars(waiting.where(column.in_(people), RecordRisk.is_waiting))
    ]
    locked = _locked(session, ids)
    score(session, community_id=community_id, record_ids=locked, desk=desk)
    left = set(ids) - set(locked)
    if left:  # somebody is deciding over them; should they let go, the mark is still there
        session.execute(
            insert(RiskMark).from_select(
                ["community_id", "person_id"],
                select(ServiceRecord.community_id, ServiceRecord.volunteer_id).where(
                    ServiceRecord.id.in_(left)
                ),
            )
        )
    return not left


def _score_unscored(session: Session, community_id: int, desk: DeskRules) -> bool:
    """Reckon some that never were, or were under other rules; whether there were any."""
    ids = session.scalars(
        select(RecordRisk.record_id)
        .where(
            RecordRisk.community_id == community_id,
            RecordRisk.is_waiting,
            or_(
                RecordRisk.rules_version.is_(None),
                RecordRisk.rules_version != desk.version,
            ),
        )
        .order_by(RecordRisk.record_id)
        .limit(_BATCH)
    ).all()
    locked = _locked(session, ids)
    score(session, community_id=community_id, record_ids=locked, desk=desk)
    return bool(locked)


def _locked(session: Session, ids: Collection[int]) -> Sequence[int]:
    """Lock the risk rows that still wait, in order, and return their records.

    Who decides over a record at this moment settles its row; what it leaves behind is not ours.
    """
    if not ids:
        return []
    return session.scalars(
        select(RecordRisk.record_id)
        .where(RecordRisk.record_id.in_(set(ids)), RecordRisk.is_waiting)
        .order_by(RecordRisk.record_id)
        .with_for_update(skip_locked=True)
    ).all()
