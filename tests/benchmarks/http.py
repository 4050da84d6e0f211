"""What a request costs beside the least that Flask can do, both on a gunicorn of their own.

The two servers take turns within each round, asked by the same client over as many kept
connections; the client takes a sixth of what the empty route costs, so it hides little.

What is posted is a contribution: of all acts in the API that post, it makes the fewest other rows.
One entry with one transfer, and beside it what no posting goes without: the key with its answer,
the business record, the trail. The sixteen connections post to different projects, but all of them
into one book, as one office does.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from flask import Flask
from sqlalchemy.orm import Session

from tests.benchmarks import places
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides
from tests.benchmarks.load import KEY, Ask, rate
from tests.drills import server
from tests.make import cofund, real, volunteering
from tests.make.access import log_in
from tests.make.care import give_minutes
from timebank.access.service import tokens
from timebank.app import create_app
from timebank.cofund.rules.projects import Party, ProjectState
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import db, transaction
from timebank.settings import Settings
from timebank.volunteering.service import books

CONNECTIONS = 16
LINES = 20
EMPTY = Ask("GET", [["/"]] * CONNECTIONS)


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of requests."""
    for engine_name in places.ENGINES:
        for name, what, limit, asked in (
            ("post", "HTTP POST of a posting with a token", 0.25, _contribution),
            ("balance", "HTTP GET of a balance with a token", 0.35, _balance),
            ("page", "HTTP GET of an account's page with a login", 0.10, _page),
        ):
            yield Pair(
                name=f"http.{name}",
                what=what,
                against="an empty Flask route, an equal gunicorn",
                engine=engine_name,
                unit="requests/s",
                limit=Limit(limit),
                prepare=partial(_served, settings, engine_name, asked),
            )


@dataclass(frozen=True, slots=True)
class Scene:
    """Those who ask, and what for."""

    project_ids: tuple[int, ...]
    finance_token: str
    volunteer: Actor
    volunteer_token: str
    account_id: int


def make_scene(session: Session) -> Scene:
    """Make projects that wait for money, and a volunteer with some lines on the account."""
    office = cofund.make_office(session, code="HTTP")
    projects = [
        cofund.make_project(session, office, state=ProjectState.AGREED, total_fen=10**9)
        for _ in range(CONNECTIONS)
    ]
    street = volunteering.make_street(session)
    person_id = street.volunteer_person.id
    for _ in range(LINES):
        give_minutes(session, street.admin, person_id=person_id, minutes=30)
    return Scene(
        tuple(project.id for project in projects),
        _token(session, office.finance, "cofund.receive"),
        street.volunteer,
        _token(session, street.volunteer, "ledger.read"),
        books.member_account(session, community_id=street.community.id, person_id=person_id),
    )


def _token(session: Session, actor: Actor, scope: str) -> str:
    """Return the secret of a token for one permission."""
    return tokens.issue_token(session, actor=actor, name="benchmark", scopes=[scope]).secret


def _contribution(app: Flask, scene: Scene) -> Ask:
    """Book one fen, again and again; no two connections on one project."""
    del app
    body = {
        "party": Party.COMPANY.value,
        "amount_fen": 1,
        "received_on": clock.today().isoformat(),
        "payer_name": "九龙共富公司",
        "method": "bank",
        "reference": "流水号 20261118",
    }
    headers = {
        "Authorization": f"Bearer {scene.finance_token}",
        "Content-Type": "application/json",
        "Idempotency-Key": KEY,
    }
    each = [[f"/api/v1/projects/{one}/contributions"] for one in scene.project_ids]
    return Ask("POST", each, headers, json.dumps(body), 201)


def _balance(app: Flask, scene: Scene) -> Ask:
    """Ask for one account by token."""
    del app
    by_token = {"Authorization": f"Bearer {scene.volunteer_token}"}
    path = f"/api/v1/ledger-accounts/{scene.account_id}"
    return Ask("GET", [[path]] * CONNECTIONS, by_token)


def _page(app: Flask, scene: Scene) -> Ask:
    """Open the page of the same account, logged in."""
    cookie = {"Cookie": _cookie(app, scene.volunteer)}
    return Ask("GET", [[f"/ledger/accounts/{scene.account_id}"]] * CONNECTIONS, cookie)


def _cookie(app: Flask, actor: Actor) -> str:
    """Log in and return the header that a browser sends once it has seen a page."""
    client = app.test_client()
    log_in(client, db.session(), actor)
    client.get("/", follow_redirects=True)
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return f"{found.key}={found.value}"


@contextmanager
def _served(
    settings: BenchSettings, engine_name: str, asked: Callable[[Flask, Scene], Ask]
) -> Iterator[Sides]:
    """Fill an empty database and serve it beside the empty route."""
    with places.fresh_database(settings, engine_name) as address:
        served = real.test_settings(places.as_application(address))
        ask = _prepared(served, asked)
        with _servers(served) as (ours, empty):
            yield Sides(
                ours=lambda: rate(ours, ask, settings.seconds),
                peer=lambda: rate(empty, EMPTY, settings.seconds),
            )


def _prepared(served: Settings, asked: Callable[[Flask, Scene], Ask]) -> Ask:
    """Make those who ask and what they ask for; leave no connection open."""
    app = create_app(served)
    with app.app_context():
        ask = asked(app, transaction(make_scene))
        db.session.remove()
        db.engine.dispose()
    return ask


@contextmanager
def _servers(settings: Settings) -> Iterator[tuple[int, int]]:
    """Serve ourselves and the empty route; hand over both ports."""
    empty = server.running(settings, application="tests.benchmarks.empty:app", sign_of_life="/")
    with server.running(settings) as ours, empty as theirs:
        yield ours, theirs
