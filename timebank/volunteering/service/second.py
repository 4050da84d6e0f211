"""Four eyes on one record: which needs a second approval, and noting the first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.models.desk import FirstApproval
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.desk_rules import rules_in_force
from timebank.volunteering.rules import desk as rules
from timebank.volunteering.rules.desk import DeskRules
from timebank.volunteering.rules.records import EventKind
from timebank.volunteering.service.caps import Allotment
from timebank.volunteering.service.history import HistoryLine, note_all
from timebank.volunteering.service.risk import fresh_points

_FIRST = insert(FirstApproval.metadata.tables[FirstApproval.__tablename__])


@dataclass(frozen=True, slots=True)
class Waiting:
    """The records that wait for another's approval after this one, and why they do."""

    desk: DeskRules
    points: Mapping[int, int]
    record_ids: Collection[int]


def awaiting_second(
    session: Session,
    *,
    actor: Actor,
    rows: Sequence[ServiceRecord],
    found: Mapping[int, Allotment],
) -> Waiting:
    """Return which of the chosen records may not be posted by this approver alone.

    The risk is that of this moment: what changed since the job's last run is reckoned now.

    Raises:
        SecondsOwnApprovalError: the actor was the first for one of them.
    """
    desk = rules_in_force(session, rows[0].community_id)
    if not desk.asks_for_two:
        return Waiting(desk, {}, frozenset())
    ids = [row.id for row in rows]
    points = (
        fresh_points(session, community_id=rows[0].community_id, record_ids=ids, desk=desk)
        if desk.second_points is not None
        else {}
    )
    needing = {
        record_id
        for record_id in ids
        if rules.needs_second(
            desk,
            credited_minutes=found[record_id].share.credited_minutes,
            points=points.get(record_id, 0),
        )
    }
    return Waiting(desk, points, needing - _approved_once(session, actor, needing))


def _approved_once(session: Session, actor: Actor, record_ids: Collection[int]) -> set[int]:
    """Return which of these another has already approved.

    Raises:
        SecondsOwnApprovalError: it was the actor.
    """
    if not record_ids:
        return set()
    firsts = session.execute(
        select(FirstApproval.record_id, FirstApproval.user_id, FirstApproval.person_id).where(
            FirstApproval.record_id.in_(record_ids), FirstApproval.state == "waiting"
        )
    ).all()
    for _, user_id, person_id in firsts:
        rules.check_second(first=(user_id, person_id), second=(actor.user_id, actor.person_id))
    return {record_id for record_id, _, _ in firsts}


def note_first(
    session: Session,
    *,
    actor: Actor,
    rows: Sequence[ServiceRecord],
    found: Mapping[int, Allotment],
    waiting: Waiting,
) -> None:
    """Write down the first of two approvals of some records."""
    if not rows:
        return
    session.execute(
        _FIRST,
        [
            {
                "community_id": row.community_id,
                "record_id": row.id,
                "state": "waiting",
                "at": clock.now(),
                "user_id": actor.user_id,
                "person_id": actor.person_id,
                "actor_name": actor.name,
                "credited_minutes": found[row.id].share.credited_minutes,
                "points": waiting.points.get(row.id, 0),
                "rules_version": waiting.desk.version,
            }
            for row in rows
        ],
    )
    lines = [HistoryLine(row, EventKind.FIRST_APPROVED, {}) for row in rows]
    note_all(session, actor=actor, lines=lines)
