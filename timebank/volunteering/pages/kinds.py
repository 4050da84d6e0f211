"""The kinds of service that a community counts."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import policy as reads_of
from timebank.volunteering.schemas.policy import KindFormIn
from timebank.volunteering.service import kinds as verbs
from timebank.web.doors import body, current_actor, needs, reads, returns_to, see_other, writes


@bp.get("/policy/kinds")
@needs("policy.read")
@reads
def service_kinds(session: Session) -> ResponseReturnValue:
    """Show every kind with what it counts today."""
    return render_template(
        "volunteering/policy_kinds.html",
        kinds=reads_of.kinds(session, current_actor().community_id),
    )


@bp.post("/policy/kinds")
@needs("policy.draft")
@returns_to(service_kinds)
@writes
def create_kind(session: Session) -> ResponseReturnValue:
    """Add a kind."""
    verbs.new_kind(session, actor=current_actor(), **body(KindFormIn()))
    return see_other(url_for(".service_kinds"), _("加上了，记服务时就能选。"))


@bp.get("/policy/kinds/<int:kind_id>")
@needs("policy.draft")
@reads
def service_kind(session: Session, kind_id: int) -> ResponseReturnValue:
    """Show the form of a kind."""
    found = reads_of.kind(session, current_actor().community_id, kind_id)
    return render_template("volunteering/policy_kind.html", kind=found)


@bp.post("/policy/kinds/<int:kind_id>")
@needs("policy.draft")
@returns_to(service_kind)
@writes
def change_kind(session: Session, kind_id: int) -> ResponseReturnValue:
    """Name and describe a kind anew."""
    verbs.change_kind(session, actor=current_actor(), kind_id=kind_id, **body(KindFormIn()))
    return see_other(url_for(".service_kinds"), _("改好了。"))


@bp.post("/policy/kinds/<int:kind_id>/offer")
@needs("policy.draft")
@returns_to(service_kind)
@writes
def offer_kind(session: Session, kind_id: int) -> ResponseReturnValue:
    """Offer a kind for new records again."""
    verbs.switch_kind(session, actor=current_actor(), kind_id=kind_id, is_active=True)
    return see_other(url_for(".service_kinds"), _("又可以选了。"))


@bp.post("/policy/kinds/<int:kind_id>/close")
@needs("policy.draft")
@returns_to(service_kind)
@writes
def close_kind(session: Session, kind_id: int) -> ResponseReturnValue:
    """Offer a kind no longer."""
    verbs.switch_kind(session, actor=current_actor(), kind_id=kind_id, is_active=False)
    return see_other(url_for(".service_kinds"), _("停了，以前记的不受影响。"))
