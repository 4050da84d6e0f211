"""The hall in the browser: an opinion becomes an item, is decided with a quorum, becomes a case."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import cases
from tests.make import deliberation as make
from tests.make.cases import open_browser
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import details, linked
from timebank.cases.queries import verify as case_proof
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.flow import State as CaseState
from timebank.cases.service import hall as case_hall
from timebank.cases.service import nightly
from timebank.deliberation.queries import decisions, meetings
from timebank.deliberation.queries.decisions import DecisionFilter
from timebank.deliberation.rules.meetings import State
from timebank.deliberation.service import holding
from timebank.jobs.models import Job
from timebank.kernel import clock
from timebank.kernel.actor import Actor

Browse = Callable[[Actor], FlaskClient]


@pytest.fixture
def hall(session: Session) -> make.Hall:
    """A community in which people meet."""
    return make.make_hall(session)


@pytest.fixture
def browse(app: Flask, session: Session) -> Browse:
    """Open a browser for somebody."""
    return lambda actor: open_browser(app, session, actor)


def test_a_resident_says_something_and_it_goes_to_its_last_decision(
    session: Session, hall: make.Hall, browse: Browse
) -> None:
    resident = browse(hall.resident)
    assert resident.get("/voices/new").status_code == 200
    said = resident.post("/voices/new", data={"title": "楼上扔烟头", "words": "天天扔"})
    opinion = said.location.replace("/voices/", "/opinions/")
    assert "楼上扔烟头" in resident.get("/voices").text
    assert resident.get(opinion).status_code == 403
    client = browse(hall.keeper)
    assert "楼上扔烟头" in client.get("/opinions").text
    assert (
        client.post(f"{opinion}/sort", data={"topic": "safety", "is_public": "true"}).status_code
        == 303
    )
    plan = {
        "title": "十一月议事会", "kind": "hall", "place": "议事厅", "at": "09:00",
        "on": clock.today().isoformat(),
    }  # fmt: skip
    meeting = client.post("/meetings/new", data=plan).location
    meeting_id = int(meeting.rsplit("/", 1)[1])
    assert client.post(f"{opinion}/agenda", data={"meeting_id": meeting_id}).status_code == 303
    for side, name in make.SIDES:
        told = {"side": side.value, "name": name, "has_vote": "true"}
        assert client.post(f"{meeting}/seats", data=told).status_code == 303
    assert client.post(f"{meeting}/invite").status_code == 303
    view = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id)
    item = f"{meeting}/items/{view.items[0].id}"
    assert client.post(f"{meeting}/hold").status_code == 303
    decide = {
        "words": "装仰拍摄像头", "owner_seat_id": view.seats[2].id,
        "due_on": (clock.today() + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    refused = client.post(f"{item}/decisions", data=decide)
    assert (refused.status_code, "现在只能讨论" in refused.text) == (409, True)
    for seat in view.seats:
        assert client.post(f"{meeting}/seats/{seat.id}/sign-in").status_code == 303
    stance = {"side": "residents", "words": "赞成", "yes": 1}
    assert client.post(f"{item}/stances", data=stance).status_code == 303
    assert client.post(f"{item}/decisions", data=decide).status_code == 303
    assert "装仰拍摄像头" in client.get(item).text
    assert client.post(f"{meeting}/minutes", data={"words": "各方同意"}).status_code == 303
    scan = {"scan": (BytesIO(make.a_scan()), "签字.png")}
    assert client.post(f"{meeting}/sign", data=scan).status_code == 303
    assert client.get(f"{meeting}/scan").mimetype == "image/jpeg"
    assert client.post(f"{meeting}/publish", data={"summary": "定了"}).status_code == 303
    public = client.get(f"/hall/{meeting_id}").text
    assert "装仰拍摄像头" in public
    assert "周桂芳" not in public
    found = decisions.decisions(session, actor=hall.keeper, wanted=DecisionFilter())
    decision = f"/decisions/{found.items[0].id}"
    case = {"title": "装摄像头", "category": "facilities", "micro_grid_id": hall.grid.micro_grid_id}
    made = client.post(f"{decision}/case", data=case).location
    assert "议定的事" in client.get(made).text
    others = linked.linked(session, actor=hall.keeper, case_id=int(made.rsplit("/", 1)[1])).others
    assert [group.lines[0].title for group in others] == ["装仰拍摄像头"]
    assert client.post(f"{decision}/finish", data={"outcome": "装了 6 个"}).status_code == 303
    assert client.post(f"{decision}/close").status_code == 409
    other = browse(hall.second)
    assert other.post(f"{decision}/close").status_code == 303
    assert "已销号" in other.get(decision).text


def test_every_page_opens_and_lists_are_bounded(
    session: Session, hall: make.Hall, browse: Browse
) -> None:
    decision_id = make.make_decision(session, hall)
    meeting_id = make.make_meeting(session, hall, State.PUBLISHED)
    opinion_id = make.make_opinion(session, hall)
    client = browse(hall.keeper)
    for path in (
        "/opinions", "/opinions/new", f"/opinions/{opinion_id}", f"/opinions/{opinion_id}/case",
        "/meetings", "/meetings/new", f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/sheet",
        "/matters", "/matters?decided=true", "/decisions", f"/decisions/{decision_id}",
        f"/decisions/{decision_id}/case", "/hall-rules", "/voices", f"/hall/{meeting_id}", "/say",
        "/api/v1/opinions", "/api/v1/meetings", f"/api/v1/meetings/{meeting_id}",
        "/api/v1/decisions", "/api/v1/meeting-figures", "/api/v1/matters", "/api/v1/hall-rules",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
    assert client.get("/opinions?cursor=x").status_code == 422


def test_who_has_no_account_says_something_and_follows_it(
    session: Session, hall: make.Hall, app: Flask
) -> None:
    session.commit()
    client = app.test_client()
    told = {"community_id": hall.grid.community_id, "title": "车位太少", "words": "晚上没处停"}
    answer = client.post("/say", data=told)
    assert answer.status_code == 303
    assert "车位太少" in client.get(answer.location).text
    assert client.get("/say/nobody-has-this").status_code == 404


def test_a_case_is_brought_to_a_meeting(session: Session, hall: make.Hall, browse: Browse) -> None:

    case = cases.make_case(session, hall.grid, state=CaseState.CLAIMED)
    meeting_id = make.make_meeting(session, hall)
    client = browse(hall.keeper)
    assert client.get(f"/cases/{case.id}/meeting").status_code == 200
    told = {"meeting_id": meeting_id, "title": "堆物", "note": "请各方定谁来清"}
    assert client.post(f"/cases/{case.id}/meeting", data=told).status_code == 303
    assert "会上议过" in client.get(f"/cases/{case.id}").text
    view = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id)
    assert view.items[0].case_id == case.id


def test_what_is_decided_about_a_case_is_written_into_it_once(
    session: Session, hall: make.Hall
) -> None:
    case = cases.make_case(session, hall.grid, state=CaseState.CLAIMED)
    meeting_id = make.make_meeting(session, hall, State.INVITED)
    item_id = case_hall.bring_to_meeting(
        session,
        actor=hall.grid.admin,
        case_id=case.id,
        meeting_id=meeting_id,
        title="堆物",
        note="请各方定谁来清",
    )
    seats = meetings.meeting(session, actor=hall.keeper, meeting_id=meeting_id).seats
    for seat in seats:
        holding.sign_in(session, actor=hall.keeper, meeting_id=meeting_id, seat_id=seat.id)
    holding.hold(session, actor=hall.keeper, meeting_id=meeting_id)
    for _ in range(2):
        facts = make.a_decision(seats[0].id)
        holding.decide(
            session, actor=hall.keeper, meeting_id=meeting_id, item_id=item_id, facts=facts
        )
    asked = session.scalars(select(Job).where(Job.name == holding.DECIDED_JOB)).all()
    done = [nightly.JOBS[job.name](session, job.payload) for job in asked]

    assert done == [True, False]
    session.expire_all()
    assert session.get_one(CaseFile, case.id).meeting_on is None
    history = details.history(session, actor=hall.grid.admin, case_id=case.id).items
    decided = [one for one in history if one.type is EventType.DECIDED]
    assert [(one.words, one.actor_name) for one in decided] == [
        ("装 6 个仰拍摄像头", "高空抛物议事会")
    ]
    assert list(case_proof.findings(session)) == []
