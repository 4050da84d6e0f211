"""Vouchers on pages and for programs: from the sheet to the slip."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.care.test_api import Caller
from tests.care.test_pages import as_member, at_counter, fields
from tests.make.access import log_in
from tests.make.care import PIN, make_desk
from timebank.care.queries import vouchers as queries
from timebank.kernel import clock
from timebank.kernel.ids import new_id

VOUCHER_PIN = "508213"


def test_a_member_makes_a_voucher_and_the_counter_takes_it(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    session.commit()
    as_member(session, client, desk)
    url = f"/redeem/{desk.lunch.id}/voucher"
    typed = {"uses": "3", "last_on": clock.today().isoformat(), "new_pin": VOUCHER_PIN}

    wrong = client.post(url, data={**fields(client, url), **typed, "repeated_pin": "508214"})
    made = client.post(url, data={**fields(client, url), **typed, "repeated_pin": VOUCHER_PIN})
    sheet = client.get(made.location).text
    mine = client.get("/me/vouchers").text

    assert wrong.status_code == 422
    assert "两次输的不一样" in wrong.text
    printed = re.findall(r"<b>(\d{4} \d{4} \d{4})</b>", sheet)
    assert len(printed) == 1
    assert "<svg" in sheet
    assert "还能用 3 次" in mine

    log_in(client, session, desk.counter)
    page = f"/counter/vouchers?centre_id={desk.centre.id}&code={printed[0]}"
    asked = {"centre_id": str(desk.centre.id), "code": printed[0], "pin": VOUCHER_PIN}
    done = client.post(
        "/counter/vouchers", data={**fields(client, page), **asked}, follow_redirects=True
    )
    assert "服务券" in done.text
    assert "还能用 2 次" in client.get(page).text
    bad = {**asked, "pin": "000111"}
    refused = client.post(page, data={**fields(client, page), **bad})
    assert refused.status_code == 422
    assert "还可以试 4 次" in refused.text


def test_the_counter_makes_a_voucher_by_the_elders_digits(
    session: Session, client: FlaskClient
) -> None:
    desk = at_counter(session, client)
    choices = client.get(f"/counter/vouchers/for/{desk.member.id}?centre_id={desk.centre.id}").text
    url = f"/redeem/{desk.lunch.id}/voucher?person_id={desk.member.id}"
    asked = {
        "uses": "1",
        "last_on": (clock.today() + timedelta(days=7)).isoformat(),
        "weekdays": [str(day) for day in range(5)],
        "new_pin": VOUCHER_PIN,
        "repeated_pin": VOUCHER_PIN,
    }

    refused = client.post(url, data={**fields(client, url), **asked, "pin": "000111"})
    made = client.post(url, data={**fields(client, url), **asked, "pin": PIN})

    assert url.replace("&", "&amp;") in choices
    assert refused.status_code == 422
    assert made.status_code == 303
    assert "周一到周五" in client.get(made.location).text


def test_programs_make_look_use_and_call_off(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)
    made = caller.send(
        "/vouchers",
        {
            "person_id": desk.member.id,
            "service_id": desk.lunch.id,
            "uses": 2,
            "last_on": clock.today().isoformat(),
            "new_pin": VOUCHER_PIN,
            "proof": {"pin": PIN},
        },
    )
    asked = {"centre_id": desk.centre.id, "code": made.json["code"], "pin": VOUCHER_PIN}
    key = str(new_id())

    looked = caller.send("/voucher-uses/look", {"code": made.json["code"]})
    first, again = (caller.send("/voucher-uses", asked, key=key) for _ in range(2))
    other = caller.send("/voucher-uses", {**asked, "centre_id": desk.centre.id + 1})
    handed = caller.send(f"/vouchers/{made.json['id']}/hand-over", {"to_id": desk.member.id})
    ended = caller.send(f"/vouchers/{made.json['id']}/cancel", {"reason": "丢了"})
    late = caller.send("/voucher-uses", asked)

    assert (made.status_code, looked.json["left"]) == (201, 2)
    assert (first.status_code, first.json["proof"]) == (201, "prepaid")
    assert first.json["id"] == again.json["id"]
    assert other.status_code == 404
    assert handed.json["code"] == "voucher_not_owner"
    assert (ended.json["state"], ended.json["used"]) == ("cancelled", 1)
    assert (late.status_code, late.json["code"]) == (409, "voucher_ended")
    assert caller.get(f"/vouchers/{made.json['id']}").json["left"] == 0
    assert caller.get("/vouchers").json == []
    assert queries.vouchers_of(session, actor=desk.counter) == []
