"""Who is expected at a counter: a day's bookings, how full it is, who waits, who did not come."""

from datetime import timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as waiting_queries
from timebank.care.schemas.desk import CancelIn, ReasonIn
from timebank.care.schemas.slots import DayQuery
from timebank.care.service import booking_ends
from timebank.kernel import clock
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

DAYS_AHEAD = 7


@bp.get("/counter/bookings")
@needs("care.redeem")
@reads
def counter_bookings(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show who is expected on a day, how full it is and who waits; today also who did not come."""
    actor, asked = current_actor(), query(DayQuery())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    today = clock.today()
    day = asked["on_day"] or today
    found = booking_queries.bookings(
        session,
        community_id=actor.community_id,
        centre_ids={centre.id},
        from_day=None if day == today else day,
        to_day=day,
        is_open=True,
    )
    return render_template(
        "care/bookings.html",
        centre=centre,
        day=day,
        days=[today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)],
        bookings=found,
        fill=slot_queries.slots_of_day(session, centre_id=centre.id, day=day),
        waiting=waiting_queries.waiting_for(
            session, community_id=actor.community_id, centre_ids={centre.id}, day=day
        ),
        charges=waiting_queries.charges(
            session, community_id=actor.community_id, centre_id=centre.id
        ),
        manages=actor.reach("care.manage").covers(centre_id=centre.id),
    )


@bp.post("/counter/bookings/<int:booking_id>/cancel")
@needs("care.redeem")
@returns_to(counter_bookings)
@writes
def cancel_for(session: Session, booking_id: int) -> ResponseReturnValue:
    """Call a booking off for somebody who rang up, by the rules."""
    booking_ends.cancel_booking(
        session, actor=current_actor(), booking_id=booking_id, **body(CancelIn())
    )
    return see_other(url_for(".counter_bookings"), _("取消了"))


@bp.post("/counter/bookings/<int:booking_id>/no-show")
@needs("care.redeem")
@returns_to(counter_bookings)
@writes
def no_show(session: Session, booking_id: int) -> ResponseReturnValue:
    """Note that nobody came."""
    booking_ends.mark_no_show(session, actor=current_actor(), booking_id=booking_id)
    return see_other(url_for(".counter_bookings"), _("记下了，时间按规定放回"))


@bp.post("/counter/bookings/<int:booking_id>/release")
@needs("care.redeem")
@returns_to(counter_bookings)
@writes
def release(session: Session, booking_id: int) -> ResponseReturnValue:
    """Let a booking go that the centre cannot serve."""
    booking_ends.release_booking(
        session, actor=current_actor(), booking_id=booking_id, **body(ReasonIn())
    )
    return see_other(url_for(".counter_bookings"), _("取消了，预留的时间已放回"))
