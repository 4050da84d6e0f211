"""Pages and API of what comes in: forms, links, signs, lists, routing, leave, the phone."""

import re
import uuid
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make import cases as make
from tests.make import reports_in
from tests.make.access import log_in, make_actor
from tests.make.browsing import see, send
from timebank.cases.models.cases import CaseFile, CasePhoto
from timebank.cases.models.intake import CaseList, PlaceSign
from timebank.cases.models.routing import RoutingRule, WorkerAbsence
from timebank.cases.rules.flow import Command, Source, State
from timebank.kernel import clock

FORM = {"category": "facilities", "title": "路灯不亮", "description": "晚上看不清台阶。"}


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _open_report(client: FlaskClient, grid: make.Grid, **form: object) -> TestResponse:
    said = {"_key": str(uuid.uuid4()), "micro_grid_id": grid.micro_grid_id, **FORM, **form}
    return client.post("/public/report", data=said)


def _link(answer: TestResponse) -> str:
    found = re.search(r"/public/cases/([\w-]{40,})", answer.text)
    assert found is not None, answer.text
    return found[0]


def test_a_sign_opens_the_form_that_fits_who_scanned_it(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    made = send(
        client, session, grid.officer, "/place-signs",
        micro_grid_id=grid.micro_grid_id, description="3 号灯杆", lat="35.9", lng="120.1",
    )  # fmt: skip
    assert made.status_code == 303
    code = session.scalars(select(PlaceSign.code)).one()
    assert "3 号灯杆" in see(client, session, grid.officer, "/place-signs")
    printed = see(client, session, grid.officer, "/place-signs/print")
    assert "<svg" in printed
    for actor, path in ((grid.officer, "/cases/new"), (grid.resident, "/report")):
        log_in(client, session, actor)
        answer = client.get(f"/s/{code.lower()}")
        assert answer.location.endswith(f"{path}?sign={code}")
        assert "3 号灯杆" in client.get(answer.location).text
    log_in(client, session, grid.officer)
    with client.session_transaction() as cookie:
        cookie.clear()
    answer = client.get(f"/s/{code}")
    assert answer.location.endswith(f"/public/report?sign={code}")
    assert "3 号灯杆" in client.get(answer.location).text
    assert client.get("/s/AAAAAAA").status_code == 422
    sign_id = session.scalars(select(PlaceSign.id)).one()
    assert send(client, session, grid.officer, f"/place-signs/{sign_id}/retire").status_code == 303
    assert client.get(f"/s/{code}").status_code == 404


def test_a_report_without_an_account_has_a_link_that_is_shown_once(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    assert "不用登录" in client.get("/public/report").text
    key = str(uuid.uuid4())
    answer = _open_report(
        client, grid, _key=key, reporter_phone="13900001234", photos=_file(make.a_photo().content)
    )
    assert answer.status_code == 200
    link = _link(answer)
    assert "<svg" in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert _link(_open_report(client, grid, _key=key)) == link
    page = client.get(link)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "路灯不亮" in page.text
    assert "13900001234" not in page.text
    assert len(session.scalars(select(CaseFile)).all()) == 1

    assert _open_report(client, grid, website="x").status_code == 422
    again = _open_report(client, grid)
    assert again.status_code == 409
    assert "是不是同一件事" in again.text
    case_id = session.scalars(select(CaseFile.id)).one()
    joined = _open_report(client, grid, same_as=case_id)
    assert joined.status_code == 200
    assert _link(joined) != link


def _file(content: bytes) -> tuple[BytesIO, str]:
    return BytesIO(content), "现场.jpg"


def test_wrong_links_all_look_the_same_and_wait(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    link = _link(_open_report(client, grid))
    answers = {client.get(f"/public/cases/{'x' * length}").status_code for length in (3, 43)}
    assert answers == {404}
    for _ in range(10):
        client.get("/public/cases/nothing")
    assert client.get("/public/cases/nothing").status_code == 422
    assert client.get(link).status_code == 422


def test_the_holder_of_a_link_answers(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    link = _link(_open_report(client, grid))
    row = session.scalars(select(CaseFile)).one()
    make.do(session, grid.officer, row.id, Command.CLAIM)
    make.do(session, grid.officer, row.id, Command.RESOLVE)
    page = client.get(link).text
    assert "解决了吗" in page
    assert "姓刘" in page
    assert "刘洋" not in page
    refused = client.post(f"{link}/answer", data={"is_solved": "true"})
    assert refused.status_code == 422
    done = client.post(f"{link}/answer", data={"is_solved": "false", "words": "还是不亮"})
    assert done.status_code == 303
    session.refresh(row)
    assert (row.state, row.round) == (State.CLAIMED, 2)


def test_a_resident_is_asked_follows_and_answers(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    case = make.make_case(session, grid, title="路灯不亮", source=Source.PATROL)
    said = {"micro_grid_id": grid.micro_grid_id, **FORM, "category": "fire_safety"}
    asked = send(client, session, grid.resident, "/report", **said)
    assert asked.status_code == 409
    live = f"/cases/alike?micro_grid_id={grid.micro_grid_id}&title=路灯不亮&category=fire_safety"
    assert "消防安全" in see(client, session, grid.resident, live)
    joined = send(client, session, grid.resident, "/report", **said, same_as=case.id)
    assert joined.location.endswith(f"/my/cases/{case.id}")
    page = see(client, session, grid.resident, joined.location)
    assert "路灯不亮" not in page
    assert "和邻居一起反映的" in see(client, session, grid.resident, "/my/cases")
    assert "一共" not in see(client, session, grid.officer, f"/cases/{case.id}")
    for command in (Command.CLAIM, Command.RESOLVE):
        make.do(session, grid.officer, case.id, command)
    done = send(
        client, session, grid.resident, f"/my/cases/{case.id}/answer",
        is_solved="true", satisfaction="satisfied",
    )  # fmt: skip
    assert done.status_code == 303
    assert session.get_one(CaseFile, case.id).state == State.CLOSED
    see(client, session, grid.officer, f"/my/cases/{case.id}", status=404)


def test_staff_let_reporters_see_a_photo(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    link = _link(_open_report(client, grid, photos=_file(make.a_photo().content)))
    case_id = session.scalars(select(CaseFile.id)).one()
    photo_id = session.scalars(select(CasePhoto.id)).one()
    photo = f"{link}/photos/{photo_id}"
    assert client.get(photo).status_code == 404
    send(client, session, grid.officer, f"/cases/{case_id}/photos/{photo_id}/show")
    assert client.get(photo).mimetype == "image/jpeg"
    send(client, session, grid.officer, f"/cases/{case_id}/photos/{photo_id}/hide")
    assert client.get(photo).status_code == 404


def test_a_list_from_above_is_looked_at_then_entered(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    content = reports_in.a_list(reports_in.LINE)
    staged = send(client, session, grid.admin, "/cases/lists", file=(BytesIO(content), "下派.xlsx"))
    list_id = session.scalars(select(CaseList.id)).one()
    page = see(client, session, grid.admin, staged.location)
    assert "登记这 1 件" in page
    assert "环路东段井盖松动" in page
    confirmed = send(client, session, grid.admin, f"/cases/lists/{list_id}/confirm")
    assert confirmed.status_code == 303
    assert send(client, session, grid.admin, f"/cases/lists/{list_id}/discard").status_code == 409
    assert "下派.xlsx" in see(client, session, grid.admin, "/cases/lists")
    template = client.get("/cases/lists/template")
    assert template.status_code == 200
    wrong = send(
        client, session, grid.admin, "/cases/lists",
        file=(BytesIO(reports_in.a_list(("", *reports_in.LINE[1:]))), "错.xlsx"),
    )  # fmt: skip
    assert "第 2 行" in see(client, session, grid.admin, wrong.location)
    see(client, session, grid.officer, "/cases/lists", status=403)


def test_rules_are_drafted_tried_and_switched_on_by_pages(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    second = make_actor(session, community_id=grid.community_id, name="周文")
    make.make_case(session, grid)
    assert "还没有规则" in see(client, session, grid.admin, "/routing")
    send(client, session, grid.admin, "/routing", note="消防给管理员")
    blank = send(client, session, grid.admin, "/routing/1/rules", to_role="community_admin")
    assert blank.status_code == 422
    for _ in range(2):
        send(
            client, session, grid.admin, "/routing/1/rules",
            category="fire_safety", to_role="community_admin",
        )  # fmt: skip
    first, last = session.scalars(select(RoutingRule.id).order_by(RoutingRule.position))
    send(client, session, grid.admin, f"/routing/1/rules/{last}/up")
    send(client, session, grid.admin, f"/routing/1/rules/{first}/remove")
    assert send(client, session, second, "/routing/1/switch-on").status_code == 409
    tried = send(client, session, grid.admin, "/routing/1/try")
    assert "会交给别人" in see(client, session, grid.admin, tried.location)
    assert send(client, session, grid.admin, "/routing/1/switch-on").status_code == 403
    assert "启用这一版" in see(client, session, second, "/routing/1")
    assert send(client, session, second, "/routing/1/switch-on").status_code == 303
    assert "正在用" in see(client, session, grid.officer, "/routing")
    case = make.make_case(session, grid)
    page = see(client, session, grid.officer, f"/cases/{case.id}")
    assert "按分派规则第 1 版第 1 条，分给社区管理员" in page
    send(client, session, grid.admin, "/routing")
    assert send(client, session, grid.admin, "/routing/2/discard").status_code == 303


def test_leave_is_taken_and_ended_by_pages(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    today = clock.today().isoformat()
    taken = send(
        client, session, grid.officer, "/absences",
        user_id=grid.officer.user_id, deputy_user_id=grid.admin.user_id,
        first_on=today, last_on=today,
    )  # fmt: skip
    assert taken.status_code == 303
    page = see(client, session, grid.officer, "/absences")
    assert "刘洋，由高洁代" in page
    case = make.make_case(session, grid)
    assert "代刘洋" in see(client, session, grid.admin, f"/cases/{case.id}")
    absence_id = session.scalars(select(WorkerAbsence.id)).one()
    ended = send(client, session, grid.officer, f"/absences/{absence_id}/end")
    assert ended.status_code == 303
    assert send(client, session, grid.officer, f"/absences/{absence_id}/end").status_code == 409


def test_the_phone_shows_what_is_late_on_top_and_takes_a_short_form(
    client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    make.make_case(session, grid, title="路灯不亮")
    page = see(client, session, grid.officer, "/cases/phone")
    assert "路灯不亮" in page
    assert 'id="drafts"' in page
    done = send(
        client, session, grid.officer, "/cases/patrol",
        category="sanitation", micro_grid_id=grid.micro_grid_id, words="扫干净了",
        no_photo_reason="手湿",
    )  # fmt: skip
    assert done.status_code == 303
    row = session.scalars(select(CaseFile).order_by(CaseFile.id.desc()).limit(1)).one()
    assert (row.title, row.description, row.state) == ("环境卫生", "扫干净了", State.RESOLVED)
    kept = client.get("/cases/offline").text
    assert "刘洋" not in kept
    worker = client.get("/cases/worker.js")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"


def test_programs_do_the_same(client: FlaskClient, session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid)
    log_in(client, session, grid.officer)
    base = "/api/v1"
    place = {"micro_grid_id": grid.micro_grid_id}
    alike = client.get(
        f"{base}/cases/alike",
        query_string={**place, "title": "消防通道堆纸箱、旧家具", "category": "fire_safety"},
    )
    assert [one["case_id"] for one in alike.json or []] == [case.id]
    said = {**place, "reporter_name": "赵先生", "words": "我也看到"}
    joined = client.post(f"{base}/cases/{case.id}/reporters", json=said, headers=_key())
    assert joined.status_code == 204
    assert client.get(f"{base}/cases/{case.id}/route").json["ground"] == "officer"  # type: ignore[index]
    sign = client.post(
        f"{base}/place-signs", json={**place, "description": "门口"}, headers=_key()
    ).json
    assert sign is not None
    assert client.get(f"{base}/place-signs").json["items"][0]["code"] == sign["code"]  # type: ignore[index]
    opened = client.post(
        f"{base}/open-reports",
        json={**FORM, **place, "sign_code": sign["code"], "is_new": True},
        headers=_key(),
    )
    assert opened.status_code == 201
    token = opened.json["token"]  # type: ignore[index]
    followed = client.get(f"{base}/open-reports/{token}").json
    assert followed is not None
    assert followed["state"] == "registered"
    early = client.post(
        f"{base}/open-reports/{token}/answers",
        json={"is_solved": True, "satisfaction": "mostly"},
        headers=_key(),
    )
    assert early.status_code == 409
    log_in(client, session, grid.resident)
    mine = client.get(f"{base}/my-cases").json
    assert mine is not None
    assert [one["case_id"] for one in mine["items"]] == [case.id]
    assert client.get(f"{base}/my-cases/{case.id}").json["title"]  # type: ignore[index]


def test_programs_keep_rules_leave_and_lists(
    app: Flask, client: FlaskClient, session: Session, grid: make.Grid
) -> None:
    log_in(client, session, grid.admin)
    base = "/api/v1"
    assert client.post(f"{base}/routing-versions", json={}, headers=_key()).status_code == 201
    rule = {"category": "care", "to_role": "steward"}
    added = client.post(f"{base}/routing-versions/1/rules", json=rule, headers=_key())
    assert added.status_code == 201
    assert client.post(f"{base}/routing-versions/1/try", headers=_key()).status_code == 200
    assert client.get(f"{base}/routing-versions/1/trial").json == []
    assert client.post(f"{base}/routing-versions/1/switch-on", headers=_key()).status_code == 403
    leave = {
        "user_id": grid.officer.user_id,
        "deputy_user_id": grid.admin.user_id,
        "first_on": clock.today().isoformat(),
        "last_on": clock.today().isoformat(),
    }
    taken = client.post(f"{base}/absences", json=leave, headers=_key()).json
    assert taken is not None
    ended = client.post(f"{base}/absences/{taken['id']}/end", json={}, headers=_key())
    assert ended.status_code == 200
    content = reports_in.a_list(reports_in.LINE)
    staged = client.post(f"{base}/case-lists", data={"file": (BytesIO(content), "a.xlsx")}).json
    assert staged is not None
    assert staged["new_count"] == 1
    done = client.post(f"{base}/case-lists/{staged['id']}/confirm", headers=_key()).json
    assert done is not None
    assert done["cases"][0]["external_number"] == "DB2026-1107"
