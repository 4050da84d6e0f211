"""One reading of SQLite's rows clears right books, as few sums do on PostgreSQL."""

import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank, open_bank
from tests.ledger.lived_in import behind_its_back, live
from timebank.ledger.verify import clearing, reading
from timebank.ledger.verify.checks import Subject


@pytest.fixture
def lived_in() -> Iterator[RealBank]:
    """A bank on SQLite with reversals, holds, closed periods, erased words."""
    with open_bank("sqlite") as bank:
        bank.write(lambda session: live(session, bank.bank))
        yield bank


def _change(bank: RealBank, sql: str) -> None:
    """Change something behind the bank's back."""
    with behind_its_back(bank) as connection:
        connection.execute(text(sql))
        connection.commit()


def test_right_books_leave_no_doubt(lived_in: RealBank) -> None:
    assert lived_in.write(reading.doubts) == set()


def test_a_process_of_its_own_reads_what_moves_in_large_books(
    lived_in: RealBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MANY", 0)
    right = lived_in.write(reading.doubts)
    _change(lived_in, "UPDATE ledger_lot SET remaining = remaining - 1 WHERE remaining > 0")
    of_lots = lived_in.write(reading.doubts)
    _change(lived_in, "UPDATE ledger_day SET debits = debits + 1 WHERE debits > 0")

    assert (right, of_lots) == (set(), {Subject.LOTS})
    assert lived_in.write(reading.doubts) == {Subject.LOTS, Subject.SUMS, Subject.CHECKPOINTS}


@pytest.mark.parametrize("change", ["debits = debits - 1", "on_day = date(on_day, '-40 years')"])
def test_a_day_is_held_to_what_moved_on_it(lived_in: RealBank, change: str) -> None:
    _change(lived_in, f"UPDATE ledger_day SET {change} WHERE debits > 0")

    assert lived_in.write(reading.doubts) == {Subject.SUMS, Subject.CHECKPOINTS}


def test_a_day_that_is_written_in_another_way_is_another_day(lived_in: RealBank) -> None:
    _change(lived_in, "UPDATE ledger_day SET on_day = strftime('%Y%m%d', on_day)")

    found = lived_in.write(reading.doubts)
    assert found == {Subject.LOTS, Subject.SUMS, Subject.CHECKPOINTS}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_cohort SET remaining = remaining + 1 WHERE account_id = 1",
        "DELETE FROM ledger_cohort WHERE account_id = 1",
        "INSERT INTO ledger_cohort (account_id, year, remaining) VALUES (2, 1999, 5)",
    ],
)
def test_what_is_left_of_a_year_is_held_to_its_lots(lived_in: RealBank, change: str) -> None:
    _change(lived_in, change)

    assert lived_in.write(reading.doubts) == {Subject.LOTS}


def test_a_process_that_breaks_has_cleared_nothing(
    lived_in: RealBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MANY", 0)
    monkeypatch.setattr(sys, "executable", "/bin/false")

    moved = {Subject.LOTS, Subject.SUMS, Subject.CHECKPOINTS}
    assert lived_in.write(reading.doubts) == moved


@pytest.mark.parametrize(
    ("changed", "which"),
    [
        ("remaining = 0", "remaining > 0"),
        ("remaining = 1", "remaining = 0"),
        ("remaining = -1", "remaining = 0"),
        ("remaining = remaining + 1", "remaining > 0"),
        ("account_id = 1", "account_id <> 1"),
        ("earned_on = date(earned_on, '-1 day')", "remaining > 0"),
    ],
)
def test_whatever_is_left_of_a_lot_is_held_to_the_row_itself(
    lived_in: RealBank, changed: str, which: str
) -> None:
    # The index of what is left goes first: one that is behind its table is not asked.
    _change(lived_in, "DROP INDEX ix_ledger_lot_left")
    last = f"SELECT MAX(id) FROM ledger_lot WHERE {which}"
    _change(lived_in, f"UPDATE ledger_lot SET {changed} WHERE id = ({last})")

    assert lived_in.write(reading.doubts) == {Subject.LOTS}


def test_a_row_out_of_its_place_is_asked_about_and_may_be_right(lived_in: RealBank) -> None:
    _change(lived_in, "UPDATE ledger_transfer SET id = id + 1000 WHERE id = 1")

    assert lived_in.write(reading.doubts) == set(Subject)
    assert lived_in.findings() == []


def test_few_sums_clear_all_but_what_is_rare_closed_or_in_lots_on_postgresql() -> None:
    with open_bank("postgresql") as bank:
        bank.write(lambda session: live(session, bank.bank))
        right = bank.write(clearing.doubts)
        found = {}
        for name, sql in {
            "amount": "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = 1",
            "words": "UPDATE ledger_entry SET memo = 'x' WHERE number = 1",
            "lines": "DELETE FROM ledger_transfer WHERE id = 1",
            "day": "UPDATE ledger_delta SET debits = debits + 1 WHERE debits > 0",
            "balance": "UPDATE ledger_balance SET held = held + 1 WHERE account_id = 1",
        }.items():
            with behind_its_back(bank) as connection:
                connection.execute(text(sql))
                found[name] = clearing.doubts(Session(connection)) - right

    assert right == {Subject.LOTS, Subject.CHECKPOINTS, Subject.DEBTS, Subject.ERASED}
    assert found == {
        "amount": {Subject.SEALS, Subject.SUMS},
        "words": {Subject.SEALS},
        "lines": {Subject.ENTRIES, Subject.SEALS, Subject.SUMS, Subject.CARRIED},
        "day": {Subject.SUMS},
        "balance": {Subject.SUMS},
    }
