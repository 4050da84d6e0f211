"""Deltas are folded into days; at whatever moment, no balance changes by it."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.make.ledger import earn, make_bank
from timebank.ledger.queries import accounts as queries
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
