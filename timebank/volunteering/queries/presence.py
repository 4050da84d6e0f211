"""Who is where, what staff must look at, and what screens and papers show."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.sealed import blind_index
from timebank.volunteering.errors.presence import PresenceNotFoundError, ShowsNoStampError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.presence import Presence, PresenceCorrection
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import records, tasks
from timebank.volunteering.queries.desk import approved_first_by
from timebank.volunteering.queries.tasks import answers_for
from timebank.volunteering.rules import presence as rules
from timebank.volunteering.rules.presence import (
    CorrectionView,
    How,
    PresenceView,
    ReviewReason,
    Side,
)
from timebank.volunteering.rules.records import CHOSEN_MAX, RecordState, code_from
from timebank.volunteering.rules.tasks import TaskView


def stamp(task_id: int, *, window: int) -> str:
    """Return what the screen of a task shows in one minute."""
    digest = blind_index(f"task-stamp:{task_id}:{window}")
    return rules.stamp_text(window=window, digest=digest)


def stamp_now(task_id: int) -> str:
    """Return what the screen of a task shows now."""
    return stamp(task_id, window=rules.window_of(clock.now()))


def paper_code(task_id: int, side: Side) -> str:
    """Return the six digits on the paper of a task, for coming or for leaving."""
    return code_from(blind_index(f"task-paper:{task_id}:{side}"))


def shows_stamps(actor: Actor, task: TaskView) -> bool:
    """Whether screen and paper are for this actor: the one served, or staff of the place.

    Never for somebody on the task's list: they would prove their own presence.
    """
    if task.my_sign_up_id is not None:
        return False
    is_served = actor.person_id is not None and actor.person_id == task.recipient_id
    return is_served or vouches(actor, task.grid_id, task.centre_id)


def stamp_for(session: Session, *, actor: Actor, task_id: int) -> str:
    """Return what the screen of a task shows now, to whom it is for.

    Raises:
        ShowsNoStampError: to this actor it is not.
    """
    view = tasks.task(session, actor=actor, task_id=task_id)
    if not shows_stamps(actor, view):
        raise ShowsNoStampError
    return stamp_now(task_id)


def vouches(actor: Actor, grid_id: int | None, centre_id: int | None) -> bool:
    """Whether the actor is staff of the place who may say that somebody was there."""
    return actor.reach("hours.record").covers(grid_id=grid_id, centre_id=centre_id)


def _select() -> Select[Any]:  # Any: a row of three entities
    """Select presences with their task and its kind of service."""
    return (
        select(Presence, Task, ServiceKind.name)
        .join(Task, Task.id == Presence.task_id)
        .join(ServiceKind, ServiceKind.id == Task.kind_id)
    )


def _views(session: Session, wanted: Select[Any]) -> list[PresenceView]:
    """Return the views of the selected presences: two reads, however many there are."""
    rows = session.execute(wanted).all()
    people = community_queries.persons(session, {row[0].volunteer_id for row in rows})
    return [
        PresenceView(
            id=one.id,
            sign_up_id=one.sign_up_id,
            task_id=task.id,
            task_title=task.activity or kind_name,
            volunteer_id=one.volunteer_id,
            volunteer_name=people[one.volunteer_id].name,
            starts_at=task.starts_at,
            ends_at=task.ends_at,
            started_at=one.started_at,
            started_how=How(one.started_how),
            ended_at=one.ended_at,
            ended_how=How(one.ended_how) if one.ended_how else None,
            is_offline=one.is_offline,
            review_reason=ReviewReason(one.review_reason) if one.review_reason else None,
            record_id=one.record_id,
        )
        for one, task, kind_name in rows
    ]


def to_review(session: Session, *, actor: Actor) -> Sequence[PresenceView]:
    """Return what staff must look at within reach, oldest first; nothing of the actor's own."""
    wanted = _select().where(
        answers_for(actor, "hours.record"),
        Presence.review_reason.is_not(None),
        Presence.volunteer_id != (actor.person_id or 0),
    )
    return _views(session, wanted.order_by(Presence.id).limit(paging.PAGE_SIZE))


def presence(session: Session, *, actor: Actor, presence_id: int) -> PresenceView:
    """Return one presence: the actor's own, or one at a place they answer for.

    Raises:
        PresenceNotFoundError: there is none, or it lies outside.
    """
    mine = Presence.volunteer_id == (actor.person_id or 0)
    found = _views(
        session,
        _select().where(Presence.id == presence_id, or_(mine, answers_for(actor, "hours.record"))),
    )
    if not found:
        raise PresenceNotFoundError
    return found[0]


def my_presence(session: Session, *, task_id: int, person_id: int | None) -> PresenceView | None:
    """Return somebody's presence at a task; None before they came."""
    found = _views(
        session,
        _select().where(Presence.task_id == task_id, Presence.volunteer_id == (person_id or 0)),
    )
    return found[0] if found else None


def approvable(session: Session, *, actor: Actor, task_id: int) -> Sequence[int]:
    """Return the records of a task's presences that the actor may approve, as their ids."""
    if not actor.may("hours.approve"):
        return []
    return session.scalars(
        select(ServiceRecord.id)
        .join(Presence, Presence.record_id == ServiceRecord.id)
        .where(
            Presence.task_id == task_id,
            ServiceRecord.state == RecordState.CONFIRMED,
            records.within(actor, "hours.approve"),
            records.of_others(session, actor),
            ~approved_first_by(actor),
        )
        .order_by(ServiceRecord.id)
        .limit(CHOSEN_MAX)
    ).all()


def presence_behind(session: Session, record_id: int) -> PresenceView | None:
    """Return the presence that a service record rests on; None when it was only told."""
    found = _views(session, _select().where(Presence.record_id == record_id))
    return found[0] if found else None


def presences_behind(session: Session, record_ids: Collection[int]) -> dict[int, PresenceView]:
    """Return the presences that service records rest on, by record."""
    if not record_ids:
        return {}
    found = _views(session, _select().where(Presence.record_id.in_(record_ids)))
    return {view.record_id: view for view in found if view.record_id is not None}


def behind_record(
    session: Session, record_id: int
) -> tuple[PresenceView | None, Sequence[CorrectionView]]:
    """Return the presence that a record rests on, and its corrections, for the record's page."""
    found = presence_behind(session, record_id)
    return found, [] if found is None else corrections(session, found.id)


def corrections(session: Session, presence_id: int) -> Sequence[CorrectionView]:
    """Return both values of every correction of a presence, newest first."""
    rows = session.scalars(
        select(PresenceCorrection)
        .where(PresenceCorrection.presence_id == presence_id)
        .order_by(PresenceCorrection.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        CorrectionView(**{name: getattr(row, name) for name in CorrectionView.__dataclass_fields__})
        for row in rows
    ]
