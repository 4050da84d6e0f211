"""Care for programs: keys, refusals as problems, masked members."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import PIN, Desk, make_desk, make_member
from tests.make.tills import let_one_undo
from timebank.access.service import tokens
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id


class Caller:
    """A program with a token."""

    def __init__(self, session: Session, client: FlaskClient, actor: Actor) -> None:
        scopes = sorted(actor.permissions)
        made = tokens.issue_token(session, actor=actor, name="tests", scopes=scopes)
        session.commit()
        self.client, self.bearer = client, {"Authorization": f"Bearer {made.secret}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.bearer)

    def send(self, path: str, body: object, *, key: str | None = None) -> Any:
        headers = {**self.bearer, "Idempotency-Key": key or str(new_id())}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)


def lunch(desk: Desk, **other: object) -> dict[str, object]:
    return {
        "centre_id": desk.centre.id,
        "person_id": desk.member.id,
        "lines": [{"service_id": desk.lunch.id, "quantity": 1}],
        "proof": {"pin": PIN},
        **other,
    }


def test_catalogue_and_centres_are_listed(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)

    services = caller.get("/care-services").json
    centres = caller.get("/care-centres").json

    assert [(one["name"], one["minutes"], one["left"]) for one in services] == [
        ("午餐", 60, 30),
        ("理发", 90, None),
    ]
    assert [one["name"] for one in centres] == ["居家养老服务中心"]


def test_the_same_key_redeems_once_and_answers_alike(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)
    key = str(new_id())

    first = caller.send("/redemptions", lunch(desk), key=key)
    second = caller.send("/redemptions", lunch(desk), key=key)
    listed = caller.get("/redemptions").json

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert first.json["total_minutes"] == 60
    assert len(listed["items"]) == 1


def test_a_redemption_without_a_key_is_refused(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)

    answer = client.post("/api/v1/redemptions", json=lunch(desk), headers=caller.bearer)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "idempotency_key_missing"


def test_a_wrong_pin_is_a_problem_that_counts(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)
    wrong = lunch(desk, proof={"pin": "999000"})

    codes = [caller.send("/redemptions", wrong).json["code"] for _ in range(5)]
    locked = caller.send("/redemptions", lunch(desk))

    assert codes == ["pin_wrong"] * 5
    assert (locked.status_code, locked.json["code"]) == (409, "pin_locked")


def test_a_redemption_is_undone_once(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    caller = Caller(session, client, desk.counter)
    made = caller.send("/redemptions", lunch(desk)).json["id"]

    undone = caller.send(f"/redemptions/{made}/undo", {"reason": "点错了"})
    again = caller.send(f"/redemptions/{made}/undo", {"reason": "点错了"})

    assert (undone.status_code, undone.json["state"]) == (200, "undone")
    assert again.status_code == 409


def test_one_program_asks_for_an_undoing_and_another_agrees(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    counter, admin = (Caller(session, client, one) for one in (desk.counter, desk.admin))
    made = counter.send("/redemptions", lunch(desk)).json["id"]

    asked = counter.send(f"/redemptions/{made}/undo-requests", {"reason": "点错了"})
    assert (asked.status_code, asked.json["state"]) == (201, "waiting")
    listed = admin.get(f"/care-centres/{desk.centre.id}/undo-requests")
    assert [one["id"] for one in listed.json] == [asked.json["id"]]
    address = f"/redemptions/{made}/undo-requests/{asked.json['id']}"
    assert counter.send(f"{address}/agree", {}).status_code == 403
    undone = admin.send(f"{address}/agree", {})
    assert (undone.status_code, undone.json["state"]) == (200, "undone")
    assert admin.send(f"{address}/drop", {}).status_code == 409


def test_a_booking_is_made_cancelled_and_redeemed(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    caller = Caller(session, client, desk.counter)
    today = clock.today()
    asked = {"person_id": desk.member.id, "service_id": desk.lunch.id}

    tomorrow = {**asked, "on_day": (today + timedelta(days=1)).isoformat()}
    coming = caller.send("/bookings", tomorrow).json
    cancelled = caller.send(f"/bookings/{coming['id']}/cancel", {})
    early = caller.send("/bookings", tomorrow).json["id"]
    too_early = caller.send(f"/bookings/{early}/redeem", {"proof": {"pin": PIN}})
    booked = caller.send("/bookings", {**asked, "on_day": today.isoformat()}).json["id"]
    redeemed = caller.send(f"/bookings/{booked}/redeem", {"proof": {"pin": PIN}})
    twice = caller.send(f"/bookings/{booked}/redeem", {"proof": {"pin": PIN}})
    missed = caller.send(f"/bookings/{early}/no-show", {})

    assert coming["minutes"] == 60
    assert cancelled.json["state"] == "cancelled"
    assert (too_early.status_code, too_early.json["code"]) == (409, "booking_not_today")
    assert (redeemed.status_code, redeemed.json["booking_id"]) == (201, booked)
    assert (twice.status_code, twice.json["code"]) == (409, "booking_resolved")
    assert missed.status_code == 409


def test_members_are_found_with_masked_phones(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    make_member(session, desk.counter, name="李国栋")
    caller = Caller(session, client, desk.counter)

    found = caller.get("/members?q=lgd").json

    assert [(one["name"], one["phone_masked"]) for one in found] == [("李国栋", "")]


def test_catalogue_and_cards_are_kept_by_programs(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    admin = Caller(session, client, desk.admin)
    counter = Caller(session, client, desk.counter)
    service = {
        "centre_id": desk.centre.id,
        "name": "助浴",
        "service_class": "bath",
        "unit": "次",
        "duration_minutes": 60,
        "minutes": 120,
        "money_note_fen": 3000,
    }

    centre = admin.send(
        "/care-centres", {"name": "助老大食堂", "kind": "canteen", "address": "2号楼"}
    )
    added = admin.send("/care-services", service)
    url = f"/care-services/{added.json['id']}"
    facts = {name: service[name] for name in ("name", "service_class", "unit", "duration_minutes")}
    changed = admin.send(f"{url}/change", {**facts, "day_capacity": 2, "is_active": True})
    later = (clock.today() + timedelta(days=1)).isoformat()
    priced = admin.send(f"{url}/prices", {"minutes": 150, "valid_from": later})
    past = admin.send(f"{url}/prices", {"minutes": 150, "valid_from": "2020-01-01"})
    replaced = counter.send(f"/member-cards/{desk.member.id}/replace", {"reason": "丢了"})
    pinned = counter.send(
        f"/member-cards/{desk.member.id}/pin", {"new_pin": "381592", "proof": {"pin": PIN}}
    )

    assert (centre.status_code, added.status_code, priced.status_code) == (201, 201, 201)
    assert changed.json["day_capacity"] == 2
    assert (past.status_code, past.json["code"]) == (422, "price_day")
    assert replaced.json["serial"] == 2
    assert pinned.json["has_pin"] is True


def test_a_resident_makes_a_code_and_books_only_for_themselves(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    other = make_member(session, desk.counter, name="李国栋")
    elder = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
    )
    caller = Caller(session, client, elder)
    asked = {"service_id": desk.lunch.id, "on_day": clock.today().isoformat()}

    code = caller.send("/me/one-time-codes", {})
    own = caller.send("/bookings", {**asked, "person_id": desk.member.id})
    foreign = caller.send("/bookings", {**asked, "person_id": other.id})
    late = caller.send(f"/bookings/{own.json['id']}/cancel", {})
    staff_only = caller.send("/redemptions", lunch(desk))

    assert len(code.json["code"]) == 6
    assert (own.status_code, foreign.status_code) == (201, 404)
    assert (late.status_code, late.json["code"]) == (409, "cancel_too_late")
    assert staff_only.status_code == 403
    assert log_in(client, session, elder)
