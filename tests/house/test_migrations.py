"""The migrations make exactly what the models say, on both engines, and can be undone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.make import migration, real
from timebank.app import create_app
from timebank.cli import schema
from timebank.kernel import grants
from timebank.kernel.db import make_engine

_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"
_POSTGRES = """
SELECT 'column', table_name || '.' || column_name,
       data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', c.conrelid::regclass || '.' || conname, pg_get_constraintdef(c.oid)
  FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public'
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', p.proname, p.prosrc || p.prosecdef
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
"""


def _shape(engine: Engine) -> set[tuple[str, str, str]]:
    query = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRES
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return {
        (str(kind), str(name), " ".join(str(body).split()))
        for kind, name, body in rows
        if "alembic" not in str(name)
    }


@contextmanager
def _empty(engine_name: str) -> Iterator[Engine]:
    """An engine on a database without a single table."""
    name = f"empty_{engine_name}"
    if engine_name == "sqlite":
        path = real.folder() / f"{name}.db"
        engine = make_engine(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        path.unlink()
        return
    real.in_postgres(f"CREATE DATABASE {name}")
    engine = make_engine(real.database_address(name))
    yield engine
    engine.dispose()
    real.in_postgres(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def migrated(engine_name: str) -> Iterator[Engine]:
    create_app(real.test_settings("sqlite://"))
    with _empty(engine_name) as engine:
        schema.upgrade(engine)
        yield engine


def test_migrations_make_what_the_models_say(migrated: Engine, engine_name: str) -> None:
    with real.real_address(engine_name, role=None) as address:
        modelled = make_engine(address)
        want, have = _shape(modelled), _shape(migrated)
        modelled.dispose()
    assert want - have == set()
    assert have - want == set()


def test_the_first_migration_can_be_undone_and_done_again(migrated: Engine) -> None:
    before = _shape(migrated)
    schema.downgrade(migrated, "base")
    assert _shape(migrated) == set()
    schema.upgrade(migrated)
    assert _shape(migrated) == before


def test_the_database_is_at_the_newest_revision(migrated: Engine) -> None:
    assert schema.current(migrated) == schema.head()


def test_the_application_makes_no_tables_not_even_for_a_moment(
    migrated: Engine, engine_name: str
) -> None:
    """A table of its own would be found before ours, and triggers on it would run as the owner."""
    if engine_name == "sqlite":
        return  # SQLite knows no roles
    address = real.database_address(str(migrated.url.database), role=grants.APP_ROLE)
    application = make_engine(address)
    for table in ("TEMP TABLE own", "TABLE public.own"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            application.begin() as connection,
        ):
            connection.execute(text(f"CREATE {table} (id int)"))
    application.dispose()


def test_what_refuses_to_be_deleted_is_not_emptied_at_one_stroke_either() -> None:
    made = "\n".join(migration.statements("postgresql"))
    kept = set(re.findall(r"BEFORE [A-Z ]*\bDELETE ON (\w+)", made))

    assert len(kept) > 100
    assert kept - set(re.findall(r"\bTRUNCATE ON (\w+)", made)) == set()
