"""Random histories of a bank account against an independent model, as many as wanted.

A bank moves money and hands out statements that overlap, in six layouts and formats, oldest or
newest first; somebody imports them, again and again, claims parts of lines, too much of some, and
undoes claims; months are closed. The model is a list of movements and what is left of each. After
every step the books are compared with it: importing twice is importing once, overlapping files are
their union, equal rows stay as many as they are, and what is unclaimed is the sum of what is left.

Run ``python -m tests.drills.bank_histories --engine postgresql --histories 200``; the short form
is ``tests/bank/test_histories.py``.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import bank as make
from tests.make import real
from tests.make.bank import Moved
from tests.make.cofund import Office, make_office
from timebank.bank import errors, verify
from timebank.bank.models.statements import BankLine
from timebank.bank.queries import claims as lines
from timebank.bank.queries import closings
from timebank.bank.queries import statements as reads
from timebank.bank.rules.claims import Purpose
from timebank.bank.rules.closing import month_end
from timebank.bank.service import claiming, closing
from timebank.kernel import clock
from timebank.kernel.db import db
from timebank.ledger.models.periods import Voucher
from timebank.ledger.verify import proof

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))
FIRST, LAST, OPENING_FEN = date(2026, 3, 2), date(2026, 10, 30), 1_000_000
# Few amounts, so that many movements are twins.
FENS = (500, -500, 126_000, 126_000, -1_000, 3_007)
# The last is in marks of credit and debit: only a chain of balances says whose words they are.
LAYOUTS: Sequence[Callable[[list[Moved]], bytes]] = (
    lambda made: make.csv_file(make.signed_rows(made)),
    lambda made: make.csv_file(make.split_rows(made), encoding="gb18030"),
    make.mt940_file,
    make.camt_file,
    make.ofx_file,
    lambda made: make.csv_file(make.marked_rows(made), encoding="utf-8-sig"),
)
CHAINED = 3


@dataclass(slots=True)
class History:
    """The model, and what it is held against."""

    random: Random
    session: Session
    office: Office
    account_id: int
    moved: list[Moved] = field(default_factory=list)
    known: int = 0
    left: list[int] = field(default_factory=list)
    claimed: list[tuple[UUID, int, int]] = field(default_factory=list)
    closed: list[date] = field(default_factory=list)

    def move(self) -> None:
        """Let the bank move money a few times."""
        for _ in range(self.random.randint(2, 6)):
            last = self.moved[-1] if self.moved else Moved(FIRST, 0, OPENING_FEN)
            day = min(last.day + timedelta(days=self.random.choice((0, 0, 1, 9))), LAST)
            fen = self.random.choice(FENS)
            self.moved.append(Moved(day, fen, last.balance + fen))

    def bring_in(self) -> None:
        """Import a statement that begins with a day and ends anywhere, and maybe again."""
        if not self.moved:
            return
        end = self.random.randint(max(1, self.known), len(self.moved))
        start = self.random.randint(0, min(self.known, end - 1))
        while start and self.moved[start - 1].day == self.moved[start].day:
            start -= 1
        able = LAYOUTS if end - start >= CHAINED else LAYOUTS[:-1]
        content = self.random.choice(able)(self.moved[start:end])
        done = make.bring_in(self.session, self.office.finance, self.account_id, content)
        assert done.new_count == end - self.known, (start, self.known, end)
        if not self.left:
            self.left.append(OPENING_FEN)
        self.left += [one.fen for one in self.moved[self.known : end]]
        self.known = end
        again = make.bring_in(self.session, self.office.finance, self.account_id, content)
        assert again.new_count == 0

    def claim(self) -> None:
        """Claim a part of a line; now and then more than is left, which is refused."""
        open_now = [at for at, fen in enumerate(self.left) if fen]
        if not open_now:
            return
        at = self.random.choice(open_now)
        rest, sign = abs(self.left[at]), 1 if self.left[at] > 0 else -1
        fen = self.random.choice((rest, rest // 2 or rest, rest + 1))
        purpose = Purpose.FEE if sign < 0 else Purpose.OPENING if at == 0 else Purpose.INTEREST
        line = claiming.locked_line(
            self.session, actor=self.office.finance, line_id=self._line_id(at)
        )
        part = claiming.plain_part(self.session, line, purpose, fen)
        if fen > rest:
            with pytest.raises(errors.MoreThanUnclaimedError):
                claiming.prepare(self.session, line, [part])
            return
        made = claiming.prepare(self.session, line, [part])
        claiming.book(self.session, actor=self.office.finance, claims=[made])
        self.left[at] -= sign * fen
        self.claimed.append((made.claim_id, at, sign * fen))

    def undo(self) -> None:
        """Undo a claim; a second time is refused."""
        if not self.claimed:
            return
        claim_id, at, fen = self.claimed.pop(self.random.randrange(len(self.claimed)))
        for is_first in (True, False):
            if is_first:
                self._undo(claim_id)
            else:
                with pytest.raises(errors.ClaimUndoneError):
                    self._undo(claim_id)
        self.left[at] += fen

    def close(self) -> None:
        """Close the next month of the book; what is open stays so by name."""
        of, book_id = self.office.community_id, self.book_id
        month = closings.month_to_close(self.session, book_id)
        if month is None or month_end(month) >= LAST:
            return
        for one in closings.open_month(self.session, community_id=of, book_id=book_id).obstacles:
            if not one.is_waived:
                closing.waive_line(
                    self.session, actor=self.office.admin, book_id=book_id, line_id=one.line_id,
                    month=month, reason="待查",
                )  # fmt: skip
        closing.close_month(self.session, actor=self.office.admin, book_id=book_id, month=month)
        self.closed.append(month)

    @property
    def book_id(self) -> int:
        """The owners' book."""
        return closings.books(self.session, self.office.community_id)[0].id

    def compare(self) -> None:
        """Hold the books against the model."""
        self.session.flush()
        (view,) = reads.accounts(self.session, self.office.community_id)
        balance = self.moved[self.known - 1].balance if self.known else 0
        assert (view.balance_fen, view.unclaimed_fen) == (balance, sum(self.left))
        found = lines.waiting_lines(self.session, community_id=self.office.community_id, limit=200)
        wanted = [(at + 1, abs(fen)) for at, fen in enumerate(self.left) if fen]
        waiting = sorted((one.position, one.unallocated_fen) for one in found.items)
        assert waiting == wanted, (waiting, wanted)

    def prove(self) -> None:
        """Let the books prove themselves, and the vouchers be counted."""
        for month in self.closed:
            numbers = self.session.scalars(
                select(Voucher.number)
                .where(Voucher.book_id == self.book_id, Voucher.month == month)
                .order_by(Voucher.number)
            ).all()
            assert list(numbers) == list(range(1, len(numbers) + 1)), month
        of = self.office.community_id
        assert [*verify.findings(self.session, of), *proof.findings(self.session, of)] == []

    def _line_id(self, at: int) -> int:
        wanted = select(BankLine.id).where(
            BankLine.account_id == self.account_id, BankLine.position == at + 1
        )
        return self.session.scalars(wanted).one()

    def _undo(self, claim_id: UUID) -> None:
        claiming.undo(self.session, actor=self.office.finance, claim_id=claim_id, reason="认错")


def walk(session: Session, *, seed: int, steps: int) -> History:
    """Live through one history; whatever differs from the model is an assertion."""
    with clock.fixed_at(NOW):
        office = make_office(session, code=f"H{seed}")
        account_id = make.make_account(session, office.admin)
        history = History(Random(seed), session, office, account_id)
        acts = (
            history.move, history.bring_in, history.bring_in, history.claim, history.claim,
            history.undo, history.close,
        )  # fmt: skip
        history.move()
        history.move()
        history.bring_in()
        for _ in range(steps):
            history.random.choice(acts)()
            history.compare()
        history.prove()
    return history


def main() -> None:
    """Live through the histories, each in a transaction that is rolled back."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--engine", choices=real.ENGINES, default="sqlite")
    asked.add_argument("--histories", type=int, default=200)
    asked.add_argument("--steps", type=int, default=40)
    options = asked.parse_args()
    moved = closed = 0
    with real.real_app(options.engine) as app, app.app_context():
        for seed in range(options.histories):
            lived = walk(db.session(), seed=seed, steps=options.steps)
            moved, closed = moved + lived.known, closed + len(lived.closed)
            db.session.rollback()
    print(
        f"{options.histories} histories of {options.steps} steps agree on {options.engine}:"
        f" {moved} lines, {closed} months closed"
    )


if __name__ == "__main__":
    main()
