"""Races of two real connections on PostgreSQL: whoever comes second is refused or waits."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any  # whatever a driver answers
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.ledger.attacks.field import Field, Row, post
from timebank.kernel import ids
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS
from timebank.ledger.models.periods import PERIODS
from timebank.ledger.models.tables import ENTRIES, HOLD_ENDS, HOLDS, TRANSFERS

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND wait_event_type = 'Lock'"


@pytest.fixture
def engine_name() -> str:
    """SQLite has one writer, whom nobody races."""
    return "postgresql"


@dataclass
class Rival:
    """A connection whose statements run beside the others."""

    connection: Connection
    pid: int
    pool: ThreadPoolExecutor

    def starts(self, row: Row, table: str) -> "Future[Any]":
        """Begin to insert a row; it may have to wait for somebody else."""
        known = {"ledger_entry": ENTRIES, "ledger_period": PERIODS, "ledger_block": BLOCKS}
        statement = insert(known.get(table, BLOCK_LEAVES)).values(row)
        return self.pool.submit(self.connection.execute, statement)


@contextmanager
def rival(field: Field, isolation: str = "READ COMMITTED") -> Iterator[Rival]:
    """A connection of the application with a transaction of its own."""
    with field.app.connect() as connection, ThreadPoolExecutor(1) as pool:
        connection.execution_options(isolation_level=isolation)
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        try:
            yield Rival(connection, pid, pool)
        finally:
            # A test that failed has let somebody wait for a lock that nobody will give back.
            with field.real.owner.begin() as owner:
                owner.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pid})
            pool.shutdown()
            connection.rollback()


def waits(field: Field, one: Rival, answer: "Future[Any]") -> bool:
    """Whether a rival stands waiting for a lock, and has got no answer."""
    with field.real.owner.connect() as watcher:
        while not answer.done():
            if watcher.execute(text(WAITS), {"pid": one.pid}).scalar_one():
                return True
            watcher.rollback()
    return False


def a_posting(field: Field, **changed: object) -> tuple[Row, Row]:
    """A header and its line."""
    entry_id = ids.new_id()
    return field.header(entry_id, **changed), field.line(entry_id)


def in_the_owners_book(field: Field, day: date) -> tuple[tuple[Row, Row], Row]:
    """A posting into the owners' book, and the closing of its day."""
    book = {"book_id": field.scene.other_book, "asset": "CNY"}
    head, line = a_posting(field, effective_on=day, **book)
    line |= book | {"debit_id": field.scene.cash, "credit_id": field.scene.fund}
    period = field.period(book_id=field.scene.other_book, number=1, through_on=day)
    return (head, line), period


def in_the_other_community(field: Field, day: date) -> tuple[tuple[Row, Row], Row]:
    """A posting into another community's book, and the closing of its day."""
    other = field.scene.other
    book = {"book_id": other.book_id, "community_id": other.community_id}
    head, line = a_posting(field, effective_on=day, **book)
    line |= book | {"debit_id": other.issuance, "credit_id": other.members[0]}
    return (head, line), field.period(**book, number=1, through_on=day)


def test_a_closing_waits_for_a_posting_and_then_misses_its_voucher(field: Field) -> None:
    posting, period = in_the_owners_book(field, date(2026, 11, 2))
    with rival(field) as first, rival(field) as second:
        post(first.connection, *posting)
        answer = second.starts(period, "ledger_period")
        assert waits(field, second, answer)
        first.connection.commit()
        with pytest.raises(DBAPIError, match="ledger_voucher_missing"):
            answer.result(30)


def test_a_posting_waits_for_a_closing_and_is_then_refused(field: Field) -> None:
    (head, line), period = in_the_other_community(field, date(2026, 10, 2))
    with rival(field) as first, rival(field) as second:
        first.connection.execute(insert(PERIODS).values(period))
        second.connection.execute(insert(TRANSFERS).values(line))
        answer = second.starts(head, "ledger_entry")
        assert waits(field, second, answer)
        first.connection.commit()
        with pytest.raises(DBAPIError, match="ledger_period_closed"):
            answer.result(30)


def test_a_posting_goes_on_when_the_closing_is_taken_back(field: Field) -> None:
    head, line = a_posting(field, effective_on=date(2026, 11, 1))
    with rival(field) as first, rival(field) as second:
        first.connection.execute(insert(PERIODS).values(field.period()))
        second.connection.execute(insert(TRANSFERS).values(line))
        answer = second.starts(head, "ledger_entry")
        assert waits(field, second, answer)
        first.connection.rollback()
        answer.result(30)
        second.connection.rollback()


def test_a_snapshot_from_before_the_closing_does_not_post(field: Field) -> None:
    head, line = a_posting(field, effective_on=date(2026, 11, 1))
    for isolation in ("REPEATABLE READ", "SERIALIZABLE"):
        with rival(field, isolation) as old:
            old.connection.execute(select(ENTRIES.c.id).limit(1))
            with pytest.raises(DBAPIError, match="ledger_isolation"):
                post(old.connection, head, line)


def test_a_line_slipped_under_a_header_that_is_not_committed_dies(field: Field) -> None:
    head, line = a_posting(field)
    with rival(field) as first, rival(field) as second:
        post(first.connection, head, line)
        late = field.line(line["entry_id"], line=2, lines=2)
        second.connection.execute(insert(TRANSFERS).values(late))
        first.connection.commit()
        with pytest.raises(DBAPIError, match="foreign key"):
            second.connection.commit()


def test_two_reversals_at_once_are_one(field: Field) -> None:
    lines = field.bank
    heads = [
        field.header(ids.new_id(), reverses_id=field.scene.first, actor_name=name)
        for name in ("甲", "乙")
    ]
    back = {"debit_id": lines.members[0], "credit_id": lines.issuance, "amount": 40}
    with rival(field) as first, rival(field) as second:
        post(first.connection, heads[0], field.line(heads[0]["id"], **back))
        line = field.line(heads[1]["id"], **back)
        second.connection.execute(insert(TRANSFERS).values(line))
        answer = second.starts(heads[1], "ledger_entry")
        assert waits(field, second, answer)
        first.connection.commit()
        with pytest.raises(DBAPIError, match="reverses_id"):
            answer.result(30)


def _hold(field: Field) -> UUID:
    """Make a hold of member 3 that is committed."""
    row = field.hold(account_id=field.bank.members[2], amount=1)
    with field.app.begin() as connection:
        connection.execute(insert(HOLDS).values(row))
    return UUID(str(row["id"]))


def test_two_captures_at_once_are_one(field: Field) -> None:
    hold_id, bank = _hold(field), field.bank
    heads = [field.header(ids.new_id(), hold_id=hold_id) for _ in range(2)]
    out = {"debit_id": bank.members[2], "credit_id": bank.redeemed, "amount": 1}
    with rival(field) as first, rival(field) as second:
        post(first.connection, heads[0], field.line(heads[0]["id"], **out))
        line = field.line(heads[1]["id"], **out)
        second.connection.execute(insert(TRANSFERS).values(line))
        answer = second.starts(heads[1], "ledger_entry")
        assert waits(field, second, answer)
        first.connection.commit()
        with pytest.raises(DBAPIError, match="hold_id"):
            answer.result(30)


def test_a_hold_made_after_the_snapshot_is_not_ended_without_freeing_it(field: Field) -> None:
    with rival(field, "REPEATABLE READ") as old:
        old.connection.execute(select(HOLDS.c.id).limit(1))
        hold_id = _hold(field)
        with pytest.raises(DBAPIError, match=r"ledger_hold_missing|foreign key"):
            old.connection.execute(insert(HOLD_ENDS).values(field.end(hold_id=hold_id)))
    assert field.drifts() == []


def test_a_leaf_does_not_slip_in_behind_a_block(field: Field) -> None:
    entry_id = field.scene.reversed
    late = field.leaf(entry_id=entry_id, leaf=field.seal(entry_id), position=1)
    with rival(field) as first, rival(field) as second:
        first.connection.execute(insert(BLOCK_LEAVES).values(field.leaf()))
        first.connection.execute(insert(BLOCKS).values(field.block()))
        answer = second.starts(late, "ledger_block_leaf")
        assert waits(field, second, answer)
        first.connection.commit()
        with pytest.raises(DBAPIError, match="ledger_block_sealed"):
            answer.result(30)


def test_a_snapshot_from_before_a_block_adds_no_leaf_to_it(field: Field) -> None:
    entry_id = field.scene.capture
    late = field.leaf(entry_id=entry_id, leaf=field.seal(entry_id), position=2)
    with rival(field, "REPEATABLE READ") as old:
        old.connection.execute(select(ENTRIES.c.id).limit(1))
        with pytest.raises(DBAPIError, match="ledger_isolation"):
            old.connection.execute(insert(BLOCK_LEAVES).values(late))


def test_a_rebuild_does_not_lose_a_hold_that_is_being_made(field: Field) -> None:
    account_id = field.bank.members[0]
    rebuild = text("SELECT ledger_rebuild_account(:account_id)")
    with rival(field) as first, rival(field) as second:
        first.connection.execute(insert(HOLDS).values(field.hold(amount=2)))
        answer = second.pool.submit(second.connection.execute, rebuild, {"account_id": account_id})
        assert waits(field, second, answer)
        first.connection.commit()
        answer.result(30)
        second.connection.commit()
    assert field.drifts() == []


def test_balances_are_locked_in_the_order_of_their_ids(field: Field) -> None:
    low, high = sorted(field.bank.members)[:2]
    head, line = a_posting(field)
    locked = text("SELECT 1 FROM ledger_balance WHERE account_id = :id FOR UPDATE NOWAIT")
    with field.real.owner.connect() as owner, rival(field) as second:
        owner.execute(locked, {"id": high})
        moved = line | {"debit_id": high, "credit_id": low, "amount": 1}
        second.connection.execute(insert(TRANSFERS).values(moved))
        answer = second.starts(head, "ledger_entry")
        assert waits(field, second, answer)
        with field.real.owner.connect() as other, pytest.raises(DBAPIError, match="not obtain"):
            other.execute(locked, {"id": low})
        owner.rollback()
        answer.result(30)
