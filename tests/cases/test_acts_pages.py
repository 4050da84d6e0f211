"""Pages and API of what is done around a case: forms of their own, refusals, both languages."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from timebank.cases.models.around import CaseSpot
from timebank.cases.queries import details, linked, whistles
from timebank.cases.rules.flow import Command, State
from timebank.kernel import ids
from timebank.kernel.actor import Actor

Browse = Callable[[Actor], FlaskClient]


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@pytest.fixture
def browse(app: Flask, session: Session) -> Browse:
    """Open a browser for an actor."""

    def opened(actor: Actor) -> FlaskClient:
        return make.open_browser(app, session, actor)

    return opened


def test_every_act_that_is_possible_has_its_form_in_both_languages(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    made = {state: make.make_case(session, grid, state=state) for state in State}
    client = browse(grid.admin)
    seen: set[Command] = set()
    for case in made.values():
        shown = details.case(session, actor=grid.admin, case_id=case.id)
        for command in set(shown.commands) - seen - {Command.DELIBERATE, Command.DECIDE}:
            seen.add(command)
            for language in ("zh", "en"):
                answer = client.get(
                    f"/cases/{case.id}/acts/{command.value}", headers={"Accept-Language": language}
                )
                assert answer.status_code == 200, command
                assert 'id="act"' in answer.text, command

    assert {Command.ESCALATE, Command.RETURN, Command.MERGE, Command.UNMERGE} <= seen
    nothing = client.get(f"/cases/{made[State.REJECTED].id}/acts/claim").text
    assert "现在不能这样办" in nothing


def test_a_refused_act_lists_what_is_possible_now(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    answer = browse(grid.officer).post(f"/cases/{case.id}/respond", data={"words": "写了很久的话"})

    assert answer.status_code == 409
    assert "现在可以：" in answer.text
    assert "吹哨叫部门" in answer.text
    assert "写了很久的话" in answer.text


def test_a_department_goes_through_its_part_on_the_pages(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    admin = browse(grid.admin)
    assert admin.post("/case-departments", data={"name": "城管", "duty": "占道"}).status_code == 303
    assert admin.post("/case-departments", data={"name": "城管"}).status_code == 422
    case = make.make_case(session, grid, state=State.CLAIMED)
    (known,) = whistles.departments(session, community_id=grid.community_id)
    client = browse(grid.officer)
    called = {"department_ids": [known.id], "lead_id": known.id, "words": "请来看看"}
    assert client.post(f"/cases/{case.id}/whistles", data=called).status_code == 303
    part = f"/cases/{case.id}/whistles/{whistles.called(session, case.id)[0].id}"
    photo = (BytesIO(make.a_photo().content), "到场.jpg")

    assert "等报到" in client.get(f"/cases/{case.id}").text
    assert client.post(f"{part}/release", data={}).status_code == 409
    for act, fields in (
        ("notes", {"saying": "arrived", "photos": photo}),
        ("notes", {"saying": "accepted"}),
        ("notes", {"saying": "finished", "words": "清完"}),
        ("release", {}),
        ("assessments", {"side": "caller", "score": "5"}),
    ):
        answer = client.post(f"{part}/{act}", data=fields)
        assert answer.status_code == 303, answer.text
    assert client.post(f"{part}/withdraw", data={"words": "不用了"}).status_code == 409
    for language in ("zh", "en"):
        heard = {"Accept-Language": language}
        assert client.get(part, headers=heard).status_code == 200
        board = admin.get("/case-whistles", headers=heard).text
        assert "城管" in board
        opened = re.findall(r'href="(/case-whistles\?department_id=[^"]+)"', board)
        assert "城管" in admin.get(unescape(opened[-1]), headers=heard).text
        assert "城管" in admin.get("/case-departments", headers=heard).text
    told = admin.get("/api/v1/case-whistle-figures").get_json()["items"]
    assert [(one["calls"], one["on_time"], one["caller_score_sum"]) for one in told] == [(1, 1, 5)]
    assert admin.get("/api/v1/case-whistles?is_late=true").get_json()["items"] == []
    assert client.get(f"/cases/{case.id}/whistles/99999999").status_code == 404


def test_a_survey_becomes_a_project_on_the_pages(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    client = browse(grid.admin)
    page, photo = f"/cases/{case.id}/survey", (BytesIO(make.a_photo().content), "坑.jpg")
    spot = {"place_text": "东门口", "size_text": "2 平方米", "priority": "first"}
    assert client.post(page, data={**spot, "cost_fen": "120.5", "photo": photo}).status_code == 303
    assert client.post(page, data={**spot, "cost_fen": "很多"}).status_code == 422
    shown = client.get(page).text
    assert "东门口" in shown
    assert "¥120.50" in shown
    number = session.scalars(select(CaseSpot.id).where(CaseSpot.case_id == case.id)).one()
    spot_page = f"/cases/{case.id}/spots/{number}"
    assert client.get(f"{spot_page}/photo").mimetype == "image/jpeg"
    assert client.get(f"{spot_page}/photo?when=done").status_code == 404
    form = client.get(f"{page}/project").text
    assert "东门口" in form
    empty = client.post(f"{page}/project", data={"title": "修路"})
    made = client.post(f"{page}/project", data={"title": "修路", f"cost_{number}": "98.60"})
    finished = client.post(f"{spot_page}/finish", data={})

    assert (empty.status_code, made.status_code, finished.status_code) == (422, 303, 303)
    assert "在项目里" in client.get(page, headers={"Accept-Language": "zh"}).text
    assert linked.linked(session, actor=grid.admin, case_id=case.id).projects[0].title == "修路"


def test_hands_change_over_the_api(session: Session, grid: make.Grid, browse: Browse) -> None:
    steward = make_actor(
        session,
        community_id=grid.community_id,
        roles=(("steward", "grid", grid.grid_id),),
        name="孙磊",
    )
    client = browse(grid.admin)

    def post(path: str, body: dict[str, Any]) -> Any:
        key = {"Idempotency-Key": str(ids.new_id())}
        answer = client.post(f"/api/v1{path}", json=body, headers=key)
        return dict(answer.json or {}) | {"status_code": answer.status_code}

    one, two = (make.make_case(session, grid) for _ in range(2))
    given = post(f"/cases/{one.id}/reassign", {"to_user_id": steward.user_id, "words": "您熟"})
    unknown = post(f"/cases/{one.id}/reassign", {"to_user_id": 99999999, "words": "您熟"})
    raised = post(
        f"/cases/{one.id}/escalate",
        {"to_user_id": grid.admin.user_id, "level": "cooperative", "words": "难"},
    )
    merged = post(f"/cases/{two.id}/merge", {"master_number": one.number, "words": "同一件"})
    back = post(f"/cases/{two.id}/unmerge", {"words": "两件"})
    fixed = post(f"/cases/{two.id}/handle-now", {"words": "好了", "no_photo_reason": "天黑"})
    spot = post(f"/cases/{one.id}/spots", {"place_text": "门口"})
    around = client.get(f"/api/v1/cases/{one.id}/surroundings").json

    assert (given["assigned_name"], given["state"]) == ("孙磊", "registered")
    assert unknown["status_code"] == 422
    assert (raised["level"], raised["assigned_name"]) == ("cooperative", "高洁")
    assert (merged["state"], merged["master_id"]) == ("merged", one.id)
    assert (back["state"], fixed["state"], spot["position"]) == ("responded", "resolved", 1)
    assert around is not None
    assert [part["level"] for part in around["segments"]] == ["unit", "unit", "cooperative"]
    assert around["survey"]["spots"][0]["place_text"] == "门口"
    assert around["reporters"][0]["phone"] == "138****0420"
    resident = browse(grid.resident).get(f"/api/v1/cases/{one.id}/surroundings").json
    assert resident is not None
    assert (resident["segments"], resident["reporters"]) == ([], [])
