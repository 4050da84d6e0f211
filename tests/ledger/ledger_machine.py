"""The property machine: whatever is done to the ledger, in any order, it stays the plain books."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.ledger.erasing_machine import ErasingMachine
from tests.ledger.machine import SIZE, World
from tests.ledger.plain_values import Line, PlainDraft, PlainHold
from tests.ledger.sequences import Act, Failure, Row, Rows, act
from timebank.ledger.rules.values import Posted
from timebank.ledger.service import holds, periods, posting

ISSUANCE, DEBT = 4, 5
# In which order the spots of the two communities lie.
FIRST, SECOND = range(4 * SIZE), range(4 * SIZE, 6 * SIZE)


class LedgerMachine(ErasingMachine):
    """Two communities, three books, two assets; in each, six accounts."""

    # Posting.

    @act(20, group=6, to=4, amount=60, ago=41)
    def bring(self, group: int, to: int, amount: int, ago: int) -> None:
        """Most entries bring something: without them nothing could be spent."""
        account, issuance = self.spot(group, to), self.spot(group, ISSUANCE)
        self._post(self._onto(account, issuance, amount), ago)

    @act(8, spot=36, amount=60, ago=41)
    def take(self, spot: int, amount: int, ago: int) -> None:
        account = self.world.spots[spot]
        issuance = self.spot(spot // SIZE, ISSUANCE)
        ((debit, credit, taken),) = self._onto(account, issuance, amount)
        self._post([(credit, debit, taken)], ago)

    def _onto(self, account: int, other: int, amount: int) -> list[Line]:
        """The line that brings an amount, counted from 1, onto an account."""
        amount += 1
        is_debit = self.plain.accounts[account].debit_sign > 0
        return [(account, other, amount) if is_debit else (other, account, amount)]

    @act(12, group=6, pairs=Rows(1, 3, (6, 6, 60)), ago=41)
    def post(self, group: int, pairs: Sequence[Row], ago: int) -> None:
        lines = [(self.spot(group, one), self.spot(group, two), n + 1) for one, two, n in pairs]
        self._post(lines, ago)

    @act(2, book=3, pairs=Rows(1, 2, (36, 36, 60)))
    def post_anything(self, book: int, pairs: Sequence[Row]) -> None:
        spots = self.world.spots
        lines = [(spots[one], spots[two], n + 1) for one, two, n in pairs]
        self._post(lines, 0, self.world.book_ids[book])

    def _post(self, lines: list[Line], ago: int, book: int | None = None) -> None:
        owner = self.plain.accounts[lines[0][0]]
        plain = self.plain_draft(book or owner.book, lines, days_ago=ago)
        self._post_draft(self.new_id(), plain)

    def _post_draft(self, entry_id: UUID, plain: PlainDraft) -> None:
        draft, actor = self.draft(entry_id, plain), self.world.actors[plain.community]
        posted: list[Posted] = []
        self._number(
            posted,
            lambda: self.plain.post(entry_id, plain),
            lambda: posted.append(posting.post(self.session, actor=actor, draft=draft)),
        )

    def _number(
        self, posted: list[Posted], plain: Callable[[], str | None], real: Callable[[], object]
    ) -> None:
        """Post on both books; an entry never gets another number than its first."""
        if self.is_done(plain, real):
            (one,) = posted
            assert self.numbers.setdefault(one.id, one.number) == one.number

    @act(8, moves=Rows(2, 6, (36, 6, 60)), ago=30, repeats=2, known=2, at=1000)
    def post_many(self, moves: Sequence[Row], ago: int, repeats: int, known: int, at: int) -> None:
        """Ins and outs of one community, in their order; some of them may stand there already."""
        range_ = FIRST if moves[0][0] in FIRST else SECOND
        asked: list[tuple[UUID, PlainDraft]] = []
        for place, (spot, near, amount) in enumerate(moves):
            account = self.world.spots[range_[spot % len(range_)]]
            lines = self._onto(account, self.spot(self.group_of(account), near), amount)
            book = self.plain.accounts[account].book
            # Later entries of a batch often take effect earlier.
            plain = self.plain_draft(book, lines, days_ago=(ago + 7 * place) % 30)
            asked.append((self.new_id(), plain))
        community = asked[0][1].community
        known_id = self.entry(at) if known else None
        if known_id is not None:
            asked.append((known_id, self.plain.entries[known_id].draft))
        asked = [one for one in asked if one[1].community == community]
        asked += asked[:1] if repeats else []
        drafts = [self.draft(*one) for one in asked]
        done: list[UUID] = []
        is_done = self.is_done(
            lambda: self.plain.post_many(dict(asked)),
            lambda: done.extend(
                posting.post_many(self.session, actor=self.world.actors[community], drafts=drafts)
            ),
        )
        if is_done:
            assert done == [key for key, _ in asked]

    @act(6, at=1000, differs=4)
    def ask_again(self, at: int, differs: int) -> None:
        """The same content gets the same answer, other content is refused; nothing moves."""
        entry_id = self.entry(at)
        if entry_id is None:
            return
        entry = self.plain.entries[entry_id]
        if entry.reverses is not None:
            reason = entry.draft.words[2] + ("x" if differs == 1 else "")
            own_debt = self.spot(self.group_of(entry.draft.lines[0][0]), DEBT)
            other_debt = own_debt if entry.debt is None else None
            debt = other_debt if differs == 2 else entry.debt
            self._reverse(entry.reverses, entry_id, reason, debt)
            return
        memo, lines = entry.draft.words[0], list(entry.draft.lines)
        memo += "x" if differs == 1 else ""
        lines += lines[:1] if differs == 2 else []
        words = (memo, *entry.draft.words[1:])
        plain = PlainDraft(entry.draft.community, entry.draft.book, entry.draft.day, lines, words)
        if entry.captures is None:
            self._post_draft(entry_id, plain)
        else:
            self._capture(entry.captures, entry_id, plain)

    # Reversing.

    @act(10, at=1000, owes=10)
    def reverse(self, at: int, owes: int) -> None:
        """Half of all name a debt: most the account for it, some one that may not hold any."""
        entry_id = self.entry(at)
        if entry_id is None:
            return
        lines = self.plain.entries[entry_id].draft.lines
        group = self.group_of(lines[0][0])
        place = {0: DEBT, 1: DEBT, 2: DEBT, 3: ISSUANCE, 4: 0}.get(owes)
        debt = None if place is None else self.spot(group, place)
        self._reverse(entry_id, self.new_id(), self.word(), debt)

    def _reverse(self, entry_id: UUID, reversal_id: UUID, reason: str, debt: int | None) -> None:
        community = self.plain.entries[entry_id].draft.community
        posted: list[Posted] = []
        self._number(
            posted,
            lambda: self.plain.reverse(
                entry_id, reversal_id, today=self.today, reason=reason, debt=debt
            ),
            lambda: posted.append(
                posting.reverse(
                    self.session,
                    actor=self.world.actors[community],
                    entry_id=entry_id,
                    reversal_id=reversal_id,
                    reason=reason,
                    debt_account_id=debt,
                )
            ),
        )

    # Holds.

    @act(9, spot=36, amount=60, minutes=90)
    def hold(self, spot: int, amount: int, minutes: int) -> None:
        until = None if minutes < 30 else self.now + timedelta(minutes=minutes)
        asked = PlainHold(self.world.spots[spot], amount + 1, until, self.word())
        self._hold(self.new_id(), asked)

    @act(2, at=1000, differs=4)
    def hold_again(self, at: int, differs: int) -> None:
        hold_id = self.a_hold(at)
        if hold_id is None:
            return
        held = self.plain.holds[hold_id]
        memo = held.memo + ("x" if differs == 1 else "")
        amount = held.amount + (1 if differs == 2 else 0)
        self._hold(hold_id, PlainHold(held.account, amount, held.expires_at, memo))

    def _hold(self, hold_id: UUID, asked: PlainHold) -> None:
        actor = self.actor_of(asked.account)
        self.is_done(
            lambda: self.plain.hold(hold_id, actor.community_id, asked),
            lambda: holds.hold(
                self.session,
                actor=actor,
                hold_id=hold_id,
                account_id=asked.account,
                amount=asked.amount,
                memo=asked.memo,
                expires_at=asked.expires_at,
            ),
        )

    @act(7, at=1000, to=6, amount=60, ago=20)
    def capture(self, at: int, to: int, amount: int, ago: int) -> None:
        hold_id = self.a_hold(at)
        if hold_id is None:
            return
        account = self.plain.holds[hold_id].account
        other = self.spot(self.group_of(account), to)
        ((debit, credit, taken),) = self._onto(account, other, amount)
        book = self.plain.accounts[account].book
        plain = self.plain_draft(book, [(credit, debit, taken)], days_ago=ago)
        self._capture(hold_id, self.new_id(), plain)

    def _capture(self, hold_id: UUID, entry_id: UUID, plain: PlainDraft) -> None:
        draft, actor = self.draft(entry_id, plain), self.world.actors[plain.community]
        posted: list[Posted] = []
        self._number(
            posted,
            lambda: self.plain.capture(hold_id, entry_id, plain, self.now),
            lambda: posted.append(
                holds.capture(self.session, actor=actor, hold_id=hold_id, draft=draft)
            ),
        )

    @act(3, at=1000)
    def release(self, at: int) -> None:
        hold_id = self.a_hold(at)
        if hold_id is None:
            return
        actor, reason = self.actor_of(self.plain.holds[hold_id].account), self.word()
        for _ in range(2):
            self.is_done(
                lambda: self.plain.release(hold_id, reason),
                lambda: holds.release(self.session, actor=actor, hold_id=hold_id, reason=reason),
            )

    @act(3, at=2)
    def expire(self, at: int) -> None:
        actor = list(self.world.actors.values())[at]
        ended: list[int] = []
        work = lambda: ended.append(holds.expire_due(self.session, actor=actor))  # noqa: E731 - named for the line
        if self.is_done(lambda: None, work):
            assert ended == [self.plain.expire(actor.community_id, self.now)]

    # Time, periods.

    @act(3, minutes=90)
    def let_minutes_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes + 1)

    @act(2, days=9)
    def let_days_pass(self, days: int) -> None:
        self.now += timedelta(days=days + 1)

    @act(3, book=3, ago=60)
    def close_period(self, book: int, ago: int) -> None:
        book_id, through = self.world.book_ids[book], self.today - timedelta(days=ago)
        actor = self.actor_of(self.world.spots[book * 2 * SIZE])
        is_done = self.is_done(
            lambda: self.plain.close(book_id, through, self.today),
            lambda: periods.close_period(
                self.session, actor=actor, book_id=book_id, through_on=through
            ),
        )
        if is_done:
            self.check_closed_periods()

    @act(4, most=20)
    def fold(self, most: int) -> None:
        """Deltas become days at any moment, and no figure changes."""
        if self.world.is_postgresql:
            self.session.execute(select(func.ledger_fold(most + 1)))


def run(world: World, acts: Sequence[Act]) -> Failure | None:
    """Do the acts one after the other, comparing after each; leave the world as it was."""
    machine = LedgerMachine(world)
    savepoint = world.session.begin_nested()
    done = 0
    try:
        for one in acts:
            done += 1
            getattr(machine, one.name)(**one.facts)
            machine.check()
        machine.check_all()
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - what goes wrong is looked for
        return Failure(acts[:done], error)
    finally:
        savepoint.rollback()
    return None
