"""People choose by forms and programs how to be reached; staff see what did not arrive."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_person
from timebank.kernel.actor import Actor
from timebank.notices.models.deliveries import Contact, Delivery
from timebank.notices.models.messages import Message
from timebank.notices.rules.channels import Channel, Channels, DeliveryState, Gate, MailServer
from timebank.notices.rules.notice import Notice
from timebank.notices.service import channels, codes
from timebank.notices.service.telling import tell

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _ways(app: Flask) -> Iterator[None]:  # the application takes its own into use
    before = channels.ways()
    gate = Gate("https://sms.example/", "geheim")
    channels.use(Channels(mail=MailServer("mail.example", 587, "a@b.example"), sms=gate))
    yield
    channels.use(before)


def resident(session: Session) -> Actor:
    community_id = make_community(session).id
    person = make_person(session, community_id=community_id, phone="13800138000")
    return make_actor(
        session,
        community_id=community_id,
        roles=[("volunteer", "own", None)],
        person_id=person.id,
    )


def test_a_resident_chooses_by_form_and_by_program(client: FlaskClient, session: Session) -> None:
    log_in(client, session, resident(session))

    assert "社区还没有开通" in client.get("/me/channels").text
    mail = {"channel": "mail", "is_on": "true", "address": "li@example.cn"}
    assert client.post("/me/channels", data=mail).status_code == 303
    page = client.get("/me/channels").text
    assert ("li@example.cn" in page, "等验证" in page) == (True, True)
    wrong = client.post("/me/channels/confirm", data={"code": "0"})
    assert (wrong.status_code, "验证码不对" in wrong.text) == (422, True)
    code = codes.code_of(session.query(Contact).one())
    assert client.post("/me/channels/confirm", data={"code": code}).status_code == 303
    assert "等验证" not in client.get("/me/channels").text
    assert client.post("/me/channels/rhythm", data={"is_weekly": "true"}).status_code == 303
    assert "改成每条都寄" in client.get("/me/channels").text
    told = client.post("/api/v1/me/channels/rhythm", json={"is_weekly": False}).get_json()
    assert [one["is_weekly"] for one in told] == [False, False, False]
    again = client.post("/api/v1/me/channels/confirm", json={"code": code})
    assert (again.status_code, again.get_json()["code"]) == (409, "no_code_waiting")
    assert client.post("/me/channels", data={**mail, "address": "li"}).status_code == 422
    closed = client.post("/me/channels", data={"channel": "hook", "is_on": "true"})
    assert (closed.status_code, "还没有开通" in closed.text) == (422, True)

    answer = client.post("/api/v1/me/channels", json={"channel": "sms", "is_on": True})
    told = {one["channel"]: (one["is_on"], one["is_open"]) for one in answer.get_json()}
    assert told == {"mail": (True, True), "sms": (True, True), "hook": (False, False)}
    client.post("/api/v1/me/channels", json={"channel": "mail", "is_on": False})
    assert "li@example.cn" not in client.get("/api/v1/me/channels").text


def test_staff_see_what_did_not_arrive_without_its_words(
    client: FlaskClient, session: Session
) -> None:
    reader = resident(session)
    admin = make_actor(session, community_id=reader.community_id)
    tell(session, actor=admin, to=[reader.person_id or 0], notice=Notice(), key="k", url="/me")
    row = Delivery(
        community_id=admin.community_id,
        message_id=session.query(Message).one().id,
        channel=Channel.SMS,
        key=UUID(int=1),
        state=DeliveryState.PARKED,
        tries=5,
        due_at=NOON,
        problem="http_500",
    )
    session.add(row)
    session.commit()
    log_in(client, session, admin)

    page = client.get("/deliveries").text
    assert "李桂兰" in page
    assert "有一件事" not in page
    (seen,) = client.get("/api/v1/deliveries").get_json()["items"]
    assert (seen["problem"], seen["state"]) == ("http_500", "parked")
    assert client.post(f"/api/v1/deliveries/{seen['id']}/retry").status_code == 204
    assert client.post(f"/deliveries/{seen['id']}/retry").status_code == 409
    log_in(client, session, reader)
    assert client.get("/deliveries").status_code == 403
