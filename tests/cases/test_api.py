"""The programs' face: the four steps, refusals, keys, and what a stranger gets."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from tests.make.community import make_micro_grid
from timebank.cases.rules.flow import State
from timebank.kernel import ids
from timebank.kernel.actor import Actor


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@dataclass(frozen=True)
class Answer:
    """What came back; Any: whatever JSON can hold."""

    status_code: int
    json: Any


class Program:
    """A caller of the API."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        page = client.get("/report").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        self.token = found[1]

    def post(self, path: str, body: Any = None, key: str | None = None) -> Answer:
        """Post JSON with a key."""
        sent = self.client.post(
            f"/api/v1{path}",
            json=body if body is not None else {},
            headers={"Idempotency-Key": key or str(ids.new_id()), "X-CSRFToken": self.token},
        )
        return Answer(sent.status_code, sent.json)

    def get(self, path: str) -> Answer:
        """Get JSON."""
        sent = self.client.get(f"/api/v1{path}")
        return Answer(sent.status_code, sent.json)


Programs = Callable[[Actor], Program]


@pytest.fixture
def program(app: Flask, session: Session) -> Programs:
    """Open the API for an actor."""

    def opened(actor: Actor) -> Program:
        return Program(make.open_browser(app, session, actor))

    return opened


def _said(grid: make.Grid, **more: Any) -> dict[str, Any]:
    return {
        "source": "patrol",
        "category": "facilities",
        "title": "路灯不亮",
        "description": "3号楼后面",
        "micro_grid_id": grid.micro_grid_id,
        **more,
    }


def test_a_case_goes_through_all_steps(
    session: Session, grid: make.Grid, program: Programs
) -> None:
    api = program(grid.officer)
    made = api.post("/cases", _said(grid))
    assert made.status_code == 201, made.json
    case_id = made.json["id"]
    photo = {"name": "灯.jpg", "content_base64": b64encode(make.a_photo().content).decode()}

    for path, body, state in (
        ("respond", {"words": "马上到"}, "responded"),
        ("claim", {"expected_version": 2}, "claimed"),
        ("notes", {"photos": [photo]}, "claimed"),
        ("resolve", {"outcome": "solved", "words": "换了灯", "photos": [photo]}, "resolved"),
        ("feed-back", {"method": "phone", "answer": "unsolved", "words": "又灭了"}, "claimed"),
        (
            "resolve",
            {"outcome": "solved", "words": "换了线", "no_photo_reason": "天黑"},
            "resolved",
        ),
        ("feed-back", {"method": "phone", "answer": "solved", "words": "亮了"}, "closed"),
        ("reopen", {"words": "又坏"}, "claimed"),
    ):
        answer = api.post(f"/cases/{case_id}/{path}", body)
        assert answer.status_code in {200, 201}, (path, answer.json)
        assert answer.json["state"] == state

    seen = api.get(f"/cases/{case_id}").json
    events = api.get(f"/cases/{case_id}/events?limit=3").json
    assert (seen["round"], seen["holder_name"], seen["number"]) == (3, "刘洋", "2026-0001")
    assert [event["seq"] for event in events["items"]] == [11, 10, 9]
    older = api.get(f"/cases/{case_id}/events?cursor={events['next_cursor']}").json
    assert [event["seq"] for event in older["items"]] == list(range(8, 0, -1))
    assert api.get(f"/cases/{case_id}/links").json["earned_minutes"] == 0


def test_the_same_key_registers_once(session: Session, grid: make.Grid, program: Programs) -> None:
    api, key = program(grid.officer), str(ids.new_id())

    first, second = (api.post("/cases", _said(grid), key=key) for _ in range(2))
    other = api.post("/cases", _said(grid, title="别的事"), key=key)

    assert first.json["id"] == second.json["id"]
    assert other.status_code == 422
    assert len(api.get("/cases").json["items"]) == 1


def test_a_refusal_names_the_rule(session: Session, grid: make.Grid, program: Programs) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    api = program(grid.officer)

    again = api.post(f"/cases/{case.id}/claim")
    early = api.post(f"/cases/{case.id}/close")
    stale = api.post(f"/cases/{case.id}/notes", {"words": "看过", "expected_version": 1})
    bare = api.post(f"/cases/{case.id}/resolve", {"outcome": "solved", "words": "好了"})

    assert (again.status_code, again.json["code"]) == (409, "case_already_claimed")
    assert again.json["facts"]["holder"] == "刘洋"
    assert {"resolve", "note", "whistle", "escalate"} <= set(early.json["facts"]["possible"])
    assert (early.status_code, early.json["code"]) == (409, "case_still_claimed")
    assert (stale.status_code, stale.json["code"]) == (409, "case_changed")
    assert (bare.status_code, bare.json["code"]) == (422, "case_evidence_missing")


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "nowhere"},
        {"micro_grid_id": 2**63},
        {"micro_grid_id": 0},
        {"title": ""},
        {"title": "a\x00b"},
        {"photos": [{"name": "x", "content_base64": "!!!!"}]},
        {"photos": [{"name": "x", "content_base64": "bm90aGluZw=="}]},
        {"occurred_at": "2099-01-01T00:00:00+08:00"},
        {"reporter_person_id": 2**62},
        {"unknown": 1},
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(
    session: Session, grid: make.Grid, program: Programs, wrong: dict[str, Any]
) -> None:
    api = program(grid.officer)

    answer = api.post("/cases", _said(grid, **wrong))

    assert answer.status_code in {404, 422}, answer.json
    assert api.get("/cases").json["items"] == []


def test_half_a_character_is_no_text(session: Session, grid: make.Grid, program: Programs) -> None:
    case = make.make_case(session, grid)
    api = program(grid.officer)

    answer = api.client.post(
        f"/api/v1/cases/{case.id}/respond",
        data='{"words": "\\ud800"}',
        content_type="application/json",
        headers={"Idempotency-Key": str(ids.new_id()), "X-CSRFToken": api.token},
    )

    assert answer.json is not None
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["words"])


@pytest.mark.parametrize("path", ["", "/events", "/links"])
def test_a_stranger_finds_nothing(
    session: Session, grid: make.Grid, program: Programs, path: str
) -> None:
    case = make.make_case(session, grid)
    place = make_micro_grid(session, grid.community_id, grid_no=5, building_no=20)
    stranger = program(
        make_actor(
            session,
            community_id=grid.community_id,
            roles=(("grid_officer", "grid", place.grid_id),),
        )
    )

    assert stranger.get(f"/cases/{case.id}{path}").status_code == 404
    assert stranger.post(f"/cases/{case.id}/claim").status_code == 404
    assert stranger.get(f"/cases/{2**70}{path}").status_code == 404


def test_a_resident_may_not_work_a_case(
    session: Session, grid: make.Grid, program: Programs
) -> None:
    case = make.make_case(session, grid)
    api = program(grid.resident)

    assert api.post(f"/cases/{case.id}/claim").status_code == 403
    assert api.post(f"/cases/{case.id}/reporter-looks", {"reason": "好奇"}).status_code == 403
    own = api.post(
        "/cases", _said(grid, source="reported", reporter_person_id=grid.resident.person_id)
    )
    assert own.status_code == 201
    assert api.post("/cases", _said(grid)).status_code == 403


def test_found_and_fixed_is_one_request(
    session: Session, grid: make.Grid, program: Programs
) -> None:
    answer = program(grid.officer).post(
        "/cases/patrol-fixes", _said(grid, words="当场好了", no_photo_reason="手机没电")
    )

    assert answer.status_code == 201
    assert (answer.json["state"], answer.json["version"]) == ("resolved", 4)


def test_the_list_filters_and_pages(session: Session, grid: make.Grid, program: Programs) -> None:
    for _ in range(3):
        make.make_case(session, grid)
    make.make_case(session, grid, state=State.CANCELLED)
    api = program(grid.officer)

    first = api.get("/cases?tab=open&limit=2").json
    second = api.get(f"/cases?tab=open&limit=2&cursor={first['next_cursor']}").json

    assert [len(page["items"]) for page in (first, second)] == [2, 1]
    assert second["next_cursor"] is None
    assert [c["state"] for c in api.get("/cases?state=cancelled").json["items"]] == ["cancelled"]
