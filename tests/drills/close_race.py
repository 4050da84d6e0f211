"""Nothing enters a closed month, whoever writes at the moment of closing, and one closes it.

In each round clerks close the same month at once while others bring a statement of it in, claim
its lines, and post entries of its days past every check of the service. Afterwards the month is
closed once, each of its entries has a number without a gap, nothing of it has been written since,
and a last try to write into it is refused.

python -m tests.drills.close_race --engine sqlite|postgresql --rounds 12
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.drills.ground import Ground, bank_findings, ground, parser, verdict
from tests.drills.over_match import at_once, endings
from tests.make import bank as make
from tests.make.bank import Moved
from tests.make.cofund import Office, make_office
from timebank.bank import errors
from timebank.bank.models.closings import BankClosing
from timebank.bank.queries import claims as lines
from timebank.bank.queries import closings
from timebank.bank.queries import statements as reads
from timebank.bank.rules.claims import Purpose
from timebank.bank.rules.closing import month_end, next_month
from timebank.bank.service import claiming, closing, imports
from timebank.kernel.ids import new_id
from timebank.ledger.errors import PeriodClosedError
from timebank.ledger.models.periods import Voucher
from timebank.ledger.models.tables import Entry
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books, posting

FIRST = date(2025, 1, 1)
CLOSERS, CLAIMERS, POSTERS = 6, 4, 6
_REFUSED = {
    errors.MonthOrderError.code,
    errors.MonthStillOpenError.code,
    PeriodClosedError.code,
}


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    closing: Counter[str] = field(default_factory=Counter)
    working: Counter[str] = field(default_factory=Counter)
    closed: int = 0
    gaps: int = 0
    entered_later: int = 0
    late_tries_taken: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, rounds: int) -> bool:
        """Whether each month was closed once and nothing stands in one that has no number."""
        return (
            (self.rounds, self.closed) == (rounds, rounds)
            and self.closing["done"] == rounds
            and set(self.closing) | set(self.working) <= _REFUSED | {"done"}
            and (self.gaps, self.entered_later, self.late_tries_taken) == (0, 0, 0)
            and self.findings == ()
        )


@dataclass(slots=True)
class Race:
    """Who and what races: a book with a bank account, and two accounts for entries by hand."""

    place: Ground
    office: Office
    account_id: int
    book_id: int
    first_id: int
    second_id: int

    def closers(self, month: date) -> list[Callable[[Session], object]]:
        """Two people who claimed nothing, each several times."""
        hands = (self.office.admin, self.office.other_finance)
        return [
            partial(closing.close_month, actor=hands[at % 2], book_id=self.book_id, month=month)
            for at in range(CLOSERS)
        ]

    def bring_in(self, session: Session, *days: date, is_confirmed: bool = True) -> int:
        """Stage, and maybe book, a statement with interest on some days; return its id."""
        running, moved = reads.standing(session, self.account_id).running_fen or 1_000_000, []
        for day in days:
            running += 100
            moved.append(Moved(day, 100, running, said="结息"))
        staged = imports.stage(
            session, actor=self.office.finance, account_id=self.account_id,
            content=make.mt940_file(moved), file_name="x.sta",
        )  # fmt: skip
        if is_confirmed:
            imports.confirm(session, actor=self.office.finance, import_id=staged.id)
        return staged.id

    def waiting(self, session: Session) -> list[lines.WaitingLine]:
        """Return the lines of which something is unclaimed."""
        return list(lines.waiting_lines(session, community_id=self.office.community_id).items)

    def claim(self, session: Session, *, line: lines.WaitingLine) -> object:
        """Claim a line, as it was seen."""
        return claiming.claim_plain(
            session, actor=self.office.finance, line_id=line.id, expected_version=line.version,
            purpose=Purpose.INTEREST if line.amount_fen == 100 else Purpose.OPENING,
        )  # fmt: skip

    def claim_all(self, session: Session) -> None:
        """Claim what waits."""
        for line in self.waiting(session):
            self.claim(session, line=line)

    def waive_all(self, session: Session, month: date) -> None:
        """Let every line that is in the way stay open."""
        found = closings.open_month(
            session, community_id=self.office.community_id, book_id=self.book_id
        )
        for one in found.obstacles:
            if one.is_waived:
                continue
            closing.waive_line(
                session, actor=self.office.admin, book_id=self.book_id, line_id=one.line_id,
                month=month, reason="演练",
            )  # fmt: skip

    def post(self, session: Session, *, day: date) -> object:
        """Post an entry of a day."""
        draft = EntryDraft(
            id=new_id(), book_id=self.book_id, asset=Asset.YUAN, kind="drill.race",
            effective_on=day, memo="演练",
            transfers=(Transfer(self.first_id, self.second_id, 1),),
        )  # fmt: skip
        return posting.post(session, actor=self.office.finance, draft=draft)


def prepare(place: Ground) -> Race:
    """Return a race on a new database."""
    office = place.write(make_office)
    account_id = place.write(lambda session: make.make_account(session, office.admin))

    def begin(session: Session) -> Race:
        book_id = closings.books(session, office.community_id)[0].id
        first, second = (
            books.ensure_account(
                session, book_id=book_id, asset=Asset.YUAN, code=f"race:{side}", name="演练",
                kind=AccountKind.OPEN, normal=side,
            )
            for side in (Side.DEBIT, Side.CREDIT)
        )  # fmt: skip
        return Race(place, office, account_id, book_id, first, second)

    return place.write(begin)


def run(engine_name: str, *, rounds: int) -> Outcome:
    """Close month after month while others write into it; prove the books at the end."""
    found = Outcome()
    with ground(engine_name) as place:
        race, month = prepare(place), FIRST
        for _ in range(rounds):
            _round(race, found, month)
            month = next_month(month_end(month), None) or month
        place.read(lambda session: _count(session, race, found))
    return found


def _round(race: Race, found: Outcome, month: date) -> None:
    """Let everybody at a month at once; whoever is left over closes it then."""
    place, late = race.place, month + timedelta(days=20)
    place.write(lambda session: race.bring_in(session, *[month + timedelta(days=2)] * CLAIMERS))
    place.write(lambda session: race.waive_all(session, month))
    seen = place.read(race.waiting)[-CLAIMERS:]
    staged = place.write(lambda session: race.bring_in(session, late, late, is_confirmed=False))
    closers = race.closers(month)
    writers: list[Callable[[Session], object]] = [
        *(partial(race.claim, line=line) for line in seen),
        partial(imports.confirm, actor=race.office.finance, import_id=staged),
        *[partial(race.post, day=late)] * POSTERS,
    ]
    found.rounds += 1
    told = _all_at_once(race, closers, writers)
    found.closing += told[0]
    found.working += told[1]
    if not told[0]["done"]:
        place.write(lambda session: race.waive_all(session, month))
        found.closing += at_once(place, closers)
    tried = at_once(place, [partial(race.post, day=late)] * 2)
    found.late_tries_taken += tried["done"]
    place.write(race.claim_all)


def _all_at_once(
    race: Race,
    closers: list[Callable[[Session], object]],
    writers: list[Callable[[Session], object]],
) -> tuple[Counter[str], Counter[str]]:
    """Let both kinds go at the same moment, one between two of the other; tell them apart."""
    told: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    mixed = [(0, work) for work in closers]
    for at, work in enumerate(writers):
        mixed.insert(2 * at, (1, work))
    ended = endings(race.place, [work for _, work in mixed])
    for (kind, _), how in zip(mixed, ended, strict=True):
        told[kind][how] += 1
    return told


def _count(session: Session, race: Race, found: Outcome) -> None:
    """Count what was closed, and what stands in closed months without a number of its own."""
    closed = session.scalars(
        select(BankClosing).where(BankClosing.book_id == race.book_id).order_by(BankClosing.month)
    ).all()
    found.closed = len(closed)
    for one in closed:
        numbers = session.scalars(
            select(Voucher.number)
            .where(Voucher.book_id == race.book_id, Voucher.month == one.month)
            .order_by(Voucher.number)
        ).all()
        entries = session.scalar(
            select(func.count())
            .select_from(Entry)
            .where(
                Entry.book_id == race.book_id, Entry.effective_on.between(one.month, one.through_on)
            )
        )
        found.gaps += list(numbers) != list(range(1, one.vouchers + 1))
        found.entered_later += (entries or 0) - one.vouchers
    found.findings = bank_findings(session)


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=12)
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds)
    is_exact = found.is_exact(rounds=asked.rounds)
    return verdict("close race", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
