"""Any sequence of acts does to the ledger what it does to plain books."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from tests.ledger.plain_books import Line, PlainAccount, PlainBooks
from tests.make.community import make_community
from tests.make.ledger import make_account
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books, holds, posting
from timebank.ledger.verify import proof as verify

DAY = date(2026, 11, 18)
AMOUNTS = st.integers(1, 60)
# Which of the twenty accounts: most often one near the other, so that many entries fit.
SPOTS = st.integers(0, 19)
NEAR = st.integers(0, 4)


class LedgerMachine(RuleBasedStateMachine):
    """Two books with two assets; three bounded accounts, an open one and a debt in each."""

    session: ClassVar[Session]
    entries = Bundle("entries")
    holds = Bundle("holds")

    @initialize()
    def open_books(self) -> None:
        self.savepoint = self.session.begin_nested()
        self.plain = PlainBooks()
        self.now = datetime(2026, 11, 18, tzinfo=UTC)
        community_id = make_community(self.session).id
        self.actor: Actor = program(community_id=community_id, name="测试")
        self.spots: list[int] = []
        self.book_ids: list[int] = []
        for book in ("one", "two"):
            book_id = books.ensure_book(
                self.session, community_id=community_id, code=book, name=book
            )
            self.book_ids.append(book_id)
            for asset in Asset:
                self._open_accounts(book_id, asset)

    def _open_accounts(self, book_id: int, asset: Asset) -> None:
        for name, floor, normal in (
            ("a", 0, Side.CREDIT),
            ("b", -20, Side.CREDIT),
            ("c", 0, Side.DEBIT),
            ("open", None, Side.DEBIT),
            ("debt", None, Side.DEBIT),
        ):
            key = make_account(
                self.session,
                book_id,
                f"{asset}:{name}",
                asset=asset,
                kind=AccountKind.OPEN if floor is None else AccountKind.BOUNDED,
                normal=normal,
                floor=floor or 0,
            )
            sign = 1 if normal == Side.DEBIT else -1
            self.plain.accounts[key] = PlainAccount(book_id, asset, sign, floor)
            self.spots.append(key)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            assert list(verify.findings(self.session)) == []
            assert verify.rebuild(self.session) == 0
            self.savepoint.rollback()

    def answer(self, act: Callable[[], object]) -> str | None:
        """The code with which an act is refused, if it is."""
        with clock.fixed_at(self.now):
            try:
                act()
            except DomainError as error:
                return error.code
        return None

    def asset_of(self, lines: list[Line]) -> Asset:
        """The asset of the first line's account: an entry is of one asset."""
        return Asset(self.plain.accounts[lines[0][0]].asset)

    def draft(self, entry_id: UUID, book_id: int, lines: list[Line]) -> EntryDraft:
        transfers = [Transfer(*line) for line in lines]
        return EntryDraft(entry_id, book_id, self.asset_of(lines), "test", DAY, transfers, "")

    def near(self, group: int, pairs: list[tuple[int, int, int]]) -> tuple[int, list[Line]]:
        """Lines between accounts of one book and asset."""
        mine = self.spots[group * 5 : group * 5 + 5]
        lines = [(mine[debit], mine[credit], amount) for debit, credit, amount in pairs]
        return self.plain.accounts[mine[0]].book, lines

    @rule(
        target=entries,
        group=st.integers(0, 3),
        pairs=st.lists(st.tuples(NEAR, NEAR, AMOUNTS), min_size=1, max_size=3),
    )
    def post(self, group: int, pairs: list[tuple[int, int, int]]) -> object:
        book_id, lines = self.near(group, pairs)
        return self._post(book_id, lines)

    @rule(
        target=entries,
        book=st.integers(0, 1),
        pairs=st.lists(st.tuples(SPOTS, SPOTS, AMOUNTS), min_size=1, max_size=2),
    )
    def post_anything(self, book: int, pairs: list[tuple[int, int, int]]) -> object:
        lines = [(self.spots[debit], self.spots[credit], n) for debit, credit, n in pairs]
        return self._post(self.book_ids[book], lines)

    def _post(self, book_id: int, lines: list[Line]) -> object:
        draft = self.draft(ids.new_id(), book_id, lines)
        expected = self.plain.post(draft.id, book_id, lines)
        act = lambda: posting.post(self.session, actor=self.actor, draft=draft)  # noqa: E731 - asked twice
        assert self.answer(act) == expected
        if expected is not None:
            return multiple()
        assert self.answer(act) is None
        other = self.draft(draft.id, book_id, [*lines, lines[0]])
        again = self.answer(lambda: posting.post(self.session, actor=self.actor, draft=other))
        assert again == "ledger_same_entry_other_content"
        return draft.id

    @rule(
        target=holds,
        spot=SPOTS,
        amount=AMOUNTS,
        minutes=st.none() | st.integers(1, 90),
    )
    def hold(self, spot: int, amount: int, minutes: int | None) -> object:
        hold_id, key = ids.new_id(), self.spots[spot]
        until = None if minutes is None else self.now + timedelta(minutes=minutes)
        expected = self.plain.hold(hold_id, key, amount, until)
        found = self.answer(
            lambda: holds.hold(
                self.session,
                actor=self.actor,
                hold_id=hold_id,
                account_id=key,
                amount=amount,
                memo="",
                expires_at=until,
            )
        )
        assert found == expected
        return hold_id if expected is None else multiple()

    @rule(target=entries, hold_id=holds, to=NEAR, amount=AMOUNTS)
    def capture(self, hold_id: UUID, to: int, amount: int) -> object:
        account = self.plain.holds[hold_id].account
        group = self.spots.index(account) // 5
        other = self.spots[group * 5 + to]
        is_credit = self.plain.accounts[account].debit_sign < 0
        lines = [(account, other, amount) if is_credit else (other, account, amount)]
        book_id = self.plain.accounts[account].book
        draft = self.draft(ids.new_id(), book_id, lines)
        # A draft that can be no entry is judged like any other refusal, but by the hold first.
        expected = self.plain.capture(hold_id, draft.id, book_id, lines, self.now)
        found = self.answer(
            lambda: holds.capture(self.session, actor=self.actor, hold_id=hold_id, draft=draft)
        )
        assert found == expected
        return draft.id if expected is None else multiple()

    @rule(hold_id=consumes(holds))
    def release(self, hold_id: UUID) -> None:
        expected = self.plain.release(hold_id)
        act = lambda: holds.release(  # noqa: E731 - asked twice
            self.session, actor=self.actor, hold_id=hold_id, reason=""
        )
        assert self.answer(act) == expected
        assert self.answer(act) == "ledger_hold_already_resolved"

    @rule(minutes=st.integers(1, 60))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def expire(self) -> None:
        with clock.fixed_at(self.now):
            assert holds.expire_due(self.session, actor=self.actor) == self.plain.expire(self.now)

    @rule(target=entries, entry_id=entries, owes=st.booleans())
    def reverse(self, entry_id: UUID, owes: bool) -> object:
        reversal_id = ids.new_id()
        first = self.plain.entries[entry_id].lines[0][0]
        groups = {
            self.spots.index(key) // 5
            for line in self.plain.entries[entry_id].lines
            for key in line[:2]
        }
        debt = (
            self.spots[self.spots.index(first) // 5 * 5 + 4] if owes and len(groups) == 1 else None
        )
        if debt is not None and any(
            debt in line[:2] for line in self.plain.entries[entry_id].lines
        ):
            debt = None
        expected = self.plain.reverse(entry_id, reversal_id, debt)
        found = self.answer(
            lambda: posting.reverse(
                self.session,
                actor=self.actor,
                entry_id=entry_id,
                reversal_id=reversal_id,
                reason="",
                debt_account_id=debt,
            )
        )
        assert found == expected
        return reversal_id if expected is None else multiple()

    @invariant()
    def every_balance_is_that_of_the_plain_books(self) -> None:
        if not hasattr(self, "plain"):
            return
        found = ledger_accounts.balances(self.session, self.spots)
        assert {key: (one.posted, one.held) for key, one in found.items()} == {
            key: (one.posted, one.held) for key, one in self.plain.accounts.items()
        }
        for book_id in self.book_ids:
            for asset in Asset:
                assert self._debits_less_credits(book_id, asset) == 0

    def _debits_less_credits(self, book_id: int, asset: Asset) -> int:
        return sum(
            one.posted * one.debit_sign
            for one in self.plain.accounts.values()
            if (one.book, one.asset) == (book_id, asset)
        )


def test_any_sequence_of_acts_is_that_of_plain_books(session: Session, engine_name: str) -> None:
    LedgerMachine.session = session
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=30 if engine_name == "sqlite" else 10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
