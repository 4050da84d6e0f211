"""Whatever happens to a time bank, in whatever order: every minute is where plain books have it.

The long form draws other acts each time and shrinks what fails:
``python -m tests.volunteering.long_time --help``.
"""

from datetime import date
from typing import Any  # the machine, whose class is made for the world

import pytest
from sqlalchemy.orm import Session

from tests.volunteering.plain_caps import Limits, Served
from tests.volunteering.plain_time import Bank, Rules, Shortage
from tests.volunteering.time_machine import machine_of, open_world
from tests.volunteering.time_walk import walk

# Always the same walks: what passed once cannot fail by chance.
SEEDS, STEPS = range(4), 50
DAY = date(2026, 11, 18)


def test_caps_lots_terms_and_books_are_those_of_plain_ones(session: Session) -> None:
    world = open_world(session)
    machine = machine_of(world)
    seen = dict.fromkeys(("expired", "owed", "pool", "redeemed", "returned"), 0)

    for seed in SEEDS:
        run: Any = machine()
        walk(run, seed=seed, steps=STEPS)
        bank = run.bank
        seen["expired"] += bank.expired
        seen["owed"] += sum(bank.debts.values())
        seen["pool"] += bank.pool
        seen["redeemed"] += bank.redeemed
        sources = [lot.source for lots in bank.lots.values() for lot in lots]
        seen["returned"] += sum(source.startswith("returned") for source in sources)

    assert all(seen.values()), seen


def test_the_plain_bank_takes_the_oldest_first_and_gives_back_where_it_took() -> None:
    bank = Bank([Rules(DAY, Limits(), None)])
    bank.bring("member:1", "a", DAY, 30)
    bank.bring("member:1", "b", DAY.replace(day=20), 30)

    uses = bank.redeem(1, 40)
    assert [lot.left for lot in bank.of("member:1")] == [0, 20]
    with pytest.raises(Shortage):
        bank.redeem(1, 21)
    bank.undo(uses)

    assert [lot.left for lot in bank.of("member:1")] == [30, 30]


def test_the_plain_bank_fills_a_cap_to_the_minute() -> None:
    bank = Bank([Rules(DAY, Limits(month=100), None)])
    bank.approve([(1, Served(1, 2, DAY, 70)), (2, Served(1, 2, DAY, 70))], DAY)

    assert (bank.balance("member:1"), bank.balance("donation:1")) == (100, 40)
