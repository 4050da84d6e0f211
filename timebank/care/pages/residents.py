"""What residents see: what their minutes pay for, their bookings, their one-time code."""

from collections.abc import Collection
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.schemas.desk import BookingIn, CancelIn, PersonIn
from timebank.care.service import bookings
from timebank.care.service import cards as card_service
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import passbook
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

PANEL_SERVICES_MAX = 4


def _offer(session: Session, actor: Actor) -> dict[str, object]:
    """Return the catalogue today and what the actor's minutes pay for."""
    return {
        "balance": passbook.balance(
            session, community_id=actor.community_id, person_id=actor.person_id
        ),
        "services": catalogue_queries.services(
            session, community_id=actor.community_id, day=clock.today()
        ),
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


@bp.get("/redeem/<int:service_id>/book")
@needs("care.book")
@reads
def book_form(session: Session, service_id: int) -> ResponseReturnValue:
    """Show the form in which a service is booked, for oneself or at the counter for another."""
    actor, asked = current_actor(), query(PersonIn())
    person_id = asked.get("person_id") or actor.person_id or 0
    today = clock.today()
    return render_template(
        "care/book.html",
        service=bookings.offered(
            session, actor=actor, service_id=service_id, person_id=person_id, day=today
        ),
        person=community_queries.person(
            session, community_id=actor.community_id, person_id=person_id
        ),
        balance=passbook.balance(session, community_id=actor.community_id, person_id=person_id),
        last_day=rules.last_booking_day(today),
    )


@bp.post("/redeem/<int:service_id>/book")
@needs("care.book")
@returns_to(book_form)
@writes
def book(session: Session, service_id: int) -> ResponseReturnValue:
    """Book a service and hold its minutes."""
    actor = current_actor()
    person_id = query(PersonIn()).get("person_id") or actor.person_id or 0
    bookings.book(
        session,
        actor=actor,
        key=request_key(),
        person_id=person_id,
        service_id=service_id,
        **body(BookingIn()),
    )
    places = {
        person_id == actor.person_id: url_for(".my_bookings"),
        person_id != actor.person_id: url_for("volunteering.wallets"),
    }
    at_counter = url_for(".counter", person_id=person_id)
    is_staff = person_id != actor.person_id and actor.may("care.redeem")
    return see_other(at_counter if is_staff else places[True], _("约好了，时间先留着，来了再扣"))


@bp.get("/me/bookings")
@needs("care.read")
@reads
def my_bookings(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show one's own bookings, coming ones first."""
    actor = current_actor()
    found = booking_queries.bookings(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id or 0,
        with_family=True,
        from_day=clock.today() - rules.BOOKINGS_SHOWN_BACK,
    )
    return render_template("care/my_bookings.html", bookings=found)


@bp.post("/me/bookings/<int:booking_id>/cancel")
@needs("care.book")
@returns_to(my_bookings)
@writes
def cancel(session: Session, booking_id: int) -> ResponseReturnValue:
    """Call a booking off."""
    bookings.cancel_booking(
        session, actor=current_actor(), booking_id=booking_id, **body(CancelIn())
    )
    return see_other(url_for(".my_bookings"), _("取消了，预留的时间已放回"))


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
