"""Visits at home, on the phone of who is there: who is next, the elder's yes at begin and end."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import home_visits as queries
from timebank.care.schemas.slots import DayQuery, VisitEndFormIn, VisitProofIn
from timebank.care.service import home_visits as verbs
from timebank.kernel import clock
from timebank.volunteering.queries import wallet as wallets
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/counter/home")
@needs("care.redeem")
@reads
def home_visits(session: Session) -> ResponseReturnValue:
    """Show a day's visits at people's homes."""
    actor, asked = current_actor(), query(DayQuery())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    day = asked["on_day"] or clock.today()
    found = queries.visits(
        session, community_id=actor.community_id, centre_ids={centre.id}, day=day
    )
    return render_template("care/home_visits.html", centre=centre, day=day, visits=found)


@bp.get("/counter/home/<int:booking_id>")
@needs("care.redeem")
@reads
def home_visit(session: Session, booking_id: int) -> ResponseReturnValue:
    """Show one visit: where, what, and the form for what comes next."""
    actor = current_actor()
    reach = actor.reach("care.redeem")
    view = queries.visit(
        session,
        community_id=actor.community_id,
        booking_id=booking_id,
        centre_ids=None if reach.is_wide else reach.centre_ids,
    )
    return render_template(
        "care/home_visit.html",
        visit=view,
        spenders=wallets.spenders(session, person_id=view.person_id),
    )


@bp.post("/counter/home/<int:booking_id>/begin")
@needs("care.redeem")
@returns_to(home_visit)
@writes(keeps_answer=False)
def begin_visit(session: Session, booking_id: int) -> ResponseReturnValue:
    """Confirm that one is there."""
    verbs.begin(session, actor=current_actor(), booking_id=booking_id, **body(VisitProofIn()))
    return see_other(url_for(".home_visit", booking_id=booking_id), _("开始了，做完再请老人确认"))


@bp.post("/counter/home/<int:booking_id>/end")
@needs("care.redeem")
@returns_to(home_visit)
@writes(keeps_answer=False)
def end_visit(session: Session, booking_id: int) -> ResponseReturnValue:
    """Take what was done, and show the slip."""
    made = verbs.end(
        session,
        actor=current_actor(),
        key=request_key(),
        booking_id=booking_id,
        **body(VisitEndFormIn()),
    )
    return see_other(url_for(".done", redemption_id=made.id))
