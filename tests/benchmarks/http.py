"""What a request costs beside the least that Flask can do, both on a gunicorn of their own.

``python -m tests.benchmarks.http [--engine NAME] [--rounds N] [--seconds S] [--only WORD]``

``measure`` is for programs: it takes the application's address of an empty database, fills it and
returns the results. The two servers take turns within each round, asked by the same client over as
many kept connections; the client takes a sixth of what the empty route costs, so it hides little.

What is posted is a contribution: of all acts in the API that post, it makes the fewest other rows.
One entry with one transfer, and beside it what no posting goes without: the key with its answer,
the business record, the trail. The sixteen connections post to different projects, but all of them
into one book, as one office does.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

from flask import Flask
from sqlalchemy.orm import Session

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
PROJECTS = 64
LINES = 20
AGAINST = "an empty Flask route, an equal gunicorn"
EMPTY = Ask("GET", [["/"]] * CONNECTIONS)


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table: our answers in a second divided by those of the empty route."""

    what: str
    against: str
    engine: str
    ratio: float
    ratio_min: float
    ratio_max: float
    ours_per_second: float
    empty_per_second: float
    limit: float

    @property
    def is_reached(self) -> bool:
        """Whether the ratio is as large as it must be."""
        return self.ratio >= self.limit


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked of us, and which part of the empty route's speed it must reach."""

    what: str
    limit: float
    ask: Ask


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
        for _ in range(PROJECTS)
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


def lines(app: Flask, scene: Scene) -> list[Line]:
    """Return what is measured."""
    by_token = {"Authorization": f"Bearer {scene.volunteer_token}"}
    cookie = {"Cookie": _cookie(app, scene.volunteer)}
    account = [[f"/api/v1/ledger-accounts/{scene.account_id}"]] * CONNECTIONS
    page = [[f"/ledger/accounts/{scene.account_id}"]] * CONNECTIONS
    return [
        Line("HTTP POST of a posting with a token", 0.25, _contribution(scene)),
        Line("HTTP GET of a balance with a token", 0.35, Ask("GET", account, by_token)),
        Line("HTTP GET of an account's page with a login", 0.10, Ask("GET", page, cookie)),
    ]


def _contribution(scene: Scene) -> Ask:
    """Book one fen, again and again; no two connections on one project."""
    paths = [f"/api/v1/projects/{one}/contributions" for one in scene.project_ids]
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
    each = [paths[start::CONNECTIONS] for start in range(CONNECTIONS)]
    return Ask("POST", each, headers, json.dumps(body), 201)


def _cookie(app: Flask, actor: Actor) -> str:
    """Log in and return the header that a browser sends once it has seen a page."""
    client = app.test_client()
    log_in(client, db.session(), actor)
    client.get("/", follow_redirects=True)
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return f"{found.key}={found.value}"


def measure(address: str, *, rounds: int = 5, seconds: float = 3, only: str = "") -> list[Result]:
    """Measure every line on an empty database at the address by which the application comes."""
    settings = real.test_settings(address)
    app = create_app(settings)
    with app.app_context():
        scene = transaction(make_scene)
        asked = [line for line in lines(app, scene) if only in line.what]
        engine_name = db.engine.dialect.name
        db.session.remove()
        db.engine.dispose()
    with _servers(settings) as ports:
        return [
            _measured(line, ports, engine_name, rounds=rounds, seconds=seconds) for line in asked
        ]


@contextmanager
def _servers(settings: Settings) -> Iterator[tuple[int, int]]:
    """Serve ourselves and the empty route; hand over both ports."""
    empty = server.running(settings, application="tests.benchmarks.empty:app", sign_of_life="/")
    with server.running(settings) as ours, empty as theirs:
        yield ours, theirs


def _measured(
    line: Line, ports: tuple[int, int], engine_name: str, *, rounds: int, seconds: float
) -> Result:
    """Warm up both servers, then let them take turns."""
    ours: list[float] = []
    empty: list[float] = []
    for number in range(rounds + 1):
        length = seconds if number else seconds / 3
        ours.append(rate(ports[0], line.ask, length))
        empty.append(rate(ports[1], EMPTY, length))
    del ours[0], empty[0]
    ratios = [one / other for one, other in zip(ours, empty, strict=True)]
    return Result(
        what=line.what,
        against=AGAINST,
        engine=engine_name,
        ratio=median(ratios),
        ratio_min=min(ratios),
        ratio_max=max(ratios),
        ours_per_second=median(ours),
        empty_per_second=median(empty),
        limit=line.limit,
    )


def _durable(engine_name: str) -> None:
    """Let the tests' PostgreSQL write to the disk, as a real one does."""
    if engine_name == "postgresql":
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            real.in_postgres(f"ALTER SYSTEM SET {setting} = on")
        real.in_postgres("SELECT pg_reload_conf()")


def _table(results: Sequence[Result]) -> Iterator[str]:
    """Yield the results as lines of text."""
    for one in results:
        mark = "reached" if one.is_reached else "NOT REACHED"
        yield (
            f"{one.engine:<10} {one.what:<44} {one.ratio:.3f}"
            f" ({one.ratio_min:.3f}-{one.ratio_max:.3f}) of {one.limit:.2f} {mark};"
            f" {one.ours_per_second:,.0f} of {one.empty_per_second:,.0f} a second"
        )


def main() -> int:
    """Measure on one engine or on both; 1 when a limit was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=real.ENGINES, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", default="", help="a word of the lines that are measured")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    results: list[Result] = []
    for engine_name in asked.engine or real.ENGINES:
        _durable(engine_name)
        with real.real_address(engine_name) as address:
            results += measure(address, rounds=asked.rounds, seconds=asked.seconds, only=asked.only)
    print(
        json.dumps([asdict(one) for one in results]) if asked.json else "\n".join(_table(results))
    )
    return int(not all(one.is_reached for one in results))


if __name__ == "__main__":
    sys.exit(main())
