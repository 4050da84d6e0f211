"""Offers and what people say afterwards, for people."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import feedback as feedback_reads
from timebank.volunteering.queries import helpers, limits, sign_ups
from timebank.volunteering.queries import offers as reads_of
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.schemas.volunteers import (
    FeedbackIn,
    FeedbackListIn,
    OfferIn,
    OffersIn,
)
from timebank.volunteering.service import feedback
from timebank.volunteering.service import offers as verbs
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


@bp.get("/offers")
@needs("need.read")
@reads
def offer_list(session: Session) -> ResponseReturnValue:
    """Show what volunteers offer, to be asked for."""
    actor = current_actor()
    asked = query(OffersIn())
    page = reads_of.offers(session, actor=actor, **asked)
    kinds = limits.kinds(session, actor.community_id)
    cursor = page.next_cursor
    return render_template(
        "volunteering/offers.html",
        offers=page.items,
        kind_id=asked["kind_id"],
        kinds=[(kind.id, kind.name) for kind in kinds],
        next_url=cursor and url_for(".offer_list", cursor=cursor, kind_id=asked["kind_id"]),
    )


@bp.get("/me/offers")
@needs("task.join")
@reads
def my_offers(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show what one offers, and the form of something new."""
    actor = current_actor()
    kinds = limits.kinds(session, actor.community_id)
    return render_template(
        "volunteering/my_offers.html",
        offers=reads_of.own_offers(session, actor=actor),
        told=helpers.profile(session, actor.person_id or 0),
        kinds=[(kind.id, kind.name) for kind in kinds],
    )


@bp.post("/me/offers")
@needs("task.join")
@returns_to(my_offers)
@writes
def post_offer(session: Session) -> ResponseReturnValue:
    """Offer something."""
    verbs.post_offer(session, actor=current_actor(), **body(OfferIn(unknown="exclude")))
    return see_other(url_for(".my_offers"), _("写好了，老人和社区都看得到。"))


@bp.post("/offers/<int:offer_id>/close")
@needs("task.join")
@returns_to(my_offers)
@writes
def close_offer(session: Session, offer_id: int) -> ResponseReturnValue:
    """Take an offer back."""
    verbs.close_offer(session, actor=current_actor(), offer_id=offer_id)
    return see_other(url_for(".my_offers"), _("收起来了。已经请过您的不受影响。"))


@bp.get("/sign-ups/<int:sign_up_id>/feedback")
@needs("task.read")
@reads
def feedback_form(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Show the form to say how a service was, for the side on which one stands."""
    actor = current_actor()
    mine = feedback_reads.sign_up_for(session, actor=actor, sign_up_id=sign_up_id)
    return render_template(
        "volunteering/feedback.html",
        task=task_reads.task(session, actor=actor, task_id=mine.task_id),
        sign_up=mine,
        is_volunteer=mine.volunteer_id == actor.person_id,
    )


@bp.post("/sign-ups/<int:sign_up_id>/feedback")
@needs("task.read")
@returns_to(feedback_form)
@writes
def tell_feedback(session: Session, sign_up_id: int) -> ResponseReturnValue:
    """Keep what somebody says of a service."""
    told = body(FeedbackIn(unknown="exclude"))
    feedback.tell(session, actor=current_actor(), sign_up_id=sign_up_id, **told)
    task_id = sign_ups.sign_up(session, sign_up_id).task_id
    return see_other(url_for(".task", task_id=task_id), _("记下了，谢谢您。"))


@bp.get("/feedback")
@needs("task.manage")
@reads
def feedback_list(session: Session) -> ResponseReturnValue:
    """Show staff what was said at their places."""
    asked = query(FeedbackListIn())
    page = feedback_reads.said(session, actor=current_actor(), **asked)
    chosen, cursor = asked["satisfaction"], page.next_cursor
    return render_template(
        "volunteering/feedback_list.html",
        said=page.items,
        satisfaction=chosen,
        next_url=cursor and url_for(".feedback_list", cursor=cursor, satisfaction=chosen),
    )
