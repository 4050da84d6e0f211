"""How much a request asks of the database: each figure is exact, so that growth is noticed here.

A statement is a round trip on PostgreSQL. Whoever makes a figure larger says in the commit what the
reader or the books get for it; whoever makes it smaller lowers it here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make import cofund, real, volunteering
from tests.make.access import log_in
from tests.make.care import give_minutes
from tests.make.statements import statements_of
from timebank.access.service import tokens
from timebank.cofund.rules.projects import ProjectState
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.db import db, transaction
from timebank.volunteering.service import books


@dataclass(frozen=True, slots=True)
class Scene:
    """A project that waits for money, a volunteer's account, and browsers for both."""

    app: Flask
    finance: dict[str, str]
    volunteer: dict[str, str]
    browser: FlaskClient
    project_id: int
    account_id: int


@pytest.fixture(params=real.ENGINES, scope="module")
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with real.real_app(request.param) as app:
        with app.app_context():
            made = transaction(lambda session: _scene(app, session))
            db.session.remove()
        yield made


def _scene(app: Flask, session: Session) -> Scene:
    office = cofund.make_office(session, code="ZC")
    project = cofund.make_project(session, office, state=ProjectState.AGREED)
    street = volunteering.make_street(session)
    person_id = street.volunteer_person.id
    for _ in range(3):
        give_minutes(session, street.admin, person_id=person_id, minutes=30)
    account_id = books.member_account(
        session, community_id=street.community.id, person_id=person_id
    )
    browser = app.test_client()
    log_in(browser, session, street.volunteer)
    return Scene(
        app=app,
        finance=_bearer(session, office.finance, "cofund.receive"),
        volunteer=_bearer(session, street.volunteer, "ledger.read"),
        browser=browser,
        project_id=project.id,
        account_id=account_id,
    )


def _bearer(session: Session, actor: Actor, scope: str) -> dict[str, str]:
    """Return the headers of a program that may do one thing for somebody."""
    issued = tokens.issue_token(session, actor=actor, name="statements", scopes=[scope])
    return {"Authorization": f"Bearer {issued.secret}"}


def receive(scene: Scene, key: str) -> int:
    """Book a fen and return the status."""
    body = {
        "party": "company",
        "amount_fen": 1,
        "received_on": clock.today().isoformat(),
        "payer_name": "九龙共富公司",
        "method": "bank",
    }
    answer = scene.app.test_client().post(
        f"/api/v1/projects/{scene.project_id}/contributions",
        json=body,
        headers={**scene.finance, "Idempotency-Key": key},
    )
    return answer.status_code


def test_a_contribution_by_token_is_nine_statements(scene: Scene) -> None:
    first = receive(scene, str(ids.new_id()))  # moves the project on to its funding

    with statements_of(scene.app) as sent:
        again = receive(scene, str(ids.new_id()))

    # Who asks; the key; the project's lock; the terms; the fund; the entry; the contribution; the
    # trail; the answer.
    assert (first, again) == (201, 201)
    assert len(sent) == 9, "\n".join(sent)


def test_a_contribution_that_is_sent_again_is_three_statements(scene: Scene) -> None:
    key = str(ids.new_id())
    first = receive(scene, key)

    with statements_of(scene.app) as sent:
        again = receive(scene, key)

    # Who asks; the key; what was answered to it.
    assert (first, again) == (201, 201)
    assert len(sent) == 3, "\n".join(sent)


def test_a_balance_by_token_is_two_statements(scene: Scene) -> None:
    client, address = scene.app.test_client(), f"/api/v1/ledger-accounts/{scene.account_id}"
    client.get(address, headers=scene.volunteer)  # whose house it is, is known for a minute

    with statements_of(scene.app) as sent:
        answer = client.get(address, headers=scene.volunteer)

    # Who asks; the account with its balance.
    assert answer.status_code == 200
    assert len(sent) == 2, "\n".join(sent)


@pytest.mark.parametrize(
    ("page", "count"),
    [
        # Who asks; the account with its balance; its lines; its book; what is held; its lots;
        # the messages not read, for the bell over every page.
        ("/ledger/accounts/{account_id}", 7),
        # Minutes, lines and what stands behind each kind of them, what is set aside, what comes
        # next, the notice of last month, what one can disagree with, what expires, what can be had;
        # the bell.
        ("/me", 29),
    ],
)
def test_a_page_with_a_login_asks_no_more_than_it_shows(
    scene: Scene, page: str, count: int
) -> None:
    address = page.format(account_id=scene.account_id)
    scene.browser.get(address)  # whose house it is, is known for a minute

    with statements_of(scene.app) as sent:
        answer = scene.browser.get(address)

    assert answer.status_code == 200
    assert len(sent) == count, "\n".join(sent)
