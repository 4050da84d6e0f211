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

from sqlalchemy.orm import Session

from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.import_killed import FIRST, OPENING_FEN
from tests.drills.over_match import at_once
from tests.make import bank as make
from tests.make.bank import Moved
from tests.make.cofund import Office, make_office
from timebank.bank import verify as bank_verify
from timebank.bank.queries import statements as reads
from timebank.bank.service import imports
from timebank.ledger.verify import proof

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
        office = place.write(make_office)
        account_id = place.write(lambda session: make.make_account(session, office.admin))
        moved: list[Moved] = []
        for _ in range(rounds):
            _round(place, office, account_id, moved, found)
        place.read(lambda session: _prove(session, found))
    return found


def _round(
    place: Ground, office: Office, account_id: int, moved: list[Moved], found: Outcome
) -> None:
    """Stage everybody's file, confirm all at the same moment, and ask the books."""
    known = len(moved)
    moved += _movements(known, moved[-1].balance if moved else OPENING_FEN)
    before = max(0, known - LINES)

    def stage(session: Session, count: int) -> int:
        return imports.stage(
            session, actor=office.finance, account_id=account_id, file_name="对账单.csv",
            content=make.csv_file(make.marked_rows(moved[before : known + count])),
        ).id  # fmt: skip

    staged = [place.write(partial(stage, count=count)) for count in FILES]
    found.rounds += 1
    found.ended += at_once(
        place,
        [partial(imports.confirm, actor=office.finance, import_id=one) for one in staged],
    )
    balance_fen, found.lines = place.read(lambda session: _held(session, office, account_id))
    found.unlike_the_bank += balance_fen != moved[-1].balance


def _movements(known: int, running: int) -> list[Moved]:
    """Return the next movements of the account; every third is the twin of the one before."""
    made = []
    for at in range(known, known + LINES):
        running += (fen := 12_345 if at % 3 else -2_000)
        made.append(Moved(FIRST + timedelta(days=at // LINES), fen, running, said=f"第{at % 3}笔"))
    return made


def _held(session: Session, office: Office, account_id: int) -> tuple[int, int]:
    """Return the account's balance in the ledger, and how many movements it has."""
    (view,) = reads.accounts(session, office.community_id)
    # What it held before the first is a line too.
    return view.balance_fen, reads.standing(session, account_id).position - 1


def _prove(session: Session, found: Outcome) -> None:
    """Prove the books."""
    found.findings = tuple(
        str(one) for one in (*bank_verify.findings(session), *proof.findings(session, None))
    )


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds)
    return verdict("import race", asked.engine, found, is_exact=found.is_exact(rounds=asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
