"""Tasks and who takes part, for programs."""

from datetime import datetime

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import helpers, sign_ups
from timebank.volunteering.queries import tasks as reads_of
from timebank.volunteering.rules.changes import Along
from timebank.volunteering.rules.matching import Fit, HelperFit
from timebank.volunteering.rules.tasks import SignUpView, TaskFacts, TaskState, TaskView
from timebank.volunteering.schemas.changes import CancelIn
from timebank.volunteering.schemas.tasks import (
    AskedOut,
    AskIn,
    ContactOut,
    FitOut,
    HelperFitOut,
    SignUpIn,
    SignUpOut,
    TaskIn,
    TaskListIn,
    TaskOut,
    TaskShiftsIn,
    TasksMadeOut,
    WhyIn,
    WhyMaybeIn,
)
from timebank.volunteering.service import changes, signups
from timebank.volunteering.service import tasks as verbs
from timebank.volunteering.service.tasks import Contact
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _task(session: Session, task_id: int) -> TaskView:
    """Return a task as the actor sees it now."""
    return reads_of.task(session, actor=current_actor(), task_id=task_id)


@api.get("/tasks")
@needs("task.read")
@reads
@takes(TaskListIn, where="query")
@gives_page(TaskOut)
def list_tasks(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    state: TaskState | None = None,
    from_at: datetime | None = None,
    need_id: int | None = None,
) -> Page[TaskView]:
    """Tasks that the sender may see, soonest first."""
    return reads_of.tasks(
        session,
        actor=current_actor(),
        state=state,
        from_at=from_at,
        need_id=need_id,
        cursor=cursor,
        limit=limit,
    )


@api.get("/tasks/suggested")
@needs("task.join")
@reads
@gives(FitOut, many=True)
def list_suggested(session: Session) -> list[Fit]:
    """Open tasks that fit the sender, best first, each with its reasons."""
    return helpers.suggestions(session, actor=current_actor())


@api.post("/tasks")
@needs("task.manage")
@writes(keyed=True)
@takes(TaskIn)
@gives(TaskOut, status=201)
def create_task(session: Session, *, facts: TaskFacts) -> TaskView:
    """Post an activity that wants helpers."""
    return _task(session, verbs.post_activity(session, actor=current_actor(), facts=facts))


@api.post("/tasks/shifts")
@needs("task.manage")
@writes(keyed=True)
@takes(TaskShiftsIn)
@gives(TasksMadeOut, status=201)
def create_shifts(session: Session, *, facts: TaskFacts, shifts: int) -> dict[str, list[int]]:
    """Post an activity in equal shifts, each with all its places."""
    made = verbs.post_activities(session, actor=current_actor(), facts=facts, shifts=shifts)
    return {"task_ids": made}


@api.get("/tasks/<int:task_id>")
@needs("task.read")
@reads
@gives(TaskOut)
def show_task(session: Session, task_id: int) -> TaskView:
    """One task."""
    return _task(session, task_id)


@api.post("/tasks/<int:task_id>/cancel")
@needs("task.manage")
@writes(keyed=True)
@takes(CancelIn)
@gives(TaskOut)
def cancel_task(session: Session, task_id: int, *, reason: str, along: Along) -> TaskView:
    """Say that a task will not take place, alone or with those of its series that follow."""
    changes.cancel_along(
        session, actor=current_actor(), task_id=task_id, reason=reason, along=along
    )
    return _task(session, task_id)


@api.post("/tasks/<int:task_id>/look")
@needs("task.join")
@writes(keyed=True, keeps_answer=False)
@gives(ContactOut)
def look_at_contact(session: Session, task_id: int) -> Contact:
    """Address and phone of the one served; the resident sees who looked."""
    return verbs.see_contact(session, actor=current_actor(), task_id=task_id)


@api.get("/tasks/<int:task_id>/sign-ups")
@needs("task.read")
@reads
@takes(PageIn, where="query")
@gives_page(SignUpOut)
def list_sign_ups(
    session: Session, task_id: int, *, limit: int, cursor: str | None = None
) -> Page[SignUpView]:
    """Everybody on a task's list, as far as the sender may see it, the waiting last."""
    return sign_ups.sign_up_page(
        session, actor=current_actor(), task_id=task_id, cursor=cursor, limit=limit
    )


@api.get("/tasks/<int:task_id>/askable")
@needs("task.manage")
@reads
@gives(HelperFitOut, many=True)
def list_askable(session: Session, task_id: int) -> list[HelperFit]:
    """Volunteers whom a task fits and who are free then, best first."""
    return helpers.askable_for(session, actor=current_actor(), task_id=task_id)


@api.post("/tasks/<int:task_id>/sign-up")
@needs("task.read")
@writes(keyed=True)
@takes(SignUpIn)
@gives(TaskOut)
def sign_up(session: Session, task_id: int, *, volunteer_id: int | None) -> TaskView:
    """Sign up; the answer's ``my_state`` says whether the place is there or the waiting list."""
    signups.sign_up(session, actor=current_actor(), task_id=task_id, volunteer_id=volunteer_id)
    return _task(session, task_id)


@api.post("/tasks/<int:task_id>/ask")
@needs("need.post")
@writes(keyed=True)
@takes(AskIn)
@gives(AskedOut)
def ask_volunteers(session: Session, task_id: int, *, volunteer_ids: list[int]) -> dict[str, int]:
    """Ask volunteers to take part."""
    count = signups.ask(
        session, actor=current_actor(), task_id=task_id, volunteer_ids=volunteer_ids
    )
    return {"asked": count}


@api.post("/sign-ups/<int:sign_up_id>/pick")
@needs("need.post")
@writes(keyed=True)
@gives(SignUpOut)
def pick(session: Session, sign_up_id: int) -> SignUpView:
    """Give a place to somebody who offered or waits."""
    signups.pick(session, actor=current_actor(), sign_up_id=sign_up_id)
    return sign_ups.sign_up(session, sign_up_id)


@api.post("/sign-ups/<int:sign_up_id>/reserve")
@needs("need.post")
@writes(keyed=True)
@gives(SignUpOut)
def reserve(session: Session, sign_up_id: int) -> SignUpView:
    """Put somebody who offered onto the waiting list."""
    signups.reserve(session, actor=current_actor(), sign_up_id=sign_up_id)
    return sign_ups.sign_up(session, sign_up_id)


@api.post("/sign-ups/<int:sign_up_id>/turn-down")
@needs("need.post")
@writes(keyed=True)
@takes(WhyIn)
@gives(SignUpOut)
def turn_down(session: Session, sign_up_id: int, *, reason: str) -> SignUpView:
    """Say that somebody was not chosen, and why."""
    signups.turn_down(session, actor=current_actor(), sign_up_id=sign_up_id, reason=reason)
    return sign_ups.sign_up(session, sign_up_id)


@api.post("/sign-ups/<int:sign_up_id>/decline")
@needs("task.read")
@writes(keyed=True)
@takes(WhyMaybeIn)
@gives(SignUpOut)
def decline(session: Session, sign_up_id: int, *, reason: str) -> SignUpView:
    """Say no to being asked."""
    signups.decline(session, actor=current_actor(), sign_up_id=sign_up_id, reason=reason)
    return sign_ups.sign_up(session, sign_up_id)


@api.post("/sign-ups/<int:sign_up_id>/withdraw")
@needs("task.read")
@writes(keyed=True)
@takes(WhyMaybeIn)
@gives(SignUpOut)
def withdraw(session: Session, sign_up_id: int, *, reason: str) -> SignUpView:
    """Give up a place; the first on the waiting list moves up."""
    signups.withdraw(session, actor=current_actor(), sign_up_id=sign_up_id, reason=reason)
    return sign_ups.sign_up(session, sign_up_id)


@api.post("/sign-ups/<int:sign_up_id>/no-show")
@needs("hours.record")
@writes(keyed=True)
@gives(SignUpOut)
def mark_no_show(session: Session, sign_up_id: int) -> SignUpView:
    """Note that somebody with a place did not come."""
    signups.mark_no_show(session, actor=current_actor(), sign_up_id=sign_up_id)
    return sign_ups.sign_up(session, sign_up_id)
