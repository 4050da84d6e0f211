"""SQLite is opened safely: it syncs, keeps keys and triggers, and a writer waits at the start.

PostgreSQL may be restarted at any time: who asks next notices nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.statements import statements_of
from timebank.kernel import sqlite
from timebank.kernel.db import (
    db,
    make_engine,
    read_one,
    read_only,
    transaction,
)

SERVED_AT_ONCE = 8  # the threads of ``timebank serve``


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

    journal = "wal" if sqlite.is_sound() else "delete"
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


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_all_threads_of_a_server_keep_their_connections(engine_name: str) -> None:
    opened: list[object] = []
    with real.real_address(engine_name) as address:
        made = make_engine(address)
        event.listen(made, "connect", lambda driver, _: opened.append(driver))
        for _ in range(2):
            with ExitStack() as at_once:
                for _ in range(SERVED_AT_ONCE):
                    at_once.enter_context(made.connect())
        made.dispose()

    assert len(opened) == SERVED_AT_ONCE


@pytest.fixture
def postgres() -> Iterator[None]:
    """The context of an application on a PostgreSQL of its own."""
    with real.real_app("postgresql") as app, app.app_context():
        yield
        db.session.remove()


@pytest.mark.usefixtures("postgres")
@pytest.mark.parametrize("run", [read_only, read_one, transaction])
def test_a_connection_that_was_lost_meanwhile_is_replaced_unseen(
    run: Callable[[Callable[[Session], int]], int],
) -> None:
    lost = run(_backend)
    real.in_postgres(f"SELECT pg_terminate_backend({lost})")

    assert run(_backend) != lost


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_single_statement_leaves_no_transaction_behind(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        found = read_one(lambda session: session.scalar(text("SELECT count(*) FROM job")))
        with statements_of(app) as sent:
            transaction(lambda session: session.execute(text("DELETE FROM job")))

        assert found == 0
        assert sent == ["DELETE FROM job"]
        assert not db.session().in_transaction()


def _backend(session: Session) -> int:
    """Return the number of the server's process behind a connection."""
    return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)
