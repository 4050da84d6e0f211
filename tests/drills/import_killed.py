"""Whoever brings a statement in may be killed at any point, and sends it again: one copy stands.

A process of its own stages a statement and confirms it, and ends by SIGKILL at a marked point.
What it left is looked at: all of the file or nothing of it, and the books equal the bank. Then the
whole file is sent again, as people do who saw no answer. Statements overlap: each holds the lines
of the one before.

python -m tests.drills.import_killed --engine sqlite|postgresql --times 5
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from tests.drills.ground import Ground, bank_findings, ground, parser, verdict
from tests.drills.match_killed import after, die, killed
from tests.make import bank as make
from tests.make.bank import Moved
from tests.make.cofund import make_office
from timebank.access import queries as access_queries
from timebank.app import create_app
from timebank.bank.queries import statements as reads
from timebank.bank.service import booking, imports
from timebank.kernel.actor import Channel
from timebank.kernel.db import transaction
from timebank.ledger.service import posting
from timebank.settings import Settings
from timebank.trail import service as trail

FIRST, OPENING_FEN = date(2026, 1, 5), 500_000


class Point(StrEnum):
    """Where the process is killed."""

    STAGED = "staged"  # the file is read and kept to be looked at, nothing committed
    WAITING = "waiting"  # it waits for a yes, that is committed; the yes never comes
    LINES_POSTED = "lines_posted"  # the entries are written, the lines are not
    LINES_WRITTEN = "lines_written"  # entries and lines are written, the file is not settled
    TRAIL_LEFT = "trail_left"  # all is written, nothing committed
    COMMITTED = "committed"  # all is committed, nobody was told


@dataclass(frozen=True, slots=True)
class Task:
    """What a process needs to know; it travels to another process."""

    settings: Settings
    user_id: int
    account_id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """The bank account, and who brings its statements in."""

    id: int
    community_id: int
    user_id: int


def open_account(session: Session) -> Account:
    """Open it."""
    office = make_office(session)
    assert office.finance.user_id is not None  # finance is somebody
    account_id = make.make_account(session, office.admin)
    return Account(account_id, office.community_id, office.finance.user_id)


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    killed: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    lines_wanted: int = 0
    halves: int = 0
    unlike_the_bank: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, times: int, points: tuple[Point, ...] = tuple(Point)) -> bool:
        """Whether each file stands once, whole, and the books equalled the bank throughout."""
        return (
            self.killed == {point.value: times for point in points}
            and self.lines == self.lines_wanted
            and (self.halves, self.unlike_the_bank, self.findings) == (0, 0, ())
        )


def _deaths() -> dict[Point, tuple[Any, str, Callable[..., Any]]]:
    """Return what is put in the place of which function, so that the process dies there."""
    return {
        Point.STAGED: (imports, "stage", after(imports.stage)),
        Point.WAITING: (imports, "confirm", die),
        Point.LINES_POSTED: (posting, "post_many", after(posting.post_many)),
        Point.LINES_WRITTEN: (booking, "book", after(booking.book)),
        Point.TRAIL_LEFT: (trail, "record", _dying_record(trail.record)),
    }


def _dying_record(record: Callable[..., Any]) -> Callable[..., Any]:
    """Return the trail whose pen falls when an import is noted as booked."""

    def noted(*args: Any, **facts: Any) -> Any:
        done = record(*args, **facts)
        if facts["action"] == "bank.statement_booked":
            die()
        return done

    return noted


def work_and_die(task: Task, point: Point) -> None:
    """Stage and confirm in a process of its own that ends at a point."""
    app = create_app(task.settings)
    if point in (deaths := _deaths()):
        place, name, death = deaths[point]
        setattr(place, name, death)
    with app.app_context():
        staged = transaction(lambda session: stage(session, task))
        transaction(lambda session: confirm(session, task, staged))
    die()


def _actor(session: Session, task: Task) -> Any:
    return access_queries.actor_of(session, user_id=task.user_id, channel=Channel.WEB)


def stage(session: Session, task: Task) -> int:
    """Stage the statement; return its id."""
    return imports.stage(
        session, actor=_actor(session, task), account_id=task.account_id, content=task.content,
        file_name="x.csv",
    ).id  # fmt: skip


def confirm(session: Session, task: Task, import_id: int) -> None:
    """Book it."""
    imports.confirm(session, actor=_actor(session, task), import_id=import_id)


@dataclass(slots=True)
class Bank:
    """What the bank knows: every movement so far."""

    lines: int
    moved: list[Moved] = field(default_factory=list)

    @property
    def balance_fen(self) -> int:
        """What the account holds."""
        return self.moved[-1].balance if self.moved else 0

    def statement(self) -> bytes:
        """Return a statement with new movements after those of the one before it."""
        before, running = self.moved[-self.lines :], self.balance_fen or OPENING_FEN
        for at in range(self.lines):
            fen = 12_345 + 7 * at if at % 3 else -2_000
            running += fen
            day = FIRST + timedelta(days=len(self.moved) // 20)
            self.moved.append(Moved(day, fen, running, said=f"第{len(self.moved)}笔"))
        return make.csv_file(make.marked_rows([*before, *self.moved[-self.lines :]]))


def run(
    engine_name: str, *, times: int, lines: int = 40, points: tuple[Point, ...] = tuple(Point)
) -> Outcome:
    """Kill at every point so many times, and send each file again; prove the books."""
    found, bank = Outcome(), Bank(lines)
    with ground(engine_name) as place:
        account = place.write(open_account)
        for _ in range(times):
            for point in points:
                _kill_once(place, account, bank, point, found)
        found.lines_wanted = len(bank.moved)
        found.findings = place.read(bank_findings)
    return found


def _kill_once(place: Ground, account: Account, bank: Bank, point: Point, found: Outcome) -> None:
    """Let one statement be brought in by a process that dies, and then by one that lives."""
    before, known = bank.balance_fen, len(bank.moved)
    task = Task(place.settings, account.user_id, account.id, bank.statement())
    killed(work_and_die, task, point)
    found.killed[point.value] = found.killed.get(point.value, 0) + 1
    is_in = point is Point.COMMITTED
    is_there = place.read(lambda session: held(session, account))
    found.halves += is_there[1] != (len(bank.moved) if is_in else known)
    found.unlike_the_bank += is_there[0] != (bank.balance_fen if is_in else before)
    staged = place.write(lambda session: stage(session, task))
    place.write(lambda session: confirm(session, task, staged))
    balance_fen, found.lines = place.read(lambda session: held(session, account))
    found.unlike_the_bank += balance_fen != bank.balance_fen


def held(session: Session, account: Account) -> tuple[int, int]:
    """Return the account's balance in the ledger, and how many movements it has."""
    (view,) = reads.accounts(session, account.community_id)
    standing = reads.standing(session, account.id)
    movements = max(0, standing.position - 1)  # what it held before the first is a line too
    return view.balance_fen, movements


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--times", type=int, default=5)
    asked = arguments.parse_args()
    found = run(asked.engine, times=asked.times)
    return verdict("killed import", asked.engine, found, is_exact=found.is_exact(times=asked.times))


if __name__ == "__main__":
    sys.exit(main())
