"""The pages and the programs' face of giving."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in
from tests.make.community import make_kin
from tests.make.policy import make_policy
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import pools as reads
from timebank.volunteering.rules.policy import Circle, Policy


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    """Return what an actor sees at an address."""
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor."""
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def _post(
    client: FlaskClient, session: Session, actor: Actor, path: str, json: object = None
) -> TestResponse:
    """Send a command as an actor."""
    log_in(client, session, actor)
    headers = {"Idempotency-Key": str(ids.new_id())}
    return client.post(f"/api/v1{path}", json=json, headers=headers)


def _street(session: Session) -> Street:
    """Return a street whose volunteer has 95 minutes and a parent who may receive some."""
    street = make_street(session)
    make_policy(session, street, Policy(circle=Circle.LINEAL, allows_gifts=True))
    make_approved(session, street)
    make_kin(
        session,
        person=street.volunteer_person,
        relative=street.elder_person,
        kind=KinshipKind.PARENT,
        verified_on=DAY,
    )
    return street


def test_a_gift_goes_by_one_tap_and_comes_back_as_a_report(
    client: FlaskClient, session: Session
) -> None:
    street = _street(session)
    assert "社区还没有公益池" in _see(client, session, street.volunteer, "/me/giving")
    opened = _send(client, session, street.admin, "/pools", name="助老池", purpose="给独居老人")
    assert opened.status_code == 303
    pool_id = reads.pools(session, street.community.id)[0].id

    page = _see(client, session, street.volunteer, "/me/giving")
    assert "捐 1 小时" in page
    assert "捐 2 小时" not in page
    given = _send(client, session, street.volunteer, f"/pools/{pool_id}/gifts", minutes=60)
    assert given.status_code == 303
    too_much = _send(client, session, street.volunteer, f"/pools/{pool_id}/gifts", minutes=36)
    assert too_much.status_code == 409
    assert "不够给" in too_much.text

    url = f"/pools/{pool_id}/grants/new"
    assert "孙桂英" in _see(client, session, street.officer, f"{url}?text=孙桂英")
    asked = _send(
        client,
        session,
        street.officer,
        url,
        person_id=street.elder_person.id,
        minutes=45,
        need="meal",
        reason="刚出院",
    )
    assert asked.status_code == 303
    assert "刚出院" in _see(client, session, street.admin, "/pools")
    grant_id = reads.grants(session, actor=street.admin).items[0].id
    blank = _send(client, session, street.admin, url, need="meal")
    assert blank.status_code == 422
    refused = _send(client, session, street.admin, f"/grants/{grant_id}/refuse")
    assert refused.status_code == 422
    approved = _send(client, session, street.admin, f"/grants/{grant_id}/approve")
    assert approved.status_code == 303
    assert "已给" in _see(client, session, street.admin, f"/pools/{pool_id}")
    page = _see(client, session, street.volunteer, "/me/giving")
    assert "这个池帮了 1 位，一共 45 分" in page
    assert "孙桂英" not in page
    assert "您捐给了助老池。" in _see(client, session, street.volunteer, "/me/statement")
    assert "刚出院" in _see(client, session, street.elder, "/me")


def test_a_family_wallet_is_opened_agreed_used_and_ended(
    client: FlaskClient, session: Session
) -> None:
    street = _street(session)
    opened = _send(
        client,
        session,
        street.volunteer,
        "/me/wallets",
        receiver_id=street.elder_person.id,
        month_minutes_max=60,
    )
    assert opened.status_code == 303, opened.text
    log_in(client, session, street.volunteer)
    wallet_id = client.get("/api/v1/me/wallets").get_json()[0]["id"]
    assert "等对方同意" in _see(client, session, street.volunteer, "/me/wallets")
    assert "周秀兰转给孙桂英" in _see(client, session, street.admin, "/wallets")

    empty = _send(client, session, street.admin, f"/wallets/{wallet_id}/agree-by-slip")
    assert empty.status_code == 422
    page = _see(client, session, street.elder, "/me/wallets")
    assert "我同意收" in page
    assert _send(client, session, street.elder, f"/wallets/{wallet_id}/agree").status_code == 303
    url = f"/wallets/{wallet_id}/give"
    assert _send(client, session, street.volunteer, url, minutes=50).status_code == 303
    assert _send(client, session, street.volunteer, url, minutes=11).status_code == 409
    assert _send(client, session, street.elder, f"/wallets/{wallet_id}/end").status_code == 303
    page = _see(client, session, street.elder, "/me")
    assert "存入 50 分" in page
    assert "周秀兰用家庭账转给您的。" in page
    assert "您用家庭账转给了孙桂英。" in _see(client, session, street.volunteer, "/me")


def test_programs_give_ask_grant_and_read(client: FlaskClient, session: Session) -> None:
    street = _street(session)
    made = _post(client, session, street.admin, "/hours-pools", {"name": "助老池"})
    assert made.status_code == 201, made.text
    pool = f"/hours-pools/{made.get_json()['id']}"
    given = _post(client, session, street.volunteer, f"{pool}/gifts", {"minutes": 90})
    assert given.get_json()["available_minutes"] == 90
    asked = {
        "person_id": street.elder_person.id,
        "minutes": 30,
        "need": "bath",
        "reason": "失能在家",
    }
    grants = [
        _post(client, session, street.officer, f"{pool}/grants", asked).get_json()["id"]
        for _ in range(3)
    ]
    done = _post(client, session, street.admin, f"/pool-grants/{grants[0]}/approve")
    assert done.get_json()["state"] == "granted"
    reason = {"reason": "重复了"}
    refused = _post(client, session, street.admin, f"/pool-grants/{grants[1]}/refuse", reason)
    assert refused.get_json()["state"] == "refused"
    back = _post(client, session, street.officer, f"/pool-grants/{grants[2]}/withdraw")
    assert back.get_json()["state"] == "withdrawn"
    assert _post(client, session, street.admin, f"{pool}/close").get_json()["is_open"] is False
    assert _post(client, session, street.admin, f"{pool}/reopen").get_json()["is_open"] is True

    log_in(client, session, street.volunteer)
    helped = client.get("/api/v1/me/gifts").get_json()
    assert [(one["people"], one["minutes"]) for one in helped] == [(1, 30)]
    asked = {"receiver_card": street.elder_person.card_no, "month_minutes_max": 30}
    wallet = _post(client, session, street.volunteer, "/me/wallets", asked).get_json()
    path = f"/family-wallets/{wallet['id']}"
    slip = {"slip_number": "J-1"}
    assert _post(client, session, street.officer, f"{path}/agree-by-slip", slip).status_code == 204
    used = _post(client, session, street.volunteer, f"{path}/gifts", {"minutes": 5})
    assert used.get_json()["left_minutes"] == 25
    ended = _post(client, session, street.volunteer, f"{path}/end").get_json()
    assert ended["is_open"] is False
