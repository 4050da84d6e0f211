"""Telling people of what is booked and redeemed in their name."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import MATRIX, ScopeKind
from timebank.care.models.desk import Booking, CareCentre, CareService
from timebank.care.rules import notices
from timebank.care.rules.desk import BookingState, BookingView, RedemptionView
from timebank.care.rules.tills import UndoRequestView
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import take_back, tell, tell_all

JOB = "care.remind_of_bookings"
_BATCH = 500
BOOKINGS, STATEMENT = "/me/bookings", "/me/statement"


def of_booking(
    session: Session, *, actor: Actor, view: BookingView, charged_minutes: int = 0
) -> None:
    """Tell a resident what became of a booking, unless it was themselves who did it."""
    facts = (view.service_name, view.centre_name, view.on_day)
    told: dict[str, notices.BookingNotice] = {
        BookingState.BOOKED: notices.BookingMade(*facts),
        BookingState.CANCELLED: notices.BookingCancelled(*facts, view.reason),
        BookingState.RELEASED: notices.BookingCancelled(*facts, view.reason),
        BookingState.NO_SHOW: notices.BookingMissed(*facts),
    }
    notice = told[view.state]
    if charged_minutes:
        is_missed = view.state == BookingState.NO_SHOW
        kind = notices.BookingCharged if is_missed else notices.BookingLate
        notice = kind(*facts, charged_minutes)
    if view.state != BookingState.BOOKED:
        take_back(session, key=_reminder(view.id))
    tell(
        session,
        actor=actor,
        to=_others(actor, view),
        notice=notice,
        key=f"booking:{view.id}:{view.state}",
        url=BOOKINGS,
    )


def of_moving(session: Session, *, actor: Actor, view: BookingView) -> None:
    """Tell a resident to when a booking was moved; what reminded of the old day is taken back."""
    take_back(session, key=_reminder(view.id))
    notice = notices.BookingMoved(view.service_name, view.centre_name, view.on_day, view.at_time)
    key = f"booking:{view.id}:moved:{view.on_day}:{view.at_time}"
    take_back(session, key=key)
    tell(session, actor=actor, to=_others(actor, view), notice=notice, key=key, url=BOOKINGS)


def _others(actor: Actor, view: BookingView) -> list[int]:
    """Return who is told of a booking: the resident and the relative, but for who acts."""
    people = {view.person_id, view.relative_id} - {None, actor.person_id}
    return [one for one in people if one is not None]


def of_redemption(session: Session, *, actor: Actor, view: RedemptionView) -> None:
    """Send an elder, and the relative who acted for them, the slip of what was redeemed."""
    people = {view.person_id, view.relative_id}
    tell(
        session,
        actor=actor,
        to=[one for one in people if one is not None],
        notice=notices.TimeRedeemed(
            clock.day_of(view.recorded_at), view.centre_name, view.total_minutes, view.slip_number
        ),
        key=f"redemption:{view.id}",
        url=STATEMENT,
    )


def of_undoing(session: Session, *, actor: Actor, view: RedemptionView, reason: str) -> None:
    """Tell an elder, and the relative who acted for them, that a redemption was undone."""
    people = {view.person_id, view.relative_id}
    tell(
        session,
        actor=actor,
        to=[one for one in people if one is not None],
        notice=notices.RedemptionUndone(
            clock.day_of(view.recorded_at), view.centre_name, view.total_minutes, reason
        ),
        key=f"redemption:{view.id}:undone",
        url=STATEMENT,
    )


def of_undo_request(
    session: Session, *, actor: Actor, view: UndoRequestView, centre_name: str
) -> None:
    """Ask those who work at a centre, but for who asks, to agree to an undoing."""
    roles = MATRIX["care.reverse"]
    people = {
        person_id
        for grant, _, person_id in access_queries.holders(session, actor.community_id, list(roles))
        if grant.scope_kind is not ScopeKind.CENTRE or grant.scope_id == view.centre_id
    }
    tell(
        session,
        actor=actor,
        to=[one for one in people if one is not None and one != actor.person_id],
        notice=notices.UndoAsked(view.asked_by, centre_name, view.minutes, view.reason),
        key=asked_key(view.id),
        url=f"/counter/done/{view.redemption_id}",
    )


def asked_key(request_id: int) -> str:
    """Return the key of what is told of a request to undo."""
    return f"undo-request:{request_id}"


def remind_of_bookings(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: remind of tomorrow's bookings, once each, in every community."""
    tomorrow = clock.today() + timedelta(days=1)
    after_id = 0
    while True:
        rows = session.execute(
            select(Booking, CareService.name, CareCentre.name)
            .join(CareService, CareService.id == Booking.service_id)
            .join(CareCentre, CareCentre.id == Booking.centre_id)
            .where(
                Booking.on_day == tomorrow,
                Booking.state == BookingState.BOOKED,
                Booking.id > after_id,
            )
            .order_by(Booking.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        after_id = rows[-1][0].id
        drafts: dict[int, list[Draft]] = {}
        for row, what, where in rows:
            notice = notices.BookingTomorrow(f"{what} {row.at_time}".strip(), where, row.on_day)
            people = {row.person_id, row.relative_id} - {None}
            drafts.setdefault(row.community_id, []).extend(
                Draft(one, notice, _reminder(row.id), BOOKINGS) for one in people
            )
        for community_id, some in sorted(drafts.items()):
            tell_all(session, actor=program(community_id=community_id, name=JOB), drafts=some)


def _reminder(booking_id: int) -> str:
    """Return the key of the reminder of a booking."""
    return f"booking:{booking_id}:tomorrow"
