"""Who owes what was decided says so themselves; projects come to the table; names stay veiled."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import deliberation as make
from tests.make.cases import open_browser
from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.queries import decisions as queries
from timebank.deliberation.queries import meetings
from timebank.deliberation.rules.meetings import State, veiled
from timebank.deliberation.service import arriving, following, holding
from timebank.kernel import clock
from timebank.notices.models.messages import Message


@pytest.fixture
def hall(session: Session) -> make.Hall:
    """A community in which people meet."""
    return make.make_hall(session)


def test_names_keep_only_the_family_name() -> None:
    said = "周桂芳和周桂说好，由周桂芳去办。"

    assert veiled(said, {"周桂", "周桂芳", "王"}) == "周**和周*说好，由周**去办。"


def test_the_owner_reports_what_is_done_and_nobody_else_does_so_there(
    app: Flask, session: Session, hall: make.Hall
) -> None:
    decision_id = make.make_decision(session, hall)
    with pytest.raises(errors.DecisionNotFoundError):
        following.finish_own(session, actor=hall.keeper, decision_id=decision_id, outcome="装好了")
    with clock.fixed_at(clock.now() + timedelta(days=20)):
        following.remind(session, {})
    browser = open_browser(app, session, hall.resident)
    at = f"/my/decisions/{decision_id}"
    assert at in session.scalars(select(Message.url)).all()
    assert at in browser.get("/my/decisions").text
    assert browser.post(f"{at}/finish", data={"outcome": ""}).status_code == 422
    assert browser.post(f"{at}/finish", data={"outcome": "装好了"}).status_code == 303
    assert browser.get(f"/decisions/{decision_id}").status_code == 403

    done = queries.own_decision(session, actor=hall.resident, decision_id=decision_id)
    assert (done.state, done.outcome, done.done_by_name) == ("done", "装好了", "周桂芳")
    other = open_browser(app, session, hall.second)
    assert other.get(at).status_code == 404


def test_a_project_is_brought_to_a_meeting_from_its_page(
    app: Flask, session: Session, hall: make.Hall
) -> None:
    decision_id = make.make_decision(session, hall)
    project_id = following.start_project(
        session, actor=hall.keeper, decision_id=decision_id, title="加装摄像头"
    )
    browser = open_browser(app, session, hall.keeper)
    at = f"/projects/{project_id}/meeting"
    assert "没有在筹备的会议" in browser.get(at).text
    assert at in browser.get(f"/projects/{project_id}").text
    meeting_id = make.make_meeting(session, hall, State.DRAFT)
    session.commit()
    told = {"meeting_id": meeting_id, "title": "摄像头装哪里", "description": "定位置"}
    assert browser.post(at, data=told).status_code == 303

    items = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id).items
    assert project_id in [one.project_id for one in items]


def test_the_public_summary_names_nobody_in_full(
    app: Flask, session: Session, hall: make.Hall
) -> None:
    meeting_id = make.make_meeting(session, hall, State.SIGNED)
    name = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id).seats[0].name
    holding.publish(
        session, actor=hall.keeper, meeting_id=meeting_id, summary=f"{name}说了大家的想法。"
    )
    session.commit()

    page = app.test_client().get(f"/hall/{meeting_id}").text
    assert (name in page, f"{name[0]}{'*' * (len(name) - 1)}说了" in page) == (False, True)


def test_who_is_invited_signs_in_by_the_code_of_the_day(
    app: Flask, session: Session, hall: make.Hall
) -> None:
    meeting_id = make.make_meeting(session, hall, State.INVITED)
    code = arriving.code_of(meeting_id)
    resident, keeper, other = (
        open_browser(app, session, one) for one in (hall.resident, hall.keeper, hall.second)
    )
    assert "签到二维码" in keeper.get(f"/meetings/{meeting_id}/screen").text
    assert resident.get(f"/meetings/{meeting_id}/screen").status_code == 403
    at = f"/meetings/{meeting_id}/here"
    assert code in resident.get(f"{at}?code={code}").text
    assert resident.post(at, data={"code": "0" * 16}).status_code == 422
    assert other.post(at, data={"code": code}).status_code == 404
    assert resident.post(at, data={"code": code}).status_code == 303
    again = resident.post(at, data={"code": code})
    assert (again.status_code, f'value="{code}"' in again.text) == (409, True)

    with clock.fixed_at(clock.now() + timedelta(days=1)):
        assert arriving.code_of(meeting_id) != code
    seats = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id).seats
    assert [one.person_id for one in seats if one.signed_in_at] == [hall.resident.person_id]
