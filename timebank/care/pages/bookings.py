"""Bookings for residents and their families: choose a time, move it, wait for a place, call off."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as waiting_queries
from timebank.care.rules import desk as rules
from timebank.care.rules import eligibility
from timebank.care.rules import slots as slot_rules
from timebank.care.rules.desk import BookingView, ServiceView
from timebank.care.rules.slots import WaitingView
from timebank.care.schemas.desk import BookingIn, CancelIn
from timebank.care.schemas.slots import BookQuery, MoveIn, OnDayQuery, WaitIn
from timebank.care.service import booking_ends, booking_moves, bookings, waiting
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


def _times(session: Session, service_id: int, asked: date | None) -> dict[str, object]:
    """Return the days on which a service has slots, and the slots of the day that was asked for."""
    today = clock.today()
    days = slot_queries.days_ahead(session, service_id, first=today)
    with_room = [day for day, left in days if left] or [day for day, _left in days]
    day = asked or (with_room[0] if with_room else today)
    now = clock.now()
    found = slot_queries.slots_on(session, service_id, day=day) if days else []
    return {
        "days": days,
        "day": day,
        "slots": [one for one in found if slot_rules.begins_at(day, one.at_time) > now],
        "last_day": rules.last_booking_day(today),
    }


def _terms(session: Session, service: ServiceView, day: date) -> dict[str, object]:
    """Return the rules of booking in force on a day."""
    return {"rules": slot_queries.rules_on(session, service.id, day=day)}


@bp.get("/redeem/<int:service_id>/book")
@needs("care.book")
@reads
def book_form(session: Session, service_id: int) -> ResponseReturnValue:
    """Show the form in which a service is booked, for oneself or at the counter for another."""
    actor, asked = current_actor(), query(BookQuery())
    person_id = asked.get("person_id") or actor.person_id or 0
    times = _times(session, service_id, asked.get("on_day"))
    service = bookings.offered(
        session, actor=actor, service_id=service_id, person_id=person_id, day=clock.today()
    )
    person = community_queries.person(session, community_id=actor.community_id, person_id=person_id)
    return render_template(
        "care/book.html",
        service=service,
        person=person,
        why_not=eligibility.why_not(service, born_on=person.born_on, day=clock.today()),
        balance=passbook.balance(session, community_id=actor.community_id, person_id=person_id),
        **times,
        **_terms(session, service, clock.today()),
    )


@bp.post("/redeem/<int:service_id>/book")
@needs("care.book")
@returns_to(book_form)
@writes
def book(session: Session, service_id: int) -> ResponseReturnValue:
    """Book a service and hold its minutes."""
    back = _asked(bookings.book, session, service_id, body(BookingIn()))
    return see_other(back, _("约好了，时间先留着，来了再扣"))


@bp.post("/redeem/<int:service_id>/wait")
@needs("care.book")
@returns_to(book_form)
@writes
def wait(session: Session, service_id: int) -> ResponseReturnValue:
    """Wait in line for a full day or slot."""
    back = _asked(waiting.join, session, service_id, body(WaitIn()))
    return see_other(back, _("排上候补了，有位子马上通知，现在不扣时间"))


def _asked(
    verb: Callable[..., object],
    session: Session,
    service_id: int,
    said: dict[str, Any],  # Any: what the schema has checked
) -> str:
    """Ask for a service for oneself or for whoever the address names; return where to go on."""
    actor = current_actor()
    person_id = query(BookQuery()).get("person_id") or actor.person_id or 0
    verb(
        session,
        actor=actor,
        key=request_key(),
        person_id=person_id,
        service_id=service_id,
        **said,
    )
    return _back(actor, person_id)


def _back(actor: Actor, person_id: int) -> str:
    """Return where somebody goes on: staff at the counter, a resident at their own bookings."""
    is_staff = person_id != actor.person_id and actor.may("care.redeem")
    return url_for(".counter", person_id=person_id) if is_staff else url_for(".my_bookings")


def _back_from(actor: Actor, one: BookingView | WaitingView) -> str:
    """Return where somebody goes on from a booking or a line, their own or another's."""
    is_own = actor.person_id in {one.person_id, one.relative_id}
    return _back(actor, (actor.person_id or 0) if is_own else one.person_id)


@bp.get("/me/bookings")
@needs("care.read")
@reads
def my_bookings(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show one's own bookings and those for the family, and the lines in which one waits."""
    actor = current_actor()
    found = booking_queries.bookings(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id or 0,
        with_family=True,
        from_day=clock.today() - rules.BOOKINGS_SHOWN_BACK,
    )
    charged = waiting_queries.charges(
        session, community_id=actor.community_id, booking_ids=[one.id for one in found]
    )
    return render_template(
        "care/my_bookings.html",
        bookings=found,
        ends=_ends(session, found),
        charges={one.booking_id: one for one in charged},
        waiting=waiting_queries.waiting_for(
            session, community_id=actor.community_id, person_id=actor.person_id or 0
        ),
    )


def _ends(session: Session, found: list[BookingView]) -> dict[int, dict[str, object]]:
    """Return until when each open booking is called off for nothing, and what it costs later."""
    ids = [one.rules_id for one in found if one.rules_id is not None and one.is_open]
    known, now = slot_queries.rules_by_id(session, ids), clock.now()
    ends: dict[int, dict[str, object]] = {}
    for one in found:
        if not one.is_open:
            continue
        terms = known.get(one.rules_id or 0, slot_queries.NO_RULES)
        until = slot_rules.free_until(terms, day=one.on_day, at_time=one.at_time)
        ends[one.id] = {
            "until": until,
            "is_free": now < until,
            # Midnight is said as the day that it ends.
            "free_through": one.on_day - timedelta(days=1) if terms.cancel_hours is None else None,
            "late_minutes": None
            if terms.late_percent is None
            else slot_rules.share(one.minutes, terms.late_percent),
            "missed_minutes": slot_rules.share(one.minutes, terms.no_show_percent),
        }
    return ends


@bp.post("/me/bookings/<int:booking_id>/cancel")
@needs("care.book")
@returns_to(my_bookings)
@writes
def cancel(session: Session, booking_id: int) -> ResponseReturnValue:
    """Call a booking off."""
    booking_ends.cancel_booking(
        session, actor=current_actor(), booking_id=booking_id, **body(CancelIn())
    )
    return see_other(url_for(".my_bookings"), _("取消了，预留的时间已放回"))


@bp.get("/me/bookings/<int:booking_id>/move")
@needs("care.book")
@reads
def move_form(session: Session, booking_id: int) -> ResponseReturnValue:
    """Show to which times a booking can be moved."""
    actor = current_actor()
    view = booking_queries.booking(session, actor=actor, booking_id=booking_id)
    service = catalogue_queries.service(
        session, community_id=actor.community_id, service_id=view.service_id, day=clock.today()
    )
    return render_template(
        "care/move_booking.html",
        booking=view,
        service=service,
        back=_back(actor, view.relative_id or view.person_id),
        **_times(session, view.service_id, query(OnDayQuery())["on_day"]),
    )


@bp.post("/me/bookings/<int:booking_id>/move")
@needs("care.book")
@returns_to(move_form)
@writes
def move(session: Session, booking_id: int) -> ResponseReturnValue:
    """Move a booking; its minutes stay held."""
    actor = current_actor()
    moved = booking_moves.move_booking(
        session, actor=actor, booking_id=booking_id, **body(MoveIn())
    )
    return see_other(_back_from(actor, moved), _("改好了，预留的时间不变"))


@bp.post("/me/waiting/<int:waiting_id>/take")
@needs("care.book")
@returns_to(my_bookings)
@writes
def take_offer(session: Session, waiting_id: int) -> ResponseReturnValue:
    """Book the place that is kept."""
    actor = current_actor()
    made = waiting.take_offer(session, actor=actor, waiting_id=waiting_id)
    return see_other(_back_from(actor, made), _("约好了，时间先留着，来了再扣"))


@bp.post("/me/waiting/<int:waiting_id>/leave")
@needs("care.book")
@returns_to(my_bookings)
@writes
def leave_line(session: Session, waiting_id: int) -> ResponseReturnValue:
    """Leave a line."""
    actor = current_actor()
    left = waiting.leave(session, actor=actor, waiting_id=waiting_id)
    return see_other(_back_from(actor, left), _("不排了"))
