"""A lunch of many elders in three quarters of an hour, replayed ten times faster, over HTTP.

Each comes at a moment of the noon; a clerk finds them by their card, then redeems by PIN: the whole
way through a real server, from the card to the slip. What is measured is each answer as the clerk
waits for it, and how long an elder stands there, with the wait for a free clerk.

python -m tests.benchmarks.counter_lunch --engine sqlite --elders 300 --minutes 45 --speed 10
"""

import json
import random
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPConnection

from sqlalchemy.orm import Session

from tests.drills.ground import ground, parser
from tests.drills.server import here, running
from tests.make.care import PIN, Desk, make_desk, make_member
from timebank.access.service import tokens
from timebank.care.rules.desk import Proven
from timebank.care.service import cards
from timebank.kernel.ids import new_id

LIMIT_MS = 300
CLERKS = 4


@dataclass(frozen=True, slots=True)
class Noon:
    """What stands ready: a canteen, its guests with their cards, a token for the tills."""

    desk: Desk
    guests: tuple[tuple[int, str], ...]
    token: str


@dataclass(frozen=True, slots=True)
class Served:
    """How the noon went: answers, and how long each elder stood there, in milliseconds."""

    find_ms: list[float]
    redeem_ms: list[float]
    stood_ms: list[float]
    failed: int

    def p95(self, spent: list[float]) -> float:
        """Return the time within which 95 of 100 answers came."""
        return statistics.quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]


def make_noon(session: Session, elders: int) -> Noon:
    """Make the canteen and its guests."""
    desk = make_desk(session, day_capacity=None)
    guests = []
    for number in range(elders):
        person = make_member(session, desk.counter, name=f"老人{number:03d}", minutes=60)
        cards.set_pin(session, actor=desk.counter, person_id=person.id, pin=PIN, proven=Proven())
        guests.append((person.id, person.card_no or f"P-{person.id:05d}"))
    token = tokens.issue_token(session, actor=desk.counter, name="noon", scopes=["care.redeem"])
    return Noon(desk, tuple(guests), token.secret)


def serve(port: int, noon: Noon, seconds: float) -> Served:
    """Let everybody come at a moment of the noon; a few clerks serve them in their order."""
    chance = random.Random(5)
    coming = sorted((chance.uniform(0, seconds), guest) for guest in noon.guests)
    began, lock = time.perf_counter(), threading.Lock()
    served = Served([], [], [], 0)
    failed = 0

    def one(arrival: tuple[float, tuple[int, str]]) -> bool:
        at, (person_id, card_no) = arrival
        wait = began + at - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        find_ms, is_found = ask(port, noon, "GET", f"/api/v1/members?q={card_no}")
        redeem_ms, is_done = ask(
            port, noon, "POST", "/api/v1/redemptions", body_of(noon, person_id)
        )
        with lock:
            served.find_ms.append(find_ms)
            served.redeem_ms.append(redeem_ms)
            served.stood_ms.append((time.perf_counter() - began - at) * 1000)
        return is_found and is_done

    with ThreadPoolExecutor(CLERKS) as clerks:
        failed = list(clerks.map(one, coming)).count(False)
    return replace(served, failed=failed)


def body_of(noon: Noon, person_id: int) -> str:
    """Return a lunch as the till sends it."""
    return json.dumps(
        {
            "centre_id": noon.desk.centre.id,
            "person_id": person_id,
            "lines": [{"service_id": noon.desk.lunch.id, "quantity": 1}],
            "proof": {"pin": PIN},
        }
    )


def ask(
    port: int, noon: Noon, method: str, path: str, body: str | None = None
) -> tuple[float, bool]:
    """Return how long an answer took and whether it was a yes."""
    headers = {
        "Authorization": f"Bearer {noon.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(new_id()),
    }
    began = time.perf_counter()
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return (time.perf_counter() - began) * 1000, answer.status in {200, 201}


def run(engine_name: str, *, elders: int, seconds: float, is_short: bool = False) -> Served:
    """Serve a noon on a database of its own; a short one needs no server beside this process."""
    with ground(engine_name) as place:
        noon = place.write(lambda session: make_noon(session, elders))
        with here(place.app) if is_short else running(place.settings) as port:
            return serve(port, noon, seconds)


def main() -> int:
    """Replay the noon and say how long the clerks waited; 0 when it was short enough."""
    arguments = parser(__doc__)
    arguments.add_argument("--elders", type=int, default=300)
    arguments.add_argument("--minutes", type=float, default=45)
    arguments.add_argument("--speed", type=float, default=10)
    asked = arguments.parse_args()
    seconds = asked.minutes * 60 / asked.speed
    found = run(asked.engine, elders=asked.elders, seconds=seconds)
    worst = max(found.p95(found.find_ms), found.p95(found.redeem_ms))
    print(
        f"lunch on {asked.engine}: {len(found.redeem_ms)} served, {found.failed} failed;"
        f" find p95 {found.p95(found.find_ms):.0f} ms,"
        f" redeem p95 {found.p95(found.redeem_ms):.0f} ms,"
        f" stood there p95 {found.p95(found.stood_ms):.0f} ms"
    )
    return int(found.failed > 0 or worst > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
