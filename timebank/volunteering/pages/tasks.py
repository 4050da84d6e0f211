"""Tasks for people: what fits me, what I promised, who takes part; staff arrange."""

from collections.abc import Callable
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import changes as change_reads
from timebank.volunteering.queries import feedback as feedback_reads
from timebank.volunteering.queries import helpers, limits, proposals, sign_ups, volunteers
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.queries import tasks as reads_of
from timebank.volunteering.rules import tasks as rules
from timebank.volunteering.rules.feedback import TellingSide
from timebank.volunteering.rules.tasks import HOLDING_STATES, SignUpState, TaskState, TaskView
from timebank.volunteering.schemas.changes import CancelIn
from timebank.volunteering.schemas.tasks import (
    AskIn,
    LikeQuery,
    ListedQuery,
    SignUpFormIn,
    TaskFormIn,
    TasksIn,
    WhyIn,
    WhyMaybeIn,
)
from timebank.volunteering.service import changes, signups
from timebank.volunteering.service import tasks as verbs
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

SHOWN_FITS = 12
SHOWN_LISTED = 60
_SHOWN_FIRST = (SignUpState.ACCEPTED, SignUpState.ASKED, SignUpState.CANCELLED)


def first_screen(session: Session, actor: Actor) -> dict[str, Any]:
    """Return what the first screen says of tasks: the next one, what was asked, who will come."""
    coming = reads_of.tasks_for(session, actor=actor)
    for_me = {
        "coming": coming,
        "comers": sign_ups.comers(session, [one.id for one in coming]),
    }
    if not actor.may("task.join"):
        return for_me
    mine = reads_of.my_tasks(session, actor=actor, states=_SHOWN_FIRST)
    promised, asked, cancelled = (
        [one for one in mine if one.my_state is state] for state in _SHOWN_FIRST
    )
    return {
        "promised": promised,
        "my_presence": _presence(session, actor, promised[0]) if promised else None,
        "asked": asked,
        "cancelled": cancelled,
        "moved_up": reads_of.moved_up_ids(session, actor=actor),
        "changed": change_reads.news_of_tasks(
            session, actor=actor, task_ids=[one.id for one in promised if one.revision > 1]
        ),
        **for_me,
        "may_arrive": bool(promised) and rules.may_arrive(promised[0], now=clock.now()),
    }


def _presence(session: Session, actor: Actor, view: TaskView) -> Any:  # noqa: ANN401 - for a template
    """Return the actor's presence at a task."""
    return presence_reads.my_presence(session, task_id=view.id, person_id=actor.person_id)


@bp.get("/me/tasks")
@needs("task.join")
@reads
def my_tasks(session: Session) -> ResponseReturnValue:
    """Show a volunteer's next task, what waits for an answer, and what fits, with reasons."""
    actor = current_actor()
    waiting = (SignUpState.OFFERED, SignUpState.WAITING)
    return render_template(
        "volunteering/my_tasks.html",
        fits=helpers.suggestions(session, actor=actor)[:SHOWN_FITS],
        told=helpers.profile(session, actor.person_id or 0),
        waiting=reads_of.my_tasks(session, actor=actor, states=waiting),
        **first_screen(session, actor),
    )


@bp.get("/tasks")
@needs("task.read")
@reads
def task_list(session: Session) -> ResponseReturnValue:
    """Show the tasks that one may see; open ones from now on, others from their beginning."""
    actor = current_actor()
    asked = query(TasksIn())
    from_at = clock.now() if asked["state"] is TaskState.OPEN else None
    page = reads_of.tasks(session, actor=actor, from_at=from_at, **asked)
    cursor = page.next_cursor
    return render_template(
        "volunteering/tasks.html",
        tasks=page.items,
        state=asked["state"],
        next_url=cursor and url_for(".task_list", cursor=cursor, state=asked["state"]),
    )


@bp.get("/tasks/new")
@needs("task.manage")
@reads
def new_task(session: Session) -> ResponseReturnValue:
    """Show the form of an activity that wants helpers, as an earlier one was when it is named."""
    actor = current_actor()
    community_id = actor.community_id
    like_id = query(LikeQuery())["like_id"]
    like = like_id and reads_of.task(session, actor=actor, task_id=like_id)
    kinds = limits.kinds(session, community_id)
    places = community_queries.micro_grids(session, community_id)
    bodies = community_queries.organisations(session, community_id)
    return render_template(
        "volunteering/new_task.html",
        like=like,
        like_on=like and rules.same_weekday(like.starts_on, today=clock.today()),
        kinds=[(kind.id, kind.name) for kind in kinds],
        places=[(place.id, place.label) for place in places],
        organisations=[(one.id, one.name) for one in bodies],
    )


@bp.post("/tasks/new")
@needs("task.manage")
@returns_to(new_task)
@writes
def create_task(session: Session) -> ResponseReturnValue:
    """Post an activity in its shifts and show the first."""
    made = verbs.post_activities(session, actor=current_actor(), **body(TaskFormIn()))
    if len(made) > 1:
        notice = _("发布了 %(count)s 班，志愿者看得到了。", count=len(made))
        return see_other(url_for(".task_list"), notice)
    return _to_task(made[0], _("发布了，志愿者看得到了。"))


def _to_task(task_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a task with a notice."""
    return see_other(url_for(".task", task_id=task_id), notice)


def _said(session: Session, actor: Actor, view: TaskView) -> dict[str, Any]:
    """Return what was said of a task that was done, and who of its list has been spoken of."""
    if view.state is not TaskState.DONE:
        return {"said": [], "told_ids": frozenset(), "i_told": False}
    said = feedback_reads.said_of_task(session, actor=actor, task_id=view.id)
    served = [one for one in said if one.side is TellingSide.SERVED]
    return {
        "said": said,
        "told_ids": frozenset(one.sign_up_id for one in served),
        "i_told": any(one.side is TellingSide.VOLUNTEER for one in said),
    }


def _task_page(session: Session, task_id: int) -> ResponseReturnValue:
    """Render a task, who takes part, and what can be done now."""
    actor = current_actor()
    seen = reads_of.task(session, actor=actor, task_id=task_id)
    me = actor.person_id
    manages = actor.reach("task.manage").covers(grid_id=seen.grid_id, centre_id=seen.centre_id)
    is_party = me is not None and me in {seen.recipient_id, seen.asked_by_id}
    is_coming = seen.state is TaskState.OPEN and seen.starts_at > clock.now()
    listed = sign_ups.sign_ups_for(session, actor=actor, task_id=task_id)
    first = query(ListedQuery())["first"]
    last = first + SHOWN_LISTED
    askable = helpers.askable(session, task=seen) if manages and is_coming else []
    return render_template(
        "volunteering/task.html",
        task=seen,
        listed=listed[first:last],
        listed_count=len(listed),
        listed_from=first,
        next_url=url_for(".task", task_id=task_id, first=last) if last < len(listed) else None,
        askable=askable,
        months=volunteers.last_months(session, [one.person_id for one in askable]),
        changes=change_reads.changes_of_task(session, actor=actor, task_id=task_id),
        **_said(session, actor, seen),
        host=seen.organisation_id and proposals.host_of(session, task_id=task_id),
        is_party=is_party,
        waiting_place=sign_ups.waiting_place(session, task_id=task_id, volunteer_id=me or 0),
        presence=_presence(session, actor, seen),
        is_coming=is_coming,
        picks=is_coming and (manages or is_party),
        vouches=presence_reads.vouches(actor, seen.grid_id, seen.centre_id),
        manages=manages,
        is_series=manages and reads_of.is_of_series(session, task_id),
        shows_stamps=presence_reads.shows_stamps(actor, seen),
        may_arrive=rules.may_arrive(seen, now=clock.now()),
        has_ended=clock.now() >= seen.ends_at,
        contact_open=seen.my_state in HOLDING_STATES
        and rules.is_contact_open(starts_at=seen.starts_at, ends_at=seen.ends_at, now=clock.now()),
    )


@bp.get("/tasks/<int:task_id>")
@needs("task.read")
@reads
def task(session: Session, task_id: int) -> ResponseReturnValue:
    """Show a task, who takes part, and what can be done now."""
    return _task_page(session, task_id)


@needs("task.read")
@reads
def task_of_sign_up(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Show the task of a sign-up again, after a refusal."""
    return _task_page(session, sign_ups.sign_up(session, sign_up_id).task_id)


@bp.post("/tasks/<int:task_id>/sign-up")
@needs("task.read")
@returns_to(task)
@writes
def sign_up(session: Session, task_id: int) -> ResponseReturnValue:
    """Sign up, and say where one stands now."""
    told = body(SignUpFormIn())
    state = signups.sign_up(session, actor=current_actor(), task_id=task_id, **told)
    words = {
        SignUpState.ACCEPTED: _("报上了，名额是您的。去不了请早点说。"),
        SignUpState.WAITING: _("名额刚好满了，已经把您排进候补，有空位会自动补上。"),
        SignUpState.OFFERED: _("报名收到了，等对方挑选。"),
    }
    return _to_task(task_id, words[state])


@bp.post("/tasks/<int:task_id>/ask")
@needs("need.post")
@returns_to(task)
@writes
def ask_volunteers(session: Session, task_id: int) -> ResponseReturnValue:
    """Ask those who were ticked."""
    told = body(AskIn(unknown="exclude"))
    count = signups.ask(session, actor=current_actor(), task_id=task_id, **told)
    return _to_task(task_id, _("请了 %(count)s 位，等他们答复。", count=count))


@bp.post("/tasks/<int:task_id>/cancel")
@needs("task.manage")
@returns_to(task)
@writes
def cancel_task(session: Session, task_id: int) -> ResponseReturnValue:
    """Say that a task will not take place."""
    count = changes.cancel_along(
        session, actor=current_actor(), task_id=task_id, **body(CancelIn())
    )
    if count > 1:
        return _to_task(task_id, _("取消了 %(count)s 次，报名的人会看到原因。", count=count))
    return _to_task(task_id, _("任务取消了，报名的人会看到原因。"))


@bp.post("/tasks/<int:task_id>/look")
@needs("task.join")
@returns_to(task)
@writes(keeps_answer=False)
def look_at_contact(session: Session, task_id: int) -> ResponseReturnValue:
    """Show address and phone of the one served; the look is noted where they see it."""
    shown = verbs.see_contact(session, actor=current_actor(), task_id=task_id)
    seen = reads_of.task(session, actor=current_actor(), task_id=task_id)
    return render_template("volunteering/contact.html", task=seen, contact=shown)


def _decide(
    verb: Callable[..., None], session: Session, sign_up_id: int, notice: str, **told: object
) -> ResponseReturnValue:
    """Do one act to a sign-up and go back to its task."""
    verb(session, actor=current_actor(), sign_up_id=sign_up_id, **told)
    return _to_task(sign_ups.sign_up(session, sign_up_id).task_id, notice)


@bp.post("/sign-ups/<int:sign_up_id>/pick")
@needs("need.post")
@returns_to(task_of_sign_up)
@writes
def pick(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Give somebody a place."""
    return _decide(signups.pick, session, sign_up_id, _("选上了，对方会看到。"))


@bp.post("/sign-ups/<int:sign_up_id>/reserve")
@needs("need.post")
@returns_to(task_of_sign_up)
@writes
def reserve(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Put somebody onto the waiting list."""
    return _decide(signups.reserve, session, sign_up_id, _("排进候补了。"))


@bp.post("/sign-ups/<int:sign_up_id>/turn-down")
@needs("need.post")
@returns_to(task_of_sign_up)
@writes
def turn_down(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Say that somebody was not chosen."""
    return _decide(signups.turn_down, session, sign_up_id, _("答复了。"), **body(WhyIn()))


@bp.post("/sign-ups/<int:sign_up_id>/decline")
@needs("task.read")
@returns_to(task_of_sign_up)
@writes
def decline(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Say no to being asked."""
    told = body(WhyMaybeIn(unknown="exclude"))
    return _decide(signups.decline, session, sign_up_id, _("好的，这次不去。"), **told)


@bp.post("/sign-ups/<int:sign_up_id>/withdraw")
@needs("task.read")
@returns_to(task_of_sign_up)
@writes
def withdraw(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Give up a place."""
    told = body(WhyMaybeIn(unknown="exclude"))
    verb = signups.withdraw
    return _decide(verb, session, sign_up_id, _("取消了，谢谢您早点说。"), **told)


@bp.post("/sign-ups/<int:sign_up_id>/no-show")
@needs("hours.record")
@returns_to(task_of_sign_up)
@writes
def mark_no_show(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Note that somebody did not come."""
    return _decide(signups.mark_no_show, session, sign_up_id, _("记下了没有到场。"))
