"""SQLite cannot tell who writes what is derived: the proof of the books names the row."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.ledger.attacks.field import Field
from timebank.ledger.verify import proof


@pytest.fixture
def engine_name() -> str:
    """PostgreSQL refuses all of this."""
    return "sqlite"


def found(field: Field, statement: str) -> set[str]:
    """The tables that the proof names after a statement, which is taken back again."""
    before = field.figures()
    with field.real.owner.connect() as connection:
        connection.execute(text(statement), {"member": field.bank.members[0]})
        named = _tables(connection)
        connection.rollback()
    assert field.figures() == before
    return named


def _tables(connection: Connection) -> set[str]:
    return {one.table for one in proof.findings(Session(connection))}


def test_a_balance_that_was_raised_is_named(field: Field) -> None:
    raised = "UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = :member"
    assert "ledger_balance" in found(field, raised)


def test_a_balance_whose_hold_was_forgotten_is_named(field: Field) -> None:
    freed = "UPDATE ledger_balance SET held = 0 WHERE held > 0 AND :member > 0"
    assert "ledger_balance" in found(field, freed)


def test_a_posting_that_a_trigger_of_one_s_own_skipped_is_named(field: Field) -> None:
    with field.app.connect() as connection:
        connection.execute(
            text(
                "CREATE TEMP TRIGGER own BEFORE UPDATE ON ledger_balance"
                " BEGIN SELECT RAISE(IGNORE); END"
            )
        )
        connection.execute(
            text(
                "INSERT INTO ledger_hold SELECT lower(hex(randomblob(16))), community_id,"
                " account_id, 1, memo, held_at, expires_at, actor_user_id, actor_name, seal"
                " FROM ledger_hold LIMIT 1"
            )
        )
        assert "ledger_balance" in _tables(connection)
        connection.rollback()
    field.app.dispose()
