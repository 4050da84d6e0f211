"""The pages and the programs' face of what passes between communities."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import python_calamine
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import make_kin
from tests.make.neighbours import (
    House,
    agree,
    earn,
    have,
    let_kin_receive,
    make_houses,
    make_member,
)
from tests.make.volunteering import DAY, NOW
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import clearing_sheets as sheet_reads
from timebank.volunteering.queries import clearing_transfers as reads
from timebank.volunteering.service import clearing_sending, clearing_sheets


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def _post(
    client: FlaskClient, session: Session, actor: Actor, path: str, json: object = None
) -> TestResponse:
    log_in(client, session, actor)
    headers = {"Idempotency-Key": str(ids.new_id())}
    return client.post(f"/api/v1{path}", json=json, headers=headers)


def _mine(session: Session, house: House) -> list[int]:
    found = reads.of_member(session, community_id=house.id, person_id=house.person.id)
    return [one.id for one in found]


def test_two_communities_agree_and_a_member_sends_by_pages(
    client: FlaskClient, session: Session
) -> None:
    here, there = make_houses(session)
    earn(session, here, 120)
    assert "还没有能转去的社区" in _see(client, session, here.member, "/me/elsewhere")
    assert "转到别的社区" not in _see(client, session, here.member, "/me")
    terms = {
        "other_id": there.id,
        "we_may_owe_minutes": 100,
        "they_may_owe_minutes": 600,
        "from_on": DAY.isoformat(),
    }
    assert _send(client, session, here.admin, "/clearing/terms", **terms).status_code == 303
    again = _send(client, session, here.admin, "/clearing/terms", **terms)
    assert again.status_code == 409
    assert "还有一份约定等着签" in again.text
    page = _see(client, session, there.admin, "/clearing")
    (sign,) = re.findall(r"/clearing/terms/\d+/sign", page)
    assert _send(client, session, there.admin, sign).status_code == 303

    assert "转到别的社区" in _see(client, session, here.member, "/me")
    send = {"to_person_id": there.person.id, "minutes": 101}
    over = _send(client, session, here.member, "/me/elsewhere/send", **send)
    assert over.status_code == 409
    assert "还能转 1 小时 40 分" in over.text
    sent = _send(client, session, here.member, "/me/elsewhere/send", **(send | {"minutes": 60}))
    assert sent.status_code == 303
    (transfer_id,) = _mine(session, here)
    assert "等对方收" in _see(client, session, here.member, "/me/elsewhere")
    page = _see(client, session, there.manager, "/clearing")
    assert "等我们收的" in page
    assert "周秀兰" not in page
    accept = f"/clearing/transfers/{transfer_id}/accept"
    assert _send(client, session, there.manager, accept).status_code == 303
    assert have(session, there) == (60, 60)
    assert "从九龙社区转来" in _see(client, session, there.member, "/me")
    page = _see(client, session, here.admin, f"/clearing/transfers/{transfer_id}")
    assert "1 小时" in page


def test_what_is_another_pair_s_is_not_there(client: FlaskClient, session: Session) -> None:
    here, there, third = make_houses(session, 3)
    pair_id = agree(session, here, there, is_automatic=True)
    earn(session, here, 60)
    reply = _post(
        client,
        session,
        here.member,
        "/me/clearing-transfers",
        {"to_person_id": there.person.id, "minutes": 60},
    )
    assert reply.status_code == 201
    transfer_id = reply.get_json()["id"]
    with clock.fixed_at(NOW.replace(month=12, day=2)):
        clearing_sheets.make_sheets(session, {})
    (sheet,) = sheet_reads.sheets(session, community_id=here.id, pair_id=pair_id)
    log_in(client, session, third.admin)
    for path in (
        f"/clearing/{pair_id}",
        f"/clearing/transfers/{transfer_id}",
        f"/clearing/sheets/{sheet.id}",
        f"/clearing/sheets/{sheet.id}/sheet.xlsx",
        f"/api/v1/clearing-sheets/{sheet.id}/lines",
        f"/api/v1/clearing-pairs/{pair_id}/terms",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get(f"/api/v1/clearing-pairs/{pair_id}/sheets").get_json() == []
    for path in (
        f"/clearing-pairs/{pair_id}/lift",
        f"/clearing-sheets/{sheet.id}/sign",
        f"/clearing-transfers/{transfer_id}/agree-reversal",
    ):
        assert _post(client, session, third.admin, path).status_code == 404, path


def test_programs_take_a_month_from_the_sheet_to_the_settlement(
    client: FlaskClient, session: Session
) -> None:
    here, there = make_houses(session)
    pair_id = agree(session, here, there, is_automatic=True)
    earn(session, here, 90)
    send = {"to_person_id": there.person.id, "minutes": 90}
    sent = _post(client, session, here.member, "/me/clearing-transfers", send).get_json()
    assert sent["state"] == "done"
    month = {"month": "2026-11-05"}
    make = f"/clearing-pairs/{pair_id}/sheets"
    assert _post(client, session, here.admin, make, month).status_code == 422
    with clock.fixed_at(NOW.replace(month=12, day=2)):
        sheet = _post(client, session, here.admin, make, month).get_json()
        assert (sheet["sent_minutes"], sheet["closing_minutes"]) == (90, 90)
        path = f"/clearing-sheets/{sheet['id']}"
        for side in (here, there):
            signed = _post(client, session, side.admin, f"{path}/sign").get_json()
        assert signed["is_settled"]
        assert signed["closing_minutes"] == -90
        (line,) = client.get(f"/api/v1{path}/lines").get_json()
        assert (line["we_owe_minutes"], line["agrees"], line["purpose"]) == (-90, True, "own")
        told = {"minutes": 90, "how": "义诊一场"}
        made = _post(client, session, there.admin, f"{path}/settlements", told).get_json()
        sign = f"/clearing-settlements/{made['id']}/sign"
        assert _post(client, session, there.admin, sign).status_code == 403
        assert _post(client, session, here.admin, sign).status_code == 204
        page = _see(client, session, here.admin, f"/clearing/sheets/{sheet['id']}")
        assert "结清了" in page
        paper = _see(client, session, here.admin, f"/clearing/sheets/{sheet['id']}/print")
        assert sheet["digest"] in paper
        file = client.get(f"/clearing/sheets/{sheet['id']}/sheet.xlsx").data
    log_in(client, session, here.admin)
    assert client.get("/api/v1/clearing-pairs").get_json()[0]["we_owe_minutes"] == 0
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[5][:2] == ["期末我方欠", 90.0]
    assert rows[8][:5] == [1.0, "2026-11-18", "转账", 90.0, 90.0]


def test_kin_accept_or_decline_themselves(client: FlaskClient, session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there, is_automatic=True)
    earn(session, here, 120)
    let_kin_receive(session, here)
    sun, same = (make_member(session, one.id, "孙敏", serial=9) for one in (here, there))
    kinship = make_kin(
        session, person=here.person, relative=sun, kind=KinshipKind.CHILD, verified_on=DAY
    )
    daughter = make_actor(
        session,
        community_id=there.id,
        roles=(("elder", "own", None),),
        person_id=same.id,
        name="孙敏",
    )
    assert "孙敏 · 龙湖社区" in _see(client, session, here.member, "/me/elsewhere")
    send = {"to_person_id": same.id, "minutes": 50}
    for _ in range(2):
        sent = _send(client, session, here.member, "/me/elsewhere/send", **send)
        assert sent.status_code == 303
    second, first = _mine(session, here)
    assert "周秀兰转给您" in _see(client, session, daughter, "/me/elsewhere")
    near = make_actor(
        session,
        community_id=there.id,
        roles=(("centre_manager", "community", None),),
        person_id=same.id,
        name="孙敏",
    )
    # Staff who are the receiver decide as the receiver, not as staff.
    of_it = f"/clearing/transfers/{first}"
    assert _send(client, session, near, f"{of_it}/accept").status_code == 303
    kinship.verified_on = None
    session.commit()
    doubtful = _send(client, session, daughter, f"/me/elsewhere/{second}/accept")
    assert doubtful.status_code == 422
    declined = _send(client, session, daughter, f"/me/elsewhere/{second}/refuse", reason="够用了")
    assert declined.status_code == 303
    assert have(session, here) == (70, 70)
    assert "够用了" in _see(client, session, here.member, "/me/elsewhere")
    assert "从九龙社区来" in _see(client, session, daughter, "/me/elsewhere")


def test_an_elder_without_a_phone_gets_a_code_on_paper(
    client: FlaskClient, session: Session
) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 121)
    found = _see(client, session, here.manager, "/clearing/assist?text=周秀兰")
    (url,) = set(re.findall(r"/clearing/assist/\d+", found))
    assert "备一个码" in _see(client, session, here.manager, url)
    told = {"community_id": there.id, "minutes": 60, "slip_number": "Q-17"}
    made = _send(client, session, here.manager, f"{url}/take-along", **told)
    assert made.status_code == 303
    (transfer_id,) = _mine(session, here)
    view = reads.assisted(session, community_id=here.id, transfer_id=transfer_id)
    assert view.code in _see(client, session, here.manager, made.location)
    again = _send(client, session, here.manager, f"{url}/take-along", **told)
    assert again.status_code == 409
    assert "Q-17 的签字单已经用过了" in again.text
    assert _send(client, session, here.member, f"{url}/take-along", **told).status_code == 403
    log_in(client, session, there.manager)
    assert client.get(url).status_code == 404
    assert client.get(made.location).status_code == 404
    own = {"person_id": here.person.id, "slip_number": "Q-18"}
    sent = _post(
        client,
        session,
        here.manager,
        "/clearing-transfers",
        own | {"to_person_id": there.person.id, "minutes": 60},
    )
    assert (sent.status_code, sent.get_json()["purpose"]) == (201, "own")
    near = make_actor(session, community_id=here.id, person_id=here.person.id)
    refused = _post(
        client,
        session,
        near,
        "/clearing-codes",
        own | {"slip_number": "Q-19", "community_id": there.id, "minutes": 1},
    )
    assert refused.status_code == 403
    with pytest.raises(DBAPIError, match="clearing_transfer_unasked"), session.begin_nested():
        clearing_sending.send(
            session,
            actor=replace(here.member, user_id=here.manager.user_id),
            key=ids.new_id(),
            to_person_id=there.person.id,
            minutes=1,
        )


def test_an_account_of_nobody_sees_no_transfer(client: FlaskClient, session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 120)
    code = _post(
        client,
        session,
        here.member,
        "/me/clearing-codes",
        {"community_id": there.id, "minutes": 60},
    ).get_json()["code"]
    assert code in _see(client, session, here.member, "/me/elsewhere")
    for house in (here, there):
        nobody = make_actor(session, community_id=house.id, roles=(("volunteer", "own", None),))
        page = _see(client, session, nobody, "/me/elsewhere")
        assert "转过的" not in page
        assert client.get("/api/v1/me/clearing-transfers").get_json() == []
    staff = client.get("/api/v1/clearing-transfers")
    assert staff.status_code == 403
    log_in(client, session, there.admin)
    (seen,) = client.get("/api/v1/clearing-transfers").get_json()["items"]
    assert seen["code"] == ""


def test_a_stop_and_a_reversal_by_pages(client: FlaskClient, session: Session) -> None:
    here, there = make_houses(session)
    pair_id = agree(session, here, there, is_automatic=True)
    earn(session, here, 120)
    send = {"to_person_id": there.person.id, "minutes": 60}
    assert _send(client, session, here.member, "/me/elsewhere/send", **send).status_code == 303
    (transfer_id,) = _mine(session, here)
    of_it = f"/clearing/transfers/{transfer_id}"
    asked = _send(client, session, here.admin, f"{of_it}/ask-reversal", reason="转错了人")
    assert asked.status_code == 303
    assert "转错了人" in _see(client, session, there.admin, "/clearing")
    assert _send(client, session, there.admin, f"{of_it}/agree-reversal").status_code == 303
    assert have(session, here) == (120, 120)
    assert "撤销了" in _see(client, session, here.member, "/me/elsewhere")
    frozen = _send(client, session, there.admin, f"/clearing/{pair_id}/freeze", reason="核账")
    assert frozen.status_code == 303
    refused = _send(client, session, here.member, "/me/elsewhere/send", **send)
    assert refused.status_code == 409
    assert "龙湖社区暂停了两个社区之间的往来：核账" in refused.text
    assert _send(client, session, there.admin, f"/clearing/{pair_id}/lift").status_code == 303
    assert "恢复往来" not in _see(client, session, there.admin, f"/clearing/{pair_id}")
