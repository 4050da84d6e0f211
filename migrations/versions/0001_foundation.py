"""The first shape of the house: every table, index and trigger of release 0.1.

The statements stand beside this file, one script for each engine, because triggers and some
constraints are written differently on each. They never change after a release.
"""

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEPARATOR = "\n-- next\n"


def upgrade():
    bind = op.get_bind()
    script = Path(__file__).with_name(f"0001_foundation.{bind.dialect.name}.sql")
    for statement in script.read_text(encoding="utf-8").split(SEPARATOR):
        bind.exec_driver_sql(statement.replace("%", "%%") if bind.dialect.name == "postgresql" else statement)


def downgrade():
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        names = bind.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        ).all()
        for name in names:
            bind.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        functions = bind.scalars(
            text(
                "SELECT p.oid::regprocedure::text FROM pg_proc p "
                "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
            )
        ).all()
        for name in functions:
            bind.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
        return
    bind.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    names = bind.scalars(
        text(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
        )
    ).all()
    for name in bind.scalars(text("SELECT name FROM sqlite_master WHERE type = 'view'")).all():
        bind.exec_driver_sql(f'DROP VIEW "{name}"')
    triggers = bind.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    for name in triggers:
        bind.exec_driver_sql(f'DROP TRIGGER "{name}"')
    # The newest first: a table whose rows go with another's must be gone before what both refer to.
    for name in reversed(names):
        bind.exec_driver_sql(f'DROP TABLE "{name}"')
