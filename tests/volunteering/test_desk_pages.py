"""The review desk's pages and its answers to programs: who sees what, what a double click does."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.desk import make_officer, make_other_way, reckon, set_rules
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.volunteering.models.desk import FirstApproval
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.spot_checks import SpotCheck
from timebank.volunteering.service import disputes, review, spot_checks

LATER = NOW + timedelta(days=7)


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _keyed() -> dict[str, str]:
    return {"Idempotency-Key": str(ids.new_id())}


def _mutual(session: Session, street: Street) -> int:
    for days in (4, 2):
        make_other_way(session, street, day=DAY - timedelta(days=days))
        make_confirmed(session, street, day=DAY - timedelta(days=days))
    record_id = make_confirmed(session, street)
    reckon(session)
    return record_id


def _checked(session: Session, street: Street) -> int:
    make_approved(session, street)
    with clock.fixed_at(LATER):
        spot_checks.draw_checks(session, {})
    return session.scalars(select(SpotCheck.id)).one()


def test_reasons_are_for_staff_of_the_place_only(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = _mutual(session, street)

    log_in(client, session, street.officer)
    page = client.get("/review").text
    seen = client.get(f"/review/{record_id}").text
    assert "两人互相服务：90 天里去 3 次、回 2 次" in page
    assert "占他全部时长的 100%" in seen
    assert "只是提示" in seen
    for party in (street.volunteer, street.elder):
        log_in(client, session, party)
        assert client.get("/review").status_code == 403
        own = client.get(f"/records/{record_id}").text
        assert "值得看" not in own
        assert "互相" not in own


def test_an_approval_that_is_sent_again_stays_the_first_of_two(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    set_rules(session, street, second_minutes=60)
    record_id = make_confirmed(session, street)
    log_in(client, session, street.officer)
    form = {"record_ids": [record_id], "_key": str(ids.new_id())}

    answers = [client.post("/review/approve", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert session.scalars(select(FirstApproval.state)).all() == ["waiting"]
    assert "核对过一遍，等另一位再核对" in client.get("/review").text
    again = client.post(f"/review/{record_id}/approve", data={"_key": str(ids.new_id())})
    assert again.status_code in {403, 404}
    log_in(client, session, make_officer(session, street))
    assert "赵强核对过第一遍" in client.get("/review?is_second=true").text


def test_the_program_ranks_and_decides_as_the_page_does(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    set_rules(session, street, second_minutes=60)
    record_id = _mutual(session, street)
    log_in(client, session, street.officer)

    listed = client.get("/api/v1/review-desk?code=reciprocal&limit=2").get_json()
    one = client.get(f"/api/v1/review-desk/{record_id}").get_json()
    done = client.post(
        "/api/v1/service-records/approve", json={"record_ids": [record_id]}, headers=_keyed()
    )

    assert len(listed["items"]) == 2
    assert listed["next_cursor"]
    assert {reason["code"] for reason in one["reasons"]} >= {"reciprocal"}
    assert one["first"] is None
    assert done.get_json() == {"approved": 0, "awaiting_second": 1}
    assert client.get(f"/api/v1/review-desk/{record_id}").status_code == 404
    assert client.get("/api/v1/review-desk?cursor=WzEsIngiXQ").status_code == 422
    rules = client.get("/api/v1/desk-rules").get_json()
    assert [one["second_minutes"] for one in rules] == [60]
    refused = client.post("/api/v1/desk-rules", json={"appeal_days": 0}, headers=_keyed())
    assert refused.status_code == 403


def test_the_rules_are_set_by_the_form(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    log_in(client, session, street.admin)
    form = {"appeal_days": "20", "in_force_on": DAY.isoformat(), "second_minutes": "", "note": "试"}

    wrong = client.post("/review/rules", data=form | {"appeal_days": "0"})
    done = client.post("/review/rules", data=form)

    assert (wrong.status_code, done.status_code) == (422, 303)
    page = client.get("/review/rules").text
    assert "现在用的是第 1 版" in page
    log_in(client, session, street.officer)
    assert "记下新的一版" not in client.get("/review/rules").text


def test_a_check_is_taken_written_and_reported(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    check_id = _checked(session, street)
    with clock.fixed_at(LATER):
        log_in(client, session, street.officer)
        assert "您经手过" in client.get(f"/spot-checks/{check_id}").text
        assert client.post(f"/spot-checks/{check_id}/take", data={}).status_code == 403
        log_in(client, session, make_officer(session, street))
        assert client.post(f"/spot-checks/{check_id}/take", data={}).status_code == 303
        wrong = client.post(f"/spot-checks/{check_id}/result", data={"result": "differs"})
        told = {"how": "visit", "result": "differs", "actual_minutes": "60", "words": "一个钟头"}
        done = client.post(f"/spot-checks/{check_id}/result", data=told)
        assert (wrong.status_code, done.status_code) == (422, 303)
        again = client.post(f"/api/v1/spot-checks/{check_id}/result", json=told, headers=_keyed())
        assert again.status_code == 409
        report = client.get("/api/v1/spot-checks/by-month").get_json()
        book = client.get("/spot-checks/report.xlsx")
        assert client.get("/api/v1/spot-draws").get_json()[0]["drawn"] == 1
        log_in(client, session, street.admin)
        back = client.post(f"/spot-checks/{check_id}/take-back", data={"reason": "抽查不符"})

    assert (report[0]["wrong"], report[0]["right_percent"]) == (1, 0)
    rows = CalamineWorkbook.from_filelike(BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:5] == ["2026-11", 1.0, 1.0, 0.0, 1.0]
    assert back.status_code == 303
    assert session.scalars(select(Dispute.about)).all() == ["unapproval"]


def test_an_appeal_goes_its_way_by_pages_and_programs(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    log_in(client, session, street.volunteer)
    assert "有 1 条记录被退回" in client.get("/me").text
    assert "12月3日" in client.get("/me/appeals").text
    assert client.post(f"/records/{record_id}/appeal", data={"words": " "}).status_code == 422
    assert client.post(f"/records/{record_id}/appeal", data={"words": "我去了"}).status_code == 303
    (mine,) = client.get("/api/v1/me/disputes").get_json()
    decide = f"/api/v1/disputes/{mine['id']}/decide"
    verdict = {"is_granted": False, "words": "没有凭据"}
    assert client.post(decide, json=verdict, headers=_keyed()).status_code == 403

    second = make_officer(session, street)
    log_in(client, session, second)
    assert client.post(decide, json=verdict, headers=_keyed()).get_json()["state"] == "upheld"
    log_in(client, session, street.volunteer)
    page = f"/disputes/{mine['id']}"
    assert "申请仲裁" in client.get(page).text
    assert client.post(f"{page}/arbitration", data={"words": "请再看"}).status_code == 303
    log_in(client, session, street.admin)
    assert f'href="{page}"' in client.get("/disputes").text
    voted = client.post(f"{page}/arbitrate", data={"is_granted": "true", "words": "查到了"})
    assert voted.status_code == 303
    assert client.get(f"/api/v1/disputes/{mine['id']}").get_json()["state"] == "granted"


def test_strangers_find_no_dispute(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="我去了"
    )
    stranger = make_actor(
        session, community_id=street.community.id, roles=(("volunteer", "own", None),)
    )

    for actor in (street.elder, stranger):
        log_in(client, session, actor)
        assert client.get(f"/disputes/{dispute_id}").status_code == 404
        assert client.get(f"/api/v1/disputes/{dispute_id}").status_code == 404
        words = {"words": "我来说"}
        asked = client.post(f"/disputes/{dispute_id}/arbitration", data=words)
        assert asked.status_code == 404


def test_what_is_overdue_stands_on_the_first_page(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    disputes.appeal(session, actor=street.volunteer, record_id=record_id, words="我去了")

    with clock.fixed_at(LATER + timedelta(days=1)):
        log_in(client, session, street.admin)
        today = client.get("/today").text
        log_in(client, session, street.officer)
        desk = client.get("/review").text

    assert "1 件申诉或仲裁过了答复的期限" in today
    assert "答复已经超时" in desk
