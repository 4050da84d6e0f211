"""The proof of the books names the very row that was changed behind its back."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from tests.ledger.conftest import RealBank
from timebank.kernel import ids
from timebank.ledger import service, verify

TRIGGERS = (
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


def behind_its_back(real: RealBank, work: Callable[[Connection], object]) -> None:
    """Change rows as the owner, with every guard off."""
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
            for table in TRIGGERS:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        work(connection)
        connection.commit()


@pytest.fixture
def busy_bank(real_bank: RealBank) -> RealBank:
    """The bank with a released hold and a reversed entry besides."""
    bank = real_bank.bank

    def live(session: object) -> None:
        facts = {"session": session, "actor": bank.actor}
        hold_id = ids.new_id()
        service.hold(
            hold_id=hold_id,
            account_id=bank.members[0],
            amount=5,
            memo="",
            **facts,  # type: ignore[arg-type]  # the facts are typed above
        )
        service.release(hold_id=hold_id, reason="改天", **facts)  # type: ignore[arg-type]  # the facts are typed above

    real_bank.write(live)
    with real_bank.owner.connect() as connection:
        first = connection.execute(
            text("SELECT id FROM ledger_entry WHERE number = 1")
        ).scalar_one()
    entry_id = first if isinstance(first, UUID) else UUID(first)
    real_bank.write(
        lambda session: service.reverse(
            session, actor=bank.actor, entry_id=entry_id, reversal_id=ids.new_id(), reason="错"
        )
    )
    return real_bank


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_one_change_is_found_and_its_row_named(busy_bank: RealBank, name: str) -> None:
    statement, (table, row, rule) = CORRUPTIONS[name]
    assert busy_bank.findings() == []

    behind_its_back(busy_bank, lambda connection: connection.execute(text(statement)))

    found = [one for one in busy_bank.findings() if one.table == table and row in one.row]
    assert rule in {one.rule for one in found}
    assert all(one.is_value != one.should_be for one in found)


def test_a_rebuild_restores_balances_from_transfers(busy_bank: RealBank) -> None:
    before = [busy_bank.balance(member) for member in busy_bank.bank.members]
    behind_its_back(
        busy_bank,
        lambda connection: connection.execute(
            text("UPDATE ledger_balance SET posted = posted + 7, held = held + 3")
        ),
    )

    assert busy_bank.write(verify.rebuild) == 3
    assert busy_bank.write(verify.rebuild) == 0
    assert [busy_bank.balance(member) for member in busy_bank.bank.members] == before
    assert busy_bank.findings() == []


def test_another_community_s_rows_are_left_out(busy_bank: RealBank) -> None:
    behind_its_back(
        busy_bank,
        lambda connection: connection.execute(text("UPDATE ledger_balance SET posted = 999")),
    )

    other = busy_bank.bank.community_id + 1
    assert busy_bank.write(lambda session: list(verify.findings(session, other))) == []
