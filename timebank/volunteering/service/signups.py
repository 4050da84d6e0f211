"""Who takes part: sign up or be asked, be picked, wait, withdraw, not come."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.errors.records import CardNotFoundError, VolunteerMissingError
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import helpers, limits
from timebank.volunteering.queries import tasks as reads_of
from timebank.volunteering.queries.presence import vouches
from timebank.volunteering.rules import matching
from timebank.volunteering.rules import tasks as rules
from timebank.volunteering.rules.helpers import Helper, check_may, may_go
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.records import Span, required
from timebank.volunteering.rules.tasks import (
    Admission,
    SignUpCommand,
    SignUpState,
    TaskEvent,
    TaskState,
)
from timebank.volunteering.service import tidings
from timebank.volunteering.service.notes import locked_sign_up, locked_task, note

ASKED_MAX = 50


def sign_up(
    session: Session,
    *,
    actor: Actor,
    task_id: int,
    volunteer_id: int | None = None,
    volunteer_card: str = "",
) -> SignUpState:
    """Put a volunteer on a task's list, and say where they stand: accepted, waiting or offered.

    Without a volunteer it is the actor; staff sign up whoever phones, by id or card number.
    Whoever was asked says yes by it. When the last place has gone meanwhile, the answer is the
    waiting list.

    Raises:
        TaskStartedError, TaskCancelledError, TaskDoneError, TaskUnmetError: too late.
        DomainError: the volunteer may not, or is on the list; its class says which.
    """
    task = locked_task(session, actor=actor, task_id=task_id)
    if volunteer_card.strip():
        volunteer_id = _holder(session, task, volunteer_card)
    volunteer_id = _volunteer(actor, task, volunteer_id)
    rules.check_open(TaskState(task.state), starts_at=task.starts_at, now=clock.now())
    row = _row(session, task, volunteer_id)
    is_asked = row is not None and row.state == SignUpState.ASKED
    _check_fit(session, actor=actor, task=task, volunteer_id=volunteer_id, is_asked=is_asked)
    if task.admission == Admission.PICKED and not is_asked:
        command, event = SignUpCommand.OFFER, TaskEvent.OFFERED
    elif task.taken < task.places:
        command, event = SignUpCommand.ACCEPT, TaskEvent.ACCEPTED
    else:
        command, event = SignUpCommand.QUEUE, TaskEvent.QUEUED
    row = _step(session, task=task, row=row, volunteer_id=volunteer_id, command=command)
    _note(session, actor, row, event)
    session.refresh(task, ["taken"])
    return SignUpState(row.state)


def _volunteer(actor: Actor, task: Task, volunteer_id: int | None) -> int:
    """Return whom an act on a task's list is about: the actor, or for staff whoever phones."""
    if volunteer_id is None or volunteer_id == actor.person_id:
        if actor.person_id is None:
            raise VolunteerMissingError(field="volunteer_id")
        return actor.person_id
    if not vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotYoursToAnswerError(field="volunteer_id")
    return volunteer_id


def _holder(session: Session, task: Task, card_no: str) -> int:
    """Return who holds a card."""
    found = limits.person_id_of_card(session, community_id=task.community_id, card_no=card_no)
    if found is None:
        raise CardNotFoundError(field="volunteer_card", card_no=card_no)
    return found


def _row(session: Session, task: Task, volunteer_id: int) -> SignUp | None:
    """Return where a volunteer stands with a locked task; None when nowhere yet."""
    return session.scalar(
        select(SignUp)
        .where(SignUp.task_id == task.id, SignUp.volunteer_id == volunteer_id)
        .execution_options(populate_existing=True)
    )


def _check_fit(
    session: Session, *, actor: Actor, task: Task, volunteer_id: int, is_asked: bool
) -> None:
    """Refuse whom a task does not fit; who was asked is only judged by age and self."""
    helper = helpers.helper(session, community_id=task.community_id, person_id=volunteer_id)
    if is_asked:
        _check_askable(task, helper)
        return
    view = reads_of.task(session, actor=actor, task_id=task.id)
    refusal = matching.obstacle(view, helper)
    if refusal is not None:
        raise refusal


def _check_askable(task: Task, helper: Helper) -> None:
    """Refuse to ask the one served, and minors where they may not go."""
    if helper.person_id in {task.recipient_id, task.asked_by_id}:
        raise errors.ServesSelfError(field="volunteer_ids")
    check_may(helper, risk=Risk(task.risk), starts_at=task.starts_at)


def _step(
    session: Session,
    *,
    task: Task,
    row: SignUp | None,
    volunteer_id: int,
    command: SignUpCommand,
) -> SignUp:
    """Take a volunteer along an arrow, or onto the list by their first one.

    Raises:
        BookedTwiceError: they have promised to be elsewhere at that time.
        DomainError: there is no such arrow from where they stand.
    """
    now = clock.now()
    if row is not None:
        rules.next_sign_up_state(SignUpState(row.state), command)
    if command is SignUpCommand.ACCEPT:
        _check_free(session, task, volunteer_id)
    if row is None:
        row = SignUp(
            community_id=task.community_id,
            task_id=task.id,
            volunteer_id=volunteer_id,
            starts_at=task.starts_at,
            ends_at=task.ends_at,
            state=rules.FIRST_STATES[command],
            signed_at=now,
            was_moved_up=False,
            code_tries=0,
        )
        session.add(row)
    else:
        row.state = rules.next_sign_up_state(SignUpState(row.state), command)
    row.changed_at, row.state_reason = now, ""
    if command is SignUpCommand.ACCEPT:
        row.accepted_at = now
    if command is SignUpCommand.QUEUE:
        row.queued_at = now
    return row


def _check_free(session: Session, task: Task, volunteer_id: int) -> None:
    """Refuse to promise two places at the same time."""
    span = Span(task.starts_at, task.ends_at)
    if helpers.is_booked(session, volunteer_id=volunteer_id, span=span, except_task_id=task.id):
        raise errors.BookedTwiceError


def _note(session: Session, actor: Actor, row: SignUp, event: TaskEvent) -> None:
    """Write a sign-up, leave the act in the trail and tell whom it concerns."""
    note(
        session,
        actor=actor,
        action=event,
        subject_type="task",
        subject_id=row.task_id,
        facts={"volunteer_id": row.volunteer_id},
    )
    tidings.of_sign_up(session, actor=actor, row=row, event=event)


def ask(session: Session, *, actor: Actor, task_id: int, volunteer_ids: Collection[int]) -> int:
    """Ask volunteers to take part and return how many; each sees it and says yes or no.

    Raises:
        NotYoursToPickError: the actor neither asked for help nor answers for the place.
        VolunteerMissingError: nobody was named.
        DomainError: one of them may not, or is on the list; its class says which.
    """
    task = locked_task(session, actor=actor, task_id=task_id)
    _check_picker(actor, task)
    rules.check_open(TaskState(task.state), starts_at=task.starts_at, now=clock.now())
    wanted = sorted(set(volunteer_ids))[:ASKED_MAX]
    if not wanted:
        raise VolunteerMissingError(field="volunteer_ids")
    known = helpers.helpers(session, community_id=task.community_id, person_ids=wanted)
    for volunteer_id in wanted:
        if volunteer_id not in known:
            raise errors.SignUpNotFoundError
        _check_askable(task, known[volunteer_id])
        row = _row(session, task, volunteer_id)
        row = _step(
            session, task=task, row=row, volunteer_id=volunteer_id, command=SignUpCommand.ASK
        )
        _note(session, actor, row, TaskEvent.ASKED)
    return len(wanted)


def _check_picker(actor: Actor, task: Task) -> None:
    """Refuse who neither asked for this help nor answers for the place."""
    me = actor.person_id
    is_requester = me is not None and me in {task.recipient_id, task.asked_by_id}
    manages = actor.reach("task.manage").covers(grid_id=task.grid_id, centre_id=task.centre_id)
    if not (is_requester or manages):
        raise errors.NotYoursToPickError


def pick(session: Session, *, actor: Actor, sign_up_id: int) -> None:
    """Give a place to somebody who offered or waits.

    Raises:
        NotYoursToPickError: the actor neither asked for help nor answers for the place.
        TaskFullError: all places are taken.
        DomainError: the sign-up is past picking, or the volunteer promised another task.
    """
    task, row = _chosen(session, actor, sign_up_id)
    rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.ACCEPT)
    if row.state not in {SignUpState.OFFERED, SignUpState.WAITING}:
        raise errors.NotYoursToAnswerError  # only they themselves say yes for themselves
    if task.taken >= task.places:
        raise errors.TaskFullError
    _step(
        session,
        task=task,
        row=row,
        volunteer_id=row.volunteer_id,
        command=SignUpCommand.ACCEPT,
    )
    _note(session, actor, row, TaskEvent.ACCEPTED)
    session.refresh(task, ["taken"])


def reserve(session: Session, *, actor: Actor, sign_up_id: int) -> None:
    """Put somebody who offered onto the waiting list, from where they move up by themselves.

    Raises:
        NotYoursToPickError: the actor neither asked for help nor answers for the place.
        DomainError: the sign-up is past it.
    """
    task, row = _chosen(session, actor, sign_up_id)
    if row.state != SignUpState.OFFERED:
        rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.TURN_DOWN)
        raise errors.AlreadyWaitingError
    _step(session, task=task, row=row, volunteer_id=row.volunteer_id, command=SignUpCommand.QUEUE)
    _note(session, actor, row, TaskEvent.QUEUED)
    fill(session, actor=actor, task=task)


def turn_down(session: Session, *, actor: Actor, sign_up_id: int, reason: str) -> None:
    """Say that somebody was not chosen, and why; a place that falls free goes to who waits.

    Raises:
        NotYoursToPickError: the actor neither asked for help nor answers for the place.
        ReasonMissingError: no reason was given.
        DomainError: the sign-up is past it.
    """
    task, row = _chosen(session, actor, sign_up_id)
    _leave(row, SignUpCommand.TURN_DOWN, reason=required(reason))
    _note(session, actor, row, TaskEvent.TURNED_DOWN)
    fill(session, actor=actor, task=task)


def _chosen(session: Session, actor: Actor, sign_up_id: int) -> tuple[Task, SignUp]:
    """Return a task and a sign-up that the actor may decide on, before it begins."""
    task, row = locked_sign_up(session, actor=actor, sign_up_id=sign_up_id)
    _check_picker(actor, task)
    rules.check_open(TaskState(task.state), starts_at=task.starts_at, now=clock.now())
    return task, row


def _leave(row: SignUp, command: SignUpCommand, *, reason: str) -> None:
    """Take a sign-up along an arrow that gives up its place."""
    row.state = rules.next_sign_up_state(SignUpState(row.state), command)
    row.state_reason, row.changed_at = reason, clock.now()


def decline(session: Session, *, actor: Actor, sign_up_id: int, reason: str = "") -> None:
    """Say no to being asked.

    Raises:
        NotYoursToAnswerError: somebody else was asked.
        DomainError: nothing waits for an answer.
    """
    _, row = _own(session, actor, sign_up_id)
    _leave(row, SignUpCommand.DECLINE, reason=reason.strip())
    _note(session, actor, row, TaskEvent.DECLINED)


def withdraw(session: Session, *, actor: Actor, sign_up_id: int, reason: str = "") -> None:
    """Give up a place before the task begins; the first on the waiting list moves up.

    Raises:
        NotYoursToAnswerError: it is neither the actor's own nor at a place they answer for.
        DomainError: it is past withdrawing.
    """
    task, row = _own(session, actor, sign_up_id)
    rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.WITHDRAW)
    rules.check_open(TaskState(task.state), starts_at=task.starts_at, now=clock.now())
    _leave(row, SignUpCommand.WITHDRAW, reason=reason.strip())
    _note(session, actor, row, TaskEvent.WITHDREW)
    fill(session, actor=actor, task=task)


def _own(session: Session, actor: Actor, sign_up_id: int) -> tuple[Task, SignUp]:
    """Return the actor's own sign-up, or one of whoever phones staff of the place."""
    task, row = locked_sign_up(session, actor=actor, sign_up_id=sign_up_id)
    is_own = actor.person_id is not None and actor.person_id == row.volunteer_id
    if not (is_own or vouches(actor, task.grid_id, task.centre_id)):
        raise errors.NotYoursToAnswerError
    return task, row


def mark_no_show(session: Session, *, actor: Actor, sign_up_id: int) -> None:
    """Note that somebody with a place did not come.

    Raises:
        NotYoursToPickError: the task is not at a place the actor answers for.
        TooEarlyToMissError: the task is not over yet.
        DomainError: they had no place, or were there.
    """
    task, row = locked_sign_up(session, actor=actor, sign_up_id=sign_up_id)
    if not vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotYoursToPickError
    state = rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.MISS)
    if clock.now() < task.ends_at:
        raise errors.TooEarlyToMissError
    came = select(Presence.id).where(Presence.sign_up_id == row.id)
    if session.scalar(came) is not None:
        raise errors.SignUpServedError
    row.state, row.changed_at = state, clock.now()
    _note(session, actor, row, TaskEvent.MISSED)


def fill(session: Session, *, actor: Actor, task: Task) -> None:
    """Let the waiting move up into the places that are free, in their order.

    Whoever has promised another task at that time, or may not go any more, keeps waiting.
    """
    session.flush()
    session.refresh(task, ["taken"])
    waiting = session.scalars(
        select(SignUp)
        .where(SignUp.task_id == task.id, SignUp.state == SignUpState.WAITING)
        .order_by(SignUp.queued_at, SignUp.id)
        .limit(rules.PLACES_MAX)
        .execution_options(populate_existing=True)
    ).all()
    if not waiting or task.taken >= task.places:
        return
    span = Span(task.starts_at, task.ends_at)
    known = helpers.helpers(
        session,
        community_id=task.community_id,
        person_ids=[row.volunteer_id for row in waiting],
    )
    for row in waiting:
        if task.taken >= task.places:
            return
        helper = known.get(row.volunteer_id)
        if not may_go(helper, risk=Risk(task.risk), starts_at=task.starts_at):
            continue
        if helpers.is_booked(
            session, volunteer_id=row.volunteer_id, span=span, except_task_id=task.id
        ):
            continue
        row.state = rules.next_sign_up_state(SignUpState(row.state), SignUpCommand.ACCEPT)
        row.accepted_at = row.changed_at = clock.now()
        row.was_moved_up = True
        _note(session, actor, row, TaskEvent.MOVED_UP)
        session.refresh(task, ["taken"])
