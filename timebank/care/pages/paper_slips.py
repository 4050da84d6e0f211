"""Paper slips with printed numbers: print some, enter what was written, spoil what was torn."""

from datetime import timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import cards as card_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import offline as queries
from timebank.care.schemas.tills import PaperFormIn, PaperQueryIn, PrintIn, SlipCodeIn
from timebank.care.service import paper_slips
from timebank.kernel import clock
from timebank.web.codes import qr_svg
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

SHEET = 8


@bp.get("/counter/slips")
@needs("care.redeem")
@reads
def paper(session: Session) -> ResponseReturnValue:
    """Show where a paper slip is entered, and which numbers are still out."""
    actor, asked = current_actor(), query(PaperQueryIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    found = card_queries.find_people(session, actor, asked["text"])
    offered = catalogue_queries.services(
        session, community_id=actor.community_id, day=clock.today(), centre_id=centre.id
    )
    return render_template(
        "care/slips.html",
        centre=centre,
        asked=asked,
        found=found,
        services=[one for one in offered if one.minutes and not one.needs_booking],
        slips=queries.paper_slips(session, actor=actor, centre_id=centre.id),
        earliest=clock.today() - timedelta(days=paper_slips.BACK_DAYS_MAX),
    )


@bp.post("/counter/slips")
@needs("care.redeem")
@returns_to(paper)
@writes
def enter_slip(session: Session) -> ResponseReturnValue:
    """Redeem what a paper slip says, and show the slip of it."""
    made = paper_slips.enter_slip(
        session, actor=current_actor(), key=request_key(), **body(PaperFormIn())
    )
    return see_other(url_for(".done", redemption_id=made.id))


@bp.post("/counter/slips/print")
@needs("care.redeem")
@returns_to(paper)
@writes
def print_slips(session: Session) -> ResponseReturnValue:
    """Give out the next numbers and go to where they are printed."""
    made = paper_slips.print_slips(session, actor=current_actor(), **body(PrintIn()))
    return see_other(url_for(".slips_sheet", centre_id=made[0].centre_id, first_id=made[0].id))


@bp.get("/counter/slips/sheet")
@needs("care.redeem")
@reads
def slips_sheet(session: Session) -> ResponseReturnValue:
    """Show printed numbers as slips to be cut and written on."""
    actor, asked = current_actor(), query(PaperQueryIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    found = queries.paper_slips(session, actor=actor, centre_id=centre.id, state="printed")
    wanted = sorted((one for one in found if one.id >= asked["first_id"]), key=lambda one: one.id)
    codes = {one.id: qr_svg(one.code, label=one.code) for one in wanted}
    return render_template("care/slips_sheet.html", centre=centre, slips=wanted, codes=codes)


@bp.post("/counter/slips/spoil")
@needs("care.redeem")
@returns_to(paper)
@writes
def spoil_slip(session: Session) -> ResponseReturnValue:
    """Note that a printed slip will never be entered."""
    code = paper_slips.spoil_slip(session, actor=current_actor(), **body(SlipCodeIn()))
    return see_other(url_for(".paper"), _("%(code)s 作废了", code=code))
