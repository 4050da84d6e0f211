"""Any sequence of acts does to the ledger what it does to plain books."""

import random

from sqlalchemy.orm import Session

from tests.ledger.ledger_machine import run
from tests.ledger.machine import open_world
from tests.ledger.sequences import drawn, shrunk
from tests.make.ledger import draft_of, make_bank
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import lots
from timebank.ledger.service import posting

# Always the same sequences: what passed once cannot fail by chance. The long run draws others.
SEEDS, STEPS, TRIES = range(50), 100, 200


def test_any_sequence_of_acts_is_that_of_plain_books(session: Session) -> None:
    world = open_world(session)
    for seed in SEEDS:
        failure = run(world, drawn(seed, STEPS))
        if failure is not None:
            failure = shrunk(failure, lambda acts: run(world, acts), tries=TRIES)
            message = f"seed {seed}: {failure}"
            raise AssertionError(message) from failure.error


def test_credits_in_any_order_make_the_same_balances(session: Session) -> None:
    bank = make_bank(session)
    drafts = [
        draft_of(bank.book_id, (bank.issuance, bank.members[at % 3], 10 + at)) for at in range(12)
    ]
    accounts = [bank.issuance, *bank.members]
    found = []
    for seed in range(6):
        random.Random(seed).shuffle(drafts)
        savepoint = session.begin_nested()
        posting.post_many(session, actor=bank.actor, drafts=drafts)
        balances = account_queries.balances(session, accounts)
        left = {(lot.entry_id, lot.remaining) for lot in lots.open_lots(session, bank.members[0])}
        found.append((balances, left))
        savepoint.rollback()

    assert all(one == found[0] for one in found)
    assert found[0][0][bank.issuance].posted == sum(10 + at for at in range(12))
