"""Deltas are folded into days; at whatever moment, no balance changes by it."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.make.ledger import earn, make_account, make_bank
from tests.make.steps import counted
from timebank.ledger.queries import accounts as queries
from timebank.ledger.rules.values import Restriction
from timebank.ledger.verify import proof


def test_folding_changes_no_figure(session: Session) -> None:
    bank = make_bank(session)
    for amount in (30, 20, 10):
        before = queries.balance(session, bank.issuance).posted
        earn(session, bank, amount)
        if session.get_bind().dialect.name == "postgresql":
            assert session.scalar(select(func.ledger_fold(1000))) == 1
            assert session.scalar(text("SELECT count(*) FROM ledger_delta")) == 0
        assert queries.balance(session, bank.issuance).posted == before + amount

    assert list(proof.findings(session)) == []


# What PostgreSQL reads for the same question follows from what its planner thinks of the tables.
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_months_of_open_accounts_are_read_past_members_however_many(session: Session) -> None:
    bank = make_bank(session)
    earn(session, bank, 30)
    before = queries.month_sums(session, bank.book_id)
    with counted(session) as few:
        queries.month_sums(session, bank.book_id)
    more = 100
    for at in range(more):
        make_account(session, bank.book_id, f"more:{at}", restriction=Restriction.OWN)

    with counted(session) as many:
        assert queries.month_sums(session, bank.book_id) == before
    assert many[0] - few[0] < more  # not a step for each of them
