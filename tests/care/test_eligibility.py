"""Whom a service is for: least age, hardship, and the switch that stops benefits everywhere."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, PIN, Desk, make_desk
from timebank.care.errors import eligibility as errors
from timebank.care.models.desk import Booking, CareService
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries.desk import Asked
from timebank.care.rules import eligibility as rules
from timebank.care.rules.desk import BookingState, ServiceView, Wanted
from timebank.care.rules.eligibility import HardshipClass, WhyNot, why_not
from timebank.care.service import benefits, bookings, redemptions, vouchers
from timebank.care.service.vouchers import Terms
from timebank.community.models import Person
from timebank.jobs.models import Job
from timebank.kernel import clock
from timebank.kernel.errors import ForbiddenError
from timebank.kernel.ids import new_id
from timebank.outreach.models.key_people import KeyPerson
from timebank.outreach.rules.key_people import REASONS_OF, KeyGroup, Reason
from timebank.trail.models import PersonLook
from timebank.volunteering.queries import passbook


def only_for(session: Session, desk: Desk, **facts: object) -> None:
    for name, value in facts.items():
        setattr(session.get_one(CareService, desk.haircut.id), name, value)
    session.flush()


def redeem(session: Session, desk: Desk, service: ServiceView) -> None:
    redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(service.id, 1)],
        proven=BY_PIN,
    )


def book(session: Session, desk: Desk, service: ServiceView) -> int:
    return bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=service.id,
        on_day=clock.today(),
    ).id


def issue(session: Session, desk: Desk, service: ServiceView) -> int:
    return vouchers.issue(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        terms=Terms(service.id, 2, clock.today() + timedelta(days=5)),
        pin="508213",
        proven=BY_PIN,
    ).id


WAYS = pytest.mark.parametrize("way", [redeem, book, issue])


@WAYS
def test_who_is_too_young_is_told_the_age(session: Session, way: object) -> None:
    desk = make_desk(session)
    only_for(session, desk, age_min=80)

    with pytest.raises(errors.TooYoungForServiceError) as refusal:
        way(session, desk, desk.haircut)  # type: ignore[operator]

    assert refusal.value.facts["age"] == 80


@WAYS
def test_whose_birthday_nobody_knows_is_told_so(session: Session, way: object) -> None:
    desk = make_desk(session)
    only_for(session, desk, age_min=60)
    session.get_one(Person, desk.member.id).born_on = None
    session.flush()

    with pytest.raises(errors.ServiceAgeUnknownError):
        way(session, desk, desk.haircut)  # type: ignore[operator]


def test_who_is_old_enough_on_the_day_of_the_service_may_book_it(session: Session) -> None:
    desk = make_desk(session)
    only_for(session, desk, age_min=70)
    today = clock.today()
    session.get_one(Person, desk.member.id).born_on = date(today.year - 70, today.month, 1)
    session.flush()

    assert book(session, desk, desk.haircut)


def test_the_database_refuses_the_young_as_well(session: Session) -> None:
    desk = make_desk(session)
    made = book(session, desk, desk.haircut)
    only_for(session, desk, age_min=90)
    session.commit()
    row = session.get_one(Booking, made)
    facts = {
        name: getattr(row, name)
        for name in row.__table__.columns.keys()  # noqa: SIM118 - a collection of columns
        if name not in {"id", "key", "hold_id"}
    }

    again = insert(Booking).values(**facts, key=new_id(), hold_id=new_id())
    with pytest.raises(DBAPIError, match="booking_service_age"), session.begin_nested():
        session.execute(again)


@WAYS
def test_what_is_for_classes_of_hardship_asks_the_list_and_notes_the_look(
    session: Session, way: object
) -> None:
    desk = make_desk(session)
    for_two = rules.mask_of_classes([HardshipClass.HARDSHIP, HardshipClass.FRAIL])
    only_for(session, desk, for_classes=for_two)

    with pytest.raises(errors.HardshipOnlyError):
        way(session, desk, desk.haircut)  # type: ignore[operator]

    session.add(
        KeyPerson(
            community_id=desk.community_id,
            person_id=desk.member.id,
            key_group=KeyGroup.OLD,
            reason=Reason.LIVES_ALONE.value,
            every_days=30,
            visitor_id=desk.member.id,
            since_on=clock.today(),
            due_on=clock.today(),
        )
    )
    session.flush()
    with pytest.raises(errors.HardshipOnlyError):  # on the list, but for another reason
        way(session, desk, desk.haircut)  # type: ignore[operator]

    session.scalars(select(KeyPerson)).one().reason = Reason.FRAIL.value
    session.flush()
    way(session, desk, desk.haircut)  # type: ignore[operator]
    looks = session.scalars(select(PersonLook).where(PersonLook.person_id == desk.member.id)).all()
    assert ["hardship"] in [look.fields for look in looks]


def test_classes_of_hardship_are_reasons_of_the_list() -> None:
    assert set(HardshipClass) <= {reason.value for reason in REASONS_OF[KeyGroup.OLD]}
    mask = rules.mask_of_classes([HardshipClass.BEREAVED, HardshipClass.HARDSHIP])
    assert (mask, rules.classes_of(mask)) == (
        0b10_0001, (HardshipClass.HARDSHIP, HardshipClass.BEREAVED),
    )  # fmt: skip
    assert rules.mask_of_classes(HardshipClass) == rules.EVERY_CLASS


@WAYS
def test_while_benefits_are_off_none_is_given_anywhere(session: Session, way: object) -> None:
    desk = make_desk(session)
    benefits.turn_benefits(session, actor=desk.admin, is_off=True, reason="按市里规定只换服务")

    with pytest.raises(errors.BenefitsOffError):
        way(session, desk, desk.lunch)  # type: ignore[operator]

    only_for(session, desk, is_benefit=False)
    way(session, desk, desk.haircut)  # type: ignore[operator]


def test_the_switch_lets_go_of_what_was_promised_and_the_database_holds_it(
    session: Session,
) -> None:
    desk = make_desk(session)
    made, _ = book(session, desk, desk.lunch), issue(session, desk, desk.lunch)
    benefits.turn_benefits(session, actor=desk.admin, is_off=True, reason="按市里规定只换服务")
    job = session.scalars(select(Job).where(Job.name == benefits.JOB)).one()

    benefits.end_promised(session, job.payload)
    benefits.end_promised(session, job.payload)

    booking = booking_queries.booking_of(session, made)
    assert (booking.state, booking.reason) == (BookingState.RELEASED, "按市里规定只换服务")
    after = passbook.balance(session, community_id=desk.community_id, person_id=desk.member.id)
    assert (after.available, after.held) == (600, 0)
    session.commit()
    copied = (
        "INSERT INTO booking (community_id, key, person_id, service_id, centre_id, price_id,"
        " on_day, at_time, quantity, minutes, state, hold_id, booked_by, booked_at, reason)"
        " SELECT community_id, hold_id, person_id, service_id, centre_id, price_id, on_day,"
        " at_time, quantity, minutes, 'booked', key, booked_by, booked_at, '' FROM booking"
    )
    with pytest.raises(DBAPIError, match="booking_benefits_off"), session.begin_nested():
        session.execute(text(copied))


def test_benefits_can_be_given_again_and_only_by_who_answers_for_the_community(
    session: Session,
) -> None:
    desk = make_desk(session)
    manager = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id),),
    )
    with pytest.raises(ForbiddenError):
        benefits.turn_benefits(session, actor=manager, is_off=True, reason="不归我管")
    for is_off in (True, True, False):
        benefits.turn_benefits(session, actor=desk.admin, is_off=is_off, reason="试行")

    turns = catalogue_queries.benefit_switches(session, desk.community_id)
    assert [one.is_off for one in turns] == [False, True]
    redeem(session, desk, desk.lunch)


def test_the_counter_says_why_before_anybody_asks(session: Session) -> None:
    desk = make_desk(session)
    only_for(session, desk, age_min=90, is_benefit=False)
    benefits.turn_benefits(session, actor=desk.admin, is_off=True, reason="按市里规定只换服务")

    view = desk_queries.desk(session, desk.counter, Asked(person_id=desk.member.id))

    reasons = {row.service.name: (row.why_not, row.is_off) for row in view.rows}
    assert reasons == {
        "午餐": (WhyNot.BENEFITS_OFF, True),
        "理发": (WhyNot.TOO_YOUNG, True),
    }


def test_no_birthday_is_no_hindrance_where_no_age_is_asked(session: Session) -> None:
    desk = make_desk(session)

    assert why_not(desk.haircut, born_on=None, day=clock.today()) is None
    assert len(PIN) == 6
