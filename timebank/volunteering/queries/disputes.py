"""Appeals and arbitration: one's own, those of a record, those that wait, late ones first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.disputes import DisputeNotFoundError
from timebank.volunteering.models.desk import FirstApproval
from timebank.volunteering.models.disputes import Dispute, DisputeVote
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits, members
from timebank.volunteering.queries.merging import merged_into
from timebank.volunteering.queries.records import Place
from timebank.volunteering.rules.desk import is_over
from timebank.volunteering.rules.disputes import (
    COMMUNITYS_TURN,
    VOLUNTEERS_TURN,
    DisputeAbout,
    DisputeState,
    DisputeView,
    VoteView,
)
from timebank.volunteering.rules.records import RecordState

LATE_SHOWN = 20


def within(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Return the condition that a dispute lies within reach: at the place, or as the volunteer."""
    reach = actor.reach(permission)
    ways: list[ColumnElement[bool]] = [true()] if reach.is_wide else []
    if reach.own and actor.person_id is not None:
        ways.append(Dispute.volunteer_id.in_(members.records_of(actor.person_id)))
    if reach.grid_ids:
        ways.append(ServiceRecord.grid_id.in_(reach.grid_ids))
    if reach.centre_ids:
        ways.append(ServiceRecord.centre_id.in_(reach.centre_ids))
    where = or_(*ways) if ways else false()
    return and_(Dispute.community_id == actor.community_id, where)


def _select() -> Select[Any]:  # Any: a row of three entities
    """Select disputes with their record and kind of service."""
    return (
        select(Dispute, ServiceRecord, ServiceKind.name)
        .join(ServiceRecord, ServiceRecord.id == Dispute.record_id)
        .join(ServiceKind, ServiceKind.id == ServiceRecord.kind_id)
    )


def _views(session: Session, wanted: Select[Any]) -> list[DisputeView]:
    """Return the views of selected disputes: three reads, however many there are."""
    rows = session.execute(wanted).all()
    people = community_queries.persons(session, {row[0].volunteer_id for row in rows})
    votes = _votes(session, [row[0].id for row in rows])
    return [
        _view(it, record, kind_name, _name(people, it.volunteer_id), votes.get(it.id, []))
        for it, record, kind_name in rows
    ]


def _name(people: dict[int, community_queries.PersonView], person_id: int) -> str:
    """Return somebody's name, empty when they are gone."""
    return people[person_id].name if person_id in people else ""


def _view(
    it: Dispute, record: ServiceRecord, kind_name: str, name: str, votes: list[VoteView]
) -> DisputeView:
    """Return the view of one dispute."""
    copied = {
        field: getattr(it, field)
        for field in DisputeView.__dataclass_fields__
        if hasattr(Dispute, field)
    }
    copied["about"], copied["state"] = DisputeAbout(it.about), DisputeState(it.state)
    return DisputeView(
        **copied,
        is_late=it.state in COMMUNITYS_TURN and is_over(it.due_on, today=clock.today()),
        volunteer_name=name,
        kind_name=kind_name,
        served_on=record.served_on,
        minutes=record.minutes,
        record_state=RecordState(record.state),
        votes=tuple(votes),
    )


def _votes(session: Session, dispute_ids: Collection[int]) -> dict[int, list[VoteView]]:
    """Return the votes of some disputes, in their order."""
    found: dict[int, list[VoteView]] = defaultdict(list)
    if not dispute_ids:
        return found
    rows = session.scalars(
        select(DisputeVote).where(DisputeVote.dispute_id.in_(dispute_ids)).order_by(DisputeVote.id)
    )
    for row in rows:
        found[row.dispute_id].append(VoteView(row.actor_name, row.is_granted, row.words, row.at))
    return found


def dispute(
    session: Session, *, actor: Actor, dispute_id: int, permission: str = "hours.appeal"
) -> DisputeView:
    """Return one dispute within the reach of a permission.

    Raises:
        DisputeNotFoundError
    """
    found = _views(session, _select().where(Dispute.id == dispute_id, within(actor, permission)))
    if not found:
        raise DisputeNotFoundError
    return found[0]


def of_record(session: Session, record_id: int) -> Sequence[DisputeView]:
    """Return what was disputed about a record that the caller may see, the latest first."""
    wanted = _select().where(Dispute.record_id == record_id).order_by(Dispute.id.desc())
    return _views(session, wanted.limit(paging.PAGE_SIZE))


def restored_from(session: Session, record_id: int) -> int | None:
    """Return the record from which this one was restored after an appeal; None for most."""
    return session.scalar(select(Dispute.record_id).where(Dispute.new_record_id == record_id))


def own(session: Session, *, person_id: int | None) -> Sequence[DisputeView]:
    """Return one's own rights and what became of them: those to act on first."""
    if person_id is None:
        return []
    first = case((Dispute.state.in_(VOLUNTEERS_TURN), 0), else_=1)
    wanted = _select().where(
        Dispute.volunteer_id.in_(members.records_of(person_id)),
        Dispute.state != DisputeState.REPAIRED,
    )
    return _views(session, wanted.order_by(first, Dispute.id.desc()).limit(paging.PAGE_SIZE))


def open_rights(session: Session, *, person_id: int | None) -> tuple[int, int]:
    """Return how many decisions somebody can still disagree with, and how many answers are due."""
    can_act = and_(Dispute.state.in_(VOLUNTEERS_TURN), Dispute.due_on >= clock.today())
    is_due = Dispute.state.in_(COMMUNITYS_TURN)
    counted = select(func.count().filter(can_act), func.count().filter(is_due)).where(
        Dispute.volunteer_id.in_(members.records_of(person_id or 0))
    )
    to_act, due = session.execute(counted).one()
    return to_act, due


def _can_judge(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor had no hand in a dispute and is near to nobody in it."""
    known = {actor.person_id, *limits.kin_ids(session, actor.person_id or 0)}
    near = members.with_merged(session, [one for one in known if one is not None])
    users = (
        Dispute.decided_by_user_id,
        Dispute.judged_by_user_id,
        ServiceRecord.recorded_by_user_id,
        ServiceRecord.confirmed_by_user_id,
        ServiceRecord.approved_by_user_id,
    )
    persons = (
        Dispute.decided_by_id,
        Dispute.judged_by_id,
        ServiceRecord.recorded_by_id,
        ServiceRecord.confirmed_by_id,
        ServiceRecord.approved_by_id,
    )
    parties = (ServiceRecord.volunteer_id, ServiceRecord.recipient_id)
    hands = [column == actor.user_id for column in users if actor.user_id is not None]
    hands += [column == actor.person_id for column in persons if actor.person_id is not None]
    hands += [column.in_(near) for column in parties if near]
    voted = select(DisputeVote.id).where(
        DisputeVote.dispute_id == Dispute.id, DisputeVote.user_id == (actor.user_id or 0)
    )
    first = select(FirstApproval.id).where(
        FirstApproval.record_id == ServiceRecord.id, FirstApproval.user_id == (actor.user_id or 0)
    )
    return ~or_(voted.exists(), first.exists(), *(func.coalesce(hand, False) for hand in hands))


def waiting(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[DisputeView]:
    """Return what waits for a decision that this actor may give, the first due first."""
    wanted = _select().where(
        within(actor, "dispute.decide"),
        Dispute.state.in_(COMMUNITYS_TURN),
        _can_judge(session, actor),
    )
    if cursor:
        day, last_id = _position(cursor)
        wanted = wanted.where(
            or_(Dispute.due_on > day, (Dispute.due_on == day) & (Dispute.id > last_id))
        )
    rows = _views(session, wanted.order_by(Dispute.due_on, Dispute.id).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [str(view.due_on), view.id])


def _position(cursor: str) -> tuple[date, int]:
    """Return the day and the id in a cursor.

    Raises:
        BadCursorError
    """
    due, last_id = paging.decode(cursor, width=2)
    if not isinstance(due, str) or not isinstance(last_id, int):
        raise paging.BadCursorError
    try:
        return date.fromisoformat(due), last_id
    except ValueError as error:
        raise paging.BadCursorError from error


def late(session: Session, *, actor: Actor) -> Sequence[DisputeView]:
    """Return the overdue disputes within reach, whoever may decide them, the oldest first."""
    wanted = _select().where(
        within(actor, "dispute.decide"),
        Dispute.state.in_(COMMUNITYS_TURN),
        Dispute.due_on < clock.today(),
    )
    return _views(session, wanted.order_by(Dispute.due_on, Dispute.id).limit(LATE_SHOWN))


def settled(session: Session, *, actor: Actor) -> Sequence[DisputeView]:
    """Return what was settled lately within reach, the latest first."""
    wanted = _select().where(
        within(actor, "dispute.decide"),
        Dispute.state.in_((DisputeState.GRANTED, DisputeState.FINAL, DisputeState.LAPSED)),
        Dispute.appealed_at.is_not(None),
    )
    return _views(session, wanted.order_by(Dispute.id.desc()).limit(LATE_SHOWN))


def hands_in(session: Session, row: Dispute, record: ServiceRecord) -> tuple[set[int], set[int]]:
    """Return the accounts and the persons who acted on a record and its disputes before."""
    acted = [
        *session.execute(
            select(FirstApproval.user_id, FirstApproval.person_id).where(
                FirstApproval.record_id == record.id
            )
        ),
        *session.execute(
            select(DisputeVote.user_id, DisputeVote.person_id).where(
                DisputeVote.dispute_id == row.id
            )
        ),
    ]
    users = {
        *(user_id for user_id, _ in acted),
        row.decided_by_user_id,
        row.judged_by_user_id,
        record.recorded_by_user_id,
        record.confirmed_by_user_id,
        record.approved_by_user_id,
    }
    persons = {
        *(person_id for _, person_id in acted),
        row.decided_by_id,
        row.judged_by_id,
        record.recorded_by_id,
        record.confirmed_by_id,
        record.approved_by_id,
        record.volunteer_id,
        merged_into(session, record.volunteer_id),
    }
    return (
        {user_id for user_id in users if user_id is not None},
        {person_id for person_id in persons if person_id is not None},
    )


def may_judge(session: Session, *, actor: Actor, view: DisputeView) -> bool:
    """Whether to offer this actor the decision of a dispute; the verb still decides."""
    place = session.execute(
        select(ServiceRecord.grid_id, ServiceRecord.centre_id)
        .join(Dispute, Dispute.record_id == ServiceRecord.id)
        .where(Dispute.id == view.id, _can_judge(session, actor))
    ).first()
    is_due = view.state in COMMUNITYS_TURN
    return is_due and place is not None and Place(*place).lies_in(actor, "dispute.decide")
