"""What was changed on needs and tasks, and what of it concerns somebody now."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.volunteering.models.changes import ArrangementChange
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.queries import needs, tasks
from timebank.volunteering.rules.changes import ChangeView


def _views(session: Session, which: ColumnElement[bool]) -> list[ChangeView]:
    """Return both values of some changes, newest first."""
    rows = session.scalars(
        select(ArrangementChange)
        .where(which)
        .order_by(ArrangementChange.revision.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        ChangeView(**{name: getattr(row, name) for name in ChangeView.__dataclass_fields__})
        for row in rows
    ]


def changes_of_task(session: Session, *, actor: Actor, task_id: int) -> Sequence[ChangeView]:
    """Return what was changed on a task to staff, parties and its list; others see it as it is."""
    view = tasks.task(session, actor=actor, task_id=task_id)
    parties = {view.recipient_id, view.asked_by_id} - {None}
    covers = actor.reach("task.read").covers(grid_id=view.grid_id, centre_id=view.centre_id)
    is_concerned = covers or actor.person_id in parties or view.my_state is not None
    if view.revision == 1 or not is_concerned:
        return []
    return _views(session, ArrangementChange.task_id == task_id)


def changes_of_need(session: Session, *, actor: Actor, need_id: int) -> Sequence[ChangeView]:
    """Return what was changed on a need within reach."""
    view = needs.need(session, actor=actor, need_id=need_id)
    if view.revision == 1:
        return []
    return _views(session, ArrangementChange.need_id == need_id)


def news_of_tasks(
    session: Session, *, actor: Actor, task_ids: Collection[int]
) -> dict[int, ChangeView]:
    """Return the latest change of each of the actor's tasks since they promised, by task."""
    if not task_ids:
        return {}
    rows = session.scalars(
        select(ArrangementChange)
        .join(SignUp, SignUp.task_id == ArrangementChange.task_id)
        .where(
            ArrangementChange.task_id.in_(task_ids),
            SignUp.volunteer_id == (actor.person_id or 0),
            ArrangementChange.at >= SignUp.signed_at,
        )
        .order_by(ArrangementChange.task_id, ArrangementChange.revision)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return {
        row.task_id: ChangeView(
            **{name: getattr(row, name) for name in ChangeView.__dataclass_fields__}
        )
        for row in rows
        if row.task_id is not None
    }
