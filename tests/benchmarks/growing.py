"""Books of any size, loaded as they would be had the verbs written them, and kept between runs.

The owner loads in bulk with the triggers off, some chunks of acts at a time; then keys are asked
for that nothing has asked for yet. ``tests.benchmarks.test_short`` holds the rows to what the verbs
write for the same acts.
"""

import gc
import hashlib
import json
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any  # rows, and drivers' connections

import psycopg
from sqlalchemy import make_url

from tests.benchmarks import grown, places, plan, raw
from tests.benchmarks.clients import ROOT
from tests.benchmarks.grown import DaySums, Grown, Rendered
from tests.benchmarks.harness import BenchSettings
from tests.benchmarks.plan import Plan
from timebank.kernel import clock

CHUNK = 20_000
AHEAD = 6
_SOURCES = (
    "timebank/ledger/models",
    "timebank/ledger/rules",
    "tests/benchmarks/plan.py",
    "tests/benchmarks/grown.py",
)
_OFF_SQLITE = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000")


@dataclass(frozen=True, slots=True)
class Books:
    """Where books of some size are, for the application's role."""

    address: str
    grown: Grown


def kept(settings: BenchSettings, engine_name: str, count: int) -> Books:
    """Return books of so many transfers: those of an earlier run, or new ones."""
    name = f"books_{count}_{_fingerprint()}"
    note = settings.folder / f"{name}.{engine_name}.json"
    address = _address(settings, engine_name, name)
    if not note.exists():
        _forget_others(settings, engine_name, count)
        _make_place(settings, engine_name, name)
        places.build(address)
        found = _grow(address, count)
        note.write_text(json.dumps(found.document()))
    return Books(places.as_application(address), grown.grown_of(json.loads(note.read_text())))


def _fingerprint() -> str:
    """Return a name for all that the rows depend on."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _address(settings: BenchSettings, engine_name: str, name: str) -> str:
    """Return the owner's address of kept books."""
    if engine_name == "sqlite":
        return f"sqlite:///{settings.folder / name}.db"
    return settings.postgres().address(name)


def _make_place(settings: BenchSettings, engine_name: str, name: str) -> None:
    """Make room; what a load that was broken off has left goes first."""
    if engine_name == "sqlite":
        for file in settings.folder.glob(f"{name}.db*"):
            file.unlink()
    else:
        places.run_as_admin(settings.postgres(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        places.run_as_admin(settings.postgres(), f"CREATE DATABASE {name}")


def _forget_others(settings: BenchSettings, engine_name: str, count: int) -> None:
    """Drop books of this size that were made from other sources."""
    for note in settings.folder.glob(f"books_{count}_*.{engine_name}.json"):
        name = note.name.split(".")[0]
        if engine_name == "sqlite":
            for file in settings.folder.glob(f"{name}.db*"):
                file.unlink()
        else:
            places.run_as_admin(settings.postgres(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        note.unlink()


def _grow(address: str, count: int) -> Grown:
    """Fill empty tables with the history of so many acts."""
    ends_on = clock.today() - timedelta(days=1)
    decided = plan.make_plan(count, ends_on)
    opened = places.within(address, partial(grown.open_books, decided=decided))
    if make_url(address).get_backend_name() == "sqlite":
        _load_sqlite(address, decided, opened)
    else:
        _load_postgresql(address, decided, opened)
    return opened


def _chunks(count: int) -> list[tuple[int, int]]:
    """Return first act and end of each chunk."""
    return [(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]


def _rendered(decided: Plan, opened: Grown) -> Iterator[Rendered]:
    """Yield the rows of all chunks in order, rendered by as many processes as there are cores.

    A few chunks ahead and no more: all of them would not fit into memory.
    """
    grown.at_hand = (decided, opened)
    waiting: deque[Any] = deque()
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), gc.disable) as pool:
        for span in _chunks(decided.count):
            waiting.append(pool.apply_async(grown.render_stored, span))
            if len(waiting) > AHEAD:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()


def _load_sqlite(address: str, decided: Plan, opened: Grown) -> None:
    """Insert all rows without triggers and indexes, and put both back."""
    connection = raw.open_sqlite(make_url(address).database or "")
    for pragma in _OFF_SQLITE:
        connection.execute(f"PRAGMA {pragma}")
    tables = [f"'{name}'" for name in grown.LOADED]
    told = (
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger'"
        f" OR type = 'index' AND tbl_name IN ({', '.join(tables)}))"
    )
    taken_off = connection.execute(told).fetchall()
    for kind, name, _ in taken_off:
        connection.execute(f"DROP {kind} {name}")
    days = grown.Days()
    for chunk in _rendered(decided, opened):
        connection.execute("BEGIN")
        for table, columns, rows in chunk.tables:
            if rows:
                connection.executemany(raw.insert_statement(table, columns), rows)
        connection.execute("COMMIT")
        days.add(chunk.days)
    connection.execute("BEGIN")
    for statement, values in grown.derived_on_sqlite(decided, opened, days):
        connection.executemany(statement, values)
    for _, _, sql in taken_off:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
    connection.close()


def _load_postgresql(address: str, decided: Plan, opened: Grown) -> None:
    """Copy all rows, each process its own chunks, with the triggers off for these sessions."""
    dsn = _dsn(address)
    grown.at_hand = (decided, opened)
    days = grown.Days()
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), gc.disable) as pool:
        for part in pool.imap_unordered(partial(_copy_chunk, dsn), _chunks(decided.count)):
            days.add(part)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        with connection.cursor() as cursor:
            for statement, values in grown.derived_on_postgresql(decided, opened, days):
                cursor.executemany(statement, values)
        for statement in grown.numbers_on_postgresql():
            connection.execute(statement.encode())
        for statement in grown.orphans():
            assert connection.execute(statement.encode()).fetchone() is None, statement
        connection.execute("VACUUM ANALYZE")


def _dsn(address: str) -> str:
    """Return the address as the driver itself takes it."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


def _copy_chunk(dsn: str, span: tuple[int, int]) -> DaySums:
    """Copy the rows of one chunk in a transaction of its own; return what its days add up to."""
    chunk = grown.render(*span)
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        for table, columns, rows in chunk.tables:
            statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            with cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
    return chunk.days
