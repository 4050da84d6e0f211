"""The pages: right figures, refusals that keep what was typed, nothing for strangers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make import cases as make
from tests.make.access import make_actor
from tests.make.community import make_micro_grid
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.rules.flow import State
from timebank.kernel import clock
from timebank.kernel.actor import Actor

Browse = Callable[[Actor], FlaskClient]
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


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


def _token(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


def _post(client: FlaskClient, page: str, path: str, **fields: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": _token(client, page), **fields})


def _act(client: FlaskClient, case_id: int, act: str, **fields: Any) -> TestResponse:
    return _post(client, f"/cases/{case_id}", f"/cases/{case_id}/{act}", **fields)


def test_the_list_shows_clocks_with_the_late_first(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    with clock.fixed_at(NOON - timedelta(minutes=72)):
        make.make_case(session, grid, title="电梯停在 4 层")
    with clock.fixed_at(NOON):
        make.make_case(session, grid, title="路灯不亮", state=State.RESPONDED)
        text = browse(grid.officer).get("/cases").get_data(as_text=True)

    assert text.index("电梯停在 4 层") < text.index("路灯不亮")
    assert "超时 12 分" in text
    assert "还剩 1 小时" in text
    assert "手上 2 件，1 件超时，0 件快到" in text


@pytest.mark.parametrize(
    "asked",
    ["state=closed", "source=assigned", "text=没有的", "category=parking", "tab=all&is_late=true"],
)
def test_filters_narrow_the_list(
    session: Session, grid: make.Grid, browse: Browse, asked: str
) -> None:
    make.make_case(session, grid, title="路灯不亮")

    text = browse(grid.officer).get(f"/cases?{asked}").get_data(as_text=True)

    assert "路灯不亮" not in text
    assert "没有找到" in text or "手上没有" in text


def test_a_door_of_the_map_leads_to_exactly_its_cases(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    make.make_case(session, grid, title="路灯不亮")
    other = make_micro_grid(session, grid.community_id, grid_no=3, building_no=7, unit_no=4)

    client = browse(grid.officer)
    here = client.get(f"/cases?tab=open&micro_grid_id={grid.micro_grid_id}").get_data(as_text=True)
    there = client.get(f"/cases?tab=open&micro_grid_id={other.id}").get_data(as_text=True)

    assert "路灯不亮" in here
    assert "路灯不亮" not in there


def test_a_wrong_filter_is_refused_in_words(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    assert browse(grid.officer).get("/cases?state=nowhere").status_code == 422
    assert browse(grid.officer).get("/cases?cursor=x").status_code == 422


def test_a_case_goes_through_its_steps_on_the_page(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    client = browse(grid.officer)
    made = _post(
        client,
        "/cases/new",
        "/cases/new",
        source="assigned",
        category="facilities",
        title="环路东段路面坑洼",
        description="老人推车难走",
        micro_grid_id=grid.micro_grid_id,
        place_text="环路东段",
        origin="街道 2026-88 号",
    )
    assert made.status_code == 303, made.get_data(as_text=True)
    case_id = session.scalars(select(CaseFile.id)).one()
    photo = make.a_photo()

    acts: list[tuple[str, dict[str, Any]]] = [
        ("respond", {"words": "半小时内到"}),
        ("claim", {}),
        ("notes", {"words": "量了 12 处"}),
        (
            "resolve",
            {
                "outcome": "solved",
                "words": "补好了",
                "photos": (BytesIO(photo.content), "修好.jpg"),
            },
        ),
        ("feed-back", {"method": "site_check", "answer": "solved", "words": "复查过"}),
    ]
    for act, fields in acts:
        answer = _act(client, case_id, act, **fields)
        assert answer.status_code == 303, (act, answer.get_data(as_text=True))
    session.expire_all()

    text = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert session.get_one(CaseFile, case_id).state == "closed"
    for words in ("环路东段", "街道 2026-88 号", "半小时内到", "量了 12 处", "已办结", "按时"):
        assert words in text
    source = re.search(rf'src="(/cases/{case_id}/photos/\d+)"', text)
    assert source is not None
    assert client.get(source[1]).mimetype == "image/jpeg"
    assert client.get(f"/cases/{case_id}/photos/999999").status_code == 404


def test_a_refused_act_keeps_the_words_and_changes_nothing(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    client = browse(grid.officer)

    answer = _act(client, case.id, "resolve", outcome="cannot", words="要等厂家来")

    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请放一张现场照片" in text
    assert "要等厂家来" in text
    assert len(session.scalars(select(CaseEvent.id)).all()) == 3


def test_a_photo_that_is_too_large_is_refused_at_its_field_and_the_words_stay(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    large = (BytesIO(b"\xff\xd8\xff" + b"0" * 8 * 1024 * 1024), "楼道.jpg")

    answer = _act(
        browse(grid.officer),
        case.id,
        "resolve",
        outcome="solved",
        words="消防通道清空了",
        photos=large,
    )

    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "文件太大了，请不要超过 5 MB" in text
    assert 'href="#field-photos"' in text
    assert "消防通道清空了" in text


def test_a_second_claim_is_told_who_was_first(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid, state=State.RESPONDED)
    client = browse(grid.admin)
    page = f"/cases/{case.id}"
    token = _token(client, page)
    _act(browse(grid.officer), case.id, "claim")

    answer = client.post(f"{page}/claim", data={"csrf_token": token, "expected_version": "2"})

    assert answer.status_code == 409
    assert "这件事已由刘洋认领" in answer.get_data(as_text=True)


def test_missing_fields_are_named(session: Session, grid: make.Grid, browse: Browse) -> None:
    answer = _post(browse(grid.officer), "/cases/new", "/cases/new", title="只有标题")

    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "只有标题" in text
    assert "这一项要填" in text


def test_patrol_enters_found_and_fixed_at_once(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    answer = _post(
        browse(grid.officer),
        "/cases/patrol",
        "/cases/patrol",
        category="sanitation",
        title="楼道杂物",
        description="三楼拐角",
        micro_grid_id=grid.micro_grid_id,
        words="搬走了",
        no_photo_reason="手机没电",
    )

    assert answer.status_code == 303, answer.get_data(as_text=True)
    types = session.scalars(select(CaseEvent.type).order_by(CaseEvent.seq)).all()
    assert types == ["registered", "responded", "claimed", "resolved"]


def test_a_resident_reports_and_follows_the_four_steps(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    client = browse(grid.resident)
    assert "交给社区" in client.get("/report").get_data(as_text=True)
    answer = _post(
        client,
        "/report",
        "/report",
        category="fire_safety",
        title="通道堵了",
        description="纸箱",
        micro_grid_id=grid.micro_grid_id,
    )
    assert answer.status_code == 303
    case_id = session.scalars(select(CaseFile.id)).one()
    noted = _act(browse(grid.officer), case_id, "notes", words="内部的话")
    assert noted.status_code == 303

    listed = client.get("/my/cases").get_data(as_text=True)
    text = client.get(f"/cases/{case_id}").get_data(as_text=True)

    assert "通道堵了" in listed
    assert "响应" in text
    assert "承诺" in text
    assert "内部的话" not in text
    assert "看全号" not in text


def test_the_reporter_is_shown_once_a_reason_is_written(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    case = make.make_case(session, grid)
    client = browse(grid.officer)
    before = client.get(f"/cases/{case.id}").get_data(as_text=True)

    refused = _act(client, case.id, "reporter")
    shown = _act(client, case.id, "reporter", reason="约上门时间")

    assert "周**" in before
    assert "13800000420" not in before
    assert refused.status_code == 422
    assert shown.status_code == 200
    assert "13800000420" in shown.get_data(as_text=True)
    assert "13800000420" not in client.get(f"/cases/{case.id}").get_data(as_text=True)


def test_who_is_found_by_name_can_be_chosen(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    client = browse(grid.officer)
    page = "/cases/new?who=周桂"
    assert "周桂芳" in client.get(page).get_data(as_text=True)
    assert "没有找到" in client.get("/cases/new?who=没有这人").get_data(as_text=True)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_page_and_its_sheet_in_both_languages(
    session: Session, grid: make.Grid, browse: Browse, state: State
) -> None:
    case = make.make_case(session, grid, state=state)
    client = browse(grid.officer)

    for language in ("zh", "en"):
        for path in (f"/cases/{case.id}", f"/cases/{case.id}/print", "/cases?tab=all"):
            answer = client.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200
            assert case.number in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/cases/{id}", "/cases/{id}/print", "/cases/{id}/photos/1"],
)
def test_a_stranger_finds_nothing(
    session: Session, grid: make.Grid, browse: Browse, path: str
) -> None:
    case = make.make_case(session, grid)
    place = make_micro_grid(session, grid.community_id, grid_no=5, building_no=20)
    stranger = make_actor(
        session,
        community_id=grid.community_id,
        roles=(("grid_officer", "grid", place.grid_id),),
    )

    assert browse(stranger).get(path.format(id=case.id)).status_code == 404
    assert browse(grid.officer).get(path.format(id=99999)).status_code == 404


def test_the_empty_list_says_what_will_stand_here(
    session: Session, grid: make.Grid, browse: Browse
) -> None:
    assert "手上没有要办的事" in browse(grid.officer).get("/cases").get_data(as_text=True)
    assert "还没有反映过" in browse(grid.resident).get("/my/cases").get_data(as_text=True)
