"""What residents see: what their minutes pay for, their bookings, their one-time code."""

from collections.abc import Collection
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.schemas.desk import PersonIn
from timebank.care.service import cards as card_service
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import passbook
from timebank.web.doors import (
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    writes,
)

PANEL_SERVICES_MAX = 4


def _offer(session: Session, actor: Actor) -> dict[str, object]:
    """Return the catalogue today and what the actor's minutes pay for."""
    return {
        "balance": passbook.balance(
            session, community_id=actor.community_id, person_id=actor.person_id
        ),
        "services": [
            one
            for one in catalogue_queries.services(
                session, community_id=actor.community_id, day=clock.today()
            )
            if not one.is_switched_off
        ],
    }


@bp.get("/redeem")
@needs("care.read")
@reads
def redeemable(session: Session) -> ResponseReturnValue:
    """Show what can be had for how much, where, and how many of it now."""
    for_id = query(PersonIn()).get("person_id")
    return render_template(
        "care/redeemable.html", for_id=for_id, **_offer(session, current_actor())
    )


def redeemable_panel(session: Session, actor: Actor) -> Markup:
    """Return the panel "what I can get now" for a resident's first screen."""
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template("care/panel.html", limit=PANEL_SERVICES_MAX, **_offer(session, actor))
    )


def redemptions_behind(
    session: Session, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, Markup]:
    """Return what was redeemed behind lines of a passbook, by entry."""
    found = redemption_queries.redemptions_behind(session, actor=actor, entry_ids=entry_ids)
    return {
        entry_id: Markup(  # noqa: S704 - a template of ours, escaped by Jinja
            render_template("care/behind.html", redemption=view, entry_id=entry_id)
        )
        for entry_id, view in found.items()
    }


@bp.get("/me/code")
@needs("care.book")
@reads
def code_form(_session: Session) -> ResponseReturnValue:
    """Show what a one-time code is for, and the button that makes one."""
    return render_template("care/code.html", code=None)


@bp.post("/me/code")
@needs("care.book")
@returns_to(code_form)
@writes(keeps_answer=False)
def make_code(session: Session) -> ResponseReturnValue:
    """Show a fresh one-time code, once."""
    code = card_service.make_code(session, actor=current_actor())
    minutes = int(rules.CODE_LIFE.total_seconds()) // 60
    return render_template("care/code.html", code=code, life_minutes=minutes)
