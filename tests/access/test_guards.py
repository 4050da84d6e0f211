"""What every answer carries, and what every unsafe request must prove."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.house.test_route_matrix import address_of, rows_for
from tests.make.access import log_in, make_actor
from tests.make.community import make_community
from tests.make.forms import csrf_token

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def unsafe_rows(engine_name: str) -> list[dict[str, str]]:
    """Every route that changes something; on PostgreSQL one of each permission is enough.

    What other programs hand on looks at no cookie: a key must come with it, whatever site it is
    from.
    """
    return [
        row
        for row in rows_for(engine_name)
        if row["method"] != "GET" and not row["rule"].startswith("/open311/")
    ]


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The application with its form tokens demanded, as in service."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(guarded: Flask, client: FlaskClient, session: Session) -> FlaskClient:
    """A browser in which an administrator is logged in."""
    assert guarded.config["WTF_CSRF_ENABLED"]
    log_in(client, session, make_actor(session, community_id=make_community(session).id))
    return client


def test_every_unsafe_route_refuses_a_request_without_token(
    browser: FlaskClient, engine_name: str
) -> None:
    passed = [
        (row["method"], row["rule"])
        for row in unsafe_rows(engine_name)
        if browser.open(address_of(row["rule"]), method=row["method"]).status_code != 400
    ]

    assert passed == []


def test_every_unsafe_route_refuses_a_request_from_another_site(
    browser: FlaskClient, engine_name: str
) -> None:
    token = {"X-CSRFToken": csrf_token(browser), "Sec-Fetch-Site": "cross-site"}

    passed = [
        (row["method"], row["rule"])
        for row in unsafe_rows(engine_name)
        if browser.open(address_of(row["rule"]), method=row["method"], headers=token).status_code
        != 403
    ]

    assert passed == []


def test_the_token_of_another_session_is_refused(browser: FlaskClient, guarded: Flask) -> None:
    foreign = csrf_token(guarded.test_client())

    answer = browser.post("/logout", data={"csrf_token": foreign})

    assert answer.status_code == 400


def test_every_answer_carries_the_guarding_headers(browser: FlaskClient, engine_name: str) -> None:
    bare = []
    for row in rows_for(engine_name):
        answer = browser.open(address_of(row["rule"]), method=row["method"])
        policy = answer.headers.get("Content-Security-Policy", "")
        is_strict = "default-src 'self'" in policy and "unsafe" not in policy
        if not is_strict or any(answer.headers.get(name) != text for name, text in HEADERS.items()):
            bare.append((row["method"], row["rule"]))
    assert bare == []


def test_answers_about_people_are_not_kept_by_caches(browser: FlaskClient) -> None:
    assert browser.get("/me/security").headers["Cache-Control"] == "no-store"
