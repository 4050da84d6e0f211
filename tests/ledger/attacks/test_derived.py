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


def test_an_account_that_was_thawed_by_hand_is_named(field: Field) -> None:
    thawed = "UPDATE ledger_balance SET frozen = 0 WHERE frozen = 1 AND :member > 0"
    assert "ledger_balance" in found(field, thawed)


def test_a_month_that_was_raised_is_named(field: Field) -> None:
    raised = "UPDATE ledger_month SET debits = debits + 1 WHERE :member > 0"
    assert "ledger_month" in found(field, raised)


def test_a_month_that_was_removed_is_named(field: Field) -> None:
    assert "ledger_month" in found(field, "DELETE FROM ledger_month WHERE :member > 0")


def test_a_month_that_was_moved_to_another_account_is_named(field: Field) -> None:
    moved = "UPDATE ledger_month SET account_id = :member WHERE rowid = 1"
    assert "ledger_month" in found(field, moved)


def test_what_is_left_of_a_year_and_was_raised_is_named(field: Field) -> None:
    raised = "UPDATE ledger_cohort SET remaining = remaining + 1 WHERE account_id = :member"
    assert "ledger_cohort" in found(field, raised)


def test_what_is_left_of_a_year_and_was_removed_is_named(field: Field) -> None:
    assert "ledger_cohort" in found(field, "DELETE FROM ledger_cohort WHERE account_id = :member")


def test_what_is_left_of_a_year_and_was_put_into_another_is_named(field: Field) -> None:
    moved = "UPDATE ledger_cohort SET year = 1999 WHERE account_id = :member"
    assert "ledger_cohort" in found(field, moved)


def test_what_was_moved_behind_the_seal_of_an_entry_is_named(field: Field) -> None:
    """The view is the seal's; that nobody else writes to it is as little known as of a balance."""
    moved = (
        "INSERT INTO ledger_move (entry_id, on_day, amount, is_whole, debit_id, debit_lots,"
        " credit_id, credit_net, credit_lots, credit_posted, credit_held, credit_floor,"
        " credit_frozen) SELECT t.entry_id, e.effective_on, 5, 1, t.debit_id, 0,"
        " b.account_id, 5, 0, b.posted, b.held, b.floor, b.frozen"
        " FROM ledger_transfer AS t JOIN ledger_entry AS e ON e.id = t.entry_id"
        " JOIN ledger_account AS a ON a.id = t.debit_id AND a.kind = 'open'"
        " JOIN ledger_balance AS b ON b.account_id = :member LIMIT 1"
    )
    assert {"ledger_balance", "ledger_day"} <= found(field, moved)


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
