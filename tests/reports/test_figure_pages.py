"""The pages and answers of figures: who sees them, where numbers lead, what is handed out."""

import io
import re
from datetime import date
from html import unescape

import pytest
import python_calamine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.figures import TODAY, Quarter, live_a_year, make_quarter
from tests.make.volunteering import at
from timebank.kernel import clock
from timebank.kernel.actor import Actor

PAGES = (
    "/figures",
    "/figures/hours",
    "/figures/hours?rows=age&columns=grid",
    "/figures/volunteers",
    "/figures/needs",
    "/figures/books",
    "/figures/month",
    "/figures/month?month=2026-11",
)
ROWS = ("/figures/hours/rows", "/figures/volunteers/rows?which=new", "/figures/needs/rows")
BOOK_ROWS = (
    "/figures/books/lots?year=2026&restriction=own",
    "/figures/books/moves?which=grants",
    "/figures/books/moves?which=family",
    "/figures/books/moves?which=expired",
    "/figures/books/moves?which=gifts_own",
)
ANSWERS = (
    "/figures/hours",
    "/figures/hours/postings",
    "/figures/volunteers",
    "/figures/volunteers/people",
    "/figures/concentration",
    "/figures/needs",
    "/figures/needs/posted",
    "/figures/books",
    "/figures/month-report",
)


@pytest.fixture
def quarter(session: Session) -> Quarter:
    made = make_quarter(session)
    live_a_year(session, made)
    return made


def _get(client: FlaskClient, path: str, status: int = 200) -> str:
    with clock.fixed_at(at("10:00", TODAY)):
        answer = client.get(path)
    assert answer.status_code == status, path
    return unescape(answer.text)


def _as(client: FlaskClient, session: Session, actor: Actor) -> None:
    with clock.fixed_at(at("10:00", TODAY)):
        log_in(client, session, actor)


def test_every_page_and_its_rows_open_for_the_auditor(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    _as(client, session, quarter.auditor)

    for path in (*PAGES, *ROWS, *BOOK_ROWS):
        _get(client, path)
    for path in ANSWERS:
        _get(client, f"/api/v1{path}")
    assert "12 小时 30 分" in _get(client, "/figures")
    assert "一分不差" in _get(client, "/figures")
    assert "差 " not in _get(client, "/figures/books")


def test_each_number_of_the_table_leads_to_rows_that_add_up_to_it(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    _as(client, session, quarter.auditor)
    page = _get(client, "/figures/hours?rows=age&columns=grid")

    links = re.findall(r'<a href="(/figures/hours/rows[^"]*)">(\d+):(\d\d)</a>', page)

    assert len(links) >= 9
    for url, hours, minutes in links:
        listed = re.findall(r'key-figure"[^>]*>(\d+):(\d\d)<', _get(client, url))
        total = sum(int(one) * 60 + int(other) for one, other in listed)
        assert total == int(hours) * 60 + int(minutes), url


def test_those_without_people_see_sums_and_no_rows(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    for reader in (quarter.finance, quarter.steward):
        _as(client, session, reader)
        for path in PAGES:
            assert "/figures/hours/rows" not in _get(client, path)
        for path in ROWS:
            _get(client, path, 404)
        for path in ("/figures/hours/postings", "/figures/volunteers/people"):
            _get(client, f"/api/v1{path}", 404)
        for path in BOOK_ROWS:
            _get(client, path, 403)


def test_a_place_outside_of_reach_is_not_there(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    _as(client, session, quarter.street.officer)

    assert "11 小时 30 分" in _get(client, "/figures")
    for path in ("/figures", "/figures/hours/rows", "/api/v1/figures/hours"):
        _get(client, f"{path}?grid_id={quarter.far.grid_id}", 404)
    _get(client, "/figures?first=2026-11&last=2026-01", 422)
    _get(client, "/api/v1/figures/hours?rows=age&columns=age", 422)


def test_residents_see_no_figures(client: FlaskClient, session: Session, quarter: Quarter) -> None:
    _as(client, session, quarter.street.volunteer)

    _get(client, "/figures", 403)


def test_the_workbook_has_the_same_numbers_and_no_formula(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    _as(client, session, quarter.auditor)
    with clock.fixed_at(at("10:00", TODAY)):
        content = client.get("/figures/export.xlsx").data

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))

    rows = book.get_sheet_by_index(0).to_python()
    assert rows[-1][0] == "合计"
    assert rows[-1][-1] == 750
    assert sum(float(str(row[-1])) for row in rows[1:-1]) == 750
    assert b"<f>" not in content
    volunteers = book.get_sheet_by_name("志愿者").to_python()
    assert volunteers[1] == ["合计", 3, 3, 1]


def test_the_month_before_is_told_when_none_is_named(
    client: FlaskClient, session: Session, quarter: Quarter
) -> None:
    _as(client, session, make_actor(session, community_id=quarter.community_id))

    page = _get(client, "/figures/month")

    assert "时间银行月报 2026-10" in page
    assert "比去年同月" in page
    assert date(2026, 10, 7).month == 10
