"""Money is neither made nor lost: every snapshot of all balances sums to zero, none is negative.

Writers move minutes between bounded accounts, from where they are issued and to where they are
spent, in single entries and in batches, each amount picked at random; readers look at all balances
at once.

python -m tests.drills.bank --engine sqlite|postgresql --seconds 60
"""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.drills import books
from tests.drills.books import Bank
from tests.drills.ground import Ground, ground, parser, verdict
from timebank.kernel.db import db, read_only, transaction
from timebank.kernel.errors import DomainError

ACCOUNTS = 20
WRITERS = 16
READERS = 4
AMOUNT_MAX = 30
BATCH = 3


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    entries: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    unhandled: Counter[str] = field(default_factory=Counter)
    snapshots: int = 0
    wrong_sums: int = 0
    negatives: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, snapshots: int) -> bool:
        """Whether every snapshot was right and nothing failed but what must be refused."""
        return (
            self.snapshots >= snapshots
            and self.entries > 0
            and (self.wrong_sums, self.negatives) == (0, 0)
            and set(self.refusals) <= {books.TOO_LITTLE}
            and (self.unhandled, self.findings) == (Counter(), ())
        )


class Rush:
    """Writers and readers at work on one bank, until each has done enough and time is over."""

    def __init__(self, place: Ground, bank: Bank, *, seconds: float, turns: int) -> None:
        """Prepare; ``turns`` is the least that each does, however slow the machine is."""
        self.place, self.bank, self.turns = place, bank, turns
        self.ends_at = time.monotonic() + seconds
        self.found = Outcome()
        self._lock = threading.Lock()

    def run(self) -> Outcome:
        """Let everybody work and return what was found."""
        tasks = [self._write] * WRITERS + [self._read] * READERS
        with ThreadPoolExecutor(len(tasks)) as pool:
            for done in [pool.submit(self._repeat, task) for task in tasks]:
                done.result()
        return self.found

    def _repeat(self, task: Callable[[], None]) -> None:
        done = 0
        while done < self.turns or time.monotonic() < self.ends_at:
            with self.place.app.app_context():
                task()
                db.session.remove()
            done += 1

    def _write(self) -> None:
        """Post one entry or a batch; only a lack of minutes is a reason to refuse it."""
        count = random.choice((1, 1, 1, BATCH))
        moves = [self._move() for _ in range(count)]
        refusal = self._posted(moves)
        with self._lock:
            if refusal is None:
                self.found.entries += count
            elif isinstance(refusal, DomainError):
                self.found.refusals[refusal.code] += 1
            else:
                self.found.unhandled[type(getattr(refusal, "orig", refusal)).__name__] += 1

    def _posted(self, moves: list[tuple[int, int, int]]) -> Exception | None:
        """Post the moves; return what came instead, if anything."""
        try:
            transaction(lambda session: books.post_moves(session, self.bank, moves))
        except Exception as error:  # noqa: BLE001 - whatever comes is the drill's finding
            return error
        return None

    def _move(self) -> tuple[int, int, int]:
        """Return who is debited, who is credited, and how much."""
        one, two = random.sample(self.bank.all_ids, 2)
        return one, two, random.randint(1, AMOUNT_MAX)

    def _read(self) -> None:
        """Look at all balances at one moment."""
        total, negatives = read_only(lambda session: books.sum_and_negatives(session, self.bank))
        with self._lock:
            self.found.snapshots += 1
            self.found.wrong_sums += total != 0
            self.found.negatives += negatives


def run(engine_name: str, *, seconds: float, turns: int) -> Outcome:
    """Open a bank, let everybody rush, and prove the books."""
    with ground(engine_name) as place:
        bank = place.write(lambda session: books.make_bank(session, accounts=ACCOUNTS))
        found = Rush(place, bank, seconds=seconds, turns=turns).run()
        found.findings = place.read(books.findings)
    return found


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    asked = arguments.parse_args()
    found = run(asked.engine, seconds=asked.seconds, turns=250)
    return verdict("bank", asked.engine, found, is_exact=found.is_exact(snapshots=1000))


if __name__ == "__main__":
    sys.exit(main())
