"""Pages, workbook and programs of the figures of cases: every number opens, small ones in words."""

from collections.abc import Iterator
from datetime import time
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from timebank.cases.rules.flow import State
from timebank.kernel import clock


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """It is noon: what is due after the last midnight of a month belongs to the next one."""
    with clock.fixed_at(clock.at_local(clock.today(), time(12))):
        yield


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with a closed, a rejected and an open case."""
    grid = make.make_grid(session)
    for state in (State.CLOSED, State.REJECTED, State.CLAIMED):
        make.make_case(session, grid, state=state)
    return grid


def _browser(app: Flask, session: Session, grid: make.Grid, role: str) -> FlaskClient:
    actor = make_actor(session, community_id=grid.community_id, roles=((role, "community", None),))
    return make.open_browser(app, session, actor)


def test_the_pages_show_and_open_figures(app: Flask, session: Session, grid: make.Grid) -> None:
    browser = make.open_browser(app, session, grid.admin)

    for by in ("grid", "micro_grid", "source", "category", "holder", "month"):
        page = browser.get(f"/figures/cases?by={by}")
        assert page.status_code == 200
        assert "2 件中 2 件" in page.text
    rows = browser.get(f"/figures/cases/rows?name=closed&by=grid&key={grid.grid_id}")
    assert rows.text.count("2026-000") == 2
    assert "不归社区办的" in browser.get("/figures/cases/rows?name=rejected").text
    month = clock.today()
    printed = browser.get(f"/figures/cases/month?month={month:%Y-%m}")
    assert "案件月报" in printed.text
    board = browser.get("/figures/cases/board")
    assert 'hx-trigger="every 30s"' in board.text
    assert "旧家具" in board.text


def test_who_sees_no_cases_sees_sums_alone(app: Flask, session: Session, grid: make.Grid) -> None:
    browser = _browser(app, session, grid, "finance")

    page = browser.get("/figures/cases")
    assert (page.status_code, "/figures/cases/rows" in page.text) == (200, False)
    for path in ("/figures/cases/rows", "/figures/cases?by=holder"):
        assert browser.get(path).status_code == 404
        assert browser.get(f"/api/v1{path}").status_code == 404
    book = browser.get("/figures/cases/export.xlsx")
    assert "承办人" not in ZipFile(BytesIO(book.data)).read("xl/workbook.xml").decode()


def test_the_workbook_has_a_sheet_for_each_side(
    app: Flask, session: Session, grid: make.Grid
) -> None:
    book = make.open_browser(app, session, grid.admin).get("/figures/cases/export.xlsx")

    with ZipFile(BytesIO(book.data)) as parts:
        said = parts.read("xl/workbook.xml").decode()
        sheets = "".join(
            parts.read(name).decode() for name in parts.namelist() if "worksheets/" in name
        )
    for name in ("网格", "微网格", "来源", "类别", "承办人", "月份"):
        assert f'name="{name}"' in said
    assert "<f>" not in sheets


def test_programs_get_the_same(app: Flask, session: Session, grid: make.Grid) -> None:
    api = make.open_browser(app, session, grid.admin)

    told = api.get("/api/v1/figures/cases?by=source").json
    assert told is not None
    assert told["all"]["registered"] == 3
    assert told["all"]["rejected"] == 1
    assert told["all"]["shares"]["closed"] == {"part": 1, "whole": 2, "permille": 500}
    assert told["all"]["steps"]["respond"]["on_time"]["whole"] == 2
    assert [line["head"]["key"] for line in told["lines"]] == ["reported"]
    rows = api.get("/api/v1/figures/cases/rows?name=respond&part=part").json
    assert rows is not None
    assert len(rows["items"]) == 2
    before = api.get("/api/v1/figures/cases", query_string={"as_of": "2020-01-01T00:00:00Z"}).json
    assert before is not None
    assert (before["all"]["registered"], before["lines"]) == (0, [])
    ahead = api.get("/api/v1/figures/cases", query_string={"as_of": "2999-01-01T00:00:00Z"})
    assert ahead.status_code == 422


def test_another_grids_officer_gets_nothing(app: Flask, session: Session, grid: make.Grid) -> None:
    officer = make.open_browser(app, session, grid.officer)

    assert officer.get(f"/figures/cases?grid_id={grid.grid_id}").status_code == 200
    assert officer.get("/figures/cases?grid_id=99999").status_code == 404
