"""The pages and operations of accounts, as people and programs use them."""

import json
import struct

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import PASSWORD, log_in, make_actor
from tests.make.community import make_community, make_micro_grid, make_person
from tests.make.forms import submit
from timebank.access import queries
from timebank.access.models import LoginSession, RoleGrant, UserAccount
from timebank.kernel.actor import Actor


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator."""
    return make_actor(session, community_id=make_community(session).id)


def account(session: Session, login_name: str) -> UserAccount:
    """Return the account of a login name."""
    session.expire_all()
    return session.scalars(select(UserAccount).where(UserAccount.login_name == login_name)).one()


def test_the_front_door_shows_the_way_for_people_without_phone(client: FlaskClient) -> None:
    page = client.get("/login").get_data(as_text=True)

    assert "您好，请登录" in page
    assert "没有手机，或不会用？" in page
    assert "不登录，先看公示" in page


def test_an_administrator_opens_an_account_and_gives_it_a_role(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    place = make_micro_grid(session, admin.community_id)
    person = make_person(session, community_id=admin.community_id, name="刘洋")
    log_in(client, session, admin)
    form = client.get(f"/users/new?person_id={person.id}").get_data(as_text=True)

    opened = submit(
        client,
        "/users/new",
        {
            "login_name": "13800000421",
            "name": "刘洋",
            "password": PASSWORD,
            "person_id": str(person.id),
        },
    )
    granted = submit(
        client,
        f"{opened.location}/grants",
        {"role": "grid_officer", "place": f"grid:{place.grid_id}", "expires_on": ""},
    )

    assert 'value="刘洋"' in form
    assert (opened.status_code, granted.status_code) == (303, 303)
    user = account(session, "13800000421")
    assert user.person_id == person.id
    (held,) = queries.held_roles(session, user.id)
    assert (held.role, held.scope_id) == ("grid_officer", place.grid_id)
    page = client.get(opened.location).get_data(as_text=True)
    assert "网格员" in page
    assert "13800000421" in client.get("/users?q=刘").get_data(as_text=True)
    assert "没有找到这样的账号" in client.get("/users?q=王").get_data(as_text=True)


def test_a_refused_account_keeps_what_was_typed_but_the_password(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    answer = submit(
        client, "/users/new", {"login_name": "x", "name": "刘洋", "password": "hunter2-hunter2"}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "登录名要 3 到 40 个字" in page
    assert 'value="刘洋"' in page
    assert "hunter2" not in page


def test_a_role_in_the_wrong_place_is_refused_on_the_same_page(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    other = make_actor(session, community_id=admin.community_id, roles=[])
    log_in(client, session, admin)

    answer = submit(client, f"/users/{other.user_id}/grants", {"role": "counter", "place": ""})

    assert answer.status_code == 422
    assert "范围选得不对" in answer.get_data(as_text=True)


def test_an_account_is_ended_switched_off_and_on_again(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    other = make_actor(session, community_id=admin.community_id, login_name="wangqiang")
    log_in(client, session, admin)
    address = f"/users/{other.user_id}"

    outcomes = [
        submit(client, f"{address}/{verb}").status_code
        for verb in ("end-sessions", "deactivate", "activate")
    ]
    changed = submit(client, f"{address}/password", {"password": "another-good-one"})

    assert [*outcomes, changed.status_code] == [303, 303, 303, 303]
    assert account(session, "wangqiang").is_active


def test_a_role_is_taken_back_on_the_page(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    other = make_actor(
        session, community_id=admin.community_id, roles=[("finance", "community", None)]
    )
    log_in(client, session, admin)
    grant_id = session.scalars(select(RoleGrant.id).where(RoleGrant.user_id == other.user_id)).one()

    taken = submit(client, f"/users/{other.user_id}/grants/{grant_id}/revoke")
    own = submit(client, f"/users/{admin.user_id}/deactivate")

    assert (taken.status_code, own.status_code) == (303, 403)
    assert queries.held_roles(session, other.user_id or 0) == []


def test_accounts_of_another_community_are_not_found(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    stranger = make_actor(session, community_id=make_community(session, code="XJ").id)
    log_in(client, session, admin)

    assert client.get(f"/users/{stranger.user_id}").status_code == 404
    assert submit(client, f"/users/{stranger.user_id}/deactivate").status_code == 404


def test_ones_own_password_is_changed_and_every_device_must_log_in_again(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    wrong = submit(
        client,
        "/me/security/password",
        {"current_password": "wrong-wrong", "new_password": "another-good-one"},
    )
    right = submit(
        client,
        "/me/security/password",
        {"current_password": PASSWORD, "new_password": "another-good-one"},
    )

    assert wrong.status_code == 422
    assert "现在的密码不对" in wrong.get_data(as_text=True)
    assert (right.status_code, right.location) == (303, "/login")
    assert client.get("/me/security").status_code == 302


def test_another_device_is_logged_out_from_here(
    app: Flask, client: FlaskClient, session: Session, admin: Actor
) -> None:
    lost = app.test_client()
    log_in(lost, session, admin)
    log_in(client, session, admin)
    first = session.scalars(select(LoginSession.id).order_by(LoginSession.id)).first()

    page = client.get("/me/security").get_data(as_text=True)
    ended = submit(client, f"/me/security/sessions/{first}/end")

    assert "就是这里" in page
    assert ended.status_code == 303
    assert client.get("/me/security").status_code == 200


def test_programs_manage_accounts_with_the_same_verbs(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    log_in(client, session, admin)

    made = client.post(
        "/api/v1/users", json={"login_name": "sunmin", "name": "孙敏", "password": PASSWORD}
    )
    user_id = made.get_json()["id"]
    granted = client.post(
        f"/api/v1/users/{user_id}/grants", json={"role": "auditor", "scope_kind": "community"}
    )
    shown = client.get(f"/api/v1/users/{user_id}").get_json()
    revoked = client.delete(f"/api/v1/users/{user_id}/grants/{granted.get_json()['id']}")
    changed = client.post(f"/api/v1/users/{user_id}/password", json={"password": "lake-moon-77"})
    ended = client.post(f"/api/v1/users/{user_id}/end-sessions")
    off = client.post(f"/api/v1/users/{user_id}/deactivate")
    on = client.post(f"/api/v1/users/{user_id}/activate")

    assert (made.status_code, granted.status_code) == (201, 201)
    assert [grant["role"] for grant in shown["grants"]] == ["auditor"]
    assert {one.status_code for one in (revoked, changed, ended, off, on)} == {204}
    assert [one["name"] for one in client.get("/api/v1/users?q=孙").get_json()["items"]] == ["孙敏"]


def test_programs_learn_who_they_are(client: FlaskClient, session: Session, admin: Actor) -> None:
    log_in(client, session, admin)

    me = client.get("/api/v1/me").get_json()
    (held,) = client.get("/api/v1/me/sessions").get_json()
    refused = client.post(
        "/api/v1/me/password", json={"current_password": "x", "new_password": "lake-moon-77"}
    )
    ended = client.delete(f"/api/v1/me/sessions/{held['id']}")

    assert (me["name"], me["roles"]) == ("高洁", ["community_admin"])
    assert "access.manage" in me["permissions"]
    assert held["is_current"]
    assert refused.get_json()["code"] == "password_wrong"
    assert ended.status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_the_command_line_keeps_accounts_and_tokens(app: Flask, session: Session) -> None:
    community_id = make_community(session).id
    session.commit()
    run = app.test_cli_runner().invoke

    def ok(*words: str) -> str:
        outcome = run(args=list(words))
        assert outcome.exit_code == 0, outcome.output
        return outcome.output

    ok("user", "create", "gaojie", "--name", "高洁", "--community", str(community_id))
    ok("user", "grant", "gaojie", "community_admin")
    ok("user", "grant", "gaojie", "volunteer", "--until", "2999-12-31")
    listed = ok("user", "list", "--community", str(community_id))
    ok("user", "password", "gaojie")
    secret = ok("token", "issue", "gaojie", "--name", "x", "--may", "access.manage").strip()
    tokens = ok("token", "list", "gaojie")
    ok("token", "revoke", "gaojie", tokens.split()[0])
    last_admin = run(args=["user", "disable", "gaojie"])
    unknown = run(args=["user", "enable", "nobody"])

    assert "community_admin(community)" in listed
    assert secret.startswith("tb_")
    assert secret not in tokens
    assert (last_admin.exit_code, unknown.exit_code) == (1, 1)
    assert "最后一位管理员" in last_admin.output


def test_a_phone_puts_the_house_on_its_first_screen_by_its_own_name(
    client: FlaskClient, session: Session
) -> None:
    community = make_community(session)
    assert "/app.webmanifest" in client.get("/login").text
    log_in(client, session, make_actor(session, community_id=community.id))

    answer = client.get("/app.webmanifest")

    told = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert told["short_name"] == community.product_name
    shown = [client.get(one["src"]) for one in told["icons"]]
    assert [one.mimetype for one in shown] == [one["type"] for one in told["icons"]]
    for one, answer in zip(told["icons"], shown, strict=True):
        if answer.mimetype == "image/png":
            width, height = struct.unpack(">II", answer.data[16:24])
            assert one["sizes"] == f"{width}x{height}"
    assert {one["purpose"] for one in told["icons"]} == {"any", "maskable"}
