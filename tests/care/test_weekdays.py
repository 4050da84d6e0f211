"""A service is served on its days of the week alone, whatever way somebody asks for it."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.care.test_api import Caller
from tests.make.access import log_in, make_actor
from tests.make.care import BY_PIN, Desk, make_desk
from tests.make.slots import book_bath, make_bath
from tests.make.tills import kinds, lunch_for, make_device, make_token, used
from timebank.care.errors.eligibility import NoServiceDayError, ServiceDayError
from timebank.care.models.desk import CareService
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.queries.desk import Asked
from timebank.care.rules.desk import Wanted
from timebank.care.rules.eligibility import WhyNot
from timebank.care.rules.weekdays import EVERY_DAY, has_day, mask_between, mask_of
from timebank.care.service import (
    booking_moves,
    bookings,
    catalogue,
    offline_uses,
    paper_slips,
    redemptions,
    voucher_uses,
    vouchers,
)
from timebank.care.service.vouchers import Terms
from timebank.care.verify import bookings as verify
from timebank.kernel import clock
from timebank.kernel.ids import new_id

WEDNESDAY = date(2026, 6, 17)
TUESDAY = WEDNESDAY - timedelta(days=1)
ON_TUESDAYS, ON_WEDNESDAYS = mask_of([1]), mask_of([2])


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.fixed_at(clock.at_local(WEDNESDAY, time(10))):
        yield


def only_on(session: Session, desk: Desk, mask: int, since: date | None = None) -> None:
    row = session.get_one(CareService, desk.lunch.id)
    row.weekdays, row.weekdays_from = mask, since
    session.flush()


def book(session: Session, desk: Desk) -> None:
    bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today(),
    )


def enter_paper(session: Session, desk: Desk, *, served_on: date = WEDNESDAY) -> None:
    (printed,) = paper_slips.print_slips(
        session, actor=desk.counter, centre_id=desk.centre.id, count=1
    )
    paper_slips.enter_slip(
        session,
        actor=desk.counter,
        key=new_id(),
        code=printed.code,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        served_on=served_on,
    )


def issue(session: Session, desk: Desk, *, weekdays: int = EVERY_DAY, days: int = 5) -> str:
    made = vouchers.issue(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        terms=Terms(desk.lunch.id, 2, clock.today() + timedelta(days=days), weekdays),
        pin="508213",
        proven=BY_PIN,
    )
    return made.code


def use_voucher(session: Session, desk: Desk) -> None:
    code = issue(session, desk, days=14)
    voucher_uses.use(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        code=code,
        pin="508213",
    )


@pytest.mark.parametrize("way", [lunch_for, book, enter_paper, use_voucher])
def test_on_other_days_a_service_is_refused_and_its_days_are_named(
    session: Session, way: Callable[[Session, Desk], object]
) -> None:
    desk = make_desk(session)
    only_on(session, desk, ON_TUESDAYS)

    with pytest.raises(ServiceDayError) as refusal:
        way(session, desk)

    assert refusal.value.facts["days"] == ON_TUESDAYS
    only_on(session, desk, ON_WEDNESDAYS)
    way(session, desk)


def test_a_paper_slip_is_judged_by_its_own_day_and_never_by_days_set_after_it(
    session: Session,
) -> None:
    with clock.fixed_at(clock.at_local(TUESDAY, time(9))):
        desk = make_desk(session)
    only_on(session, desk, ON_TUESDAYS)
    enter_paper(session, desk, served_on=TUESDAY)

    only_on(session, desk, ON_WEDNESDAYS)
    with pytest.raises(ServiceDayError):
        enter_paper(session, desk, served_on=TUESDAY)
    only_on(session, desk, ON_WEDNESDAYS, since=WEDNESDAY)
    enter_paper(session, desk, served_on=TUESDAY)
    assert list(verify.findings(session)) == []


def test_what_was_served_offline_on_another_day_is_a_conflict(session: Session) -> None:
    desk = make_desk(session)
    device, token = make_device(session, desk), make_token(session, desk)
    only_on(session, desk, ON_TUESDAYS)

    found = offline_uses.take_in(
        session,
        actor=desk.counter,
        device_id=device.device.id,
        uses=[used(device, token.text)],
    )

    assert kinds(found) == ["refused"]
    assert found[0].detail == "service_day"


def test_a_promise_for_later_needs_one_of_its_days(session: Session) -> None:
    desk = make_desk(session)
    only_on(session, desk, ON_TUESDAYS)

    with pytest.raises(NoServiceDayError):
        issue(session, desk)
    with pytest.raises(NoServiceDayError):
        issue(session, desk, days=30, weekdays=ON_WEDNESDAYS)
    with pytest.raises(NoServiceDayError):
        make_token(session, desk, last_on=WEDNESDAY + timedelta(days=1))
    assert issue(session, desk, days=6)


def test_a_booking_moves_only_to_one_of_the_days_and_slots_close_on_others(
    session: Session,
) -> None:
    bath = make_bath(session)
    booked = book_bath(session, bath)
    row = session.get_one(CareService, bath.service.id)
    row.weekdays = ON_TUESDAYS
    session.flush()

    with pytest.raises(ServiceDayError):
        booking_moves.move_booking(
            session,
            actor=bath.desk.counter,
            booking_id=booked.id,
            on_day=bath.day + timedelta(days=1),
            slot_id=bath.slot.id,
        )
    days = slot_queries.days_ahead(session, bath.service.id, first=WEDNESDAY)
    assert {day.weekday() for day, _ in days} == {1}
    moved = booking_moves.move_booking(
        session,
        actor=bath.desk.counter,
        booking_id=booked.id,
        on_day=WEDNESDAY + timedelta(days=6),
        slot_id=bath.slot.id,
    )
    assert moved.on_day.weekday() == 1


def test_what_was_booked_is_served_whatever_days_are_set_later(session: Session) -> None:
    desk = make_desk(session)
    book(session, desk)
    only_on(session, desk, ON_TUESDAYS, since=WEDNESDAY - timedelta(days=1))
    made = session.scalar(text("SELECT id FROM booking"))

    redemptions.redeem_booking(
        session, actor=desk.counter, key=new_id(), booking_id=made or 0, proven=BY_PIN
    )

    assert list(verify.findings(session)) == []


def test_the_database_refuses_other_days_and_the_proof_names_them(
    session: Session,
) -> None:
    desk = make_desk(session)
    lunch_for(session, desk)
    book(session, desk)
    session.commit()
    only_on(session, desk, ON_TUESDAYS)
    copies = (
        (
            "INSERT INTO redemption_line (community_id, redemption_id, service_id, price_id,"
            " quantity, unit_minutes, queue_number) SELECT community_id, redemption_id, service_id,"
            " price_id, quantity, unit_minutes, queue_number FROM redemption_line"
        ),
        f"UPDATE booking SET on_day = '{WEDNESDAY + timedelta(days=1)}'",
    )
    for statement in copies:
        with pytest.raises(DBAPIError, match="service_day"), session.begin_nested():
            session.execute(text(statement))

    found = list(verify.findings(session))

    assert [(one.table, one.rule) for one in found] == [("redemption_line", verify.RULE_DAY)]


def test_the_counter_says_on_which_days_before_anybody_asks(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    only_on(session, desk, ON_TUESDAYS)

    view = desk_queries.desk(session, desk.counter, Asked(person_id=desk.member.id))

    assert [(row.why_not, row.is_off) for row in view.rows] == [
        (WhyNot.OTHER_DAYS, True),
        (None, False),
    ]
    session.commit()
    log_in(client, session, desk.counter)
    page = client.get(f"/counter?person_id={desk.member.id}").text
    assert "今天不办" in page
    assert "周二" in page


def test_the_manager_ticks_the_days_and_they_hold_from_today(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    manager = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id),),
    )
    session.commit()
    log_in(client, session, manager)
    url = f"/care/services/{desk.lunch.id}"
    told = {
        "name": "午餐",
        "service_class": "meal",
        "unit": "份",
        "duration_minutes": "30",
        "delivery": "at_centre",
        "is_active": "true",
        "weekdays": ["1", "4"],
    }

    refused = client.post(url, data={**told, "duration_minutes": "0"})
    assert refused.text.count("checked") == 3
    assert client.post(url, data=told).status_code == 303

    session.expire_all()
    row = session.get_one(CareService, desk.lunch.id)
    assert (row.weekdays, row.weekdays_from) == (mask_of([1, 4]), WEDNESDAY)
    assert "周二、周五" in client.get("/care/services").text


def test_programs_set_and_read_the_days(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.admin)
    told = {
        "name": "午餐",
        "service_class": "meal",
        "unit": "份",
        "duration_minutes": 30,
        "is_active": True,
        "weekdays": [1],
    }

    made = caller.send(f"/care-services/{desk.lunch.id}/change", told)
    asked = {
        "centre_id": desk.centre.id,
        "person_id": desk.member.id,
        "lines": [{"service_id": desk.lunch.id, "quantity": 1}],
        "proof": {"pin": "274916"},
    }
    refused = Caller(session, client, desk.counter).send("/redemptions", asked)

    assert (made.status_code, made.json["weekdays"]) == (200, ON_TUESDAYS)
    assert (refused.status_code, refused.json["code"]) == (409, "service_day")
    assert "“午餐”周二办，6月17日 周三不办" in refused.json["title"]


def test_the_same_days_again_set_nothing(session: Session) -> None:
    desk = make_desk(session)

    catalogue.change_service(
        session, actor=desk.admin, service_id=desk.lunch.id, weekdays=EVERY_DAY
    )

    view = catalogue_queries.service(
        session, community_id=desk.community_id, service_id=desk.lunch.id, day=WEDNESDAY
    )
    assert (view.weekdays, view.weekdays_from) == (EVERY_DAY, None)


def test_masks_know_their_days() -> None:
    assert mask_of([]) == EVERY_DAY
    assert mask_of([0, 6]) == 0b100_0001
    assert has_day(ON_WEDNESDAYS, WEDNESDAY)
    assert not has_day(ON_WEDNESDAYS, TUESDAY)
    assert mask_between(TUESDAY, WEDNESDAY) == mask_of([1, 2])
    assert mask_between(TUESDAY, TUESDAY + timedelta(days=60)) == EVERY_DAY
    assert mask_between(WEDNESDAY, TUESDAY) == 0
