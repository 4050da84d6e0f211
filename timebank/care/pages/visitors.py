"""The counter for people of other communities: the code they show, what they get, the slip."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue, desk
from timebank.care.queries import visitors as reads_of
from timebank.care.rules.desk import Wanted, is_within_undo
from timebank.care.schemas.proofs import UndoFormIn
from timebank.care.schemas.visits import VisitFormIn, VisitQuery
from timebank.care.service import visitors as verbs
from timebank.kernel import clock
from timebank.volunteering.service import clearing_vouchers
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


@bp.get("/counter/visitors")
@needs("care.redeem")
@reads
def visitors(session: Session) -> ResponseReturnValue:
    """Show where a code is typed, who shows it, and what was served today."""
    actor, asked = current_actor(), query(VisitQuery())
    centre = desk.desk_centre(session, actor, asked["centre_id"])
    offered = catalogue.services(
        session, community_id=actor.community_id, day=clock.today(), centre_id=centre.id
    )
    return render_template(
        "care/visitors.html",
        centre=centre,
        code=asked["code"],
        visitor=clearing_vouchers.visitor_if_any(session, actor=actor, code=asked["code"]),
        services=[one for one in offered if one.minutes and not one.needs_booking],
        visits=reads_of.visits_today(session, community_id=actor.community_id, centre_id=centre.id),
    )


@bp.post("/counter/visitors")
@needs("care.redeem")
@returns_to(visitors)
@writes
def serve_visitor(session: Session) -> ResponseReturnValue:
    """Hand a service over for the code."""
    actor, told = current_actor(), body(VisitFormIn())
    centre = desk.desk_centre(session, actor, query(VisitQuery())["centre_id"])
    made = verbs.serve_visitor(
        session,
        actor=actor,
        centre_id=centre.id,
        code=told["code"],
        wanted=[Wanted(told["service_id"], told["quantity"])],
    )
    return see_other(url_for(".visit", transfer_id=made.transfer_id), _("办好了，两边的账都记好了"))


@bp.get("/counter/visitors/<int:transfer_id>")
@needs("care.reverse")
@reads
def visit(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Show what was served, and the way to undo it."""
    found = reads_of.visit(
        session, actor=current_actor(), transfer_id=transfer_id, permission="care.reverse"
    )
    colleagues = tablets.staff_with_pin(
        session, actor=current_actor(), permission="care.reverse", centre_id=found.centre_id
    )
    return render_template(
        "care/visit.html",
        visit=found,
        may_undo=is_within_undo(recorded_at=found.served_at, now=clock.now()),
        needs_second=verbs.needs_another(session, found),
        colleagues=colleagues,
    )


@bp.get("/counter/visitors/<int:transfer_id>/slip")
@needs("care.reverse")
@reads
def visit_slip(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Show the slip alone, for an 80 mm roll."""
    found = reads_of.visit(
        session, actor=current_actor(), transfer_id=transfer_id, permission="care.reverse"
    )
    return render_template("care/visit_slip.html", visit=found)


@bp.post("/counter/visitors/<int:transfer_id>/undo")
@needs("care.reverse")
@returns_to(visit)
@writes
def undo_visit(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Undo a visit with a reason."""
    verbs.undo_visit(session, actor=current_actor(), transfer_id=transfer_id, **body(UndoFormIn()))
    return see_other(url_for(".visit", transfer_id=transfer_id), _("已撤销，两边的账一起改回来了"))
