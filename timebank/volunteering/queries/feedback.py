"""What both sides said after a service: to those concerned and to staff of the place."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.tasks import SignUpNotFoundError, TaskNotFoundError
from timebank.volunteering.models.feedback import TaskFeedback
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import sign_ups
from timebank.volunteering.queries.tasks import answers_for
from timebank.volunteering.rules.feedback import (
    FEEDBACK_FOR,
    FeedbackView,
    Satisfaction,
    TellingSide,
)
from timebank.volunteering.rules.tasks import SignUpState, SignUpView


def _select() -> Select[Any]:  # Any: a row of several entities
    """Select what was said, with task, kind and volunteer."""
    return (
        select(TaskFeedback, Task.activity, ServiceKind.name, Person.name)
        .join(Task, Task.id == TaskFeedback.task_id)
        .join(ServiceKind, ServiceKind.id == Task.kind_id)
        .join(Person, Person.id == TaskFeedback.volunteer_id)
    )


def _views(session: Session, wanted: Select[Any]) -> list[FeedbackView]:
    """Return the views of what was selected: one read, however much it is."""
    return [
        FeedbackView(
            id=it.id,
            sign_up_id=it.sign_up_id,
            task_id=it.task_id,
            task_title=activity or kind_name,
            volunteer_id=it.volunteer_id,
            volunteer_name=name,
            side=TellingSide(it.side),
            satisfaction=Satisfaction(it.satisfaction),
            is_solved=it.is_solved,
            may_refer=it.may_refer,
            words=it.words,
            at=it.at,
            told_by_name=it.told_by_name,
            is_by_staff=it.is_by_staff,
        )
        for it, activity, kind_name, name in session.execute(wanted)
    ]


def _readable(actor: Actor) -> Any:  # noqa: ANN401 - a condition
    """Return the condition that the actor may read it: staff of the place, and the two sides."""
    ways = [answers_for(actor, "task.manage")]
    if actor.person_id is not None:
        me = actor.person_id
        ways += [
            TaskFeedback.volunteer_id == me,
            and_(
                or_(Task.recipient_id == me, Task.asked_by_id == me),
                TaskFeedback.side == TellingSide.SERVED,
            ),
        ]
    return or_(*ways)


def said_of_task(session: Session, *, actor: Actor, task_id: int) -> Sequence[FeedbackView]:
    """Return what was said of a task, as far as the actor may read it."""
    wanted = _select().where(TaskFeedback.task_id == task_id, _readable(actor))
    return _views(session, wanted.order_by(TaskFeedback.id).limit(paging.PAGE_SIZE))


def said(
    session: Session,
    *,
    actor: Actor,
    satisfaction: Satisfaction | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[FeedbackView]:
    """Return what was said at places the actor answers for, newest first."""
    wanted = _select().where(answers_for(actor, "task.manage"))
    if satisfaction is not None:
        wanted = wanted.where(TaskFeedback.satisfaction == satisfaction)
    if cursor:
        wanted = wanted.where(TaskFeedback.id < paging.decode_id(cursor))
    rows = _views(session, wanted.order_by(TaskFeedback.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def sign_up_for(session: Session, *, actor: Actor, sign_up_id: int) -> SignUpView:
    """Return a place on a list to those who may say how it was there.

    Raises:
        SignUpNotFoundError: there is none that the actor may see.
    """
    task_id = sign_ups.sign_up(session, sign_up_id).task_id
    try:
        listed = sign_ups.sign_ups_for(session, actor=actor, task_id=task_id)
    except TaskNotFoundError as error:
        raise SignUpNotFoundError from error
    for one in listed:
        if one.id == sign_up_id:
            return one
    raise SignUpNotFoundError


def to_tell(session: Session, *, actor: Actor) -> Sequence[tuple[int, int, str, str]]:
    """Return what the actor may still say a word about: sign-up, task, what, who; newest first."""
    if actor.person_id is None:
        return []
    me = actor.person_id
    is_served = or_(Task.recipient_id == me, Task.asked_by_id == me)
    told = exists().where(
        TaskFeedback.sign_up_id == SignUp.id, TaskFeedback.side == TellingSide.SERVED
    )
    rows = session.execute(
        select(SignUp.id, SignUp.task_id, Task.activity, ServiceKind.name, Person.name)
        .join(Task, Task.id == SignUp.task_id)
        .join(ServiceKind, ServiceKind.id == Task.kind_id)
        .join(Person, Person.id == SignUp.volunteer_id)
        .where(
            SignUp.state == SignUpState.SERVED,
            SignUp.ends_at > clock.now() - FEEDBACK_FOR,
            is_served,
            ~told,
        )
        .order_by(SignUp.ends_at.desc(), SignUp.id)
        .limit(5)
    )
    return [(row[0], row[1], row[2] or row[3], row[4]) for row in rows]
