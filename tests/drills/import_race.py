"""Eight people bring the same and overlapping statements in at the same moment: each line once.

In each round half of them have the same file, the others longer and shorter ones of the same days;
all confirm at once. Whoever is late finds nothing new, whoever has the longest file adds the rest.

python -m tests.drills.import_race --engine sqlite|postgresql --rounds 20
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from tests.drills.ground import Ground, bank_findings, ground, parser, verdict
from tests.drills.import_killed import (
    FIRST,
    OPENING_FEN,
    Account,
    Task,
    confirm,
    held,
    open_account,
    stage,
)
from tests.drills.over_match import at_once
from tests.make import bank as make
from tests.make.bank import Moved

LINES = 12
# How many of a round's new movements the file of each person has.
LONG, SHORT = LINES, LINES // 2
FILES = (LONG, LONG, LONG, LONG, SHORT, SHORT, LONG - 1, 4)


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    unlike_the_bank: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, rounds: int) -> bool:
        """Whether everybody was answered and each movement stands once."""
        return (
            self.rounds == rounds
            and self.ended == {"done": rounds * len(FILES)}
            and self.lines == rounds * LINES
            and (self.unlike_the_bank, self.findings) == (0, ())
        )


def run(engine_name: str, *, rounds: int) -> Outcome:
    """Let everybody bring files in, round after round; prove the books at the end."""
    found = Outcome()
    with ground(engine_name) as place:
        account = place.write(open_account)
        moved: list[Moved] = []
        for _ in range(rounds):
            _round(place, account, moved, found)
        found.findings = place.read(bank_findings)
    return found


def _round(place: Ground, account: Account, moved: list[Moved], found: Outcome) -> None:
    """Stage everybody's file, confirm all at the same moment, and ask the books."""
    known = len(moved)
    moved += _movements(known, moved[-1].balance if moved else OPENING_FEN)
    before = max(0, known - LINES)
    works = []
    for count in FILES:
        content = make.csv_file(make.marked_rows(moved[before : known + count]))
        task = Task(place.settings, account.user_id, account.id, content)
        staged = place.write(partial(stage, task=task))
        works.append(partial(confirm, task=task, import_id=staged))
    found.rounds += 1
    found.ended += at_once(place, works)
    balance_fen, found.lines = place.read(partial(held, account=account))
    found.unlike_the_bank += balance_fen != moved[-1].balance


def _movements(known: int, running: int) -> list[Moved]:
    """Return the next movements of the account; every third is the twin of the one before."""
    made = []
    for at in range(known, known + LINES):
        running += (fen := 12_345 if at % 3 else -2_000)
        made.append(Moved(FIRST + timedelta(days=at // LINES), fen, running, said=f"第{at % 3}笔"))
    return made


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds)
    return verdict("import race", asked.engine, found, is_exact=found.is_exact(rounds=asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
