"""Accounts that end, as staff, members and programs meet them."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in
from tests.make.ends import Lane, balances, earn, make_lane, make_merged
from tests.make.volunteering import DAY, NOW
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


@pytest.fixture
def lane(session: Session) -> Lane:
    return make_lane(session)


def _see(client: FlaskClient, session: Session, actor: Actor, url: str) -> str:
    """Return what an actor sees at an address."""
    log_in(client, session, actor)
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def _send(
    client: FlaskClient, session: Session, actor: Actor, url: str, **form: object
) -> TestResponse:
    """Send a form as an actor; it leads to another page."""
    log_in(client, session, actor)
    answer = client.post(url, data={"_key": str(ids.new_id()), **form})
    assert answer.status_code == 303, answer.text
    return answer


def _post(
    client: FlaskClient, session: Session, actor: Actor, path: str, json: object = None
) -> TestResponse:
    """Send a command as an actor."""
    log_in(client, session, actor)
    headers = {"Idempotency-Key": str(ids.new_id())}
    return client.post(f"/api/v1{path}", json=json, headers=headers)


def test_doubles_are_found_proposed_by_one_and_merged_by_another(
    client: FlaskClient, session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.old_id, 40, on=DAY)
    admin, second = lane.street.admin, lane.second
    desk = _see(client, session, admin, "/accounts/ends")
    assert "可能登记了两次" in desk
    assert "生日一样" in desk
    form = f"/accounts/merges/new?kept_id={lane.kept_id}&old_id={lane.old_id}"
    assert "留下哪一份" in _see(client, session, admin, form)

    told = {"kept_id": lane.kept_id, "old_id": lane.old_id, "evidence": "同一张身份证"}
    place = _send(client, session, admin, "/accounts/merges/new", **told).location
    assert "要另一位来批" in _see(client, session, admin, place)
    log_in(client, session, admin)
    refused = client.post(f"{place}/approve", data={"_key": str(ids.new_id())})
    assert (refused.status_code, "谁提出的谁不能批" in refused.text) == (403, True)
    _send(client, session, second, f"{place}/approve")

    assert balances(session, lane, lane.kept_id)[0] == 40
    assert "已合并" in _see(client, session, second, place)
    found = _see(client, session, admin, "/people?q=周秀兰")
    assert "已合并，看留下的一份" in found
    assert "同一个人的另一份还在" in _see(client, session, admin, f"/people/{lane.old_id}")


def test_a_member_reads_the_passbook_of_the_older_record_and_nobody_else_does(
    client: FlaskClient, session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.old_id, 40, on=DAY)
    merge_id = make_merged(session, lane)

    assert "两份登记合成了一份" in _see(client, session, lane.street.volunteer, "/me")
    before = f"/me/statement/before/{merge_id}"
    assert "合并前的明细" in _see(client, session, lane.street.volunteer, before)
    log_in(client, session, lane.daughter_actor)
    assert client.get(before).status_code == 404


def test_a_death_is_reported_claimed_and_settled_at_the_desk(
    client: FlaskClient, session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.kept_id, 40, on=DAY)
    admin, second = lane.street.admin, lane.second
    assert "周秀兰" in _see(client, session, admin, "/accounts/leavings/new?text=周秀兰")
    told = {
        "person_id": lane.kept_id,
        "kind": "death",
        "happened_on": DAY.isoformat(),
        "evidence": "死亡证明",
    }
    place = _send(client, session, admin, "/accounts/leavings/new", **told).location
    assert "亲属认领" in _see(client, session, admin, place)
    assert "周秀兰的时间等人认领" in _see(client, session, lane.daughter_actor, "/me")

    claim = {"outcome": "kin", "kin_id": lane.daughter.id, "reason": "女儿带户口本来"}
    _send(client, session, admin, f"{place}/propose", **claim)
    _send(client, session, second, f"{place}/settle")

    assert balances(session, lane, lane.daughter.id)[0] == 40
    assert "由周敏认领" in _see(client, session, second, place)


def test_a_mistake_is_undone_with_an_apology(
    client: FlaskClient, session: Session, lane: Lane
) -> None:
    told = {
        "person_id": lane.kept_id,
        "kind": "death",
        "happened_on": DAY.isoformat(),
        "evidence": "听说的",
    }
    place = _send(client, session, lane.street.admin, "/accounts/leavings/new", **told).location

    _send(client, session, lane.street.admin, f"{place}/undo", reason="认错人了")

    assert "对不起，我们弄错了" in _see(client, session, lane.street.volunteer, "/me")


def test_a_member_chooses_and_changes_who_gets_the_minutes(
    client: FlaskClient, session: Session, lane: Lane
) -> None:
    member = lane.street.volunteer
    assert "您还没有选" in _see(client, session, member, "/me/disposition")

    _send(client, session, member, "/me/disposition", outcome="kin", kin_id=lane.daughter.id)
    assert "由周敏认领" in _see(client, session, member, "/me/disposition")
    _send(client, session, member, "/me/disposition", outcome="pool", pool_id=lane.pool_id)
    assert "捐给“邻里互助池”" in _see(client, session, member, "/me/disposition")
    _send(client, session, member, "/me/disposition/withdraw")

    assert "您还没有选" in _see(client, session, member, "/me/disposition")


def test_programs_do_the_same(client: FlaskClient, session: Session, lane: Lane) -> None:
    admin, second = lane.street.admin, lane.second
    log_in(client, session, admin)
    (twin,) = client.get("/api/v1/likely-doubles").get_json()
    assert twin["likenesses"] == ["name", "birthday"]
    told = {"kept_id": lane.kept_id, "old_id": lane.old_id, "evidence": "同一个人"}
    made = _post(client, session, admin, "/account-merges", told).get_json()
    path = f"/account-merges/{made['id']}"
    log_in(client, session, admin)
    assert client.get(f"/api/v1{path}/obstacles").get_json() == {"obstacles": []}
    assert _post(client, session, second, f"{path}/approve").get_json()["state"] == "merged"
    asked = _post(client, session, second, f"{path}/ask-undo", {"reason": "姐妹"}).get_json()
    assert asked["state"] == "undo_asked"
    assert _post(client, session, admin, f"{path}/refuse-undo").get_json()["state"] == "merged"
    _post(client, session, second, f"{path}/ask-undo", {"reason": "姐妹"})
    assert _post(client, session, admin, f"{path}/undo").get_json()["state"] == "undone"

    _post(client, session, lane.street.volunteer, "/me/disposition", {"outcome": "void"})
    told = {
        "person_id": lane.kept_id,
        "kind": "moved_away",
        "happened_on": DAY.isoformat(),
        "evidence": "搬到济南",
    }
    made = _post(client, session, admin, "/account-leavings", told).get_json()
    path = f"/account-leavings/{made['id']}"
    wish = {"outcome": "void", "reason": "本人的意思"}
    assert _post(client, session, admin, f"{path}/propose", wish).get_json()["state"] == "proposed"
    back = _post(client, session, second, f"{path}/send-back", {"reason": "缺证明"}).get_json()
    assert back["state"] == "frozen"
    _post(client, session, admin, f"{path}/propose", wish)
    assert _post(client, session, second, f"{path}/settle").get_json()["state"] == "settled"
    log_in(client, session, admin)
    page = client.get("/api/v1/account-leavings?state=settled").get_json()
    assert [one["id"] for one in page["items"]] == [made["id"]]
    merges = client.get("/api/v1/account-merges").get_json()
    assert [one["state"] for one in merges["items"]] == ["undone"]
