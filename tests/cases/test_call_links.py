"""A whistled department answers through its own link: no account, one part, for a time."""

import re
import uuid
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.messages import codes_of, last_text
from timebank.cases.errors import handing as errors
from timebank.cases.errors.intake import LinkNotFoundError
from timebank.cases.errors.steps import CaseNotFoundError, WordsMissingError
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseCallLink
from timebank.cases.queries import call_links as queries
from timebank.cases.queries import details, verify, whistles
from timebank.cases.queries.whistles import CalledView
from timebank.cases.rules import intake as intake_rules
from timebank.cases.rules.flow import State
from timebank.cases.rules.whistling import HEARING, LINK, CalledState, Saying, Side, own_sayings
from timebank.cases.service import call_links as verbs
from timebank.cases.service import whistles as calls
from timebank.kernel import clock


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@pytest.fixture
def case_id(session: Session, grid: make.Grid) -> int:
    """A claimed case to which two departments are called."""
    case = make.make_case(session, grid, state=State.CLAIMED)
    make.whistle(session, grid, case.id, ("城管执法", "市场监管"))
    return case.id


def _part(session: Session, case_id: int) -> CalledView:
    return whistles.called(session, case_id)[0]


def _token(session: Session, grid: make.Grid, case_id: int, key: uuid.UUID | None = None) -> str:
    part = _part(session, case_id)
    return verbs.make_link(
        session,
        actor=grid.officer,
        case_id=case_id,
        whistle_id=part.id,
        key=key or uuid.uuid4(),
    ).token


def test_what_is_the_departments_to_say_is_decided_by_where_it_is() -> None:
    assert {state: own_sayings(state) for state in CalledState} == {
        CalledState.NOTIFIED: [Saying.ARRIVED, Saying.DECLINED],
        CalledState.ARRIVED: [Saying.ACCEPTED, Saying.DECLINED],
        CalledState.ACCEPTED: [Saying.FINISHED],
        CalledState.FINISHED: [],
        CalledState.DECLINED: [],
        CalledState.COMPLETED: [],
        CalledState.WITHDRAWN: [],
    }


def test_a_department_reports_in_works_and_assesses_by_its_link(
    session: Session, grid: make.Grid
) -> None:
    grid = replace(grid, officer=replace(grid.officer, person_id=grid.resident.person_id))
    case_id = make.make_case(session, grid, state=State.CLAIMED).id
    make.whistle(session, grid, case_id, ("城管执法",))
    link = queries.by_token(session, _token(session, grid, case_id))
    with pytest.raises(errors.NotAssessableError):
        verbs.assess(session, link=link, score=5, answered_by="王队长")
    for saying in (Saying.ARRIVED, Saying.ACCEPTED, Saying.FINISHED):
        verbs.say(session, link=link, saying=saying, answered_by="王队长", words="在办")
    with pytest.raises(errors.WhistleStepError) as refused:
        verbs.say(session, link=link, saying=Saying.ACCEPTED, answered_by="王队长")
    assert "possible" in refused.value.facts
    part = _part(session, case_id)
    assert part.state is CalledState.FINISHED
    calls.release(session, actor=grid.officer, case_id=case_id, whistle_id=part.id)
    assert queries.call(session, link).may_assess
    verbs.assess(session, link=link, score=4, answered_by="王队长", words="说得清楚")
    with pytest.raises(errors.NotAssessableError):
        verbs.assess(session, link=link, score=1, answered_by="王队长")

    assert _part(session, case_id).department_score == 4
    said = details.history(session, actor=grid.officer, case_id=case_id).items
    assert [one.actor_name for one in said].count("城管执法 王队长") == 4
    told = codes_of(session, grid.officer.person_id)
    assert told.count("case_department_answered") == 4
    assert "城管执法对" in last_text(session, grid.officer.person_id)
    assert list(verify.findings(session)) == []


def test_who_declines_says_why(session: Session, grid: make.Grid, case_id: int) -> None:
    link = queries.by_token(session, _token(session, grid, case_id))
    with pytest.raises(WordsMissingError):
        verbs.say(session, link=link, saying=Saying.DECLINED, answered_by="王队长")
    assert _part(session, case_id).state is CalledState.NOTIFIED
    verbs.say(session, link=link, saying=Saying.DECLINED, answered_by="王队长", words="归市政管")
    assert _part(session, case_id).state is CalledState.DECLINED


def test_a_link_is_for_one_part_and_a_time_and_a_new_one_ends_it(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    key = uuid.uuid4()
    first = _token(session, grid, case_id, key)
    assert _token(session, grid, case_id, key) == first
    second = _token(session, grid, case_id)
    with pytest.raises(LinkNotFoundError):
        queries.by_token(session, first)
    link = queries.by_token(session, second)
    digests = session.scalars(select(CaseCallLink.token_digest)).all()
    assert set(digests) == {intake_rules.token_digest(one) for one in (first, second)}
    with (
        clock.fixed_at(clock.now() + LINK),
        pytest.raises(LinkNotFoundError),
    ):
        queries.by_token(session, second)
    verbs.stop_link(session, actor=grid.officer, case_id=case_id, whistle_id=link.whistle_id)
    with pytest.raises(LinkNotFoundError):
        queries.by_token(session, second)
    assert queries.link(session, link.whistle_id) is None


def test_a_link_is_made_within_reach_and_not_when_all_is_said(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    part = _part(session, case_id)
    with pytest.raises(CaseNotFoundError):
        verbs.make_link(
            session, actor=grid.resident, case_id=case_id, whistle_id=part.id, key=uuid.uuid4()
        )
    officer = grid.officer
    calls.withdraw(session, actor=officer, case_id=case_id, whistle_id=part.id, words="不用来了")
    assert _token(session, grid, case_id)
    calls.assess(
        session, actor=officer, case_id=case_id, whistle_id=part.id, side=Side.DEPARTMENT, score=5
    )
    with pytest.raises(errors.LinkNeedlessError):
        _token(session, grid, case_id)


@pytest.mark.parametrize(
    "written",
    [
        """INSERT INTO case_call_link (community_id, whistle_id, token_digest, made_at, expires_at)
        SELECT community_id, whistle_id, 'x', made_at, expires_at FROM case_call_link""",
        "UPDATE case_call_link SET token_digest = 'x'",
        "UPDATE case_call_link SET expires_at = '2099-01-01T00:00:00+00:00'",
        "DELETE FROM case_call_link",
    ],
)
def test_the_database_holds_one_link_for_a_part_and_keeps_it(
    session: Session, grid: make.Grid, case_id: int, written: str
) -> None:
    _token(session, grid, case_id)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(written))


def test_a_link_that_was_stopped_stays_so(session: Session, grid: make.Grid, case_id: int) -> None:
    link = queries.by_token(session, _token(session, grid, case_id))
    verbs.stop_link(session, actor=grid.officer, case_id=case_id, whistle_id=link.whistle_id)
    with pytest.raises(LinkNotFoundError):
        verbs.say(session, link=link, saying=Saying.ARRIVED, answered_by="王队长")
    assert _part(session, case_id).state is CalledState.NOTIFIED
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE case_call_link SET stopped_at = NULL"))


def test_a_call_that_is_over_shows_no_more_than_that(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    link = queries.by_token(session, _token(session, grid, case_id))
    shown = queries.call(session, link)
    assert (shown.words, shown.is_over, len(shown.others)) == ("请来一起看。", False, 1)
    part = _part(session, case_id)
    calls.withdraw(
        session, actor=grid.officer, case_id=case_id, whistle_id=part.id, words="不用来了"
    )
    assert queries.call(session, link).may_assess
    with clock.fixed_at(clock.now() + HEARING):
        shown = queries.call(session, link)
        assert (shown.words, shown.place_label, shown.others) == ("", "", ())
        assert (shown.is_over, shown.may_assess) == (True, False)
        with pytest.raises(errors.LinkNeedlessError):
            _token(session, grid, case_id)


def _made(client: FlaskClient, case_id: int, part_id: int) -> str:
    answer = client.post(
        f"/cases/{case_id}/whistles/{part_id}/link", data={"_key": str(uuid.uuid4())}
    )
    found = re.search(r"/public/calls/[\w-]{40,}", answer.text)
    assert found is not None, answer.text
    assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]
    return found[0]


def test_the_page_of_a_link_shows_the_call_and_nobody(
    app: Flask, session: Session, grid: make.Grid, case_id: int
) -> None:
    row = session.get_one(CaseFile, case_id)
    part = _part(session, case_id)
    officer, department = make.open_browser(app, session, grid.officer), app.test_client()
    at = _made(officer, case_id, part.id)
    page = department.get(at)
    assert (page.status_code, page.headers["X-Robots-Tag"]) == (200, "noindex, nofollow")
    for shown in ("城管执法", "请来一起看。", row.number, "市场监管", "到现场了"):
        assert shown in page.text
    for hidden in (row.title, row.holder_name or "?"):
        assert hidden not in page.text
    nameless = department.post(f"{at}/answers", data={"saying": "arrived"})
    assert (nameless.status_code, _part(session, case_id).state) == (422, CalledState.NOTIFIED)
    said = {"saying": "arrived", "answered_by": "王队长", "words": "五分钟到"}
    assert department.post(f"{at}/answers", data=said).status_code == 303
    again = department.post(f"{at}/answers", data=said)
    assert (again.status_code, "五分钟到" in again.text) == (409, True)
    session.expire_all()
    assert _part(session, case_id).state is CalledState.ARRIVED
    assert (
        department.post(f"{at}/assessments", data={"score": 5, "answered_by": "王队长"}).status_code
        == 409
    )
    assert "停用链接" in officer.get(f"/cases/{case_id}/whistles/{part.id}").text
    assert officer.post(f"/cases/{case_id}/whistles/{part.id}/link/stop").status_code == 303
    assert department.get(at).status_code == 404


def test_guesses_at_links_wait(app: Flask, session: Session, grid: make.Grid, case_id: int) -> None:
    session.commit()
    client = app.test_client()
    answers = [
        client.get(f"/public/calls/{'x' * 43}").status_code
        for _ in range(intake_rules.LINK_GUESSES_FREE + 1)
    ]
    assert (answers[0], answers[-1]) == (404, 422)


def test_programs_make_links_and_answer(
    app: Flask, session: Session, grid: make.Grid, case_id: int
) -> None:
    part, key = _part(session, case_id), {"Idempotency-Key": str(uuid.uuid4())}
    officer, department = make.open_browser(app, session, grid.officer), app.test_client()
    made = officer.post(f"/api/v1/cases/{case_id}/whistles/{part.id}/link", headers=key)
    at = f"/api/v1/open-calls/{made.get_json()['token']}"
    told = department.get(at).get_json()
    assert (told["part"]["name"], told["sayings"]) == ("城管执法", ["arrived", "declined"])
    said = {"saying": "arrived", "answered_by": "王队长"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    told = department.post(f"{at}/answers", json=said, headers=key).get_json()
    assert told["part"]["state"] == "arrived"
    early = department.post(
        f"{at}/assessments",
        json={"score": 5, "answered_by": "王队长"},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert early.get_json()["code"] == "case_not_assessable"
    key = {"Idempotency-Key": str(uuid.uuid4())}
    stopped = officer.post(f"/api/v1/cases/{case_id}/whistles/{part.id}/link/stop", headers=key)
    assert (stopped.status_code, department.get(at).status_code) == (200, 404)
