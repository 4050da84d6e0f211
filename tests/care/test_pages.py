"""The pages of care: the right figures, refusals that keep what was typed, foreign things 404."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import PIN, Desk, make_desk, make_member, make_service
from tests.make.community import make_micro_grid, make_person
from tests.make.tills import let_one_undo, make_colleague
from timebank.care.queries import bookings as booking_queries
from timebank.care.queries import cards as card_queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.queries import search, undo_requests
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.service import bookings, redemptions
from timebank.cases.rules.flow import Category, Source
from timebank.cases.service import intake
from timebank.cases.service.intake import Intake
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.ids import new_id


def at_counter(session: Session, client: FlaskClient) -> Desk:
    desk = make_desk(session)
    session.commit()
    log_in(client, session, desk.counter)
    return desk


def as_member(session: Session, client: FlaskClient, desk: Desk) -> None:
    actor = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
        name="孙秀英",
    )
    log_in(client, session, actor)


def fields(client: FlaskClient, url: str) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    page = client.get(url).text
    tokens = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    return {"csrf_token": tokens[-1], "_key": str(new_id())}


def an_intake(community_id: int, session: Session, reporter_id: int) -> Intake:
    place = make_micro_grid(session, community_id, grid_no=3, building_no=7, unit_no=3)
    return Intake(
        source=Source.REPORTED,
        category=Category.FACILITIES,
        title="路灯不亮",
        description="晚上看不清台阶。",
        micro_grid_id=place.id,
        reporter_person_id=reporter_id,
    )


def redeem(session: Session, desk: Desk) -> int:
    made = redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=Proven(pin=PIN),
    )
    session.commit()
    return made.id


def test_the_counter_finds_by_card_token_initials_and_name(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    token = card_queries.card_token(
        session, community_id=desk.community_id, person_id=desk.member.id
    )
    assert token is not None

    for typed in (desk.card.card_no, token, token.lower(), "sxy", "孙秀英"):
        page = client.get("/counter", query_string={"q": typed})
        assert page.status_code == 200
        assert "10 小时" in page.text, typed


def test_several_of_one_name_are_listed_with_numbers(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    make_person(session, community_id=desk.community_id, name="孙秀英")
    session.commit()

    page = client.get("/counter?q=孙秀英")

    assert "是哪一位" in page.text
    assert 'data-key="2"' in page.text


def test_one_initial_means_many_and_answers_with_some_who_are_here(session: Session) -> None:
    desk = make_desk(session)
    gone = make_person(session, community_id=desk.community_id, name="孙一")
    gone.is_active = False
    for name in ("孙二", "孙三", "孙四", "李四"):
        make_person(session, community_id=desk.community_id, name=name)
    session.flush()

    def found(typed: str, limit: int = 9) -> list[str]:
        ids = search.meant(session, community_id=desk.community_id, text=typed, limit=limit)
        known = community_queries.persons(session, ids)
        return [known[one].name for one in ids]

    assert found("s") == ["孙二", "孙三", "孙四", "孙秀英"]
    assert found("孙", limit=2) == ["孙二", "孙三"]
    assert found("四") == ["李四", "孙四"]
    assert found("S") == found("s")
    assert found("孙一") == found("?") == []


def test_nobody_found_says_what_to_try(session: Session, client: FlaskClient) -> None:
    at_counter(session, client)

    assert "没有找到这个人" in client.get("/counter?q=查无此人").text


def test_the_counter_sums_the_cart_and_what_remains(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    cart = f"{desk.lunch.id}x1,{desk.haircut.id}x1"

    page = client.get(f"/counter?person_id={desk.member.id}&cart={cart}")

    assert page.status_code == 200
    assert "2 小时 30 分" in page.text
    assert "7 小时 30 分" in page.text


def test_redeeming_shows_the_slip_and_twice_the_same_press_charges_once(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    url = f"/counter?person_id={desk.member.id}&cart={desk.lunch.id}x1"
    form = {**fields(client, url), "pin": PIN}
    action = url.replace("/counter", "/counter/redeem")

    first = client.post(action, data=form)
    second = client.post(action, data=form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    done = client.get(first.location).text
    assert "办好了，扣 1 小时" in done
    assert "9 小时" in done
    assert redemption_queries.today_count(session, desk.centre.id) == 1


def test_a_wrong_pin_is_answered_on_the_same_screen(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    url = f"/counter?person_id={desk.member.id}&cart={desk.lunch.id}x1"
    form = {**fields(client, url), "pin": "999000"}

    answer = client.post(url.replace("/counter", "/counter/redeem"), data=form)

    assert answer.status_code == 422
    assert "还可以试 4 次" in answer.text
    assert "999000" not in answer.text
    assert "午餐" in answer.text


def test_what_is_redeemed_for_a_case_shows_its_number(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    case = intake.register_case(
        session, actor=desk.admin, intake=an_intake(desk.community_id, session, desk.member.id)
    )
    session.commit()
    url = f"/counter?person_id={desk.member.id}&cart={desk.lunch.id}x1"
    assert case.number in client.get(url).text
    form = {**fields(client, url), "pin": PIN, "case_id": str(case.id)}

    answer = client.post(url.replace("/counter", "/counter/redeem"), data=form)

    done = client.get(answer.location).text
    assert f"案件 {case.number}" in done
    assert f"/cases/{case.id}" not in done
    assert redemption_queries.redemptions_of_case(session, case.id).total_minutes == 60


def test_a_case_that_does_not_exist_is_refused_and_nothing_is_charged(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    url = f"/counter?person_id={desk.member.id}&cart={desk.lunch.id}x1"
    form = {**fields(client, url), "pin": PIN, "case_id": "999999"}

    answer = client.post(url.replace("/counter", "/counter/redeem"), data=form)

    assert answer.status_code == 404
    assert redemption_queries.today_count(session, desk.centre.id) == 0


def test_a_scanned_card_begins_with_a_letter(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)

    token = card_queries.card_token(
        session, community_id=desk.community_id, person_id=desk.member.id
    )

    assert token is not None
    assert token[0].isalpha()


def test_a_booking_of_today_is_redeemed_from_its_hold(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    booking = bookings.book(
        session,
        actor=desk.counter,
        key=new_id(),
        person_id=desk.member.id,
        service_id=desk.lunch.id,
        on_day=clock.today(),
    )
    session.commit()
    url = f"/counter?person_id={desk.member.id}&booking_id={booking.id}"
    assert "今天有预约" in client.get(f"/counter?person_id={desk.member.id}").text
    form = {**fields(client, url), "pin": PIN}

    answer = client.post(url.replace("/counter", "/counter/redeem"), data=form)
    again = client.post(
        url.replace("/counter", "/counter/redeem"), data={**form, "_key": str(new_id())}
    )

    assert answer.status_code == 303
    assert again.status_code == 409


def test_undoing_needs_a_reason_and_is_shown(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    let_one_undo(session, desk)
    made = redeem(session, desk)
    form = fields(client, f"/counter/done/{made}")

    refused = client.post(f"/counter/redemptions/{made}/undo", data=form)
    accepted = client.post(f"/counter/redemptions/{made}/undo", data={**form, "reason": "点错了"})

    assert refused.status_code == 422
    assert accepted.status_code == 303
    assert "点错了" in client.get("/counter/today").text
    assert "已撤销" in client.get(f"/counter/slip/{made}").text


def test_a_request_to_undo_goes_from_the_counter_to_a_managers_page(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    other = make_colleague(session, desk, role="centre_manager")
    made = redeem(session, desk)
    shown, address = f"/counter/done/{made}", f"/counter/redemptions/{made}/undo-requests"
    form = fields(client, shown)

    assert "身边没有人，请别的同事同意" in client.get(shown).text
    assert client.post(address, data=form).status_code == 422
    assert client.post(address, data={**form, "reason": "点错了"}).status_code == 303
    mine = client.get(shown).text
    assert "不撤了" in mine
    assert "同意，撤销这笔" not in mine

    session.commit()
    log_in(client, session, other)
    assert "点错了" in client.get("/counter/today").text
    assert "同意，撤销这笔" in client.get(shown).text
    waits = undo_requests.waiting_of(session, actor=other, redemption_id=made)
    assert waits is not None
    accepted = client.post(f"{address}/{waits.id}/agree", data=fields(client, shown))
    assert accepted.status_code == 303
    assert "这笔已撤销" in client.get(shown).text
    late = client.post(f"{address}/{waits.id}/drop", data=fields(client, shown))
    assert late.status_code == 409


def test_slip_list_and_bookings_open(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    made = redeem(session, desk)

    slip = client.get(f"/counter/slip/{made}")

    assert "孙**" in slip.text
    assert "孙秀英" not in slip.text
    assert "<svg" in slip.text
    assert "1 小时" in client.get("/counter/today").text
    assert "今天没有人预约" in client.get("/counter/bookings").text


def test_a_slip_is_checked_by_anyone_without_a_name(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    made = redeem(session, desk)
    code = redemption_queries.check_code(made)

    right, wrong = client.get(f"/slips/{made}/{code}"), client.get(f"/slips/{made}/{'0' * 20}")

    assert "小票是真的" in right.text
    assert "孙" not in right.text
    assert "没有这张小票" in wrong.text


def test_a_no_show_and_a_release_let_the_minutes_go(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    day = clock.today() + timedelta(days=1)
    first, second = (
        bookings.book(
            session,
            actor=desk.counter,
            key=new_id(),
            person_id=desk.member.id,
            service_id=desk.lunch.id,
            on_day=day,
        )
        for _ in range(2)
    )
    session.commit()
    form = fields(client, f"/counter?person_id={desk.member.id}&cart={desk.lunch.id}x1")

    early = client.post(f"/counter/bookings/{first.id}/no-show", data=form)
    released = client.post(
        f"/counter/bookings/{first.id}/release",
        data={**form, "_key": str(new_id()), "reason": "师傅病了"},
    )
    with clock.fixed_at(clock.now() + timedelta(days=2)):
        log_in(client, session, desk.counter)
        assert "没有来" in client.get("/counter/bookings").text
        form = fields(client, "/counter/bookings")
        missed = client.post(f"/counter/bookings/{second.id}/no-show", data=form)

    assert early.status_code == 409
    assert (released.status_code, missed.status_code) == (303, 303)


def test_a_card_is_issued_printed_replaced_and_gets_a_pin(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    person = make_person(session, community_id=desk.community_id, name="何玉芬")
    session.commit()
    form = fields(client, f"/cards?person_id={person.id}")

    opened = client.post(f"/cards/{person.id}", data=form)
    again = client.post(f"/cards/{person.id}", data={**form, "_key": str(new_id())})
    weak = client.post(
        f"/cards/{person.id}/pin",
        data={**form, "new_pin": "123456", "repeated_pin": "123456"},
    )
    unlike = client.post(
        f"/cards/{person.id}/pin",
        data={**form, "new_pin": "274916", "repeated_pin": "274917"},
    )
    pinned = client.post(
        f"/cards/{person.id}/pin",
        data={**form, "new_pin": "274916", "repeated_pin": "274916"},
    )
    replaced = client.post(
        f"/cards/{person.id}/replace",
        data={**form, "_key": str(new_id()), "reason": "丢了"},
    )

    assert (opened.status_code, again.status_code) == (303, 409)
    assert (weak.status_code, unlike.status_code, pinned.status_code) == (422, 422, 303)
    assert "两次输的不一样" in unlike.text
    assert replaced.status_code == 303
    card = client.get(f"/cards/{person.id}")
    assert "何玉芬" in card.text
    assert "<svg" in card.text
    assert "第 2 张" in card.text


def test_residents_see_what_their_minutes_pay_for(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session, minutes=130)
    session.commit()
    as_member(session, client, desk)

    page = client.get("/redeem").text

    assert "能换 2 份" in page
    assert "能换 1 份" in page
    assert "2 小时" in re.sub(r"\s+", " ", page) or "10" in page


def test_a_resident_books_sees_and_cancels(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    session.commit()
    as_member(session, client, desk)
    url = f"/redeem/{desk.lunch.id}/book"
    day = (clock.today() + timedelta(days=1)).isoformat()

    refused = client.post(
        url, data={**fields(client, url), "on_day": "2020-01-01", "at_time": "11:30"}
    )
    booked = client.post(url, data={**fields(client, url), "on_day": day, "at_time": "11:30"})
    listed = client.get("/me/bookings").text
    found = booking_queries.bookings(
        session, community_id=desk.community_id, person_id=desk.member.id
    )
    cancelled = client.post(
        f"/me/bookings/{found[0].id}/cancel", data=fields(client, "/me/bookings")
    )

    assert refused.status_code == 422
    assert 'value="11:30"' in refused.text
    assert booked.status_code == 303
    assert "午餐" in listed
    assert "已预约" in listed
    assert cancelled.status_code == 303
    assert "已取消" in client.get("/me/bookings").text


def test_a_one_time_code_is_shown_once_and_not_stored(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    session.commit()
    as_member(session, client, desk)

    shown = client.post("/me/code", data=fields(client, "/me/code"))

    assert shown.status_code == 200
    assert re.search(r"\d{3} \d{3}", shown.text)
    assert not re.search(r">\s*\d{3} \d{3}", client.get("/me/code").text)


def test_the_manager_keeps_the_catalogue(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    session.commit()
    log_in(client, session, desk.admin)
    url = "/care/services/new"
    service = {
        "centre_id": desk.centre.id,
        "name": "助浴",
        "service_class": "bath",
        "unit": "次",
        "duration_minutes": "60",
        "minutes": "120",
        "needs_booking": "true",
    }

    added = client.post(url, data={**fields(client, url), **service})
    twice = client.post(url, data={**fields(client, url), **service})
    page = client.get(added.location).text
    priced = client.post(
        f"{added.location}/prices",
        data={
            **fields(client, added.location),
            "minutes": "150",
            "money_note_fen": "15.50",
            "valid_from": (clock.today() + timedelta(days=3)).isoformat(),
        },
    )

    assert added.status_code == 303
    assert twice.status_code == 409
    assert "助浴" in page
    assert priced.status_code == 303
    assert "¥15.50" in client.get(added.location).text
    assert "助浴" in client.get("/care/services").text


def test_a_changed_service_keeps_what_was_taken(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    redeem(session, desk)
    log_in(client, session, desk.admin)
    url = f"/care/services/{desk.lunch.id}"
    facts = {"name": "午餐", "service_class": "meal", "unit": "份", "duration_minutes": "30"}

    changed = client.post(
        url, data={**fields(client, url), **facts, "day_capacity": "0", "is_active": "true"}
    )

    assert changed.status_code == 303
    log_in(client, session, desk.counter)
    assert "今天满了" in client.get(f"/counter?person_id={desk.member.id}").text


def test_the_administrator_opens_a_centre(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    session.commit()
    log_in(client, session, desk.admin)
    url = "/care/centres/new"

    facts = {"name": "助老大食堂", "kind": "canteen", "address": "2号楼一层"}
    opened = client.post(url, data={**fields(client, url), **facts})

    assert opened.status_code == 303
    assert "助老大食堂" in client.get("/care/services").text


def test_foreign_things_are_not_found(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    made = redeem(session, desk)
    elsewhere = make_desk_elsewhere(session)
    session.commit()
    log_in(client, session, elsewhere.counter)

    for url in (
        f"/counter/done/{made}",
        f"/counter/slip/{made}",
        f"/counter?person_id={desk.member.id}",
        f"/counter?centre_id={desk.centre.id}",
        f"/cards/{desk.member.id}",
        f"/cards/{desk.member.id}/pin",
    ):
        assert client.get(url).status_code == 404, url


def make_desk_elsewhere(session: Session) -> Desk:
    return make_desk(session, code="XJ")


def test_a_bath_that_needs_booking_links_to_its_form(session: Session, client: FlaskClient) -> None:
    desk = at_counter(session, client)
    make_member(session, desk.counter, name="李国栋")
    bath = make_service(
        session, desk.admin, centre_id=desk.centre.id, name="助浴", needs_booking=True
    )
    session.commit()

    page = client.get(f"/counter?person_id={desk.member.id}").text

    assert f"/redeem/{bath.id}/book?person_id={desk.member.id}" in page
