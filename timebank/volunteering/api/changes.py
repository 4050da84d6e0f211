"""Changing needs and tasks after they were told, for programs."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import changes as reads_of
from timebank.volunteering.queries import needs as need_reads
from timebank.volunteering.rules.changes import Along, ChangeView, TaskEdit
from timebank.volunteering.rules.needs import NeedFacts, NeedView
from timebank.volunteering.schemas.changes import (
    ArrangementChangeOut,
    ChangedOut,
    NeedEditIn,
    TaskEditIn,
)
from timebank.volunteering.schemas.needs import NeedOut
from timebank.volunteering.service import changes as verbs
from timebank.volunteering.service.changes import Changed
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.post("/tasks/<int:task_id>/change")
@needs("task.manage")
@writes(keyed=True)
@takes(TaskEditIn)
@gives(ChangedOut)
def change_task(
    session: Session,
    task_id: int,
    *,
    edit: TaskEdit,
    along: Along,
    reason: str,
    unfit_ids: Sequence[int],
) -> Changed:
    """Change a task before it begins, alone or with those of its series that follow."""
    return verbs.change_task(
        session,
        actor=current_actor(),
        task_id=task_id,
        edit=edit,
        along=along,
        reason=reason,
        unfit_ids=unfit_ids,
    )


@api.get("/tasks/<int:task_id>/changes")
@needs("task.read")
@reads
@gives(ArrangementChangeOut, many=True)
def list_task_changes(session: Session, task_id: int) -> Sequence[ChangeView]:
    """Both values of what was changed on a task, newest first."""
    return reads_of.changes_of_task(session, actor=current_actor(), task_id=task_id)


@api.post("/needs/<int:need_id>/change")
@needs("need.post")
@writes(keyed=True)
@takes(NeedEditIn)
@gives(NeedOut)
def change_need(session: Session, need_id: int, *, facts: NeedFacts, reason: str) -> NeedView:
    """Change what a need asks for, as long as nothing was arranged."""
    actor = current_actor()
    verbs.change_need(session, actor=actor, need_id=need_id, facts=facts, reason=reason)
    return need_reads.need(session, actor=actor, need_id=need_id)


@api.get("/needs/<int:need_id>/changes")
@needs("need.read")
@reads
@gives(ArrangementChangeOut, many=True)
def list_need_changes(session: Session, need_id: int) -> Sequence[ChangeView]:
    """Both values of what was changed on a need, newest first."""
    return reads_of.changes_of_need(session, actor=current_actor(), need_id=need_id)
