"""The pages of booking ahead: choose, wait, take, move, be visited; and who may not."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import PIN
from tests.make.slots import Bath, another, book_bath, make_bath, make_home
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import slots as slot_queries
from timebank.care.queries import waiting as waiting_queries
from timebank.care.service import bookings
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.ids import new_id


def as_resident(session: Session, client: FlaskClient, bath: Bath, person: Person) -> None:
    actor = make_actor(
        session,
        community_id=bath.desk.community_id,
        roles=(("elder", "own", None),),
        person_id=person.id,
    )
    session.commit()
    log_in(client, session, actor)


def keyed() -> dict[str, str]:
    return {"_key": str(new_id())}


def test_a_resident_books_moves_and_calls_off_by_page(
    session: Session, client: FlaskClient
) -> None:
    bath = make_bath(session)
    as_resident(session, client, bath, bath.desk.member)
    url = f"/redeem/{bath.service.id}/book"

    page = client.get(url, query_string={"on_day": bath.day.isoformat()}).text
    assert "10:00" in page
    assert "还有 1 个位子" in page
    told = {"on_day": bath.day.isoformat(), "slot_id": bath.slot.id, "quantity": 1}
    assert client.post(url, data={**told, **keyed()}).location == "/me/bookings"
    (made,) = booking_queries.bookings(
        session, community_id=bath.desk.community_id, person_id=bath.desk.member.id
    )

    later = (bath.day + timedelta(days=1)).isoformat()
    moved = client.post(
        f"/me/bookings/{made.id}/move",
        data={"on_day": later, "slot_id": bath.slot.id, **keyed()},
    )
    assert moved.status_code == 303
    assert "改时间" in client.get("/me/bookings").text
    client.post(f"/me/bookings/{made.id}/cancel", data=keyed())
    assert booking_queries.booking_of(session, made.id).state == "cancelled"


def test_a_full_slot_offers_the_line_and_the_offer_is_taken_by_page(
    session: Session, client: FlaskClient
) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    person = another(session, bath.desk, "王大爷")
    as_resident(session, client, bath, person)
    day = {"on_day": bath.day.isoformat()}
    page = client.get(f"/redeem/{bath.service.id}/book", query_string=day).text
    assert "排候补" in page

    client.post(f"/redeem/{bath.service.id}/wait", data={**day, "slot_id": bath.slot.id, **keyed()})
    (place,) = waiting_queries.waiting_for(
        session, community_id=bath.desk.community_id, person_id=person.id
    )
    assert "候补中" in client.get("/me/bookings").text
    client.post(f"/me/bookings/{made.id}/cancel", data=keyed())  # somebody else's
    assert booking_queries.booking_of(session, made.id).is_open

    log_in(client, session, bath.desk.counter)
    client.post(f"/counter/bookings/{made.id}/cancel", data={"reason": "打电话取消", **keyed()})
    shown = client.get("/counter/bookings", query_string=day).text
    assert "轮到了" in shown
    assert "王大爷" in shown
    as_resident(session, client, bath, person)
    client.post(f"/me/waiting/{place.id}/take", data=keyed())
    assert waiting_queries.waiting_of(session, place.id).booking_id is not None


def test_the_manager_sets_slots_rules_and_the_switch(session: Session, client: FlaskClient) -> None:
    bath = make_bath(session)
    session.commit()
    log_in(client, session, bath.desk.admin)
    url = f"/care/services/{bath.service.id}"

    client.post(
        f"{url}/slots", data={"at_time": "15:00", "capacity": "3", "weekdays": ["0"], **keyed()}
    )
    client.post(
        f"{url}/slots/{bath.slot.id}", data={"capacity": "4", "is_active": "true", **keyed()}
    )
    again = client.post(f"{url}/slots", data={"at_time": "15:00", "capacity": "3", **keyed()})
    assert again.status_code == 409
    client.post(
        f"{url}/booking-rules",
        data={
            "valid_from": clock.today().isoformat(),
            "cancel_hours": "3",
            "late_percent": "50",
            "no_show_percent": "100",
            "offer_hours": "2",
            **keyed(),
        },
    )
    found = slot_queries.slots(session, bath.service.id, day=clock.today())
    assert [(one.at_time, one.capacity, one.weekdays) for one in found] == [
        ("10:00", 4, 127),
        ("15:00", 3, 1),
    ]
    assert "没来又没取消，扣 100%。" in client.get(f"{url}/slots").text

    client.post("/care/benefits", data={"is_off": "true", "reason": "按规定", **keyed()})
    assert catalogue_queries.benefit_switches(session, bath.desk.community_id)[0].is_off
    assert "权益停着" in client.get("/care/services").text


def test_a_visit_begins_and_ends_on_the_page_by_the_elders_digits(
    session: Session, client: FlaskClient
) -> None:
    bath = make_bath(session)
    service = make_home(session, bath.desk)
    made = bookings.book(
        session,
        actor=bath.desk.counter,
        key=new_id(),
        person_id=bath.desk.member.id,
        service_id=service.id,
        on_day=clock.today(),
        quantity=2,
    )
    session.commit()
    log_in(client, session, bath.desk.counter)
    assert "孙秀英" in client.get("/counter/home").text
    url = f"/counter/home/{made.id}"

    refused = client.post(f"{url}/begin", data={"pin": "111112", **keyed()})
    assert "没有扣时间" in refused.text
    client.post(f"{url}/begin", data={"pin": PIN, **keyed()})
    assert "正在做" in client.get("/counter/home").text
    ended = client.post(f"{url}/end", data={"pin": PIN, **keyed()})

    assert ended.location is not None
    assert "/counter/done/" in ended.location
    assert "看小票" in client.get(url).text


def test_residents_find_no_page_of_the_staff_and_no_booking_of_others(
    session: Session, client: FlaskClient
) -> None:
    bath = make_bath(session)
    made = book_bath(session, bath)
    as_resident(session, client, bath, another(session, bath.desk, "王大爷"))

    for url, status in (
        ("/counter/home", 403),
        (f"/counter/home/{made.id}", 403),
        (f"/care/services/{bath.service.id}/slots", 403),
        (f"/me/bookings/{made.id}/move", 404),
    ):
        assert client.get(url).status_code == status, url
