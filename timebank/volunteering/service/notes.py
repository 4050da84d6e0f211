"""What every verb on needs and tasks shares: find and lock, name lost races, leave a trail."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.trail import service as trail
from timebank.volunteering.errors import admission as admission_errors
from timebank.volunteering.errors import presence as presence_errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries.tasks import visible

Fact = str | int | bool | None | list[str] | list[int]

# What the database refuses when two act at once, and what the later one is told.
_RACES: tuple[tuple[str, type[DomainError]], ...] = (
    ("sign_up_overlap", task_errors.BookedTwiceError),
    ("sign_up_admitted", admission_errors.NotAdmittedError),
    ("sign_up_insured", admission_errors.NotInsuredError),
    ("need_offer_gone", admission_errors.OfferClosedError),
    ("task_feedback.sign_up_id", admission_errors.AlreadyToldError),
    ("uq_task_feedback_sign_up_id", admission_errors.AlreadyToldError),
    ("volunteer_admission.person_id", admission_errors.AlreadyAppliedError),
    ("uq_volunteer_admission_person_id", admission_errors.AlreadyAppliedError),
    ("by_two", admission_errors.SameReviewerError),
    ("sign_up.task_id", task_errors.AlreadySignedUpError),
    ("uq_sign_up_task_id_volunteer_id", task_errors.AlreadySignedUpError),
    ("not_overfull", task_errors.TaskFullError),
    ("presence.sign_up_id", presence_errors.AlreadyHereError),
    ("uq_presence_sign_up_id", presence_errors.AlreadyHereError),
    ("presence.volunteer_id", presence_errors.HereElsewhereError),
    ("uq_presence_open", presence_errors.HereElsewhereError),
)


def locked_task(session: Session, *, actor: Actor, task_id: int) -> Task:
    """Return a task that the actor may see, locked until the transaction ends.

    Raises:
        TaskNotFoundError: there is none, or it lies outside.
    """
    row = session.scalar(
        select(Task)
        .where(Task.id == task_id, visible(actor))
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise task_errors.TaskNotFoundError
    return row


def locked_sign_up(session: Session, *, actor: Actor, sign_up_id: int) -> tuple[Task, SignUp]:
    """Return a sign-up with its task, both locked, the task first.

    Raises:
        SignUpNotFoundError: there is none, or its task lies outside.
    """
    task_id = session.scalar(select(SignUp.task_id).where(SignUp.id == sign_up_id))
    if task_id is None:
        raise task_errors.SignUpNotFoundError
    try:
        task = locked_task(session, actor=actor, task_id=task_id)
    except task_errors.TaskNotFoundError as error:
        raise task_errors.SignUpNotFoundError from error
    return task, session.get_one(SignUp, sign_up_id, populate_existing=True)


def write(session: Session) -> None:
    """Send what is pending, and tell a lost race by the name of the rule that caught it.

    Raises:
        DomainError: another was faster.
    """
    try:
        session.flush()
    except IntegrityError as error:
        for name, refusal in _RACES:
            if name in str(error.orig):
                raise refusal from error
        raise


def note(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: int,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Write what is pending and leave the act in the trail."""
    write(session)
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{action}",
        subject_type=subject_type,
        subject_id=subject_id,
        facts=facts,
    )
    session.flush()
