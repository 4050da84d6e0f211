"""No more is claimed of a line than it brought, and no more of a household than it owes.

Sixteen people at once let the same line meet the same household's bill; then sixteen lines, each
as large as the bill, are let meet it at once; then the same claim is undone sixteen times at once.

python -m tests.drills.over_match --engine sqlite|postgresql --rounds 20
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from uuid import UUID

from sqlalchemy.orm import Session

from tests.drills.ground import Ground, bank_findings, ground, parser, verdict
from tests.make.cofund import make_office
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank import errors as bank_errors
from timebank.bank.queries import claims as lines
from timebank.cofund.errors import matching as errors
from timebank.cofund.queries import matches
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.service import matching
from timebank.cofund.service.meetings import Wanted
from timebank.kernel.db import db, transaction
from timebank.kernel.errors import DomainError

AT_ONCE = 16
_REFUSED = {
    bank_errors.LineChangedError.code,
    bank_errors.MoreThanUnclaimedError.code,
    bank_errors.ClaimUndoneError.code,
    errors.TargetGoneError.code,
    errors.MoreThanTargetError.code,
    "more_than_outstanding",
    "more_than_owed",
}


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    one_line: Counter[str] = field(default_factory=Counter)
    one_bill: Counter[str] = field(default_factory=Counter)
    undone: Counter[str] = field(default_factory=Counter)
    wrong_sums: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, rounds: int) -> bool:
        """Whether each time just one of all got through, and the books are proved."""
        raced = (self.one_line, self.one_bill, self.undone)
        refusals = {code for one in raced for code in one if code != "done"}
        return (
            self.rounds == rounds
            and all(one["done"] == rounds for one in raced)
            and refusals <= _REFUSED
            and (self.wrong_sums, self.findings) == (0, ())
        )


def at_once(place: Ground, works: Sequence[Callable[[Session], object]]) -> Counter[str]:
    """Do works in as many threads at the same moment; return how often each end came."""
    return Counter(endings(place, works))


def endings(place: Ground, works: Sequence[Callable[[Session], object]]) -> list[str]:
    """Do works in as many threads at the same moment; return how each ended."""
    barrier = Barrier(len(works))

    def one(work: Callable[[Session], object]) -> str:
        with place.app.app_context():
            barrier.wait()
            try:
                transaction(work)
            except DomainError as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def meeting(scene: Scene, line_id: int, receivable_id: int) -> Callable[[Session], object]:
    """Return the work that lets a line, as it stands untouched, meet a bill."""

    def work(session: Session) -> object:
        return matching.match_line(
            session,
            actor=scene.office.finance,
            line_id=line_id,
            wanted=[Wanted(f"receivable:{receivable_id}", scene.owed[0].amount_fen)],
            expected_version=0,
        )

    return work


def undoing(scene: Scene, claim_id: UUID) -> Callable[[Session], object]:
    """Return the work that undoes a claim."""
    return lambda session: matching.undo_claim(
        session, actor=scene.office.finance, claim_id=claim_id, reason="演练"
    )


def run(engine_name: str, *, rounds: int) -> Outcome:
    """Race over one line, over one bill, and over undoing; prove the books at the end."""
    found = Outcome()
    with ground(engine_name) as place:
        office = place.write(make_office)
        scene = place.write(
            lambda session: make_scene(session, office, doors=2 * rounds, is_even=True)
        )
        bill = scene.owed[0].amount_fen
        for number in range(rounds):
            _round(place, scene, found, bill=bill, number=number)
        found.findings = place.read(bank_findings)
    return found


def _round(place: Ground, scene: Scene, found: Outcome, *, bill: int, number: int) -> None:
    """Race once over each."""
    paid = [(bill, "同一户", "转账")] * (1 + AT_ONCE)
    brought = place.write(lambda session: bring_in(session, scene, *paid))[-len(paid) :]
    first, second = scene.owed[2 * number], scene.owed[2 * number + 1]
    found.rounds += 1
    found.one_line += at_once(place, [meeting(scene, brought[0].id, first.id)] * AT_ONCE)
    rush = [meeting(scene, line.id, second.id) for line in brought[1:]]
    found.one_bill += at_once(place, rush)
    found.wrong_sums += place.read(lambda session: _wrong(session, scene, (first.id, second.id)))
    of = scene.office.community_id
    (claimed,) = place.read(
        lambda session: matches.claims_of_line(session, community_id=of, line_id=brought[0].id)
    )
    found.undone += at_once(place, [undoing(scene, claimed.part.claim_id)] * AT_ONCE)
    rest = place.read(lambda session: lines.line(session, community_id=of, line_id=brought[0].id))
    found.wrong_sums += rest.unallocated_fen != bill


def _wrong(session: Session, scene: Scene, receivable_ids: tuple[int, ...]) -> int:
    """Return how many bills are not just paid."""
    of = scene.office.community_id
    rows = [
        receivable_reads.receivable(session, community_id=of, receivable_id=one)
        for one in receivable_ids
    ]
    return sum((row.outstanding_fen, row.paid_fen) != (0, row.amount_fen) for row in rows)


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds)
    is_exact = found.is_exact(rounds=asked.rounds)
    return verdict("over-match", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
