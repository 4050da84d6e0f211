"""The worker may be killed at any point of a job: each job has its effect once, poison is parked.

At each of five marked points of `timebank.jobs.service` workers are killed with SIGKILL, each while
it does a job that books one fen. The job itself does not know its own earlier effect: only the
table of jobs keeps it from booking twice. A dead worker's lease is moved back, not waited for.

python -m tests.drills.worker_dies --engine sqlite|postgresql --times 20
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.drills import books
from tests.drills.ground import Ground, ground, parser, verdict
from tests.make import real
from timebank.access import queries as access_queries
from timebank.cofund.rules.projects import Method, Party
from timebank.cofund.service import money
from timebank.jobs import rules, service
from timebank.jobs.models import Job
from timebank.jobs.rules import State
from timebank.kernel import clock
from timebank.kernel.actor import Channel
from timebank.kernel.db import db, transaction
from timebank.settings import Settings

WORKER_SECONDS = 120
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.drills.warm"])


class Point(StrEnum):
    """Where a worker is killed."""

    CLAIMING = "claiming"  # the job is taken, but not committed
    CLAIMED = "claimed"  # the claim is committed, nothing is done
    EFFECT = "effect"  # the effect is written, the job not marked done
    MARKED = "marked"  # both are written, nothing committed
    COMMITTED = "committed"  # all is committed, the worker does not know


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker process needs to know; it travels to another process."""

    settings: Settings
    user_id: int
    project_id: int


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    killed: dict[str, int] = field(default_factory=dict)
    jobs: int = 0
    effects: int = 0
    jobs_without_effect: int = 0
    jobs_with_two_effects: int = 0
    not_done: int = 0
    poison_parked: int = 0
    poison_tries: list[int] = field(default_factory=list)
    poison_effects: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, times: int) -> bool:
        """Whether every job acted once, however its workers died, and poison was parked."""
        return (
            self.killed == {point.value: times for point in Point}
            and self.jobs == self.effects == times * len(Point)
            and (self.jobs_without_effect, self.jobs_with_two_effects, self.not_done) == (0, 0, 0)
            and self.poison_tries == [rules.TRIES_MAX, rules.TRIES_MAX]
            and (self.poison_parked, self.poison_effects) == (2, 0)
            and self.findings == ()
        )


def die(*_: object, **__: object) -> Any:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return the work that is followed by the end."""

    def last(*args: Any, **kwargs: Any) -> Any:
        work(*args, **kwargs)
        die()

    return last


# What is put in the place of which function, so that the worker dies at that point.
DEATHS: dict[Point, tuple[str, Callable[..., Any]]] = {
    Point.CLAIMING: ("claim", after(service.claim)),
    Point.CLAIMED: ("perform", die),
    Point.EFFECT: ("_settle", die),
    Point.MARKED: ("perform", after(service.perform)),
    Point.COMMITTED: ("run_next", after(service.run_next)),
}


def work_and_die(task: Task, point: Point | None) -> None:
    """Work in a process of its own that ends at a point; without one the job itself is deadly."""
    app = real.app_with(task.settings)  # the one that was made before the fork
    _register(task, poison=die)
    if point is not None:
        name, death = DEATHS[point]
        setattr(service, name, death)
    with app.app_context():
        work()


def work() -> None:
    """Do every job that is due, as the worker does."""
    while service.run_next():
        pass


def _register(task: Task, *, poison: Callable[[], object]) -> None:
    """Teach this process the drill's jobs: one that books, and one that is poison after that."""

    def book(session: Session, payload: service.Payload) -> None:
        actor = access_queries.actor_of(session, user_id=task.user_id, channel=Channel.JOB)
        assert actor is not None
        money.receive_contribution(
            session,
            actor=actor,
            project_id=task.project_id,
            party=Party.COMPANY,
            amount_fen=books.AMOUNT_FEN,
            received_on=clock.today(),
            payer_name="九龙共富公司",
            method=Method.BANK,
            reference=payload["word"],
        )

    def book_and_spoil(session: Session, payload: service.Payload) -> None:
        book(session, payload)
        poison()

    service.register("drill.book", book)
    service.register("drill.poison", book_and_spoil)


def _fail() -> None:
    message = "the printer is on fire"
    raise RuntimeError(message)


def _send_to_die(task: Task, point: Point | None) -> bool:
    """Run a worker that is to die; whether it did, by the signal."""
    process = _processes.Process(target=work_and_die, args=(task, point))
    process.start()
    process.join(WORKER_SECONDS)
    return process.exitcode == -signal.SIGKILL


def _move_clock_on(session: Session) -> None:
    """Let leases and pauses end now."""
    past = clock.now() - timedelta(seconds=1)
    session.execute(update(Job).where(Job.state == State.RUNNING.value).values(lease_until=past))
    session.execute(update(Job).where(Job.state == State.QUEUED.value).values(run_at=past))


def _ask(place: Ground, name: str, word: str) -> None:
    place.write(
        lambda session: service.enqueue(
            session, name=name, key=f"drill:{word}", payload={"word": word}
        )
    )


def _work_here(app: Flask) -> None:
    """Be the worker that comes next and does what is left."""
    with app.app_context():
        transaction(_move_clock_on)
        work()
        db.session.remove()
        db.engine.dispose()


def run(engine_name: str, *, times: int) -> Outcome:
    """Kill workers at every point, then give them poison, and count."""
    found = Outcome()
    known = dict(service._handlers)
    try:
        with ground(engine_name) as place:
            scene = place.make_scene(projects=1)
            assert scene.office.finance.user_id is not None
            task = Task(place.settings, scene.office.finance.user_id, scene.project_ids[0])
            _register(task, poison=_fail)
            _kill_at_every_point(found, place, task, times)
            _poison(found, place, task)
            place.read(lambda session: _count(found, session))
    finally:
        service._handlers.clear()
        service._handlers.update(known)
    return found


def _kill_at_every_point(found: Outcome, place: Ground, task: Task, times: int) -> None:
    """Let a worker die in a job, and another one finish it, as often as asked."""
    for point in Point:
        for number in range(times):
            _ask(place, "drill.book", f"{point.value}:{number}")
            dead = _send_to_die(task, point)
            found.killed[point.value] = found.killed.get(point.value, 0) + dead
            _work_here(place.app)


def _poison(found: Outcome, place: Ground, task: Task) -> None:
    """Give workers a job that kills them and one that fails, until nobody tries any more."""
    _ask(place, "drill.poison", "deadly")
    for _ in range(rules.TRIES_MAX):
        _send_to_die(task, None)
        place.write(_move_clock_on)
    _work_here(place.app)
    _ask(place, "drill.poison", "failing")
    for _ in range(rules.TRIES_MAX + 1):
        _work_here(place.app)
    parked = place.read(_parked)
    found.poison_parked, found.poison_tries = len(parked), parked


def _parked(session: Session) -> list[int]:
    """Return how often each parked job was tried."""
    return list(session.scalars(select(Job.tries).where(Job.state == State.PARKED.value)))


def _count(found: Outcome, session: Session) -> None:
    """Count each job's effects."""
    for job in session.scalars(select(Job).where(Job.name == "drill.book")):
        effects = books.rows_of(session, job.payload["word"])
        found.jobs += 1
        found.effects += effects
        found.jobs_without_effect += effects == 0
        found.jobs_with_two_effects += effects > 1
        found.not_done += job.state != State.DONE.value
    found.poison_effects = sum(books.rows_of(session, word) for word in ("deadly", "failing"))
    found.findings = books.findings(session)


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--times", type=int, default=20, help="workers killed at each point")
    asked = arguments.parse_args()
    found = run(asked.engine, times=asked.times)
    is_exact = found.is_exact(times=asked.times)
    return verdict("worker dies", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
