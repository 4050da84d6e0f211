"""Bookings hold minutes and places, and end exactly one way."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, Desk, make_desk
from timebank.care.errors import desk as errors
from timebank.care.queries import bookings as booking_queries
from timebank.care.rules.desk import BookingState, BookingView
from timebank.care.service import booking_ends, bookings, redemptions
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Balance
from timebank.volunteering.queries import passbook

ENDS = {
    "redeem": BookingState.REDEEMED,
    "cancel": BookingState.CANCELLED,
    "release": BookingState.RELEASED,
}


def book(session: Session, desk: Desk, *, days: int = 0) -> BookingView:
    return bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today() + timedelta(days=days),
    )


def balance(session: Session, desk: Desk) -> Balance:
    return passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)


def end(session: Session, desk: Desk, how: str, booking_id: int) -> None:
    if how == "redeem":
        redemptions.redeem_booking(
            session, actor=desk.counter, key=new_id(), booking_id=booking_id, proven=BY_PIN
        )
    elif how == "cancel":
        booking_ends.cancel_booking(
            session, actor=desk.counter, booking_id=booking_id, reason="改天"
        )
    else:
        booking_ends.release_booking(
            session, actor=desk.counter, booking_id=booking_id, reason="停电"
        )


def test_a_booking_holds_its_minutes_and_redeeming_captures_them(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk)
    held = balance(session, desk)

    end(session, desk, "redeem", made.id)

    assert (held.available, held.held) == (540, 60)
    after = balance(session, desk)
    assert (after.posted, after.available, after.held) == (540, 540, 0)


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
def test_a_booking_ends_exactly_one_way(session: Session, first: str, second: str) -> None:
    desk = make_desk(session)
    made = book(session, desk)
    end(session, desk, first, made.id)

    with pytest.raises(errors.BookingAlreadyResolvedError):
        end(session, desk, second, made.id)

    assert booking_queries.booking_of(session, made.id).state == ENDS[first]
    assert balance(session, desk).held == 0


def test_the_same_key_books_once(session: Session) -> None:
    desk = make_desk(session)
    facts = {
        "actor": desk.counter,
        "key": new_id(),
        "person_id": desk.member.id,
        "service_id": desk.lunch.id,
    }

    first = bookings.book(session, on_day=clock.today(), **facts)  # type: ignore[arg-type]
    again = bookings.book(session, on_day=clock.today(), **facts)  # type: ignore[arg-type]

    assert first == again
    assert balance(session, desk).held == 60
    with pytest.raises(errors.KeyOfOtherRedemptionError):
        bookings.book(session, on_day=clock.today() + timedelta(days=1), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [-1, 31])
def test_a_day_past_or_too_far_is_refused(session: Session, days: int) -> None:
    desk = make_desk(session)

    with pytest.raises(errors.BookingDayError):
        book(session, desk, days=days)


def test_residents_cancel_until_the_day_before(session: Session) -> None:
    desk = make_desk(session)
    elder = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
    )
    today, tomorrow = book(session, desk), book(session, desk, days=1)

    booking_ends.cancel_booking(session, actor=elder, booking_id=tomorrow.id)

    with pytest.raises(errors.TooLateToCancelError):
        booking_ends.cancel_booking(session, actor=elder, booking_id=today.id)
    assert balance(session, desk).held == 60


def test_another_residents_booking_is_not_found(session: Session) -> None:
    desk = make_desk(session)
    stranger = make_actor(session, community_id=desk.community_id, roles=(("elder", "own", None),))

    with pytest.raises(errors.BookingNotFoundError):
        booking_ends.cancel_booking(session, actor=stranger, booking_id=book(session, desk).id)


def test_missed_bookings_are_closed_at_night(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk)
    night = program(community_id=desk.community_id, name="care.missed")

    assert booking_ends.close_missed(session, actor=night) == 0
    with clock.fixed_at(clock.now() + timedelta(days=1)):
        booking_ends.close_missed_everywhere(session, {})

    assert booking_queries.booking_of(session, made.id).state == BookingState.NO_SHOW
    assert balance(session, desk).available == 600


def test_the_database_refuses_a_booking_that_ends_without_a_moment(session: Session) -> None:
    desk = make_desk(session)
    book(session, desk)
    session.commit()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE booking SET state = 'redeemed'"))
