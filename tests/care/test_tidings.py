"""Elders, and the relatives who act for them, are told what is booked and redeemed."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.make.care import PIN, Desk, make_desk
from tests.make.messages import codes_of, last_text
from tests.make.tills import let_one_undo
from timebank.care.rules.desk import BookingView, Proven, Wanted
from timebank.care.service import booking_ends, bookings, redemptions, reversals, tidings
from timebank.kernel import clock
from timebank.kernel.ids import new_id


def booked(session: Session, desk: Desk, *, days: int = 1) -> BookingView:
    """A lunch that the counter booked for the member."""
    return bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today() + timedelta(days=days),
    )


def test_a_booking_is_told_reminded_of_once_and_its_reminder_taken_back(session: Session) -> None:
    desk = make_desk(session)
    made = booked(session, desk)
    booked(session, desk, days=2)

    for _ in range(2):
        tidings.remind_of_bookings(session, {})
    assert codes_of(session, desk.member.id) == [
        "booking_made",
        "booking_made",
        "booking_tomorrow",
    ]

    booking_ends.release_booking(session, actor=desk.counter, booking_id=made.id, reason="停水")
    told = codes_of(session, desk.member.id)
    assert told == ["booking_made", "booking_made", "booking_cancelled"]
    assert "停水" in last_text(session, desk.member.id)


def test_what_was_redeemed_and_undone_is_told_with_its_slip(session: Session) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    key = new_id()
    for _ in range(2):
        made = redemptions.redeem(
            session,
            actor=desk.counter,
            key=key,
            centre_id=desk.centre.id,
            person_id=desk.member.id,
            wanted=[Wanted(desk.lunch.id, 1)],
            proven=Proven(pin=PIN),
        )
    assert made.slip_number in last_text(session, desk.member.id)

    reversals.undo_redemption(session, actor=desk.admin, redemption_id=made.id, reason="点错了")

    assert codes_of(session, desk.member.id) == ["time_redeemed", "redemption_undone"]


def test_what_nobody_came_for_is_told_by_the_nightly_job(session: Session) -> None:
    desk = make_desk(session)
    booked(session, desk)

    with clock.fixed_at(clock.now() + timedelta(days=2)):
        booking_ends.close_missed_everywhere(session, {})

    assert codes_of(session, desk.member.id)[-1] == "booking_missed"
