"""The faces of outreach: pages by form, the same for programs, nothing of others."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.outreach import Ward, make_ward
from timebank.access.service import tokens
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import db
from timebank.kernel.ids import new_id
from timebank.outreach.models.visits import UnitVisit
from timebank.outreach.pages.frame import outreach_word
from timebank.outreach.rules.key_people import Contact, KeyGroup, Reason
from timebank.outreach.rules.occasions import (
    Audience,
    GuestState,
    Line,
    OccasionKind,
    OccasionState,
)
from timebank.outreach.rules.visits import ChangeKind, Coverage, DoorResult, month_of
from timebank.outreach.service import visits as service


def opened(session: Session, client: FlaskClient, actor: Actor) -> None:
    session.commit()
    log_in(client, session, actor)


def first_visit(session: Session, ward: Ward) -> int:
    wanted = select(UnitVisit.id).where(UnitVisit.micro_grid_id == ward.units[0].id)
    return session.scalars(wanted).one()


def test_a_unit_is_walked_by_forms(session: Session, client: FlaskClient) -> None:
    ward = make_ward(session)
    opened(session, client, ward.officer)
    today = clock.today()
    month = {"year": today.year, "month": today.month}

    def send(path: str, **fields: object) -> Any:
        return client.post(path, data={"_key": str(new_id()), **fields}, follow_redirects=True)

    assert "还有 3 个微网格没有排" in client.get("/visits").text
    last = month_of(today).last
    assert "新排 3 个单元" in send("/visits/plan", **month, due_on=last.isoformat()).text
    at = f"/visits/{first_visit(session, ward)}"
    page = client.get(at)
    assert "孙秀英" in page.text
    assert "13800000101" not in page.text
    assert send(f"{at}/finish", visited_on=today.isoformat()).status_code == 409
    refused = send(f"{at}/doors", household_id=ward.home.id, result="not_met")
    assert (refused.status_code, "哪天再去" in refused.text) == (422, True)
    met = send(f"{at}/doors", household_id=ward.home.id, result="met", met_person_id=ward.elder.id)
    assert "遇上 1 户" in met.text
    said = {"person_id": ward.elder.id, "kind": "phone", "value": "13911112222"}
    assert send(f"{at}/changes", **said).status_code == 422
    assert "139****2222" in send(f"{at}/changes", **said, has_consent="true").text
    newcomer = {"name": "陈小满", "room_no": "301", "has_consent": "true"}
    assert "陈小满" in send(f"{at}/newcomers", **newcomer).text
    assert "转成案件" in send(f"{at}/findings", words="单元门关不上").text
    case = send("/visit-findings/" + _number(client.get(at).text, "/visit-findings/") + "/case")
    assert "单元门关不上" in case.text
    assert "看案件" in client.get(at).text
    assert "走访时发现" in case.text
    assert f'href="{at}"' in case.text
    assert "走完了" in send(f"{at}/finish", visited_on=today.isoformat(), note="顺利").text
    paper = client.get("/visits/route").text
    assert ("102" in paper, "101" in paper) == (True, False)
    assert "走完 1 / 3" in client.get("/visits").text


def _number(page: str, before: str) -> str:
    return page.split(before)[1].split("/", maxsplit=1)[0]


def test_somebody_is_looked_after_by_forms(session: Session, client: FlaskClient) -> None:
    ward = make_ward(session)
    opened(session, client, ward.officer)

    def send(path: str, **fields: object) -> Any:
        return client.post(path, data={"_key": str(new_id()), **fields}, follow_redirects=True)

    assert "孙秀英" in client.get("/key-people/new?who=孙秀英").text
    assert "没有找到这个人" in client.get("/key-people/new?who=郑国强").text
    form = {
        "person_id": ward.elder.id,
        "group": "old",
        "reason": "parents_away",
        "every_days": 7,
        "visitor_id": ward.officer_person.id,
    }
    assert send("/key-people/new", **form).status_code == 422
    page = send("/key-people/new", **(form | {"reason": "lives_alone", "note": "药在床头"}))
    assert "一个人住" not in page.text
    at = page.request.path
    today = clock.today().isoformat()
    assert "上门看望" in send(f"{at}/contacts", contact="home", seen_on=today, note="好").text
    assert send(f"{at}/look").status_code == 422
    looked = send(f"{at}/look", why="上门前看看").text
    assert ("一个人住" in looked, "药在床头" in looked) == (True, True)
    assert "改好了" in send(f"{at}/care", every_days=14, visitor_id=ward.officer_person.id).text
    assert "孙秀英" not in client.get("/key-people").text
    opened(session, client, ward.resident)
    mine = client.get("/me/looked-after").text
    assert ("一个人住" in mine, "每 14 天" in mine) == (True, True)
    assert client.get(at).status_code == 403
    opened(session, client, ward.far_officer)
    assert client.get(at).status_code == 404
    opened(session, client, ward.officer)
    assert "不再照看了" in send(f"{at}/end", reason="搬走").text


def test_programs_have_every_verb(session: Session, client: FlaskClient) -> None:
    ward = make_ward(session)
    actor = ward.officer
    made = tokens.issue_token(session, actor=actor, name="tests", scopes=sorted(actor.permissions))
    session.commit()
    bearer = {"Authorization": f"Bearer {made.secret}"}
    today = clock.today()

    def get(path: str) -> Any:
        return client.get(f"/api/v1{path}", headers=bearer)

    def send(path: str, **body: object) -> Any:
        headers = {**bearer, "Idempotency-Key": str(new_id())}
        return client.post(f"/api/v1{path}", json=body, headers=headers)

    last = month_of(today).last.isoformat()
    assert send("/household-visits/plan", year=today.year, month=today.month).json == {"count": 3}
    assert [one["coverage"] for one in get("/household-visits").json] == ["planned"] * 3
    assert get("/household-visits?coverage=done").json == []
    at = f"/household-visits/{first_visit(session, ward)}"
    to = {"visitor_id": ward.officer_person.id, "due_on": last}
    assert send(f"{at}/assign", **to).json["visitor_name"] == "刘洋"
    assert [len(stop["doors"]) for stop in get("/household-visits/route").json] == [2]
    door = send(f"{at}/doors", household_id=ward.home.id, result="met").json["doors"][0]
    assert (door["result"], door["residents"][0]["phone_masked"]) == ("met", "138****0101")
    said = {"person_id": ward.elder.id, "kind": "phone", "value": "13911112222"}
    assert send(f"{at}/changes", **said).json["code"] == "visit_consent_missing"
    assert send(f"{at}/changes", **said, has_consent=True).status_code == 201
    newcomer = {"name": "陈小满", "room_no": "301", "has_consent": True}
    assert send(f"{at}/newcomers", **newcomer).status_code == 201
    finding = send(f"{at}/findings", words="单元门关不上").json["id"]
    assert send(f"/visit-findings/{finding}/case", category="facilities").status_code == 201
    assert send(f"/visit-findings/{finding}/case").json["code"] == "visit_finding_has_case"
    assert send(f"{at}/finish", visited_on=today.isoformat()).json["state"] == "done"

    key = {
        "person_id": ward.elder.id,
        "group": "old",
        "reason": "lives_alone",
        "every_days": 7,
        "visitor_id": ward.officer_person.id,
    }
    at = f"/key-people/{send('/key-people', **key).json['id']}"
    assert get(at).json["reason"] is None
    assert send(f"{at}/look", why="上门").json["reason"] == "lives_alone"
    seen = {"contact": "phone", "seen_on": today.isoformat()}
    assert send(f"{at}/contacts", **seen).status_code == 201
    care = {"every_days": 3, "visitor_id": ward.officer_person.id}
    due = (today + timedelta(3)).isoformat()
    assert send(f"{at}/care", **care).json["line"]["due_on"] == due
    assert [one["every_days"] for one in get("/key-people").json["items"]] == [3]
    assert get("/me/looked-after").json == {"is_listed": False}
    assert send(f"{at}/end", reason="搬走").json["line"]["ended_on"] == today.isoformat()
    assert get("/key-people?cursor=WzEsMV0").status_code == 200
    assert get("/key-people?cursor=WzAsMV0").status_code == 422


def test_a_month_is_read_by_the_same_few_statements_however_many_units(
    session: Session, client: FlaskClient
) -> None:
    ward = make_ward(session)
    service.plan_month(session, actor=ward.admin, month=month_of(clock.today()))
    opened(session, client, ward.admin)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = db.engines[None]
    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get("/visits/route")
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert len([one for one in asked if one.startswith("SELECT")]) <= 14


@pytest.mark.parametrize(
    "kind",
    [Coverage, DoorResult, ChangeKind, KeyGroup, Reason, Contact, Line, Audience, OccasionKind,
     OccasionState, GuestState],
)  # fmt: skip
def test_each_code_has_the_word_of_its_own_kind(app: Flask, kind: type[StrEnum]) -> None:
    with app.test_request_context("/"):
        words = [outreach_word(one) for one in kind]

    assert not {one.value for one in kind} & set(words)
    assert len(set(words)) == len(words)
    if kind is KeyGroup:
        assert words == ["老人", "孩子", "其他"]
