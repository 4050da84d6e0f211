"""PostgreSQL may be stopped at once or killed while people work: they are told to come back later.

Programs book, programs and browsers read, and the database goes away under them, in turn by an
immediate stop and by SIGKILL to all of its processes. Everybody sees 503 with ``Retry-After`` or an
answer; when the database is back, the web server and the worker find it by themselves.

python -m tests.drills.database_crash --rounds 10
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.drills import postgres
from tests.drills.books import Scene, browser_cookie
from tests.drills.ground import Ground, ground_at, parser, verdict
from tests.drills.load import PAUSE_SECONDS, REQUEST_SECONDS, WAIT_TRIES, Load, Said, total
from tests.drills.server import prepared, working
from timebank.jobs import service as jobs
from timebank.jobs.models import Job
from timebank.jobs.rules import State
from timebank.kernel.ids import new_id

SENDERS = 8
BACK_WITHIN_SECONDS = 10
AWAY_REQUESTS = 25  # this many times somebody is told to come back before the database does
ALLOWED = {200, 201, 503}


class Reader:
    """A browser or a program that looks at one page again and again."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        """Point it at a page."""
        self.said = Said()
        self._where = (port, path, headers)

    def step(self) -> None:
        """Look once and count the answer."""
        port, path, headers = self._where
        connection = HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self.said.statuses[0] += 1
        else:
            self.said.statuses[answer.status] += 1
            if answer.status == 503 and answer.getheader("Retry-After") is None:
                self.said.without_retry_after += 1
        finally:
            connection.close()


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    programs: Counter[int] = field(default_factory=Counter)
    readers: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    slowest_return_seconds: float = 0.0
    is_worker_alive: bool = False

    def is_exact(self, *, rounds: int) -> bool:
        """Whether nobody saw anything but answers and "later", and the books are exact."""
        return (
            self.rounds == rounds
            and self.is_worker_alive
            and (self.lost, self.doubled, self.findings, self.without_retry_after) == (0, 0, [], 0)
            and set(self.programs) <= ALLOWED
            and set(self.readers) <= ALLOWED
        )


def readers(port: int, place: Ground, scene: Scene) -> list[Reader]:
    """Return a program that reads, a browser that is logged in, and one that is not."""
    project_id = scene.project_ids[0]
    return [
        Reader(port, f"/api/v1/projects/{project_id}", {"Authorization": f"Bearer {scene.token}"}),
        Reader(port, f"/projects/{project_id}", {"Cookie": browser_cookie(place.app, scene)}),
        Reader(port, "/login", {}),
    ]


@contextmanager
def reading(watchers: list[Reader]) -> Iterator[None]:
    """Let everybody look without rest while the block runs."""
    stopped = threading.Event()

    def look(watcher: Reader) -> None:
        while not stopped.wait(PAUSE_SECONDS):
            watcher.step()

    threads = [threading.Thread(target=look, args=(one,)) for one in watchers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def crash(cluster: postgres.Cluster, load: Load, end: Callable[[], None], *, acks: int) -> float:
    """End the database under load and start it again; return how long nothing was booked then."""
    load.wait_for(acks)
    told = load.said().statuses[503]
    end()
    load.wait_until(lambda: load.said().statuses[503] >= told + AWAY_REQUESTS)
    began = time.perf_counter()
    cluster.begin()
    load.wait_for(1)
    return time.perf_counter() - began


def does_jobs(place: Ground) -> bool:
    """Whether the worker does a job that is asked for now."""
    key = f"drill:{new_id()}"
    place.write(lambda session: jobs.enqueue(session, name="jobs.sweep", key=key, payload={}))
    for _ in range(WAIT_TRIES):
        if place.read(lambda session: _state(session, key)) == State.DONE.value:
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def _state(session: Session, key: str) -> str | None:
    return session.scalar(select(Job.state).where(Job.key == key))


def run(*, rounds: int, acks: int, workers: int = 2, rest: float = 0) -> Outcome:
    """Crash the database as often as asked, under one web server that is never restarted."""
    found = Outcome()
    with postgres.running() as cluster:
        place = ground_at(postgres.app_address(cluster))
        scene = place.make_scene(projects=SENDERS)
        with prepared(place.settings, workers=workers) as server, working(place.settings):
            server.start()
            load = Load(server.port, scene, senders=SENDERS, rest=rest)
            watchers = readers(server.port, place, scene)
            with reading(watchers), load.running():
                for number in range(rounds):
                    end = cluster.kill if number % 2 else cluster.stop_immediately
                    seconds = crash(cluster, load, end, acks=acks)
                    found.slowest_return_seconds = max(found.slowest_return_seconds, seconds)
                    found.rounds += 1
                load.wait_for(acks)
            found.is_worker_alive = does_jobs(place)
            load.settle()
            load.hang_up()
        _close_books(found, place, scene, load)
    told = total(one.said for one in watchers)
    found.readers = told.statuses
    found.without_retry_after += told.without_retry_after
    return found


def _close_books(found: Outcome, place: Ground, scene: Scene, load: Load) -> None:
    """Compare the books with what was acknowledged."""
    kept, acknowledged, told = place.kept(scene), load.acknowledged(), load.said()
    found.acknowledged = len(acknowledged)
    found.lost = kept.misses(acknowledged) + len(load.unknown())
    found.doubled = kept.doubles() + len(kept.entry_ids - acknowledged)
    found.findings += kept.findings
    found.programs = told.statuses
    found.without_retry_after += told.without_retry_after


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact and the service was back in time."""
    arguments = parser(__doc__, engines=("postgresql",))
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--acks", type=int, default=200, help="acknowledged in each round")
    asked = arguments.parse_args()
    found = run(rounds=asked.rounds, acks=asked.acks)
    is_back_in_time = found.slowest_return_seconds <= BACK_WITHIN_SECONDS
    is_exact = found.is_exact(rounds=asked.rounds) and is_back_in_time
    return verdict("database crash", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
