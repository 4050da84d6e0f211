"""Saying how a service was: the one served and the volunteer, or staff for who phones."""

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.models.feedback import TaskFeedback
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries.presence import vouches
from timebank.volunteering.rules import feedback as rules
from timebank.volunteering.rules.feedback import FeedbackEvent, FeedbackFacts, TellingSide
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service.notes import locked_sign_up, note


def tell(
    session: Session,
    *,
    actor: Actor,
    sign_up_id: int,
    facts: FeedbackFacts,
    side: TellingSide | None = None,
) -> int:
    """Say how a service was, once for each side, and return the word's id.

    Who was served or asked for it speaks as one side, the volunteer as the other; staff of the
    place name the side for which somebody told them.

    Raises:
        SignUpNotFoundError: there is none that the actor may see.
        NotYoursToTellError: the actor is neither side, nor staff of the place.
        NotServedYetError, AlreadyToldError, SolvedMissingError: as they say.
    """
    task, row = locked_sign_up(session, actor=actor, sign_up_id=sign_up_id)
    own = _side_of(actor, task, row)
    is_by_staff = own is None
    if is_by_staff and not vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotYoursToTellError
    told_side = own or side or TellingSide.SERVED
    if row.state != SignUpState.SERVED:
        raise errors.NotServedYetError
    rules.check_told(facts, told_side)
    is_served = told_side is TellingSide.SERVED
    said = TaskFeedback(
        community_id=task.community_id,
        sign_up_id=row.id,
        task_id=task.id,
        volunteer_id=row.volunteer_id,
        side=told_side,
        satisfaction=facts.satisfaction,
        is_solved=facts.is_solved if is_served else None,
        may_refer=facts.may_refer and is_served,
        words=facts.words.strip(),
        at=clock.now(),
        told_by_id=actor.person_id,
        told_by_user_id=actor.user_id,
        told_by_name=actor.name,
        is_by_staff=is_by_staff,
    )
    session.add(said)
    note(
        session,
        actor=actor,
        action=FeedbackEvent.TOLD,
        subject_type="task",
        subject_id=task.id,
        facts={"volunteer_id": row.volunteer_id, "side": told_side},
    )
    return said.id


def _side_of(actor: Actor, task: Task, row: SignUp) -> TellingSide | None:
    """Return for which side the actor speaks by themselves; None for everybody else."""
    if actor.person_id is None:
        return None
    if actor.person_id == row.volunteer_id:
        return TellingSide.VOLUNTEER
    if actor.person_id in {task.recipient_id, task.asked_by_id}:
        return TellingSide.SERVED
    return None
