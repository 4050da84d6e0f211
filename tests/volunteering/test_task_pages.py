"""The pages of needs and tasks, walked as each of those who use them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in
from tests.make.tasks import (
    END,
    START,
    join,
    listed,
    make_activity,
    make_need,
    make_need_task,
    make_profile,
    make_team,
    sign_up_id,
)
from tests.make.volunteering import NOW
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.rules.presence import Given, Side
from timebank.volunteering.rules.tasks import Admission, SignUpState
from timebank.volunteering.service import checkins


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _see(client: FlaskClient, session: Session, actor: Actor, url: str, status: int = 200) -> str:
    """Return what an actor sees at an address."""
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor."""
    log_in(client, session, actor)
    return client.post(url, data={"_key": str(ids.new_id()), **form})


def test_an_elder_posts_a_need_and_staff_make_it_a_task_that_a_volunteer_takes(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    street, (one,) = team.street, team.helpers
    form = {
        "kind_id": street.kind_id,
        "first_on": "2026-11-20",
        "starts_at": "10:00",
        "minutes": "60",
        "helpers": "1",
        "details": "陪着说说话",
    }

    assert "我要请人帮忙" in _see(client, session, street.elder, "/me/needs")
    refused = _send(client, session, street.elder, "/needs/new", **form | {"starts_at": ""})
    assert refused.status_code == 422
    assert "陪着说说话" in refused.text
    made = _send(client, session, street.elder, "/needs/new", **form)
    assert made.status_code == 303
    need_id = session.query(Need).one().id
    assert "等安排" in _see(client, session, street.officer, "/needs")
    assert "安排成任务" in _see(client, session, street.officer, f"/needs/{need_id}")
    _send(client, session, street.officer, f"/needs/{need_id}/take-up", admission="direct")
    task_id = session.query(Task).one().id
    page = _see(client, session, one, "/me/tasks")
    assert "就在您住的楼里。" in page
    assert "孙桂英" not in page
    assert "孙桂英" not in _see(client, session, one, f"/tasks/{task_id}")
    answer = _send(client, session, one, f"/tasks/{task_id}/sign-up")
    assert answer.status_code == 303

    first = _see(client, session, one, "/me")
    assert "接下来" in first
    assert "看地点和要求" in first
    assert "孙桂英" in first
    assert "有人来帮忙" in _see(client, session, street.elder, "/me")


def test_address_and_phone_are_shown_on_asking_and_in_their_time(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    elder = session.get_one(Person, team.street.elder_person.id)
    elder.address = "1号楼1单元102室"
    task_id = make_need_task(session, team.street)
    join(session, task_id, one)

    page = _see(client, session, one, f"/tasks/{task_id}")
    assert "看地址和电话" not in page
    assert _send(client, session, one, f"/tasks/{task_id}/look").status_code == 403
    with clock.fixed_at(START - timedelta(hours=2)):
        assert "看地址和电话" in _see(client, session, one, f"/tasks/{task_id}")
        shown = _send(client, session, one, f"/tasks/{task_id}/look")
        assert "1号楼1单元102室" in shown.text
        assert "志愿者甲" in _see(client, session, team.street.elder, "/me/looks")


def test_a_scan_leads_to_one_button_and_a_record(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    task_id = make_need_task(session, team.street)
    join(session, task_id, one)

    with clock.fixed_at(START):
        screen = _see(client, session, team.street.elder, f"/tasks/{task_id}/screen")
        assert "<svg" in screen
        _see(client, session, one, f"/tasks/{task_id}/screen", 403)
        stamp = presence_reads.stamp_now(task_id)
        door = _see(client, session, one, f"/tasks/{task_id}/door?s={stamp}")
        assert stamp in door
        wrong = _send(client, session, one, f"/tasks/{task_id}/check-in", code="000001")
        assert wrong.status_code == 422
        assert "纸上的码" in wrong.text
        _send(client, session, one, f"/tasks/{task_id}/check-in", stamp=stamp)
        assert "做完了，签退" in _see(client, session, one, "/me")
    with clock.fixed_at(END):
        code = presence_reads.paper_code(task_id, Side.OUT)
        left = _send(client, session, one, f"/tasks/{task_id}/check-out", code=code)
    assert left.status_code == 303
    record = session.query(ServiceRecord).one()
    page = _see(client, session, one, f"/records/{record.id}")
    assert "到场签到、签退" in page
    assert "10:00 签到" in page


def test_staff_print_the_paper_and_tick_the_roster_in_one_act(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=3)
    task_id = make_activity(session, team.street)
    join(session, task_id, *team.helpers)
    officer = team.street.officer

    paper = _send(client, session, officer, f"/tasks/{task_id}/paper")
    assert presence_reads.paper_code(task_id, Side.IN) in paper.text
    with clock.fixed_at(END + timedelta(minutes=10)):
        page = _see(client, session, officer, f"/tasks/{task_id}/roster")
        assert page.count('name="volunteer_ids"') == 3
        form = {"on": "2026-11-20", "started_at": "10:00", "ended_at": "12:00"}
        nobody = _send(client, session, officer, f"/tasks/{task_id}/roster", **form)
        assert nobody.status_code == 422
        two = [one.person_id for one in team.helpers[:2]]
        done = _send(
            client, session, officer, f"/tasks/{task_id}/roster", volunteer_ids=two, **form
        )
        assert done.status_code == 303
        absent = sign_up_id(session, task_id, team.helpers[2])
        assert "没有到场" in _see(client, session, officer, f"/tasks/{task_id}")
        _send(client, session, officer, f"/sign-ups/{absent}/no-show")
    assert sorted(listed(session, task_id).values()) == ["no_show", "served", "served"]


def test_staff_put_a_forgotten_check_out_right(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    officer = team.street.officer
    task_id = make_activity(session, team.street)
    join(session, task_id, one)
    with clock.fixed_at(START):
        given = Given(stamp=presence_reads.stamp_now(task_id))
        checkins.check_in(session, actor=one, task_id=task_id, given=given)
    with clock.fixed_at(END + timedelta(hours=3)):
        checkins.close_forgotten(session, {})
        assert "没有签退，先按计划结束的时间算" in _see(client, session, officer, "/presences")
        assert "核对签到（1）" in _see(client, session, officer, "/needs")
        there = session.query(Presence).one()
        form = {"on": "2026-11-20", "started_at": "10:00", "reason": "打电话问过"}
        url = f"/presences/{there.id}/settle"
        wrong = _send(client, session, officer, url, ended_at="15:00", **form)
        assert wrong.status_code == 422
        _send(client, session, officer, url, ended_at="11:30", **form)
        record = session.query(ServiceRecord).one()
        page = _see(client, session, officer, f"/records/{record.id}")
    assert record.minutes == 90
    assert "<s>10:00–12:00</s>" in page


def test_the_elder_picks_and_the_volunteer_withdraws_with_a_word(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    elder = team.street.elder
    task_id = make_need_task(session, team.street, admission=Admission.PICKED)
    join(session, task_id, one, two)

    page = _see(client, session, elder, f"/tasks/{task_id}")
    assert "志愿者甲" in page
    assert "选他" in page
    first, second = (sign_up_id(session, task_id, who) for who in (one, two))
    _send(client, session, elder, f"/sign-ups/{first}/pick")
    full = _send(client, session, elder, f"/sign-ups/{second}/pick")
    assert full.status_code == 409
    assert "名额已经满了" in full.text
    _send(client, session, elder, f"/sign-ups/{second}/reserve")
    assert "候补第 1 位" in _see(client, session, two, f"/tasks/{task_id}")
    _send(client, session, one, f"/sign-ups/{first}/withdraw", reason="发烧了")
    assert "候补补上了" in _see(client, session, two, "/me")
    assert listed(session, task_id)[two.person_id or 0] is SignUpState.ACCEPTED


def test_staff_ask_who_fits_sign_up_who_phones_and_cancel(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    officer = team.street.officer
    make_profile(session, session.get_one(Person, one.person_id), free_times=["5m"])
    task_id = make_activity(session, team.street)

    page = _see(client, session, officer, f"/tasks/{task_id}")
    assert "这个时候有空" in page
    _send(client, session, officer, f"/tasks/{task_id}/ask", volunteer_ids=[one.person_id])
    assert "请您帮忙" in _see(client, session, one, "/me")
    card_no = session.get_one(Person, two.person_id).card_no
    url = f"/tasks/{task_id}/sign-up"
    assert _send(client, session, officer, url, volunteer_card="JL-99999").status_code == 422
    assert _send(client, session, officer, url, volunteer_card=card_no).status_code == 303
    decline = session.query(SignUp).filter_by(volunteer_id=one.person_id).one().id
    _send(client, session, one, f"/sign-ups/{decline}/decline")
    _send(client, session, officer, f"/tasks/{task_id}/cancel", reason="下大雨")
    assert "下大雨" in _see(client, session, two, "/me")
    assert sorted(listed(session, task_id).values()) == ["cancelled", "declined"]


def test_forms_of_staff_and_volunteers_open_in_english_too(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    make_activity(session, team.street)
    make_need(session, team.street)
    log_in(client, session, team.street.officer)
    for url in ("/needs", "/needs/new", "/tasks", "/tasks/new", "/guardian-consents", "/presences"):
        answer = client.get(url, headers={"Accept-Language": "en"})
        assert answer.status_code == 200, answer.text
    log_in(client, session, team.helpers[0])
    for url in ("/me", "/me/tasks", "/me/volunteering", "/me/needs", "/needs/new", "/tasks"):
        answer = client.get(url, headers={"Accept-Language": "en"})
        assert answer.status_code == 200, answer.text
    assert (
        "It is in your building." in client.get("/me/tasks", headers={"Accept-Language": "en"}).text
    )


def test_a_volunteer_says_what_they_can_do_and_staff_note_a_guardian(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    form = {"skills": ["haircut", "phone"], "free_times": ["1m", "3a"]}

    assert _send(client, session, one, "/me/volunteering", **form).status_code == 303
    page = _see(client, session, one, "/me/volunteering")
    assert page.count(" checked") == 5  # how far, too
    wrong = _send(client, session, one, "/me/volunteering", skills=["flying"])
    assert wrong.status_code == 422
    refused = _send(
        client, session, team.street.officer, "/guardian-consents",
        minor_card=team.street.elder_person.card_no, guardian_card="JL-99999",
    )  # fmt: skip
    assert refused.status_code == 422


def test_others_tasks_and_needs_are_not_there(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=2)
    one, two = team.helpers
    task_id = make_need_task(session, team.street)
    join(session, task_id, one)
    need_id = session.query(Need).one().id

    _see(client, session, one, f"/needs/{need_id}", 404)
    with clock.fixed_at(START + timedelta(minutes=1)):
        _see(client, session, two, f"/tasks/{task_id}", 404)
        _see(client, session, one, f"/tasks/{task_id}")
