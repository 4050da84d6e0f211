"""The database itself refuses wrong books, even from the owner of the tables writing SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.ledger.conftest import RealBank
from tests.make.ledger import draft_of, make_account
from timebank.kernel import ids
from timebank.ledger.models.tables import (
    ACCOUNTS,
    BALANCES,
    BOOKS,
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    SEALED_TABLES,
    TRANSFERS,
)
from timebank.ledger.rules.values import Asset
from timebank.ledger.service import books, holds, posting

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)


def header(real: RealBank, entry_id: UUID, lines: int, **changed: object) -> dict[str, Any]:
    """A header row written by hand."""
    row = {
        "id": entry_id,
        "community_id": real.bank.community_id,
        "book_id": real.bank.book_id,
        "lines": lines,
        "kind": "by.hand",
        "effective_on": date(2026, 11, 18),
        "recorded_at": NOON,
        "actor_user_id": None,
        "actor_name": "手写",
        "memo": "",
        "document": "",
        "reason": "",
        "reverses_id": None,
        "debt_account_id": None,
        "digest": "0" * 64,
        "seal": "0" * 64,
    }
    return row | changed


def transfer(
    real: RealBank, entry_id: UUID, *, line: int = 1, lines: int = 1, **changed: object
) -> dict[str, Any]:
    """A transfer row written by hand: 10 minutes from issuance to member 1."""
    row = {
        "community_id": real.bank.community_id,
        "book_id": real.bank.book_id,
        "entry_id": entry_id,
        "line": line,
        "lines": lines,
        "asset": "MIN",
        "debit_id": real.bank.issuance,
        "credit_id": real.bank.members[0],
        "amount": 10,
    }
    return row | changed


@contextmanager
def refused(real: RealBank, match: str | None = None) -> Iterator[Connection]:
    """Everything inside is refused at the latest by the commit, and leaves nothing behind."""
    before = figures(real)
    with pytest.raises(DBAPIError, match=match), real.owner.begin() as connection:
        yield connection
    assert figures(real) == before
    assert real.findings() == []


def figures(real: RealBank) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the ledger."""
    with real.owner.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(table.select().order_by(*table.columns))
            ]
            for table in (BOOKS, ACCOUNTS, BALANCES, ENTRIES, TRANSFERS, HOLDS, HOLD_ENDS)
        }


def an_entry_id(real: RealBank) -> UUID:
    """The id of member 1's first entry."""
    with real.owner.connect() as connection:
        first = select(ENTRIES.c.id).order_by(ENTRIES.c.number).limit(1)
        found: UUID = connection.execute(first).scalar_one()
        return found


def test_a_right_entry_by_hand_is_accepted(real_bank: RealBank) -> None:
    """The other tests prove nothing unless the same rows pass when they are right."""
    entry_id = ids.new_id()
    with real_bank.owner.begin() as connection:
        connection.execute(insert(TRANSFERS).values(transfer(real_bank, entry_id)))
        connection.execute(insert(ENTRIES).values(header(real_bank, entry_id, 1)))

    assert real_bank.balance(real_bank.bank.members[0]).posted == 110


def test_a_header_without_lines_is_refused(shared_bank: RealBank) -> None:
    with refused(shared_bank, "ledger_line_count") as connection:
        connection.execute(insert(ENTRIES).values(header(shared_bank, ids.new_id(), 1)))


def test_lines_without_a_header_die_at_the_commit(shared_bank: RealBank) -> None:
    with refused(shared_bank, "(?i)foreign key") as connection:
        connection.execute(insert(TRANSFERS).values(transfer(shared_bank, ids.new_id())))


def test_a_wrong_line_count_is_refused(shared_bank: RealBank) -> None:
    entry_id = ids.new_id()
    for lines in (1, 3):
        with refused(shared_bank) as connection:
            for line in (1, 2):
                row = transfer(shared_bank, entry_id, line=line, lines=2)
                connection.execute(insert(TRANSFERS).values(row))
            connection.execute(insert(ENTRIES).values(header(shared_bank, entry_id, lines)))


def test_a_late_line_is_refused(shared_bank: RealBank) -> None:
    entry_id = an_entry_id(shared_bank)
    for line, lines in ((2, 1), (2, 2), (0, 1), (1, 1)):
        with refused(shared_bank) as connection:
            row = transfer(shared_bank, entry_id, line=line, lines=lines)
            connection.execute(insert(TRANSFERS).values(row))


def test_an_amount_that_is_none_is_refused(shared_bank: RealBank) -> None:
    entry_id = ids.new_id()
    for amount in (0, -10, 10**13 + 1):
        with refused(shared_bank, "ledger_transfer_amount") as connection:
            row = transfer(shared_bank, entry_id, amount=amount)
            connection.execute(insert(TRANSFERS).values(row))
            connection.execute(insert(ENTRIES).values(header(shared_bank, entry_id, 1)))


def test_a_broken_minute_is_refused(shared_bank: RealBank) -> None:
    if shared_bank.name == "postgresql":
        return  # a bigint column holds none; SQLite's would
    with refused(shared_bank, "amount_whole") as connection:
        row = transfer(shared_bank, ids.new_id())
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        row |= {"entry_id": row["entry_id"].hex, "amount": 1.5}
        connection.execute(text(f"INSERT INTO ledger_transfer ({names}) VALUES ({values})"), row)


def test_a_transfer_to_itself_is_refused(shared_bank: RealBank) -> None:
    entry_id, member = ids.new_id(), shared_bank.bank.members[0]
    with refused(shared_bank, "two_accounts") as connection:
        row = transfer(shared_bank, entry_id, debit_id=member)
        connection.execute(insert(TRANSFERS).values(row))


def test_an_overdraft_by_hand_is_refused(shared_bank: RealBank) -> None:
    entry_id, (first, second, _) = ids.new_id(), shared_bank.bank.members
    with refused(shared_bank, "ledger_floor") as connection:
        row = transfer(shared_bank, entry_id, debit_id=first, credit_id=second, amount=101)
        connection.execute(insert(TRANSFERS).values(row))
        connection.execute(insert(ENTRIES).values(header(shared_bank, entry_id, 1)))


def test_crossing_books_is_refused(shared_bank: RealBank) -> None:
    bank = shared_bank.bank

    def open_other(session: Any) -> tuple[int, int]:
        book_id = books.ensure_book(
            session, community_id=bank.community_id, code="owners", name="业主共有"
        )
        return book_id, make_account(session, book_id, "elsewhere")

    book_id, abroad = shared_bank.write(open_other)
    entry_id = ids.new_id()
    with refused(shared_bank, "(?i)foreign key") as connection:
        row = transfer(shared_bank, entry_id, credit_id=abroad)
        connection.execute(insert(TRANSFERS).values(row))
        connection.execute(insert(ENTRIES).values(header(shared_bank, entry_id, 1)))
    with refused(shared_bank) as connection:
        connection.execute(insert(TRANSFERS).values(transfer(shared_bank, entry_id)))
        row = header(shared_bank, entry_id, 1, book_id=book_id)
        connection.execute(insert(ENTRIES).values(row))


def test_crossing_assets_is_refused(shared_bank: RealBank) -> None:
    till = shared_bank.write(
        lambda session: make_account(session, shared_bank.bank.book_id, "till", asset=Asset.YUAN)
    )
    entry_id = ids.new_id()
    for asset in Asset:
        with refused(shared_bank, "(?i)foreign key") as connection:
            row = transfer(shared_bank, entry_id, credit_id=till, asset=asset.value)
            connection.execute(insert(TRANSFERS).values(row))
            connection.execute(insert(ENTRIES).values(header(shared_bank, entry_id, 1)))


def test_nothing_sealed_is_updated_or_deleted(real_bank: RealBank) -> None:
    bank = real_bank.bank
    held = real_bank.write(
        lambda session: holds.hold(
            session,
            actor=bank.actor,
            hold_id=ids.new_id(),
            account_id=bank.members[0],
            amount=5,
            memo="",
        )
    )
    real_bank.write(
        lambda session: holds.release(session, actor=bank.actor, hold_id=held.id, reason="改天")
    )
    for table in SEALED_TABLES:
        for statement in (f"UPDATE {table} SET community_id = 1", f"DELETE FROM {table}"):
            with refused(real_bank, "ledger_immutable") as connection:
                connection.execute(text(statement))


def test_a_balance_is_not_deleted_nor_its_floor_lowered(shared_bank: RealBank) -> None:
    for statement in ("DELETE FROM ledger_balance", "UPDATE ledger_balance SET floor = -999"):
        with refused(shared_bank, "ledger_immutable") as connection:
            connection.execute(text(statement))


def test_a_balance_is_not_made_up(shared_bank: RealBank) -> None:
    with refused(shared_bank, "ledger_") as connection:
        row = {"account_id": shared_bank.bank.issuance, "community_id": 1, "posted": 5}
        connection.execute(insert(BALANCES).values(row | {"held": 0, "floor": 0}))


def test_tables_are_not_emptied_at_one_stroke(shared_bank: RealBank) -> None:
    if shared_bank.name == "sqlite":
        return  # SQLite has no TRUNCATE; its DELETE is refused above
    for table in (*SEALED_TABLES, "ledger_balance"):
        with refused(shared_bank, "ledger_immutable") as connection:
            connection.execute(text(f"TRUNCATE {table} CASCADE"))


def test_the_application_s_role_cannot_touch_balances(shared_bank: RealBank) -> None:
    if shared_bank.name == "sqlite":
        return  # SQLite knows no roles
    for statement in (
        "UPDATE ledger_balance SET posted = posted + 1",
        "INSERT INTO ledger_balance VALUES (1, 1, 0, 0, 0)",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    ):
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            shared_bank.write(lambda session, sql=statement: session.execute(text(sql)))  # type: ignore[misc]  # bound at once
    assert shared_bank.findings() == []


def test_a_balance_moves_only_through_entries_on_postgresql(shared_bank: RealBank) -> None:
    if shared_bank.name == "sqlite":
        return  # SQLite cannot tell who asks; the proof of the books names the row
    with refused(shared_bank, "ledger_immutable") as connection:
        connection.execute(text("UPDATE ledger_balance SET posted = posted + 1"))


def test_no_conflict_clause_softens_the_floor(shared_bank: RealBank) -> None:
    clauses = ("OR IGNORE", "OR REPLACE", "OR FAIL", "OR ROLLBACK", "OR ABORT")
    entry_id, (first, second, _) = ids.new_id(), shared_bank.bank.members
    for clause in clauses if shared_bank.name == "sqlite" else ("",):
        with refused(shared_bank, "ledger_floor") as connection:
            row = transfer(shared_bank, entry_id, debit_id=first, credit_id=second, amount=101)
            connection.execute(insert(TRANSFERS).prefix_with(clause).values(row))
            row = header(shared_bank, entry_id, 1)
            connection.execute(insert(ENTRIES).prefix_with(clause).values(row))


def test_nothing_sealed_is_replaced_by_inserting_over_it(shared_bank: RealBank) -> None:
    entry_id = an_entry_id(shared_bank)
    is_sqlite = shared_bank.name == "sqlite"
    clauses = ("OR IGNORE", "OR REPLACE") if is_sqlite else ("",)
    for clause, recursive in product(clauses, ("ON", "OFF")):
        rows = [(ENTRIES, header(shared_bank, entry_id, 1, number=10**6))]
        for table in (ENTRIES, TRANSFERS, ACCOUNTS, BOOKS, BALANCES):
            with shared_bank.owner.connect() as connection:
                known = dict(connection.execute(table.select().limit(1)).mappings().one())
            rows.append((table, known | ({"amount": 99} if "amount" in known else {})))
        for table, row in rows:
            with refused(shared_bank) as connection:
                if is_sqlite:
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.execute(insert(table).prefix_with(clause).values(row))


def test_on_conflict_do_nothing_does_not_seal_over_an_entry(shared_bank: RealBank) -> None:
    entry_id = an_entry_id(shared_bank)
    again = "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE 1 = 1 ON CONFLICT DO NOTHING"
    with refused(shared_bank) as connection:
        row = transfer(shared_bank, entry_id, line=2, lines=2)
        connection.execute(insert(TRANSFERS).values(row))
        connection.execute(text(again))


def test_a_second_reversal_by_hand_is_refused(real_bank: RealBank) -> None:
    first_id, reversal_id = an_entry_id(real_bank), ids.new_id()
    bank = real_bank.bank
    real_bank.write(
        lambda session: posting.reverse(
            session, actor=bank.actor, entry_id=first_id, reversal_id=reversal_id, reason="错"
        )
    )
    for reverses_id in (first_id, reversal_id):
        entry_id = ids.new_id()
        with refused(real_bank) as connection:
            connection.execute(insert(TRANSFERS).values(transfer(real_bank, entry_id)))
            row = header(real_bank, entry_id, 1, reverses_id=reverses_id)
            connection.execute(insert(ENTRIES).values(row))


def test_holds_by_hand_keep_to_the_rules(real_bank: RealBank) -> None:
    bank = real_bank.bank
    hold_row = {
        "id": ids.new_id(),
        "community_id": bank.community_id,
        "account_id": bank.members[0],
        "amount": 60,
        "memo": "",
        "held_at": NOON,
        "expires_at": None,
        "actor_user_id": None,
        "actor_name": "手写",
        "seal": "0" * 64,
    }
    for changed in ({"amount": 101}, {"amount": -1}, {"account_id": bank.issuance}):
        with refused(real_bank) as connection:
            connection.execute(insert(HOLDS).values(hold_row | changed))

    held = real_bank.write(
        lambda session: holds.hold(
            session,
            actor=bank.actor,
            hold_id=ids.new_id(),
            account_id=bank.members[0],
            amount=60,
            memo="",
        )
    )
    end = {
        "hold_id": held.id,
        "community_id": bank.community_id,
        "outcome": "captured",
        "entry_id": None,
        "reason": "",
        "ended_at": NOON,
        "actor_user_id": None,
        "actor_name": "手写",
        "seal": "0" * 64,
    }
    first_id, entry_id = an_entry_id(real_bank), ids.new_id()
    taking = transfer(
        real_bank, entry_id, debit_id=bank.members[0], credit_id=bank.redeemed, amount=61
    )
    with refused(real_bank) as connection:  # captured by nothing
        connection.execute(insert(HOLD_ENDS).values(end))
    with refused(real_bank) as connection:  # captured by an entry that never comes
        connection.execute(insert(HOLD_ENDS).values(end | {"entry_id": entry_id}))
    with refused(real_bank, "ledger_entry_sealed") as connection:  # by one that is there already
        connection.execute(insert(HOLD_ENDS).values(end | {"entry_id": first_id}))
    with refused(real_bank, "ledger_hold_exceeded") as connection:  # by one that takes more
        connection.execute(insert(HOLD_ENDS).values(end | {"entry_id": entry_id}))
        connection.execute(insert(TRANSFERS).values(taking))
        connection.execute(insert(ENTRIES).values(header(real_bank, entry_id, 1)))
    real_bank.write(
        lambda session: holds.release(session, actor=bank.actor, hold_id=held.id, reason="")
    )
    with refused(real_bank) as connection:  # ended already
        connection.execute(insert(HOLD_ENDS).values(end | {"outcome": "released"}))


def test_a_committed_entry_survives_a_crash_in_the_next(real_bank: RealBank) -> None:
    """All or nothing: a failure after any statement leaves no half."""
    bank = real_bank.bank
    before = figures(real_bank)

    def crash(session: Any) -> None:
        draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], 10))
        posting.post(session, actor=bank.actor, draft=draft)
        message = "power cut"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        real_bank.write(crash)

    assert figures(real_bank) == before
