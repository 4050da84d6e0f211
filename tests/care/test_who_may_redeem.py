"""Who may redeem, as the rules for hours say: at the counter, by booking, in the database."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, Desk, make_desk
from timebank.care.models.desk import Booking
from timebank.care.rules.desk import Wanted
from timebank.care.service import bookings, redemptions
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.volunteering.errors import policy as errors
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import books
from timebank.volunteering.service import policy as rules_for_hours


def _rules(session: Session, desk: Desk, policy: Policy) -> None:
    """Bring rules into force today."""
    books.open_hours(session, actor=desk.admin)
    second = make_actor(session, community_id=desk.community_id)
    number = rules_for_hours.draft_policy(
        session, actor=desk.admin, policy=policy, in_force_on=clock.today()
    )
    rules_for_hours.simulate_policy(session, actor=desk.admin, number=number)
    rules_for_hours.approve_policy(session, actor=second, number=number)


def _redeem(session: Session, desk: Desk) -> None:
    redemptions.redeem(
        session,
        actor=desk.counter,
        key=ids.new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=BY_PIN,
    )


def _born(session: Session, desk: Desk, day: date | None) -> None:
    session.get_one(Person, desk.member.id).born_on = day
    session.flush()


def test_who_is_too_young_redeems_and_books_nothing(session: Session) -> None:
    desk = make_desk(session)
    _rules(session, desk, Policy(redeem_age_min=60))
    today = clock.today()

    _born(session, desk, today.replace(year=today.year - 59))
    with pytest.raises(errors.TooYoungToRedeemError):
        _redeem(session, desk)
    with pytest.raises(errors.TooYoungToRedeemError):
        bookings.book(
            session,
            actor=desk.counter,
            key=ids.new_id(),
            person_id=desk.member.id,
            service_id=desk.lunch.id,
            on_day=today + timedelta(days=1),
        )
    _born(session, desk, None)
    with pytest.raises(errors.RedeemAgeUnknownError):
        _redeem(session, desk)

    _born(session, desk, date(1950, 1, 1))
    _redeem(session, desk)


def test_who_has_earned_too_little_redeems_nothing(session: Session) -> None:
    desk = make_desk(session)
    _rules(session, desk, Policy(redeem_minutes_min=6000))

    with pytest.raises(errors.TooLittleToRedeemError):
        _redeem(session, desk)


def test_the_database_refuses_a_booking_of_the_young(session: Session) -> None:
    desk = make_desk(session)
    view = bookings.book(
        session,
        actor=desk.counter,
        key=ids.new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today(),
    )
    _rules(session, desk, Policy(redeem_age_min=60))
    _born(session, desk, date(1990, 1, 1))
    made = session.get_one(Booking, view.id)
    row = {c.name: getattr(made, c.name) for c in Booking.__table__.columns}
    row |= {"key": ids.new_id(), "hold_id": ids.new_id()}
    del row["id"]

    with pytest.raises(DBAPIError, match="booking_too_young"), session.begin_nested():
        session.execute(insert(Booking).values(row))
