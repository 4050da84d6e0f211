"""The front door: tries are counted, strangers answered like neighbours, sessions end at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.access import PASSWORD, log_in, make_actor, session_row
from tests.make.community import make_community
from tests.make.forms import csrf_token, submit
from timebank.access import rules
from timebank.access.errors import LogInRefusedError, TriedTooOftenError
from timebank.access.models import LoginThrottle
from timebank.access.service import accounts, sessions
from timebank.kernel import clock, passwords, sqlite
from timebank.kernel import db as transactions
from timebank.kernel.actor import Actor
from timebank.kernel.db import transaction

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator who logs in as ``gaojie``."""
    community = make_community(session)
    actor = make_actor(session, community_id=community.id, login_name="gaojie")
    session.commit()
    return actor


def attempt(
    name: str = "gaojie", password: str = "wrong-password", address: str = "10.0.0.1"
) -> str:
    """Try to log in and return the outcome's code."""
    try:
        sessions.prove_password(login_name=name, password=password, address=address)
    except (LogInRefusedError, TriedTooOftenError) as error:
        return error.code
    return "proved"


def counted(session: Session) -> int:
    """Return how many tries the table holds for accounts."""
    session.expire_all()
    held = select(func.sum(LoginThrottle.tries)).where(LoginThrottle.kind == "account")
    return session.scalar(held) or 0


def test_the_right_password_opens_the_door(client: FlaskClient, admin: Actor) -> None:
    answer = submit(
        client, "/login", {"login_name": " GaoJie ", "password": PASSWORD, "next": "/me/security"}
    )

    assert answer.status_code == 303
    assert answer.location == "/me/security"
    assert client.get("/me/security").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: FlaskClient, admin: Actor
) -> None:
    answer = submit(client, "/login", {"login_name": "gaojie", "password": PASSWORD})

    (header,) = [one for one in answer.headers.getlist("Set-Cookie") if "timebank" in one]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header


def test_each_login_has_a_new_secret(client: FlaskClient, admin: Actor) -> None:
    secrets = set()
    for _ in range(3):
        submit(client, "/login", {"login_name": "gaojie", "password": PASSWORD})
        with client.session_transaction() as cookie:
            secrets.add(cookie["_user_id"])

    assert len(secrets) == 3


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_login_leads_nowhere_outside(client: FlaskClient, admin: Actor, target: str) -> None:
    answer = submit(
        client, "/login", {"login_name": "gaojie", "password": PASSWORD, "next": target}
    )

    assert answer.location == "/"


def test_a_refused_login_keeps_the_name_and_never_the_password(
    client: FlaskClient, admin: Actor
) -> None:
    answer = submit(client, "/login", {"login_name": "gaojie", "password": "hunter2-hunter2"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "登录名或密码不对" in page
    assert 'value="gaojie"' in page
    assert "hunter2" not in page


def test_strangers_and_neighbours_get_the_same_answer(client: FlaskClient, admin: Actor) -> None:
    pages = [
        submit(client, "/login", {"login_name": name, "password": "wrong-password"})
        for name in ("gaojie", "nobody")
    ]

    token = csrf_token(client)
    known, unknown = (
        page.get_data(as_text=True).replace("gaojie", "NAME").replace("nobody", "NAME")
        for page in pages
    )
    assert {page.status_code for page in pages} == {422}
    assert _without_chance(known, token) == _without_chance(unknown, token)


def _without_chance(page: str, token: str) -> str:
    """Return a page without what differs from request to request."""
    return "\n".join(
        line
        for line in page.splitlines()
        if not any(mark in line for mark in ("csrf_token", "_key", "nonce", token))
    )


def test_strangers_cost_the_same_work(
    session: Session, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher, verified = passwords._hasher, list[str]()

    class Counted:
        hash = staticmethod(hasher.hash)

        @staticmethod
        def verify(stored: str, secret: str) -> bool:
            verified.append(stored.rsplit("$", 2)[0])
            return hasher.verify(stored, secret)

    attempt("warm-up")
    monkeypatch.setattr(passwords, "_hasher", Counted)
    attempt("gaojie", address="10.1.0.1")
    attempt("nobody", address="10.1.0.2")

    # One hash each, of the same cost.
    assert len(verified) == 2
    assert len(set(verified)) == 1


def test_the_eleventh_try_waits_even_with_the_right_password(
    session: Session, admin: Actor
) -> None:
    with clock.fixed_at(NOON):
        outcomes = [attempt(address=f"10.0.0.{number}") for number in range(10)]
        eleventh = attempt(password=PASSWORD, address="10.0.0.99")

    assert outcomes == ["log_in_refused"] * 10
    assert eleventh == "tried_too_often"


def test_a_stranger_is_counted_and_locked_like_a_neighbour(session: Session, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        outcomes = [attempt("nobody", address=f"10.0.0.{number}") for number in range(11)]

    assert outcomes == ["log_in_refused"] * 10 + ["tried_too_often"]


def test_the_owner_gets_in_when_the_wait_is_over(session: Session, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        for number in range(40):
            attempt(address=f"10.0.0.{number}")
    later = NOON + timedelta(seconds=rules.LOCK_SECONDS_MAX + 1)

    with clock.fixed_at(later):
        proved = sessions.prove_password(
            login_name="gaojie", password=PASSWORD, address="10.0.0.99"
        )
        transaction(
            lambda inner: sessions.open_session(
                inner, proved=proved, address="10.0.0.99", agent="tests"
            )
        )

    assert counted(session) == 0


def test_tries_are_counted_although_they_are_refused(session: Session, admin: Actor) -> None:
    attempt()
    attempt()

    assert counted(session) == 2


def test_tries_while_locked_lengthen_nothing_once_it_is_over(
    session: Session, admin: Actor
) -> None:
    with clock.fixed_at(NOON):
        for number in range(300):
            attempt("nobody", address=f"10.{number % 250}.0.1")

    with clock.fixed_at(NOON + timedelta(seconds=rules.LOCK_SECONDS_MAX + 1)):
        assert attempt("nobody", address="10.9.9.9") == "log_in_refused"


def test_one_address_that_tries_many_accounts_must_wait(session: Session, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        outcomes = [attempt(f"person{number}") for number in range(21)]
        elsewhere = attempt("person99", address="10.0.0.2")

    assert outcomes == ["log_in_refused"] * 20 + ["tried_too_often"]
    assert elsewhere == "log_in_refused"


def test_tries_are_forgotten_after_a_quiet_half_day(session: Session, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        for number in range(9):
            attempt(address=f"10.0.0.{number}")
    with clock.fixed_at(NOON + rules.TRIES_FORGOTTEN_AFTER + timedelta(seconds=1)):
        outcomes = [attempt(address=f"10.0.1.{number}") for number in range(2)]
        removed = transaction(sessions.sweep)

    assert outcomes == ["log_in_refused"] * 2
    assert removed == 9


def test_the_table_of_tries_holds_nothing_that_was_typed(session: Session, admin: Actor) -> None:
    attempt("my-secret-typed-in-the-wrong-field")

    keys = session.scalars(select(LoginThrottle.key_digest)).all()
    assert all(len(key) == 64 for key in keys)


def test_the_wait_is_told_in_words(client: FlaskClient, admin: Actor) -> None:
    with clock.fixed_at(NOON):
        for number in range(10):
            attempt(address=f"10.0.0.{number}")
        answer = submit(client, "/login", {"login_name": "gaojie", "password": PASSWORD})

    assert answer.status_code == 422
    assert "请过 1 秒再试" in answer.get_data(as_text=True)


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_hundred_tries_at_once_are_few_hashes(
    engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def refuse(_stored: str | None, secret: str) -> bool:
        hashed.append(secret)
        return False

    monkeypatch.setattr(passwords, "matches", refuse)
    with real.real_app(engine_name) as app:
        outcomes = _storm(app, tries=48, threads=16)

    assert len(hashed) == 10
    assert outcomes.count("log_in_refused") == 10
    assert outcomes.count("tried_too_often") == 38


def _storm(app: Flask, *, tries: int, threads: int) -> list[str]:
    """Try one account from many threads at one moment and return the outcomes."""
    outcomes: list[str] = []
    gate = Barrier(threads)

    def knock(first: int) -> None:
        with app.app_context(), clock.fixed_at(NOON):
            gate.wait()
            for number in range(first, tries, threads):
                outcomes.append(attempt(address=f"10.0.{number}.1"))

    workers = [Thread(target=knock, args=(first,)) for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return outcomes


def other_admin(session: Session, admin: Actor) -> Actor:
    """Return a second administrator, who can act on the first."""
    return make_actor(session, community_id=admin.community_id, name="孙敏")


def _grant(session: Session, admin: Actor, actor: Actor) -> None:
    accounts.grant_role(
        session,
        actor=other_admin(session, admin),
        user_id=actor.user_id or 0,
        role="finance",
        scope_kind="community",
    )


def _deactivate(session: Session, admin: Actor, actor: Actor) -> None:
    by = other_admin(session, admin)
    accounts.deactivate_user(session, actor=by, user_id=actor.user_id or 0)


def _set_password(session: Session, admin: Actor, actor: Actor) -> None:
    by = other_admin(session, admin)
    accounts.set_password(
        session, actor=by, user_id=actor.user_id or 0, password="another-good-one"
    )


def _end(session: Session, admin: Actor, actor: Actor) -> None:
    by = other_admin(session, admin)
    accounts.end_all_sessions(session, actor=by, user_id=actor.user_id or 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_grant, "role_change"),
        (_deactivate, "deactivated"),
        (_set_password, "password_set"),
        (_end, "ended_by_admin"),
    ],
)
def test_a_change_ends_every_session_on_the_next_request(
    client: FlaskClient,
    session: Session,
    admin: Actor,
    change: Callable[[Session, Actor, Actor], None],
    reason: str,
) -> None:
    secret = log_in(client, session, admin)
    assert client.get("/me/security").status_code == 200

    change(session, admin, admin)
    session.commit()

    answer = client.get("/me/security")
    assert answer.status_code == 302
    assert answer.location.startswith("/login")
    session.expire_all()
    assert session_row(session, secret).end_reason == reason


def test_an_old_cookie_is_worthless_after_logging_out(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    secret = log_in(client, session, admin)

    answer = submit(client, "/logout")

    assert answer.status_code == 303
    with client.session_transaction() as cookie:
        cookie["_user_id"] = secret
    assert client.get("/me/security").status_code == 302


def test_logging_out_ends_the_session_although_the_database_asks_to_try_again(
    client: FlaskClient, session: Session, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, tries = log_in(client, session, admin), []
    commit = transactions._commit

    def refuse_once(session: Session, *, is_repeatable: bool) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("COMMIT", {}, sqlite.driver.Error("database is locked"))
        commit(session, is_repeatable=is_repeatable)

    monkeypatch.setattr(transactions, "_commit", refuse_once)

    assert submit(client, "/logout").status_code == 303

    session.expire_all()
    assert len(tries) == 2
    assert session_row(session, secret).end_reason == "logged_out"


def test_logging_out_twice_does_no_harm(client: FlaskClient) -> None:
    assert submit(client, "/logout").status_code == 303


def test_a_session_ends_when_it_lies_idle_but_not_while_it_is_used(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    with clock.fixed_at(NOON):
        log_in(client, session, admin)
    for minutes in (20, 40, 60):
        with clock.fixed_at(NOON + timedelta(minutes=minutes)):
            assert client.get("/me/security").status_code == 200

    with clock.fixed_at(NOON + timedelta(minutes=91)):
        assert client.get("/me/security").status_code == 302


def test_a_session_ends_at_last_however_much_it_is_used(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    with clock.fixed_at(NOON):
        log_in(client, session, admin)
    for minutes in range(20, 600, 20):
        with clock.fixed_at(NOON + timedelta(minutes=minutes)):
            assert client.get("/me/security").status_code == 200

    with clock.fixed_at(NOON + timedelta(hours=10)):
        assert client.get("/me/security").status_code == 302


def test_a_sign_of_life_is_written_at_most_once_a_minute(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    with clock.fixed_at(NOON):
        secret = log_in(client, session, admin)
    with clock.fixed_at(NOON + timedelta(seconds=59)):
        client.get("/me/security")
    session.expire_all()
    assert session_row(session, secret).seen_at == NOON

    with clock.fixed_at(NOON + timedelta(seconds=60)):
        client.get("/me/security")
    session.expire_all()
    assert session_row(session, secret).seen_at == NOON + timedelta(seconds=60)


def test_a_persons_text_size_comes_back_with_the_login(
    client: FlaskClient, session: Session, admin: Actor
) -> None:
    accounts.set_preferences(session, actor=admin, text_size="elder", locale="en")
    session.commit()

    submit(client, "/login", {"login_name": "gaojie", "password": PASSWORD})

    page = client.get("/me/security").get_data(as_text=True)
    assert 'data-size="elder"' in page
    assert 'lang="en"' in page
