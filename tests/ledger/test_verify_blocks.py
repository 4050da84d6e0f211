"""The proof of the blocks names the very row that was changed behind its back."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.ledger import earn, spend
from tests.make.rude import unguarded
from timebank.kernel.finding import Finding
from timebank.ledger.queries import seals
from timebank.ledger.service import sealing
from timebank.ledger.verify import blocks as verify

ENTRY_OF = "(SELECT id FROM ledger_entry WHERE number = 4)"
ANOTHER = "decode(repeat('ab', 32), 'hex')"

# What is done to the blocks, the table whose row must be named, a piece of its name, the rule.
EDITS = {
    "a leaf": (
        [f"UPDATE ledger_block_leaf SET leaf = {ANOTHER} WHERE block_number = 2 AND position = 1"],
        ("ledger_block_leaf", "(block 2, position 1)", verify.RULE_LEAF),
    ),
    "a leaf, so a root": (
        [f"UPDATE ledger_block_leaf SET leaf = {ANOTHER} WHERE block_number = 2 AND position = 1"],
        ("ledger_block", "number 2", verify.RULE_ROOT),
    ),
    "the seal of an entry": (
        [f"UPDATE ledger_entry SET seal = {ANOTHER} WHERE number = 4"],
        ("ledger_entry", "(number 4)", verify.RULE_LEAF),
    ),
    "an entry gone": (
        ["DELETE FROM ledger_entry WHERE number = 4"],
        ("ledger_entry", "id {entry}", verify.RULE_LEAF),
    ),
    "a leaf gone": (
        ["DELETE FROM ledger_block_leaf WHERE block_number = 2 AND position = 1"],
        ("ledger_block_leaf", "block 2, position 1", verify.RULE_POSITION),
    ),
    "the last leaf gone": (
        ["DELETE FROM ledger_block_leaf WHERE block_number = 2 AND position = 2"],
        ("ledger_block_leaf", "block 2, position 2", verify.RULE_POSITION),
    ),
    "a leaf elsewhere": (
        ["UPDATE ledger_block_leaf SET position = 77 WHERE block_number = 2 AND position = 0"],
        ("ledger_block_leaf", "(block 2, position 77)", verify.RULE_POSITION),
    ),
    "two leaves swapped": (
        [
            "UPDATE ledger_block_leaf SET position = 77 WHERE block_number = 2 AND position = 0",
            "UPDATE ledger_block_leaf SET position = 0 WHERE block_number = 2 AND position = 1",
            "UPDATE ledger_block_leaf SET position = 1 WHERE block_number = 2 AND position = 77",
        ],
        ("ledger_block_leaf", "(block 2, position 0)", verify.RULE_ORDER),
    ),
    "the number of an entry": (
        ["UPDATE ledger_entry SET number = 4000 WHERE number = 4"],
        ("ledger_entry", "(number 4000)", verify.RULE_ORDER),
    ),
    "a leaf in a block that is not there": (
        ["UPDATE ledger_block_leaf SET block_number = 9 WHERE block_number = 3"],
        ("ledger_block_leaf", "(block 9, position 0)", verify.RULE_LOOSE),
    ),
    "a root": (
        [f"UPDATE ledger_block SET root = {ANOTHER} WHERE number = 2"],
        ("ledger_block", "number 2", verify.RULE_ROOT),
    ),
    "a count": (
        ["UPDATE ledger_block SET leaves = 7 WHERE number = 2"],
        ("ledger_block", "number 2", verify.RULE_COUNT),
    ),
    "a head": (
        [f"UPDATE ledger_block SET head = {ANOTHER} WHERE number = 2"],
        ("ledger_block", "number 2", verify.RULE_HEAD),
    ),
    "a head, so the chain": (
        [f"UPDATE ledger_block SET head = {ANOTHER} WHERE number = 2"],
        ("ledger_block", "number 3", verify.RULE_CHAIN),
    ),
    "a moment": (
        ["UPDATE ledger_block SET sealed_at = '2020-01-01 00:00:00.000000' WHERE number = 2"],
        ("ledger_block", "number 2", verify.RULE_HEAD),
    ),
    "a block gone": (
        ["DELETE FROM ledger_block WHERE number = 2"],
        ("ledger_block", "number 2", verify.RULE_NUMBER),
    ),
    "the last block gone": (
        ["DELETE FROM ledger_block WHERE number = 3"],
        ("ledger_block_leaf", "(block 3, position 0)", verify.RULE_LOOSE),
    ),
}


@pytest.fixture
def sealed_bank(shared_bank: RealBank) -> RealBank:
    """The bank with three blocks of two, three and one entries; what is changed is rolled back."""
    bank = shared_bank.bank

    def seal(session: Session, *minutes: int) -> None:
        for one in minutes:
            spend(session, bank, -one) if one < 0 else earn(session, bank, one)
        sealing.seal_entries(session, actor=bank.actor)

    if shared_bank.write(lambda session: seals.last_number(session, bank.community_id)) == 0:
        shared_bank.write(seal)
        shared_bank.write(lambda session: seal(session, 20, -5, 30))
        shared_bank.write(lambda session: seal(session, 7))
    return shared_bank


def found_after(real: RealBank, statements: list[str]) -> tuple[list[Finding], str]:
    with unguarded(real.owner) as connection:
        entry = connection.scalar(text(f"SELECT CAST({ENTRY_OF} AS text)"))
        for statement in statements:
            is_sqlite = real.name == "sqlite"
            sql = statement.replace(ANOTHER, f"x'{'ab' * 32}'") if is_sqlite else statement
            connection.execute(text(sql))
        found = list(verify.findings(Session(connection)))
    text_id = str(entry).replace("-", "")
    return found, "-".join(
        (text_id[:8], text_id[8:12], text_id[12:16], text_id[16:20], text_id[20:])
    )


def test_sealed_books_are_in_order(sealed_bank: RealBank) -> None:
    assert sealed_bank.write(lambda session: list(verify.findings(session))) == []
    community_id = sealed_bank.bank.community_id
    assert sealed_bank.write(lambda session: list(verify.findings(session, community_id))) == []


@pytest.mark.parametrize("what", EDITS)
def test_each_change_is_named_with_its_row(sealed_bank: RealBank, what: str) -> None:
    statements, (table, name, rule) = EDITS[what]

    found, entry = found_after(sealed_bank, statements)

    name = name.replace("{entry}", entry)
    assert [one for one in found if one.table == table and name in one.row and one.rule == rule]


def test_a_change_of_one_block_leaves_the_others_unblamed(sealed_bank: RealBank) -> None:
    statements, _ = EDITS["a root"]

    found, _ = found_after(sealed_bank, statements)

    name = f"community {sealed_bank.bank.community_id}, number 2"
    assert {(one.table, one.row) for one in found} == {("ledger_block", name)}


def test_a_portion_may_end_within_a_block(
    sealed_bank: RealBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_READ", 2)

    assert sealed_bank.write(lambda session: list(verify.findings(session))) == []
