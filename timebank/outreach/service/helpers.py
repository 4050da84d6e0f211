"""Volunteers for an activity: its task is posted from its page, place and title carried over."""

from datetime import time

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.errors import occasions as errors
from timebank.outreach.rules.occasions import OccasionState
from timebank.outreach.service.occasions import locked_occasion, record_occasion
from timebank.volunteering.rules.tasks import TaskFacts
from timebank.volunteering.service import tasks


def ask_for_helpers(
    session: Session,
    *,
    actor: Actor,
    occasion_id: int,
    kind_id: int,
    begins: time,
    ends: time,
    places: int,
) -> int:
    """Post the task of an activity and return its id; an activity has one.

    Raises:
        OccasionNotFoundError: there is none within reach.
        OccasionSettledError: it is over.
        HelpersAskedError: it has its task.
        DomainError: the task breaks a rule of tasks.
    """
    row = locked_occasion(session, actor, occasion_id)
    if row.state != OccasionState.PLANNED:
        raise errors.OccasionSettledError
    if row.task_id is not None:
        raise errors.HelpersAskedError
    facts = TaskFacts(
        kind_id=kind_id,
        activity=row.title,
        starts_at=clock.at_local(row.on_day, begins),
        ends_at=clock.at_local(row.on_day, ends),
        places=places,
        place=row.place,
        micro_grid_id=row.micro_grid_id,
    )
    row.task_id = tasks.post_activity(session, actor=actor, facts=facts)
    session.flush()
    record_occasion(session, actor, "occasion_helpers_asked", row)
    return row.task_id
