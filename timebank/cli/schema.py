"""Bringing the database to the present shape, on SQLite and PostgreSQL."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from timebank.kernel.db import db
from timebank.kernel.grants import APP_ROLE, grant_all

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations; on PostgreSQL give the application's role its grants."""
    command.upgrade(_config(engine), revision)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            ensure_role(connection)
            grant_all(connection, db.metadata)
            connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}"))


def ensure_role(connection: Connection) -> None:
    """Let PostgreSQL know the application's role."""
    known = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    if connection.scalar(known, {"name": APP_ROLE}) is None:
        connection.execute(text(f"CREATE ROLE {APP_ROLE} LOGIN"))


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to a revision."""
    command.downgrade(_config(engine), revision)


@cache
def head() -> str | None:
    """Return the newest revision that this version knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def current(engine: Engine) -> str | None:
    """Return the revision that the database has."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def lacking(engine: Engine) -> list[str]:
    """Return the tables and columns of this version that the database has not, by name.

    A database of the same revision lacks some when it was made before the revision was released.
    """
    found = {
        name: {column["name"] for column in columns}
        for (_, name), columns in inspect(engine).get_multi_columns().items()
    }
    return [
        f"{table.name}.{column.name}" if table.name in found else table.name
        for table in db.metadata.sorted_tables
        for column in table.columns
        if column.name not in found.get(table.name, ())
    ]


def complaint(session: Session) -> str | None:
    """Return what is wrong with the database's shape, if anything."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return "the database has no tables of a release; run timebank init"
    revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision == head() else f"database is at {revision}, should be at {head()}"
