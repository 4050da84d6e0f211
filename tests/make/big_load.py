"""The owner's bulk load for large test ledgers: guards off, rows in, guards on again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any  # the values of a row, and a driver's cursor
from uuid import UUID

from sqlalchemy import Connection, text

from timebank.kernel.db import db

KEYS = {
    "ledger_entry": "number",
    "ledger_transfer": "id",
    "ledger_lot": "id",
    "ledger_lot_use": "id",
}
Rows = Mapping[str, Sequence[Sequence[Any]]]


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Switch every trigger and key off in one transaction, which is committed at the end."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        yield
        connection.execute(text("SET session_replication_role = origin"))
        for table, key in KEYS.items():
            last = f"(SELECT max({key}) FROM {table})"
            sequence = f"pg_get_serial_sequence('{table}', '{key}')"
            connection.execute(text(f"SELECT setval({sequence}, {last})"))
        connection.commit()
        return
    chosen = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
        " AND tbl_name <> 'ledger_posting'"
    )
    triggers = connection.execute(text(chosen)).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)
    connection.commit()


def load(connection: Connection, rows: Rows) -> None:
    """Write rows of whole tables, each in the order of its columns."""
    for name, found in rows.items():
        if not found:
            continue
        columns = [column.name for column in db.metadata.tables[name].columns]
        listed = ", ".join(columns)
        if connection.dialect.name == "postgresql":
            _copy(connection, f"COPY {name} ({listed}) FROM STDIN", found)
        else:
            marks = ", ".join("?" for _ in columns)
            statement = f"INSERT INTO {name} ({listed}) VALUES ({marks})"
            plain = [tuple(_stored(value) for value in row) for row in found]
            connection.exec_driver_sql(statement, plain)


def _copy(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _stored(value: object) -> object:
    """Return a value as SQLite stores it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        plain = value.astimezone(UTC).replace(tzinfo=None)
        return plain.isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
