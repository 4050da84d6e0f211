"""The counter: one screen, a slip, today's list, today's bookings."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import undo_requests as asked_reads
from timebank.care.queries.desk import Asked
from timebank.care.rules import desk as rules
from timebank.care.schemas.desk import DayListIn, DeskIn, ReasonIn
from timebank.care.schemas.proofs import ProofIn, UndoFormIn
from timebank.care.service import redemptions, reversals
from timebank.care.service import undo_requests as requests
from timebank.kernel import clock
from timebank.volunteering.queries import passbook
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/counter")
@needs("care.redeem")
@reads
def counter(session: Session) -> ResponseReturnValue:
    """Show the counter: find the person, choose services, let the elder agree."""
    view = desk_queries.desk(session, current_actor(), Asked(**query(DeskIn())))
    return render_template("care/counter.html", desk=view)


@bp.post("/counter/redeem")
@needs("care.redeem")
@returns_to(counter)
@writes(keeps_answer=False)
def redeem(session: Session) -> ResponseReturnValue:
    """Redeem what is in the cart, or the booking that was chosen, and show the slip."""
    made = _redeemed(session, Asked(**query(DeskIn())))
    return see_other(url_for(".done", redemption_id=made))


def _redeemed(session: Session, asked: Asked) -> int:
    """Return the redemption of the asked booking, or else of the asked cart."""
    act = {"actor": current_actor(), "key": request_key(), **body(ProofIn())}
    act.pop("taken" if asked.booking_id is None else "case_id")
    if asked.booking_id is not None:
        return redemptions.redeem_booking(session, booking_id=asked.booking_id, **act).id
    centre = desk_queries.desk_centre(session, current_actor(), asked.centre_id)
    return redemptions.redeem(
        session,
        centre_id=centre.id,
        person_id=asked.person_id or 0,
        wanted=rules.wanted_of(asked.cart),
        **act,
    ).id


@bp.get("/counter/done/<int:redemption_id>")
@needs("care.reverse")
@reads
def done(session: Session, redemption_id: int) -> ResponseReturnValue:
    """Show that it is done, the slip, and the way to undo it."""
    facts = _slip(session, redemption_id)
    view = redemption_queries.redemption(
        session, actor=current_actor(), redemption_id=redemption_id, permission="care.reverse"
    )
    colleagues = tablets.staff_with_pin(
        session, actor=current_actor(), permission="care.reverse", centre_id=view.centre_id
    )
    asked = asked_reads.waiting_of(session, actor=current_actor(), redemption_id=redemption_id)
    return render_template(
        "care/done.html",
        asked=asked,
        may_undo=rules.is_within_undo(recorded_at=view.recorded_at, now=clock.now()),
        needs_second=reversals.needs_another(session, view),
        colleagues=colleagues,
        **facts,
    )


@bp.get("/counter/slip/<int:redemption_id>")
@needs("care.reverse")
@reads
def slip(session: Session, redemption_id: int) -> ResponseReturnValue:
    """Show the slip alone, for an 80 mm roll."""
    return render_template("care/slip.html", **_slip(session, redemption_id))


def _slip(session: Session, redemption_id: int) -> dict[str, object]:
    """Return what a slip shows: the redemption, what is left, the code to check it."""
    view = redemption_queries.redemption(
        session, actor=current_actor(), redemption_id=redemption_id, permission="care.reverse"
    )
    address = url_for(".check_slip", redemption_id=view.id, code=view.check_code, _external=True)
    balance = passbook.balance(
        session, community_id=current_actor().community_id, person_id=view.person_id
    )
    return {
        "redemption": view,
        "balance": balance,
        "qr": qr_svg(address, label=_("扫码验真伪")),
        "today_count": redemption_queries.today_count(session, view.centre_id),
    }


@bp.post("/counter/redemptions/<int:redemption_id>/undo")
@needs("care.reverse")
@returns_to(done)
@writes(keeps_answer=False)
def undo(session: Session, redemption_id: int) -> ResponseReturnValue:
    """Undo a redemption with a reason."""
    reversals.undo_redemption(
        session, actor=current_actor(), redemption_id=redemption_id, **body(UndoFormIn())
    )
    return see_other(url_for(".done", redemption_id=redemption_id), _("已撤销，时间还给了老人"))


@bp.get("/counter/undo-requests")
@needs("care.reverse")
@reads
def undo_requests(session: Session) -> ResponseReturnValue:
    """Show whoever may agree what waits at any centre within reach."""
    actor = current_actor()
    return render_template(
        "care/undo_requests.html",
        waiting=asked_reads.waiting_anywhere(session, actor=actor),
        centre_names={
            one.id: one.name for one in catalogue.centres_of(session, actor, "care.reverse")
        },
    )


@bp.post("/counter/redemptions/<int:redemption_id>/undo-requests")
@needs("care.reverse")
@returns_to(done)
@writes
def ask_undo(session: Session, redemption_id: int) -> ResponseReturnValue:
    """Ask that another agrees to an undoing from their own page."""
    requests.ask_undo(
        session, actor=current_actor(), redemption_id=redemption_id, **body(ReasonIn())
    )
    return see_other(url_for(".done", redemption_id=redemption_id), _("已经告诉同事，有人同意就撤"))


@bp.post("/counter/redemptions/<int:redemption_id>/undo-requests/<int:request_id>/agree")
@needs("care.reverse")
@returns_to(done)
@writes
def agree_undo(session: Session, redemption_id: int, request_id: int) -> ResponseReturnValue:
    """Agree to an undoing that somebody else asked for."""
    requests.agree_undo(
        session, actor=current_actor(), redemption_id=redemption_id, request_id=request_id
    )
    return see_other(url_for(".done", redemption_id=redemption_id), _("已撤销，时间还给了老人"))


@bp.post("/counter/redemptions/<int:redemption_id>/undo-requests/<int:request_id>/drop")
@needs("care.reverse")
@returns_to(done)
@writes
def drop_undo(session: Session, redemption_id: int, request_id: int) -> ResponseReturnValue:
    """Leave the slip as it is."""
    requests.drop_request(
        session, actor=current_actor(), redemption_id=redemption_id, request_id=request_id
    )
    return see_other(url_for(".done", redemption_id=redemption_id), _("好的，这笔不撤了"))


@bp.get("/counter/today")
@needs("care.redeem")
@reads
def counter_today(session: Session) -> ResponseReturnValue:
    """Show what was redeemed today."""
    asked = query(DayListIn())
    centre = desk_queries.desk_centre(session, current_actor(), asked.get("centre_id"))
    page = redemption_queries.redemptions(
        session,
        actor=current_actor(),
        permission="care.redeem",
        day=clock.today(),
        centre_id=centre.id,
        cursor=asked.get("cursor"),
    )
    next_url = url_for(".counter_today", centre_id=centre.id, cursor=page.next_cursor)
    return render_template(
        "care/today.html",
        centre=centre,
        items=page.items,
        next_url=next_url if page.next_cursor else None,
        today_count=redemption_queries.today_count(session, centre.id),
        waiting=asked_reads.waiting(session, actor=current_actor(), centre_id=centre.id),
    )


@bp.get("/slips/<int:redemption_id>/<code>")
@public
@reads
def check_slip(session: Session, redemption_id: int, code: str) -> ResponseReturnValue:
    """Say whether a slip is genuine, without anybody's name."""
    found = redemption_queries.checked_slip(session, redemption_id=redemption_id, code=code)
    return render_template("care/check_slip.html", found=found)
