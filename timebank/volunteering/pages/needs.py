"""Needs for people: ask for help, see what became of it; staff answer; what volunteers bring."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import changes as change_reads
from timebank.volunteering.queries import feedback as feedback_reads
from timebank.volunteering.queries import helpers, limits, offers, proposals, sign_ups, volunteers
from timebank.volunteering.queries import needs as reads_of
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.schemas.needs import (
    ConsentFormIn,
    NeedFormIn,
    NeedsIn,
    NewNeedQuery,
    ProfileIn,
    TakeUpIn,
)
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.service import needs as verbs
from timebank.volunteering.service import profiles
from timebank.web.api import PageIn
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


@bp.get("/needs")
@needs("need.read")
@reads
def need_list(session: Session) -> ResponseReturnValue:
    """Show staff what waits for an answer, and all needs within reach."""
    actor = current_actor()
    asked = query(NeedsIn())
    page = reads_of.needs(session, actor=actor, **asked)
    waiting = reads_of.to_decide(session, actor=actor)
    cursor = page.next_cursor
    return render_template(
        "volunteering/needs.html",
        to_decide=waiting,
        waits=reads_of.waited_minutes(waiting),
        short=task_reads.short_of_helpers(session, actor=actor),
        volunteers_waiting=_volunteers_waiting(session, actor),
        proposals_waiting=len(proposals.to_answer(session, actor=actor)),
        to_review=presence_reads.to_review(session, actor=actor),
        needs=page.items,
        state=asked["state"],
        next_url=cursor and url_for(".need_list", cursor=cursor, state=asked["state"]),
    )


def _volunteers_waiting(session: Session, actor: Actor) -> int:
    """Return how many wait to be admitted, for whom that is to see."""
    if not actor.may("volunteer.keep"):
        return 0
    return len(volunteers.admissions_waiting(session, actor=actor))


@bp.get("/me/needs")
@needs("need.post")
@reads
def my_needs(session: Session) -> ResponseReturnValue:
    """Show one's own needs and who will come."""
    actor = current_actor()
    asked = query(PageIn(unknown="exclude"))
    page = reads_of.needs(session, actor=actor, only_own=True, **asked)
    coming = task_reads.tasks_for(session, actor=actor)
    return render_template(
        "volunteering/my_needs.html",
        needs=page.items,
        coming=coming,
        comers=sign_ups.comers(session, [one.id for one in coming]),
        to_tell=feedback_reads.to_tell(session, actor=actor),
        next_url=page.next_cursor and url_for(".my_needs", cursor=page.next_cursor),
    )


def _people(session: Session, actor: Actor, text: str) -> Sequence[PersonView]:
    """Return whom staff may mean by what they typed."""
    return community_queries.search_persons(
        session,
        community_id=actor.community_id,
        text=text,
        reach=actor.reach("person.search"),
        limit=8,
    )


def form_choices(session: Session, actor: Actor) -> dict[str, Any]:
    """Return what the form of a need offers."""
    kinds = limits.kinds(session, actor.community_id)
    places = community_queries.micro_grids(session, actor.community_id)
    return {
        "kinds": [(kind.id, kind.name) for kind in kinds],
        "places": [(place.id, place.label) for place in places],
    }


def _last_needs(session: Session, actor: Actor, found: Sequence[PersonView]) -> Sequence[Any]:
    """Return what the only one found asked for lately, or what one asked for oneself."""
    if len(found) == 1:
        return reads_of.last_needs(session, actor=actor, recipient_id=found[0].id)
    if actor.person_id is not None and not actor.may("person.search"):
        return reads_of.last_needs(session, actor=actor, recipient_id=actor.person_id)
    return []


@bp.get("/needs/new")
@needs("need.post")
@reads
def new_need(session: Session) -> ResponseReturnValue:
    """Show the form of a new need, with those for whom the writer may ask."""
    actor = current_actor()
    asked = NewNeedQuery().readable(request.values.to_dict())
    kin = community_queries.relatives(session, actor.person_id or 0)
    number = limits.case_number(session, community_id=actor.community_id, case_id=asked["case_id"])
    found = _people(session, actor, asked["recipient_text"])
    offer_id, like_id = asked["offer_id"], asked["like_id"]
    return render_template(
        "volunteering/new_need.html",
        asked=asked,
        case_number=number,
        is_staff=actor.may("person.search"),
        found=found,
        like=like_id and reads_of.need(session, actor=actor, need_id=like_id),
        offer=offer_id and offers.offer(session, actor=actor, offer_id=offer_id),
        last_needs=_last_needs(session, actor, found),
        kin=[one for one in kin if one.verified_on],
        **form_choices(session, actor),
    )


@bp.post("/needs/new")
@needs("need.post")
@returns_to(new_need)
@writes
def create_need(session: Session) -> ResponseReturnValue:
    """Post a need and show it."""
    need_id = verbs.post_need(session, actor=current_actor(), **body(NeedFormIn()))
    return _to_need(need_id, _("登记好了，社区会尽快安排。"))


def _to_need(need_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a need with a notice."""
    return see_other(url_for(".need", need_id=need_id), notice)


@bp.get("/needs/<int:need_id>")
@needs("need.read")
@reads
def need(session: Session, need_id: int) -> ResponseReturnValue:
    """Show a need, what became of it, and what can be done now."""
    actor = current_actor()
    seen = reads_of.need(session, actor=actor, need_id=need_id)
    made = task_reads.tasks(session, actor=actor, need_id=need_id)
    return render_template(
        "volunteering/need.html",
        need=seen,
        tasks=made.items,
        acts=reads_of.acts_now(actor, seen),
        changes=change_reads.changes_of_need(session, actor=actor, need_id=need_id),
    )


@bp.post("/needs/<int:need_id>/take-up")
@needs("task.manage")
@returns_to(need)
@writes
def take_up_need(session: Session, need_id: int) -> ResponseReturnValue:
    """Turn a need into tasks."""
    told = body(TakeUpIn(unknown="exclude"))
    made = verbs.take_up(session, actor=current_actor(), need_id=need_id, **told)
    return _to_need(need_id, _("安排成 %(count)s 个任务，志愿者看得到了。", count=len(made)))


@bp.post("/needs/<int:need_id>/decline")
@needs("task.manage")
@returns_to(need)
@writes
def decline_need(session: Session, need_id: int) -> ResponseReturnValue:
    """Answer that nothing will be arranged."""
    verbs.decline_need(session, actor=current_actor(), need_id=need_id, **body(WhyIn()))
    return _to_need(need_id, _("答复了，对方会看到原因。"))


@bp.post("/needs/<int:need_id>/withdraw")
@needs("need.post")
@returns_to(need)
@writes
def withdraw_need(session: Session, need_id: int) -> ResponseReturnValue:
    """Take a need back."""
    verbs.withdraw_need(session, actor=current_actor(), need_id=need_id, **body(WhyIn()))
    return _to_need(need_id, _("收回了，报名的人会看到。"))


@bp.get("/me/volunteering")
@needs("task.join")
@reads
def my_volunteering(session: Session) -> ResponseReturnValue:
    """Show what one told about oneself as a volunteer, to be changed."""
    told = helpers.profile(session, current_actor().person_id or 0)
    return render_template("volunteering/my_volunteering.html", told=told)


@bp.post("/me/volunteering")
@needs("task.join")
@returns_to(my_volunteering)
@writes
def tell_volunteering(session: Session) -> ResponseReturnValue:
    """Keep what a volunteer tells about themselves."""
    told = body(ProfileIn(unknown="exclude", exclude=("person_id",)))
    profiles.tell_profile(session, actor=current_actor(), **told)
    return see_other(url_for(".my_tasks"), _("记下了，合适的任务会排在前面。"))


@bp.get("/guardian-consents")
@needs("person.register")
@reads
def guardian_consents(session: Session) -> ResponseReturnValue:
    """Show the guardians' consents that hold, and the form of a new one."""
    held = helpers.consents(session, actor=current_actor())
    return render_template("volunteering/guardian_consents.html", consents=held)


@bp.post("/guardian-consents")
@needs("person.register")
@returns_to(guardian_consents)
@writes
def give_consent(session: Session) -> ResponseReturnValue:
    """Note a guardian's consent."""
    profiles.give_consent_by_cards(session, actor=current_actor(), **body(ConsentFormIn()))
    return see_other(url_for(".guardian_consents"), _("监护人的同意记下了。"))


@bp.post("/guardian-consents/<int:person_id>/withdraw")
@needs("person.register")
@writes
def withdraw_consent(session: Session, person_id: int) -> ResponseReturnValue:
    """Note that a consent holds no more."""
    profiles.withdraw_guardian_consent(session, actor=current_actor(), minor_id=person_id)
    return see_other(url_for(".guardian_consents"), _("监护人的同意取消了。"))
