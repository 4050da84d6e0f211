"""Needs, tasks and presence for programs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.tasks import END, START, join, make_activity, make_need_task, make_team
from tests.make.volunteering import NOW
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.rules.presence import Side
from timebank.volunteering.service import checkins


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _post(
    client: FlaskClient,
    session: Session,
    actor: Actor,
    path: str,
    body: Any = None,
    *,
    status: int = 200,
) -> Any:
    """Send a command as an actor and return the answer's JSON."""
    log_in(client, session, actor)
    answer = client.post(
        f"/api/v1/{path}", json=body or {}, headers={"Idempotency-Key": str(ids.new_id())}
    )
    assert answer.status_code == status, answer.text
    return answer.get_json(silent=True)


def _get(client: FlaskClient, session: Session, actor: Actor, path: str, status: int = 200) -> Any:
    """Return the JSON at an address."""
    log_in(client, session, actor)
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.text
    return answer.get_json(silent=True)


def test_a_need_goes_from_its_post_to_the_record_through_the_api(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=2)
    street, (one, two) = team.street, team.helpers
    need = _post(
        client, session, street.elder, "needs",
        {"kind_id": street.kind_id, "starts_at": START.isoformat(), "minutes": 120},
        status=201,
    )  # fmt: skip
    assert (need["state"], need["asker"], need["weekdays"]) == ("posted", "self", [])
    page = _get(client, session, street.officer, "needs?state=posted")
    assert [item["id"] for item in page["items"]] == [need["id"]]

    (task_id,) = _post(client, session, street.officer, f"needs/{need['id']}/take-up")["task_ids"]
    (fit,) = _get(client, session, one, "tasks/suggested")
    assert fit["reasons"][0]["because"] == "same_building"
    assert fit["task"]["recipient_name"] == ""
    mine = _post(client, session, one, f"tasks/{task_id}/sign-up")
    assert (mine["my_state"], mine["recipient_name"]) == ("accepted", "孙桂英")
    assert _post(client, session, two, f"tasks/{task_id}/sign-up")["my_state"] == "waiting"
    refused = _post(client, session, two, f"tasks/{task_id}/look", status=403)
    assert refused["code"] == "contact_not_yours"

    with clock.fixed_at(START):
        assert _post(client, session, one, f"tasks/{task_id}/look")["name"] == "孙桂英"
        stamp = _get(client, session, street.elder, f"tasks/{task_id}/stamp")["stamp"]
        _get(client, session, one, f"tasks/{task_id}/stamp", 403)
        here = _post(client, session, one, f"tasks/{task_id}/check-in", {"stamp": stamp})
        assert here["started_how"] == "qr"
    with clock.fixed_at(END):
        codes = _post(client, session, street.elder, f"tasks/{task_id}/paper")
        body = {"code": codes["leaving"]}
        left = _post(client, session, one, f"tasks/{task_id}/check-out", body)
    record = _get(client, session, one, f"service-records/{left['record_id']}")
    assert (record["minutes"], record["confirmed_how"]) == (120, "presence")


def test_staff_arrange_and_keep_the_roster_through_the_api(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=3)
    street = team.street
    officer = street.officer
    task = _post(
        client, session, officer, "tasks",
        {
            "kind_id": street.kind_id, "activity": "周六义诊", "places": 2,
            "starts_at": START.isoformat(), "ends_at": END.isoformat(),
            "micro_grid_id": street.place.id, "admission": "picked",
        },
        status=201,
    )  # fmt: skip
    url = f"tasks/{task['id']}"
    join(session, task["id"], *team.helpers)
    first, second, third = _get(client, session, officer, f"{url}/sign-ups")["items"]
    own = _get(client, session, team.helpers[0], f"{url}/sign-ups")["items"]
    assert [one["id"] for one in own] == [first["id"]]
    assert _post(client, session, officer, f"sign-ups/{first['id']}/pick")["state"] == "accepted"
    _post(client, session, officer, f"sign-ups/{second['id']}/pick")
    _post(client, session, officer, f"sign-ups/{third['id']}/pick", status=409)
    kept = _post(client, session, officer, f"sign-ups/{third['id']}/reserve")
    assert kept["state"] == "waiting"
    read, cursor = [], ""
    while cursor is not None:
        page = _get(client, session, officer, f"{url}/sign-ups?limit=1{cursor}")
        read += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert read == [first["id"], second["id"], third["id"]]
    ids_ = [first["volunteer_id"], second["volunteer_id"]]
    with clock.fixed_at(END):
        done = _post(client, session, officer, f"{url}/roster", {"volunteer_ids": ids_})
    assert done == {"ticked": 2}
    assert _get(client, session, officer, f"{url}")["state"] == "done"


def test_a_forgotten_check_out_is_settled_through_the_api(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    officer = team.street.officer
    task_id = make_activity(session, team.street)
    join(session, task_id, one)
    with clock.fixed_at(START):
        code = presence_reads.paper_code(task_id, Side.IN)
        _post(client, session, one, f"tasks/{task_id}/check-in", {"code": code})
    with clock.fixed_at(END + timedelta(hours=2)):
        checkins.close_forgotten(session, {})
        (waiting,) = _get(client, session, officer, "presences/to-review")
        body = {
            "started_at": START.isoformat(),
            "ended_at": (END - timedelta(minutes=30)).isoformat(),
            "reason": "打电话问过",
        }
        url = f"presences/{waiting['id']}"
        settled = _post(client, session, officer, f"{url}/settle", body)
        assert settled["record_id"] is not None
        (line,) = _get(client, session, officer, f"{url}/corrections")
    assert line["reason"] == "打电话问过"
    _get(client, session, team.street.volunteer, f"presences/{waiting['id']}", 404)


def test_lists_are_paged_and_nothing_of_others_is_seen(
    client: FlaskClient, session: Session
) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    for number in range(3):
        make_activity(session, team.street, activity=f"活动{number}")
    first = _get(client, session, one, "tasks?limit=2&state=open")
    assert len(first["items"]) == 2
    rest = _get(client, session, one, f"tasks?limit=2&state=open&cursor={first['next_cursor']}")
    assert len(rest["items"]) == 1
    _get(client, session, one, "tasks?cursor=W10", 422)
    _get(client, session, one, "tasks?cursor=WyIyMDI2IiwxXQ", 422)
    make_need_task(session, team.street)
    assert _get(client, session, one, "needs")["items"] == []
    _post(client, session, one, "volunteer-profiles", {"skills": ["haircut"]}, status=204)
    assert _get(client, session, one, "me/volunteer-profile")["skills"] == ["haircut"]
