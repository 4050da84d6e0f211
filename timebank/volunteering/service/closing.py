"""How tasks end: cancelled by somebody, or closed when their time is over."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.rules import tasks as rules
from timebank.volunteering.rules.tasks import (
    OPEN_STATES,
    SignUpCommand,
    SignUpState,
    TaskCommand,
    TaskEvent,
    TaskState,
)
from timebank.volunteering.service import tidings
from timebank.volunteering.service.notes import note

_BATCH = 200


def cancel(session: Session, *, actor: Actor, task: Task, reason: str) -> None:
    """End a locked task that will not take place, with everybody on its list.

    Raises:
        DomainError: it has ended before.
    """
    state = rules.next_task_state(TaskState(task.state), TaskCommand.CANCEL)
    told = _end_sign_ups(session, task, SignUpCommand.CANCEL, only=OPEN_STATES)
    task.state, task.state_reason, task.closed_at = state, reason, clock.now()
    _note(session, actor, task, TaskEvent.CANCELLED)
    tidings.of_cancelling(session, actor=actor, task=task, volunteer_ids=told, reason=reason)


def finish(session: Session, *, actor: Actor, task: Task) -> None:
    """Note that somebody came, when that is not known yet."""
    if task.state == TaskState.DONE:
        return
    task.state = rules.next_task_state(TaskState(task.state), TaskCommand.FINISH)
    task.closed_at = clock.now()
    _note(session, actor, task, TaskEvent.FINISHED)


def close_past_tasks(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.close_past``: end the tasks whose time is long over.

    Who had a place and did not come is noted; what was still open on the list has lapsed.
    """
    before = clock.now() - rules.CLOSED_AFTER
    came = select(Presence.id).where(Presence.sign_up_id == SignUp.id)
    listed = select(SignUp.task_id).where(
        SignUp.state.in_(OPEN_STATES), SignUp.ends_at < before, ~came.exists()
    )
    is_open = and_(Task.state == TaskState.OPEN, Task.ends_at < before)
    while True:
        rows = session.scalars(
            select(Task)
            .where(or_(is_open, Task.id.in_(listed)))
            .order_by(Task.id)
            .limit(_BATCH)
            .with_for_update()
        ).all()
        if not rows:
            return
        for task in rows:
            _close(session, task)


def _close(session: Session, task: Task) -> None:
    """End one task of the past, and its list."""
    actor = program(community_id=task.community_id, name="volunteering.close_past")
    came = set(session.scalars(select(Presence.sign_up_id).where(Presence.task_id == task.id)))
    for command, only in (
        (SignUpCommand.MISS, (SignUpState.ACCEPTED,)),
        (SignUpCommand.LAPSE, (SignUpState.ASKED, SignUpState.OFFERED, SignUpState.WAITING)),
    ):
        ended = _end_sign_ups(session, task, command, only=only, except_ids=came)
        if command is SignUpCommand.MISS:
            tidings.of_absence(session, actor=actor, task=task, volunteer_ids=ended)
    if task.state != TaskState.OPEN:
        return
    ending = TaskCommand.FINISH if came else TaskCommand.MISS
    task.state = rules.next_task_state(TaskState(task.state), ending)
    task.closed_at = clock.now()
    _note(session, actor, task, TaskEvent.FINISHED if came else TaskEvent.UNMET)


def _end_sign_ups(
    session: Session,
    task: Task,
    command: SignUpCommand,
    *,
    only: Collection[SignUpState],
    except_ids: Collection[int] = (),
) -> list[int]:
    """Take everybody in some states along the same arrow, count the places, return who they are."""
    rows = session.scalars(
        select(SignUp)
        .where(SignUp.task_id == task.id, SignUp.state.in_(only))
        .order_by(SignUp.id)
        .execution_options(populate_existing=True)
    )
    moved = [row for row in rows if row.id not in except_ids]
    for row in moved:
        row.state = rules.next_sign_up_state(SignUpState(row.state), command)
        row.changed_at = clock.now()
    session.flush()
    session.refresh(task, ["taken"])
    return [row.volunteer_id for row in moved]


def _note(session: Session, actor: Actor, task: Task, event: TaskEvent) -> None:
    """Leave an act on a task in the trail."""
    note(session, actor=actor, action=event, subject_type="task", subject_id=task.id)
