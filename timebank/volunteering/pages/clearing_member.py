"""What members see of other communities: their own minutes there, kin there, being served there.

A page to which a refused act returns is handed what the act was about; it shows everything.
"""

from collections.abc import Collection
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import clearing as reads_of
from timebank.volunteering.queries import clearing_behind, limits, passbook
from timebank.volunteering.queries import clearing_transfers as transfer_reads
from timebank.volunteering.rules.clearing import Purpose
from timebank.volunteering.schemas.clearing import GroundFormIn, SendFormIn, TakeAlongFormIn
from timebank.volunteering.service import clearing_deciding as deciding
from timebank.volunteering.service import clearing_sending as sending
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/me/elsewhere")
@needs("clearing.send")
@reads
def elsewhere(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show where one's minutes can go besides this community, and what became of those sent."""
    actor = current_actor()
    community_id, person_id = actor.community_id, actor.person_id
    places = transfer_reads.destinations(session, community_id=community_id, person_id=person_id)
    return render_template(
        "volunteering/elsewhere.html",
        balance=passbook.balance(session, community_id=community_id, person_id=person_id),
        pairs=[one for one in reads_of.pairs(session, community_id) if one.terms],
        own=[one for one in places if one.purpose is Purpose.OWN],
        kin=[one for one in places if one.purpose is Purpose.KIN],
        transfers=transfer_reads.of_member(session, community_id=community_id, person_id=person_id),
        policy=limits.policy(session, community_id),
    )


@bp.post("/me/elsewhere/send")
@needs("clearing.send")
@returns_to(elsewhere)
@writes
def send_elsewhere(session: Session) -> ResponseReturnValue:
    """Send minutes to oneself or to kin in another community."""
    sending.send(session, actor=current_actor(), key=request_key(), **body(SendFormIn()))
    return see_other(url_for(".elsewhere"), _("记下了，到了哪一步在下面看。"))


@bp.post("/me/elsewhere/take-along")
@needs("clearing.send")
@returns_to(elsewhere)
@writes
def take_along(session: Session) -> ResponseReturnValue:
    """Set minutes aside to be served in another community."""
    told = body(TakeAlongFormIn())
    sending.take_along(session, actor=current_actor(), key=request_key(), **told)
    return see_other(url_for(".elsewhere"), _("备好了，把下面的码给那边的服务点看。"))


@bp.post("/me/elsewhere/<int:transfer_id>/withdraw")
@needs("clearing.send")
@returns_to(elsewhere)
@writes
def withdraw_elsewhere(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Take back what nobody has decided on yet."""
    deciding.withdraw(session, actor=current_actor(), transfer_id=transfer_id)
    return see_other(url_for(".elsewhere"), _("收回来了，时间又能用了。"))


@bp.post("/me/elsewhere/<int:transfer_id>/accept")
@needs("clearing.send")
@returns_to(elsewhere)
@writes
def receive_from_elsewhere(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Accept what kin in another community sent."""
    deciding.accept(session, actor=current_actor(), transfer_id=transfer_id)
    return see_other(url_for(".elsewhere"), _("收下了，时间到您账上了。"))


@bp.post("/me/elsewhere/<int:transfer_id>/refuse")
@needs("clearing.send")
@returns_to(elsewhere)
@writes
def decline_from_elsewhere(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Decline what kin in another community sent."""
    told = body(GroundFormIn())
    deciding.refuse(session, actor=current_actor(), transfer_id=transfer_id, **told)
    return see_other(url_for(".elsewhere"), _("没有收，时间退给对方了。"))


def lines_from_elsewhere(
    session: Session, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, Markup]:
    """Return what stands behind lines of one's own passbook that passed between communities."""
    found = clearing_behind.behind(session, actor=actor, entry_ids=entry_ids)
    return {
        entry_id: Markup(  # noqa: S704 - a template of ours, escaped by Jinja
            render_template("volunteering/clearing_behind.html", transfer=view)
        )
        for entry_id, view in found.items()
    }
