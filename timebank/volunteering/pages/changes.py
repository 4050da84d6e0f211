"""Changing needs and tasks, for people: the form as it is now, and why."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.needs import form_choices
from timebank.volunteering.queries import needs as need_reads
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.schemas.changes import NeedEditFormIn, TaskEditFormIn
from timebank.volunteering.service import changes as verbs
from timebank.web.doors import body, current_actor, needs, reads, returns_to, see_other, writes


@bp.get("/tasks/<int:task_id>/edit")
@needs("task.manage")
@reads
def edit_task(session: Session, task_id: int) -> ResponseReturnValue:
    """Show a task as it is, to be changed."""
    actor = current_actor()
    places = community_queries.micro_grids(session, actor.community_id)
    return render_template(
        "volunteering/edit_task.html",
        task=task_reads.task(session, actor=actor, task_id=task_id),
        is_series=task_reads.is_of_series(session, task_id),
        places=[(place.id, place.label) for place in places],
    )


@bp.post("/tasks/<int:task_id>/edit")
@needs("task.manage")
@returns_to(edit_task)
@writes
def change_task(session: Session, task_id: int) -> ResponseReturnValue:
    """Change a task, alone or with those that follow."""
    told = body(TaskEditFormIn())
    done = verbs.change_task(session, actor=current_actor(), task_id=task_id, **told)
    notice = _(
        "改好了 %(tasks)s 次，名单上 %(told)s 人看得到改了什么，"
        "%(again)s 人要重新答复，%(gone)s 人的名额退回。",
        tasks=done.tasks,
        told=done.told,
        again=done.asked_again,
        gone=done.let_go,
    )
    return see_other(url_for(".task", task_id=task_id), notice)


@bp.get("/needs/<int:need_id>/edit")
@needs("need.post")
@reads
def edit_need(session: Session, need_id: int) -> ResponseReturnValue:
    """Show a need as it is, to be changed."""
    actor = current_actor()
    shown: dict[str, Any] = form_choices(session, actor)
    return render_template(
        "volunteering/edit_need.html",
        need=need_reads.need(session, actor=actor, need_id=need_id, permission="need.post"),
        **shown,
    )


@bp.post("/needs/<int:need_id>/edit")
@needs("need.post")
@returns_to(edit_need)
@writes
def change_need(session: Session, need_id: int) -> ResponseReturnValue:
    """Change what a need asks for."""
    told = body(NeedEditFormIn())
    verbs.change_need(session, actor=current_actor(), need_id=need_id, **told)
    return see_other(url_for(".need", need_id=need_id), _("改好了，原来的也留着。"))
