"""Whoever imports or matches may be killed at any point: nothing is booked twice, and none by half.

A process of its own confirms a statement, or does a batch of a run, and ends by SIGKILL at a
marked point; then another does the same work to its end. The books are proved after each.

python -m tests.drills.match_killed --engine sqlite|postgresql --times 5
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.drills.ground import Ground, bank_findings, ground, parser, verdict
from tests.make.cofund import make_office
from tests.make.matching import Scene, bring_in, make_scene, statement
from timebank.access import queries as access_queries
from timebank.app import create_app
from timebank.bank.models.claims import BankAllocation
from timebank.bank.models.statements import BankLine
from timebank.bank.service import claiming, imports
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.queries import matches
from timebank.cofund.service import match_runs
from timebank.cofund.verify import claims as cofund_verify
from timebank.jobs import service as jobs
from timebank.jobs.models import Job
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import transaction
from timebank.ledger.service import posting
from timebank.settings import Settings

WORKER_SECONDS = 120
PAYERS = 6
T = TypeVar("T")
P = TypeVar("P")
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.drills.warm"])


class Point(StrEnum):
    """Where the process is killed."""

    LINES_POSTED = "lines_posted"  # an import's entries are written, its lines are not
    LINES_WRITTEN = "lines_written"  # all of the import is written, nothing committed
    CLAIM_BOOKED = "claim_booked"  # one line of the batch is claimed, what it met not written
    BATCH_DONE = "batch_done"  # the batch is done, the job not marked, nothing committed
    BATCH_COMMITTED = "batch_committed"  # all is committed, the worker does not know


IMPORTING = (Point.LINES_POSTED, Point.LINES_WRITTEN)


@dataclass(frozen=True, slots=True)
class Task:
    """What a process needs to know; it travels to another process."""

    settings: Settings
    user_id: int
    import_id: int


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    killed: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    lines_wanted: int = 0
    matched: int = 0
    matched_wanted: int = 0
    doubled: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, times: int) -> bool:
        """Whether every work was done once, however its process died."""
        return (
            self.killed == {point.value: times for point in Point}
            and (self.lines, self.matched) == (self.lines_wanted, self.matched_wanted)
            and (self.doubled, self.findings) == (0, ())
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


def _deaths() -> dict[Point, tuple[Any, str, Callable[..., Any]]]:
    """Return what is put in the place of which function, so that the process dies there."""
    return {
        Point.LINES_POSTED: (posting, "post_many", after(posting.post_many)),
        Point.LINES_WRITTEN: (imports, "_settle", die),
        Point.CLAIM_BOOKED: (claiming, "book", after(claiming.book)),
        Point.BATCH_DONE: (jobs, "_settle", die),
        Point.BATCH_COMMITTED: (jobs, "run_next", after(jobs.run_next)),
    }


def work_and_die(task: Task, point: Point) -> None:
    """Import, or match, in a process of its own that ends at a point."""
    app = create_app(task.settings)
    place, name, death = _deaths()[point]
    setattr(place, name, death)
    with app.app_context():
        if point in IMPORTING:
            transaction(lambda session: _confirm_as(session, task))
        else:
            jobs.run_next()


def _confirm_as(session: Session, task: Task) -> None:
    """Confirm a staged statement as the task's user."""
    actor = access_queries.actor_of(session, user_id=task.user_id, channel=Channel.JOB)
    assert actor is not None
    _confirm(session, actor, task.import_id)


def _confirm(session: Session, actor: Actor, import_id: int) -> None:
    """Confirm a staged statement."""
    imports.confirm(session, actor=actor, import_id=import_id)


def run(engine_name: str, *, times: int, points: tuple[Point, ...] = tuple(Point)) -> Outcome:
    """Kill at every point so many times; let the work be done each time; prove the books."""
    found = Outcome()
    with ground(engine_name) as place:
        office = place.write(make_office)
        bills = times * len(points) * PAYERS
        scene = place.write(lambda session: make_scene(session, office, doors=bills, is_even=True))
        for number in range(times):
            for at, point in enumerate(points):
                begin = (number * len(points) + at) * PAYERS
                _kill_once(place, scene, point, begin)
                found.killed[point.value] = found.killed.get(point.value, 0) + 1
                found.lines_wanted += PAYERS
                found.matched_wanted += PAYERS
        place.read(lambda session: _count(session, found))
    return found


def _kill_once(place: Ground, scene: Scene, point: Point, begin: int) -> None:
    """Bring a statement in and match it; the process at work is killed once on the way."""
    owed = scene.owed[begin : begin + PAYERS]
    paid = [
        (one.amount_fen, f"业主{one.room_no}", f"{one.payment_code} 7-1-{one.room_no}")
        for one in owed
    ]
    actor = scene.office.finance
    assert actor.user_id is not None  # finance is somebody
    if point in IMPORTING:
        staged = place.write(lambda session: _stage(session, scene, paid))
        killed(work_and_die, Task(place.settings, actor.user_id, staged), point)
        place.write(lambda session: _confirm(session, actor, staged))
    else:
        place.write(lambda session: bring_in(session, scene, *paid))
    place.write(lambda session: match_runs.start_run(session, actor=actor))
    if point not in IMPORTING:
        killed(work_and_die, Task(place.settings, actor.user_id, 0), point)
        place.write(_free)
    with place.app.app_context():
        while jobs.run_next():
            pass


def _free(session: Session) -> None:
    """Move the dead worker's lease back, as time would."""
    past = clock.now() - timedelta(minutes=1)
    session.execute(update(Job).where(Job.state == "running").values(lease_until=past))


def _stage(session: Session, scene: Scene, paid: list[tuple[int, str, str]]) -> int:
    """Stage a statement that begins where the books end."""
    staged = imports.stage(
        session,
        actor=scene.office.finance,
        account_id=scene.account_id,
        content=statement(session, scene, *paid),
        file_name="x.sta",
    )
    return staged.id


def killed(work: Callable[[T, P], None], task: T, point: P) -> None:
    """Let a process work and die.

    Raises:
        RuntimeError: it came to its end alive.
    """
    process = _processes.Process(target=work, args=(task, point))
    process.start()
    process.join(WORKER_SECONDS)
    if process.exitcode != -signal.SIGKILL:
        message = f"the process at {point} ended with {process.exitcode}"
        raise RuntimeError(message)


def _count(session: Session, found: Outcome) -> None:
    """Count what is booked, and prove it."""
    movements = select(func.count()).select_from(BankLine).where(BankLine.kind == "movement")
    found.lines = session.scalar(movements) or 0
    found.matched = session.scalar(select(func.count()).select_from(ClaimedPart)) or 0
    twice = select(BankAllocation.line_id).group_by(BankAllocation.line_id).having(func.count() > 1)
    found.doubled = len(session.scalars(twice).all())
    last = matches.last_run(session, session.scalars(select(BankLine.community_id)).first() or 0)
    found.doubled += last is None or last.percent != 100
    of_cofund = tuple(str(one) for one in cofund_verify.findings(session))
    found.findings = (*bank_findings(session), *of_cofund)


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--times", type=int, default=5)
    asked = arguments.parse_args()
    found = run(asked.engine, times=asked.times)
    return verdict(
        "killed matching", asked.engine, found, is_exact=found.is_exact(times=asked.times)
    )


if __name__ == "__main__":
    sys.exit(main())
