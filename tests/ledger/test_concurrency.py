"""Many writers at once: limits hold, keys act once, and nothing hangs."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.ledger import draft_of
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import statements as ledger_statements
from timebank.ledger.rules.values import EntryDraft
from timebank.ledger.service import holds, posting

WRITERS = 16


def at_once(real: RealBank, tries: list[Callable[[Session], object]]) -> Counter[str]:
    """Run each try in its own thread and transaction; count the answers by name."""
    barrier = threading.Barrier(len(tries))

    def run(work: Callable[[Session], object]) -> str:
        barrier.wait(timeout=30)
        try:
            real.write(work)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(tries)) as pool:
        return Counter(pool.map(run, tries))


def a_posting(real: RealBank, draft: EntryDraft) -> Callable[[Session], object]:
    return lambda session: posting.post(session, actor=real.bank.actor, draft=draft)


def spending(real: RealBank, amount: int) -> EntryDraft:
    line = (real.bank.members[0], real.bank.redeemed, amount)
    return draft_of(real.bank.book_id, line, kind="care.redeemed")


def test_16_writers_cannot_overdraw(real_bank: RealBank) -> None:
    tries = [a_posting(real_bank, spending(real_bank, 30)) for _ in range(WRITERS)]

    answers = at_once(real_bank, tries)

    assert answers == {"done": 3, "ledger_insufficient_balance": WRITERS - 3}
    assert real_bank.balance(real_bank.bank.members[0]).posted == 10
    assert real_bank.findings() == []


def test_the_same_key_at_once_posts_once(real_bank: RealBank) -> None:
    draft = spending(real_bank, 30)

    answers = at_once(real_bank, [a_posting(real_bank, draft)] * WRITERS)

    assert answers == {"done": WRITERS}
    assert real_bank.balance(real_bank.bank.members[0]).posted == 70


def test_the_same_key_at_once_with_other_bodies_posts_one(real_bank: RealBank) -> None:
    entry_id = ids.new_id()
    line = (real_bank.bank.members[0], real_bank.bank.redeemed)
    drafts = [
        draft_of(real_bank.bank.book_id, (*line, amount), entry_id=entry_id)
        for amount in range(1, 9)
    ]

    answers = at_once(real_bank, [a_posting(real_bank, draft) for draft in drafts])

    assert answers == {"done": 1, "ledger_same_entry_other_content": 7}
    assert real_bank.findings() == []


def test_transfers_in_both_directions_neither_hang_nor_drift(real_bank: RealBank) -> None:
    first, second, third = real_bank.bank.members
    book_id = real_bank.bank.book_id
    pairs = [(first, second), (second, first), (first, third), (second, third)] * 4
    tries = [a_posting(real_bank, draft_of(book_id, (*pair, 1))) for pair in pairs]

    answers = at_once(real_bank, tries)

    assert answers == {"done": 16}
    assert [real_bank.balance(member).posted for member in (first, second, third)] == [96, 46, 8]
    assert real_bank.findings() == []


def test_batches_over_the_same_accounts_do_not_deadlock(real_bank: RealBank) -> None:
    bank = real_bank.bank

    def batch(order: int) -> Callable[[Session], object]:
        members = bank.members[::order]
        drafts = [draft_of(bank.book_id, (bank.issuance, member, 1)) for member in members * 20]
        return lambda session: posting.post_many(session, actor=bank.actor, drafts=drafts)

    answers = at_once(real_bank, [batch(order) for order in (1, -1) * 4])

    assert answers == {"done": 8}
    assert real_bank.balance(bank.members[2]).posted == 160
    assert real_bank.findings() == []


def test_a_hold_captured_by_many_at_once_is_captured_once(real_bank: RealBank) -> None:
    bank = real_bank.bank
    held = real_bank.write(
        lambda session: holds.hold(
            session,
            actor=bank.actor,
            hold_id=ids.new_id(),
            account_id=bank.members[0],
            amount=30,
            memo="",
            expires_at=clock.now() + timedelta(hours=1),
        )
    )

    def capture(draft: EntryDraft) -> Callable[[Session], object]:
        return lambda session: holds.capture(
            session, actor=bank.actor, hold_id=held.id, draft=draft
        )

    def release(session: Session) -> object:
        return holds.release(session, actor=bank.actor, hold_id=held.id, reason="")

    tries = [capture(spending(real_bank, 30)) for _ in range(8)] + [release] * 4
    answers = at_once(real_bank, tries)

    assert answers == {"done": 1, "ledger_hold_already_resolved": 11}
    assert real_bank.balance(bank.members[0]).held == 0
    assert real_bank.findings() == []


def test_a_reversal_by_many_at_once_happens_once(real_bank: RealBank) -> None:
    bank = real_bank.bank
    lines = real_bank.write(
        lambda session: ledger_statements.statement(session, bank.members[0]).items
    )
    entry_id, one_id = lines[0].entry_id, ids.new_id()
    reversal_ids = [one_id] * 4 + [ids.new_id() for _ in range(8)]
    real_bank.write(a_posting(real_bank, spending(real_bank, 60)))

    def undo(at: int) -> Callable[[Session], object]:
        return lambda session: posting.reverse(
            session,
            actor=bank.actor,
            entry_id=entry_id,
            reversal_id=reversal_ids[at],
            reason="错",
            debt_account_id=bank.debt,
        )

    answers = at_once(real_bank, [undo(at) for at in range(len(reversal_ids))])

    assert set(answers) == {"done", "ledger_already_reversed"}
    assert answers["done"] in {1, 4}
    assert real_bank.balance(bank.members[0]).posted == 0
    assert real_bank.balance(bank.debt).posted == 60
    assert real_bank.findings() == []
