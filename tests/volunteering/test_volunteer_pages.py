"""The pages of changes, volunteers, offers and what people say, as each of those who use them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.browsing import see, send
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
    need_facts,
    sign_up_id,
)
from tests.make.volunteering import NOW, make_street
from tests.make.volunteers import make_applied, make_stranger
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.volunteering.models.admission import AccidentCover, VolunteerAdmission
from timebank.volunteering.models.feedback import TaskFeedback
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.offers import Offer
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import needs, rosters


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def test_a_task_is_changed_on_its_page_and_who_promised_sees_both_values(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=2)
    officer, first = team.street.officer, team.helpers[0]
    task_id = make_activity(session, team.street)
    join(session, task_id, first)
    assert 'value="周六义诊"' in see(client, session, officer, f"/tasks/{task_id}/edit")
    form = {
        "activity": "周六义诊", "on": "2026-11-20", "starts_at": "11:00", "ends_at": "13:00",
        "places": "20", "place": "二楼", "micro_grid_id": team.street.place.id,
        "risk": "low",
    }  # fmt: skip

    wrong = send(client, session, officer, f"/tasks/{task_id}/edit", **form)
    assert wrong.status_code == 422
    assert 'value="二楼"' in wrong.text
    form["reason"] = "医生晚到"
    assert send(client, session, officer, f"/tasks/{task_id}/edit", **form).status_code == 303

    for url in ("/me/tasks", f"/tasks/{task_id}"):
        page = see(client, session, first, url)
        assert "10:00–12:00" in page
        assert "11:00–13:00" in page
    assert "因为：医生晚到" in see(client, session, first, f"/tasks/{task_id}")
    form["skills"] = "repair"
    named = send(client, session, officer, f"/tasks/{task_id}/edit", **form)
    assert named.status_code == 409
    assert f"要请他们再答一声的：{first.name}" in named.text
    assert f'name="unfit_ids" value="{first.person_id}"' in named.text
    form |= {"unfit_ids": first.person_id, "is_unfit_known": "true"}
    assert send(client, session, officer, f"/tasks/{task_id}/edit", **form).status_code == 303
    assert "没有要求 → 修理" in see(client, session, first, f"/tasks/{task_id}")
    assert "医生晚到" not in see(client, session, team.helpers[1], f"/tasks/{task_id}")
    see(client, session, make_stranger(session), f"/tasks/{task_id}/edit", 404)
    poster = see(client, session, officer, f"/tasks/{task_id}/poster")
    assert poster.count("<svg") >= 2
    visit = make_need_task(session, team.street)
    see(client, session, officer, f"/tasks/{visit}/poster", 404)
    assert 'value="2026-11-27"' in see(client, session, officer, f"/tasks/new?like_id={task_id}")


def test_an_elder_changes_a_need_and_asks_again_for_what_they_had_before(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    need_id = make_need(session, street)
    assert "改这个求助" in see(client, session, street.elder, f"/needs/{need_id}")
    form = {
        "kind_id": street.kind_id, "first_on": "2026-11-21", "starts_at": "15:00",
        "minutes": "30", "helpers": "1", "reason": "上午要做理疗",
    }  # fmt: skip
    assert "陪着说说话" in see(client, session, street.elder, f"/needs/{need_id}/edit")
    assert send(client, session, street.elder, f"/needs/{need_id}/edit", **form).status_code == 303
    page = see(client, session, street.officer, f"/needs/{need_id}")
    assert "上午要做理疗" in page
    assert "10:00–12:00" in page

    again = see(client, session, street.elder, f"/needs/new?like_id={need_id}")
    assert 'value="15:00"' in again
    phone = see(client, session, street.officer, "/needs/new?recipient_text=孙桂英")
    assert f"like_id={need_id}" in phone
    see(client, session, make_stranger(session), f"/needs/{need_id}/edit", 404)


def test_a_day_in_shifts_is_posted_at_once(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    form = {
        "activity": "健康义诊", "kind_id": street.kind_id, "on": "2026-11-20",
        "starts_at": "08:00", "ends_at": "12:00", "places": "20", "shifts": "2",
        "micro_grid_id": street.place.id,
    }  # fmt: skip
    assert send(client, session, street.officer, "/tasks/new", **form).status_code == 303
    assert [one.places for one in session.query(Task)] == [20, 20]
    assert send(
        client, session, street.officer, "/tasks/new", **{**form, "shifts": "7"}
    ).status_code == 422  # fmt: skip


def test_somebody_asks_to_be_a_volunteer_and_two_of_the_staff_look(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    elder, elder_id = street.elder, street.elder_person.id
    assert "我要当志愿者" in see(client, session, elder, "/me/volunteer")
    assert send(client, session, elder, "/me/volunteer", words="会唱戏").status_code == 303
    assert "带身份证到社区核对" in see(client, session, elder, "/me/volunteer")
    assert send(client, session, elder, "/me/volunteer").status_code == 409
    assert "1 人等答复" in see(client, session, street.officer, "/needs")
    assert "会唱戏" in see(client, session, street.officer, "/volunteers")

    at = f"/volunteers/{elder_id}"
    assert send(client, session, street.admin, f"{at}/admit").status_code == 409
    assert send(client, session, street.officer, f"{at}/check").status_code == 422
    note = {"identity_note": "身份证原件"}
    assert send(client, session, street.officer, f"{at}/check", **note).status_code == 303
    assert "同意加入" in see(client, session, street.admin, at)
    assert send(client, session, street.officer, f"{at}/admit").status_code == 403
    assert send(client, session, street.admin, f"{at}/admit").status_code == 303
    assert send(client, session, street.admin, f"{at}/suspend", reason="要核实").status_code == 303
    assert "要核实" in see(client, session, elder, "/me/volunteer")
    assert session.query(VolunteerAdmission).one().state == "suspended"
    see(client, session, make_stranger(session), at, 404)


def test_staff_tell_what_somebody_brings_and_insure_one_or_all(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    officer, admin = team.street.officer, team.street.admin
    person_id = team.helpers[0].person_id
    at = f"/volunteers/{person_id}"
    told = {"skills": ["haircut"], "free_times": ["3a"], "far": "grid"}
    assert send(client, session, officer, f"{at}/profile", **told).status_code == 303
    assert "志愿者甲" in see(client, session, officer, "/volunteers?skill=haircut&free_time=3a")
    assert "没有这样的志愿者" in see(client, session, officer, "/volunteers?skill=law")

    cover = {
        "insurer": "人保财险", "policy_number": "P-1",
        "from_on": "2026-01-01", "until_on": "2026-12-31",
    }  # fmt: skip
    assert send(client, session, admin, f"{at}/cover", **cover).status_code == 303
    late = {**cover, "until_on": "2025-12-31"}
    assert send(client, session, admin, "/volunteers/covers", **late).status_code == 422
    assert send(client, session, admin, "/volunteers/covers", **cover).status_code == 303
    assert "保全体志愿者" in see(client, session, officer, "/volunteers/covers")
    assert "在保" in see(client, session, officer, at)
    assert sorted(str(one.person_id) for one in session.query(AccidentCover)) == sorted(
        [str(person_id), "None"]
    )
    make_applied(session, team.helpers[0])
    assert send(client, session, admin, f"{at}/refuse", reason="证件过期").status_code == 303
    assert send(client, session, officer, f"{at}/apply", words="又来了").status_code == 303


def test_what_is_offered_is_asked_for_in_one_tap(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=1)
    (one,), street = team.helpers, team.street
    form = {
        "kind_id": street.kind_id, "words": "会理发，带工具", "until_on": "2026-12-31",
        "far": "community", "free_times": ["3a"],
    }  # fmt: skip
    assert send(client, session, one, "/me/offers", **{**form, "words": ""}).status_code == 422
    assert send(client, session, one, "/me/offers", **form).status_code == 303
    offer_id = session.query(Offer).one().id
    assert f"offer_id={offer_id}" in see(client, session, street.elder, "/offers")
    page = see(client, session, street.elder, f"/needs/new?offer_id={offer_id}")
    assert "会先问他" in page

    asked = {
        "kind_id": street.kind_id, "first_on": "2026-11-20", "starts_at": "10:00",
        "minutes": "60", "helpers": "1", "offer_id": offer_id,
    }  # fmt: skip
    assert send(client, session, street.elder, "/needs/new", **asked).status_code == 303
    need = session.query(Need).one()
    (task_id,) = needs.take_up(session, actor=street.officer, need_id=need.id)
    assert listed(session, task_id) == {one.person_id: SignUpState.ASKED}
    assert send(client, session, one, f"/offers/{offer_id}/close").status_code == 303
    assert send(client, session, one, f"/offers/{offer_id}/close").status_code == 409


def test_after_a_visit_both_sides_say_how_it_was(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=1)
    (one,), street = team.helpers, team.street
    task_id = make_need_task(session, street)
    join(session, task_id, one)
    with clock.fixed_at(END + timedelta(minutes=5)):
        rosters.tick_roster(
            session, actor=street.officer, task_id=task_id, volunteer_ids=[one.person_id or 0]
        )
        place = sign_up_id(session, task_id, one)
        at = f"/sign-ups/{place}/feedback"
        assert at in see(client, session, street.elder, "/me/needs")
        assert "事情办好了吗" in see(client, session, street.elder, at)
        assert send(client, session, street.elder, at, satisfaction="good").status_code == 422
        said = {"satisfaction": "poor", "is_solved": "false", "words": "来晚了"}
        assert send(client, session, street.elder, at, **said).status_code == 303
        assert send(client, session, one, at, satisfaction="fair").status_code == 303
        assert session.query(TaskFeedback).count() == 2
        assert "来晚了" in see(client, session, street.officer, "/feedback?satisfaction=poor")
        assert "来晚了" in see(client, session, one, f"/tasks/{task_id}")
        see(client, session, make_stranger(session), at, 404)


def test_what_is_short_of_helpers_stands_before_staff_in_time(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    make_need(session, street, need_facts(street, starts_at=START + timedelta(days=3)))
    make_activity(session, street)
    with clock.fixed_at(NOW + timedelta(hours=20)):
        page = see(client, session, street.officer, "/needs")
    assert "快到时间了，人还不够" in page
    assert "周六义诊" in page
    assert "等了 20 小时" in page


def test_whom_to_ask_shows_how_the_last_months_went(client: FlaskClient, session: Session) -> None:
    team = make_team(session, count=1)
    make_profile(session, session.get(Person, team.helpers[0].person_id), skills=[])
    task_id = make_activity(session, team.street)
    page = see(client, session, team.street.officer, f"/tasks/{task_id}")
    assert "近半年去了 0 次" in page
