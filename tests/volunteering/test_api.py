"""Hours for programs, over HTTP."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from tests.make.volunteering import NOW, Street, make_approved, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.records import confirmation_code

ROOT = "/api/v1"


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _told(street: Street, **changes: Any) -> dict[str, Any]:
    """Return the body of a new record."""
    return {
        "kind_id": street.kind_id,
        "started_at": "2026-11-18T09:00:00+08:00",
        "ended_at": "2026-11-18T10:35:00+08:00",
        "recipient_id": street.elder_person.id,
        **changes,
    }


def _post(
    client: FlaskClient,
    session: Session,
    actor: Actor,
    path: str,
    json: object = None,
    *,
    key: UUID | None = None,
) -> TestResponse:
    """Send a command as an actor with a browser's session."""
    log_in(client, session, actor)
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/me").text)
    assert found is not None
    headers = {"Idempotency-Key": str(key or ids.new_id()), "X-CSRFToken": found[1]}
    return client.post(f"{ROOT}{path}", json=json, headers=headers)


def _get(client: FlaskClient, session: Session, actor: Actor, path: str) -> Any:
    """Return what an actor reads."""
    log_in(client, session, actor)
    answer = client.get(f"{ROOT}{path}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_hours_go_from_a_record_to_the_balance(client: FlaskClient, session: Session) -> None:
    street = make_street(session)

    made = _post(client, session, street.volunteer, "/service-records", _told(street))
    assert made.status_code == 201, made.text
    path = f"/service-records/{made.get_json()['id']}"
    assert _get(client, session, street.elder, "/service-records/to-confirm")[0]["minutes"] == 95
    assert _post(client, session, street.elder, f"{path}/confirm").status_code == 200
    queue = _get(client, session, street.officer, "/service-records/to-review")
    assert [item["state"] for item in queue["items"]] == ["confirmed"]
    done = _post(client, session, street.officer, f"{path}/approve")

    assert done.get_json()["state"] == "approved"
    balance = _get(client, session, street.volunteer, "/me/balance")
    assert balance == {"posted_minutes": 95, "held_minutes": 0, "available_minutes": 95}
    line = _get(client, session, street.volunteer, "/me/statement")["items"][0]
    assert (line["minutes"], line["balance_after_minutes"]) == (95, 95)
    assert line["record"]["approved_by_name"] == "赵强"
    kinds = [e["kind"] for e in _get(client, session, street.officer, f"{path}/history")]
    assert kinds == ["approved", "confirmed", "recorded"]


def test_the_same_key_records_once(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    key = ids.new_id()

    first = _post(client, session, street.volunteer, "/service-records", _told(street), key=key)
    again = _post(client, session, street.volunteer, "/service-records", _told(street), key=key)

    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert session.query(ServiceRecord).count() == 1


def test_a_refusal_names_rule_and_field(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    told = _told(street, ended_at="2026-11-18T08:00:00+08:00")

    answer = _post(client, session, street.volunteer, "/service-records", told)

    assert answer.status_code == 422
    problem = answer.get_json()
    assert problem["code"] == "ends_before_start"
    assert list(problem["errors"]) == ["ended_at"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind_id": None}, "kind_id"),
        ({"kind_id": 2**63}, "kind_id"),
        ({"started_at": "2026-11-18T09:00:00"}, "started_at"),
        ({"activity": "长" * 121}, "activity"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_bodies_of_a_wrong_shape_are_refused(
    client: FlaskClient, session: Session, changes: dict[str, Any], field: str
) -> None:
    street = make_street(session)

    answer = _post(client, session, street.volunteer, "/service-records", _told(street, **changes))

    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_correct_withdraw_and_code(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    made = _post(client, session, street.volunteer, "/service-records", _told(street))
    record_id = made.get_json()["id"]
    path = f"/service-records/{record_id}"

    told = _told(street, ended_at="2026-11-18T10:05:00+08:00", reason="看错")
    corrected = _post(client, session, street.volunteer, f"{path}/correct", told)
    assert corrected.get_json()["minutes"] == 65
    wrong = _post(client, session, street.volunteer, f"{path}/confirm-by-code", {"code": "1"})
    assert wrong.get_json()["code"] == "wrong_code"
    session.expire_all()
    code = confirmation_code(session.get_one(ServiceRecord, record_id))
    right = _post(client, session, street.volunteer, f"{path}/confirm-by-code", {"code": code})
    assert right.get_json()["confirmed_how"] == "code"
    gone = _post(client, session, street.volunteer, f"{path}/withdraw", {"reason": ""})

    assert gone.get_json()["state"] == "withdrawn"


def test_slip_reject_and_many(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    first = make_confirmed(session, street, start="08:00", end="09:00")
    second = make_confirmed(session, street, start="10:00", end="11:00")
    made = _post(
        client,
        session,
        street.officer,
        "/service-records",
        _told(
            street,
            started_at="2026-11-18T12:00:00+08:00",
            ended_at="2026-11-18T12:30:00+08:00",
            volunteer_id=street.volunteer_person.id,
        ),
    )
    third = made.get_json()["id"]
    slip = _post(
        client,
        session,
        street.officer,
        f"/service-records/{third}/confirm-by-slip",
        {"slip_number": "A-1"},
    )
    assert slip.get_json()["slip_number"] == "A-1"
    refused = _post(
        client, session, street.officer, "/service-records/approve", {"record_ids": [first, third]}
    )
    assert refused.get_json()["code"] == "approves_own"
    back = _post(
        client, session, street.officer, f"/service-records/{third}/reject", {"reason": "重复"}
    )
    assert back.get_json()["state_reason"] == "重复"

    done = _post(
        client, session, street.officer, "/service-records/approve", {"record_ids": [first, second]}
    )

    assert done.get_json() == {"approved": 2, "awaiting_second": 0}


def test_object_answer_and_unapprove(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    path = f"/service-records/{make_approved(session, street)}"

    said = _post(client, session, street.volunteer, f"{path}/object", {"text": "少记了"})
    assert said.get_json()["has_objection"] is True
    answered = _post(client, session, street.officer, f"{path}/answer", {"text": "按签字单"})
    assert answered.get_json()["has_objection"] is False
    undone = _post(client, session, street.admin, f"{path}/unapprove", {"reason": "记错了人"})

    assert undone.get_json()["state"] == "unapproved"
    assert undone.get_json()["reversal_id"]


def test_lists_and_kinds(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    make_confirmed(session, street)

    kinds = _get(client, session, street.elder, "/service-kinds")
    assert len(kinds) == 12
    page = _get(client, session, street.elder, "/service-records?state=confirmed&limit=1")
    assert [item["recipient_name"] for item in page["items"]] == ["孙桂英"]
    assert page["next_cursor"] is None
    assert client.get(f"{ROOT}/service-records?state=paid").status_code == 422


def test_what_belongs_to_others_is_not_found(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    path = f"/service-records/{make_confirmed(session, street)}"
    stranger = make_actor(session, community_id=make_community(session, code="XJ").id)

    log_in(client, session, stranger)
    assert client.get(f"{ROOT}{path}").status_code == 404
    assert client.get(f"{ROOT}{path}/history").status_code == 404
    for command, told in (
        ("approve", None),
        ("reject", {"reason": "x"}),
        ("unapprove", {"reason": "x"}),
        ("object", {"text": "x"}),
        ("correct", _told(street, reason="x")),
        ("withdraw", {}),
        ("confirm-by-slip", {"slip_number": "1"}),
    ):
        answer = _post(client, session, stranger, f"{path}/{command}", told)
        assert answer.status_code == 404, command
