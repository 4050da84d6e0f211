"""Tables that only grow: the database itself refuses to change, remove or replace their rows."""

from sqlalchemy import DDL, Table, event

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
# INSERT OR REPLACE skips delete triggers unless every connection turns recursive triggers on.
_SQLITE_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
"""
_POSTGRESQL_ROW = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
_POSTGRESQL_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def statements(table: str, dialect: str) -> list[str]:
    """Return the statements that seal a table with the primary key ``id`` on one engine."""
    if dialect == "sqlite":
        verbs = [_SQLITE.format(table=table, verb=verb) for verb in ("update", "delete")]
        return [*verbs, _SQLITE_REPLACE.format(table=table)]
    templates = (_POSTGRESQL_FUNCTION, _POSTGRESQL_ROW, _POSTGRESQL_TRUNCATE)
    return [template.format(table=table) for template in templates]


def make_append_only(table: Table) -> None:
    """Seal a table as soon as it is created."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(table.name, dialect):
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)
