"""Peers without a ledger: the same rows by the bare driver, into tables that ask nothing."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any  # a driver's connection

import psycopg
from sqlalchemy import Table, make_url
from sqlalchemy.orm import Session

from tests.benchmarks import books
from tests.benchmarks.books import Scene
from timebank.kernel import clock, sqlite
from timebank.kernel.db import make_engine
from timebank.ledger.models.lots import LOT_USES, LOTS
from timebank.ledger.models.tables import ENTRIES, TRANSFERS

_PROVED = (ENTRIES, TRANSFERS, LOTS, LOT_USES)
Rows = Mapping[Table, Sequence[Mapping[str, Any]]]
Loader = Callable[[Rows], Callable[[], None]]


def open_sqlite(path: str) -> Any:
    """Return the driver's connection: WAL and synchronous FULL as ours, foreign keys off."""
    connection = sqlite.driver.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(sqlite.CACHE_USUAL)  # as ours
    return connection


def make_bare(address: str, scene: Scene) -> None:
    """Create the bare tables, with a balance of each member as a verb would find it."""
    engine = make_engine(address)
    with engine.begin() as connection:
        books.bare_tables(connection, scene)
    engine.dispose()


class Writer:
    """Writes all rows that one transfer leaves behind: five statements between BEGIN and COMMIT."""

    def __init__(self, path: str, scene: Scene) -> None:
        self._connection = open_sqlite(path)
        self._scene = scene
        made = books.draft(scene, scene.sources[0], scene.members[0], 1)
        # The digests of all entries are alike: a peer that seals nothing computes none.
        self._header = books.header_row(scene, made, recorded_at=clock.now())

    def write(self, source_id: int, member_id: int, minutes: int) -> None:
        """Write one transfer and commit it."""
        made = books.draft(self._scene, source_id, member_id, minutes)
        head = {**self._header, "id": made.id, "recorded_at": clock.now()}
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for table, row in books.written(self._scene, made, head):
            execute(*_insert(table, row))
        for statement, values in books.moves_on_sqlite(made):
            execute(statement, values)
        execute("COMMIT")


def _insert(table: Table, row: Mapping[str, Any]) -> tuple[str, tuple[object, ...]]:
    """Return the statement that inserts a row, and its values."""
    return insert_statement(table.name, tuple(row)), tuple(map(books.sqlite_value, row.values()))


def insert_statement(table: str, columns: Sequence[str]) -> str:
    """Return the statement that inserts rows with these columns."""
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


def loader(address: str) -> Loader:
    """Return what prepares rows for a bulk load and returns the load itself."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        connection = open_sqlite(url.database or "")
        connection.execute(sqlite.CACHE_LARGE)  # as our load does
        return _SqliteLoader(connection).prepared
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return _PostgresLoader(psycopg.connect(dsn)).prepared


class _SqliteLoader:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def prepared(self, rows: Rows) -> Callable[[], None]:
        """Return the load of these rows by executemany, in one transaction."""
        loads = [
            (
                insert_statement(table.name, tuple(found[0])),
                [tuple(map(books.sqlite_value, row.values())) for row in found],
            )
            for table, found in rows.items()
        ]

        def load() -> None:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, values in loads:
                self._connection.executemany(statement, values)
            self._connection.execute("COMMIT")

        return load


class _PostgresLoader:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def prepared(self, rows: Rows) -> Callable[[], None]:
        """Return the load of these rows by COPY, in one transaction."""
        loads = [
            (
                f"COPY {table.name} ({', '.join(found[0])}) FROM STDIN",
                [tuple(row.values()) for row in found],
            )
            for table, found in rows.items()
        ]

        def load() -> None:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for statement, values in loads:
                    with cursor.copy(statement.encode()) as copy:
                        for row in values:
                            copy.write_row(row)

        return load


def read_everything(session: Session) -> int:
    """Read entries, transfers, lots and their uses as fast as the driver can; return how much."""
    connection: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        return sum(
            1
            for table in _PROVED
            for _ in connection.cursor().execute(f"SELECT * FROM {table.name}")
        )
    size = 0
    for table in _PROVED:
        with connection.cursor() as cursor:
            statement = f"COPY {table.name} TO STDOUT (FORMAT binary)"
            with cursor.copy(statement.encode()) as copy:
                size += sum(map(len, copy))
    return size


def root_of(leaves: list[bytes]) -> bytes:
    """Return the tree hash of leaves (RFC 6962, section 2.1), pair by pair, level by level."""
    sha256 = hashlib.sha256
    while len(leaves) > 1:
        odd = leaves[len(leaves) & ~1 :]
        pairs = zip(leaves[::2], leaves[1::2], strict=False)
        leaves = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return leaves[0]
