"""The proof of the books names the very row that was changed behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from timebank.kernel import ids
from timebank.kernel.finding import Finding
from timebank.ledger.service import holds, posting
from timebank.ledger.verify import proof as verify

TABLES = (
    "ledger_book",
    "ledger_account",
    "ledger_balance",
    "ledger_entry",
    "ledger_transfer",
    "ledger_hold",
    "ledger_hold_end",
)

RETARGET = """
UPDATE ledger_entry SET reverses_id = (SELECT id FROM ledger_entry WHERE number = 2)
WHERE reverses_id IS NOT NULL
"""

# A change of one value in one row, the table whose row must be named, and the broken rule.
CORRUPTIONS = {
    "a posted balance": (
        "UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = 1",
        ("ledger_balance", "account_id 1 (member:1)", verify.RULE_POSTED),
    ),
    "a held balance": (
        "UPDATE ledger_balance SET held = held + 1 WHERE account_id = 2",
        ("ledger_balance", "account_id 2 (member:2)", verify.RULE_HELD),
    ),
    "a floor": (
        "UPDATE ledger_balance SET floor = -9 WHERE account_id = 2",
        ("ledger_balance", "account_id 2 (member:2)", verify.RULE_FLOOR),
    ),
    "an amount": (
        "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = 1",
        ("ledger_entry", "number 1", verify.RULE_DIGEST),
    ),
    "a receiver": (
        "UPDATE ledger_transfer SET credit_id = 3 WHERE id = 1",
        ("ledger_balance", "account_id 3 (member:3)", verify.RULE_POSTED),
    ),
    "an asset": (
        "UPDATE ledger_transfer SET asset = 'CNY' WHERE id = 1",
        ("ledger_transfer", "id 1", verify.RULE_ACCOUNTS),
    ),
    "a memo": (
        "UPDATE ledger_entry SET memo = 'x' WHERE number = 1",
        ("ledger_entry", "number 1", verify.RULE_DIGEST),
    ),
    "the hand that wrote it": (
        "UPDATE ledger_entry SET actor_name = 'x' WHERE number = 2",
        ("ledger_entry", "number 2", verify.RULE_SEAL),
    ),
    "the moment": (
        "UPDATE ledger_entry SET recorded_at = '2020-01-01 00:00:00' WHERE number = 2",
        ("ledger_entry", "number 2", verify.RULE_SEAL),
    ),
    "a line count": (
        "UPDATE ledger_entry SET lines = 2 WHERE number = 1",
        ("ledger_entry", "number 1", verify.RULE_LINES),
    ),
    "a removed line": (
        "DELETE FROM ledger_transfer WHERE id = 1",
        ("ledger_entry", "number 1", verify.RULE_LINES),
    ),
    "a removed header": (
        "DELETE FROM ledger_entry WHERE number = 1",
        ("ledger_transfer", "id 1", verify.RULE_SEALED),
    ),
    "a removed balance": (
        "DELETE FROM ledger_balance WHERE account_id = 3",
        ("ledger_balance", "account_id 3 (member:3)", verify.RULE_BOUNDED),
    ),
    "an account's side": (
        "UPDATE ledger_account SET normal = 'debit' WHERE id = 2",
        ("ledger_account", "id 2", verify.RULE_SEAL),
    ),
    "a book's name": (
        "UPDATE ledger_book SET name = 'x'",
        ("ledger_book", "id 1", verify.RULE_SEAL),
    ),
    "a held amount": (
        "UPDATE ledger_hold SET amount = 1",
        ("ledger_hold", "id ", verify.RULE_SEAL),
    ),
    "how a hold ended": (
        "UPDATE ledger_hold_end SET outcome = 'expired'",
        ("ledger_hold_end", "hold_id ", verify.RULE_SEAL),
    ),
    "a reversal's aim": (
        RETARGET,
        ("ledger_entry", "number 3", verify.RULE_REVERSAL),
    ),
}


@contextmanager
def behind_its_back(real: RealBank) -> Iterator[Connection]:
    """A transaction of the owner with every guard off; rolled back unless it is committed."""
    with real.owner.connect() as connection:
        if real.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            chosen = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.execute(text(chosen)).all():
                if name.startswith("ledger_"):
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        yield connection
        connection.rollback()


def findings_inside(connection: Connection) -> list[Finding]:
    """What the proof of the books finds inside a transaction."""
    return list(verify.findings(Session(connection)))


@pytest.fixture
def busy_bank(real_bank: RealBank) -> RealBank:
    """The bank with a released hold and a reversed entry besides."""
    bank = real_bank.bank

    def live(session: object) -> None:
        facts = {"session": session, "actor": bank.actor}
        hold_id = ids.new_id()
        holds.hold(
            hold_id=hold_id,
            account_id=bank.members[0],
            amount=5,
            memo="",
            **facts,  # type: ignore[arg-type]  # the facts are typed above
        )
        holds.release(hold_id=hold_id, reason="改天", **facts)  # type: ignore[arg-type]  # the facts are typed above

    real_bank.write(live)
    with real_bank.owner.connect() as connection:
        first = connection.execute(
            text("SELECT id FROM ledger_entry WHERE number = 1")
        ).scalar_one()
    entry_id = first if isinstance(first, UUID) else UUID(first)
    real_bank.write(
        lambda session: posting.reverse(
            session, actor=bank.actor, entry_id=entry_id, reversal_id=ids.new_id(), reason="错"
        )
    )
    return real_bank


def test_every_single_change_is_found_and_its_row_named(busy_bank: RealBank) -> None:
    assert busy_bank.findings() == []

    for name, (statement, (table, row, rule)) in CORRUPTIONS.items():
        with behind_its_back(busy_bank) as connection:
            connection.execute(text(statement))
            found = findings_inside(connection)

        named = [one for one in found if one.table == table and row in one.row]
        assert rule in {one.rule for one in named}, name
        assert all(one.is_value != one.should_be for one in named), name


def test_a_rebuild_restores_balances_from_transfers(busy_bank: RealBank) -> None:
    before = [busy_bank.balance(member) for member in busy_bank.bank.members]
    with behind_its_back(busy_bank) as connection:
        off = "UPDATE ledger_balance SET posted = posted + 7, held = held + 3"
        connection.execute(text(off))
        if busy_bank.name == "postgresql":
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
        connection.commit()

    assert busy_bank.write(verify.rebuild) == 3
    assert busy_bank.write(verify.rebuild) == 0
    assert [busy_bank.balance(member) for member in busy_bank.bank.members] == before
    assert busy_bank.findings() == []


def test_another_community_s_rows_are_left_out(busy_bank: RealBank) -> None:
    with behind_its_back(busy_bank) as connection:
        connection.execute(text("UPDATE ledger_balance SET posted = 999"))
        session, own = Session(connection), busy_bank.bank.community_id

        assert list(verify.findings(session, own)) != []
        assert list(verify.findings(session, own + 1)) == []


def test_the_command_names_the_row_and_fails(busy_bank: RealBank) -> None:
    runner = busy_bank.app.test_cli_runner()

    right = runner.invoke(args=["verify"])
    with behind_its_back(busy_bank) as connection:
        connection.execute(text("UPDATE ledger_balance SET posted = 51 WHERE account_id = 2"))
        connection.commit()
    wrong = runner.invoke(args=["verify"])
    mended = runner.invoke(args=["verify", "--rebuild"])

    assert (right.exit_code, wrong.exit_code, mended.exit_code) == (0, 1, 0)
    assert "account_id 2 (member:2): 是 posted 51，应为 posted 50" in wrong.output
