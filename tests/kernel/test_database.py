"""SQLite is opened safely: it syncs, keeps keys and triggers, and a writer waits at the start."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from tests.make import real
from timebank.kernel.db import bundled_sqlite_is_sound, make_engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    with real.real_address("sqlite") as address:
        made = make_engine(address)
        yield made
        made.dispose()


def test_every_connection_is_made_safe(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "foreign_keys", "recursive_triggers", "journal_mode")
        }

    journal = "wal" if bundled_sqlite_is_sound() else "delete"
    assert found == {
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "journal_mode": journal,
    }


def test_a_writer_takes_the_lock_when_it_begins(engine: Engine) -> None:
    with engine.connect() as first, engine.connect().execution_options(reads_only=True) as second:
        first.exec_driver_sql("SELECT 1")
        second.exec_driver_sql("PRAGMA busy_timeout=0")
        with pytest.raises(OperationalError, match="locked"):
            second.exec_driver_sql("DELETE FROM job")
