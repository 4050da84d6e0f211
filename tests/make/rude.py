"""What an owner of the database can do who switches every guard off."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text


@contextmanager
def unguarded(owner: Engine) -> Iterator[Connection]:
    """A transaction without triggers, keys and checks; rolled back unless it is committed.

    PostgreSQL keeps its checks and unique keys.
    """
    with owner.connect() as connection:
        if owner.dialect.name == "sqlite":
            _switch_off(connection)
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def _switch_off(connection: Connection) -> None:
    """Drop SQLite's triggers and let it check nothing."""
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    chosen = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger_%'"
    for (name,) in connection.execute(text(chosen)).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
