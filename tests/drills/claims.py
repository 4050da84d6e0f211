"""Many officers claim many cases at once over HTTP: each case has one holder, the others hear who.

python -m tests.drills.claims --engine sqlite|postgresql --officers 50 --cases 500
"""

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.drills import server
from tests.drills.ground import parser, verdict
from tests.make import real
from tests.make.access import make_actor
from tests.make.cases import make_case, make_grid
from timebank.access.service import tokens
from timebank.app import create_app
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.hands import CaseCustody
from timebank.cases.queries import verify
from timebank.kernel.db import db, read_only, transaction
from timebank.kernel.ids import new_id

REQUEST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands ready before the race: a token for each officer, and the cases."""

    tokens: tuple[str, ...]
    case_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the race ended: answers by status, and what the database holds."""

    statuses: Counter[int]
    held: int
    claims: int
    open_hands: int
    findings: int

    def is_exact(self, *, officers: int, cases: int) -> bool:
        """Whether every case has one holder, and every other officer was told so."""
        expected = Counter({200: cases, 409: cases * (officers - 1)})
        return (
            self.statuses == expected
            and self.held == self.claims == self.open_hands == cases
            and self.findings == 0
        )


def make_scene(session: Session, *, officers: int, cases: int) -> Scene:
    """Make officers of one grid, each with a token, and cases that nobody has claimed."""
    grid = make_grid(session)
    secrets = []
    for number in range(officers):
        officer = make_actor(
            session,
            community_id=grid.community_id,
            roles=(("grid_officer", "grid", grid.grid_id),),
            name=f"网格员{number}",
        )
        token = tokens.issue_token(
            session, actor=officer, name="drill", scopes=["case.read", "case.work"]
        )
        secrets.append(token.secret)
    return Scene(tuple(secrets), tuple(make_case(session, grid).id for _ in range(cases)))


def race(port: int, scene: Scene) -> Counter[int]:
    """Let every officer claim every case, all at once and each in an order of their own."""
    start = threading.Barrier(len(scene.tokens))

    def officer(number: int) -> Counter[int]:
        answers: Counter[int] = Counter()
        first = number * len(scene.case_ids) // len(scene.tokens) // 2
        start.wait(REQUEST_SECONDS)
        for case_id in scene.case_ids[first:] + scene.case_ids[:first]:
            answers[_claim(port, scene.tokens[number], case_id)] += 1
        return answers

    with ThreadPoolExecutor(len(scene.tokens)) as officers:
        return sum(officers.map(officer, range(len(scene.tokens))), Counter[int]())


def _claim(port: int, token: str, case_id: int) -> int:
    """Claim a case under a key of its own and return the status of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
    connection.request(
        "POST",
        f"/api/v1/cases/{case_id}/claim",
        body=json.dumps({}),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(new_id()),
        },
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def outcome(session: Session, statuses: Counter[int]) -> Outcome:
    """Count what the race left in the database."""
    count = select(func.count())
    held = count.select_from(CaseFile).where(CaseFile.holder_user_id.is_not(None))
    claims = count.select_from(CaseEvent).where(CaseEvent.type == "claimed")
    hands = count.select_from(CaseCustody).where(
        CaseCustody.to_seq.is_(None), CaseCustody.user_id.is_not(None)
    )
    return Outcome(
        statuses=statuses,
        held=session.scalar(held) or 0,
        claims=session.scalar(claims) or 0,
        open_hands=session.scalar(hands) or 0,
        findings=len(list(verify.findings(session))),
    )


def run(engine_name: str, *, officers: int, cases: int) -> Outcome:
    """Prepare a database of its own, serve it, race, and count."""
    with real.real_address(engine_name) as address:
        settings = real.test_settings(address)
        app = create_app(settings)
        with app.app_context():
            scene = transaction(lambda session: make_scene(session, officers=officers, cases=cases))
            db.session.remove()
            db.engine.dispose()
            with server.running(settings) as port:
                statuses = race(port, scene)
            found = read_only(lambda session: outcome(session, statuses))
            db.session.remove()
            db.engine.dispose()
    return found


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--officers", type=int, default=50)
    arguments.add_argument("--cases", type=int, default=500)
    asked = arguments.parse_args()
    found = run(asked.engine, officers=asked.officers, cases=asked.cases)
    is_exact = found.is_exact(officers=asked.officers, cases=asked.cases)
    return verdict("claims", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
