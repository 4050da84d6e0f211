"""How tables refuse by name what cannot be said in metadata.

Each refusal's text begins with the name of the rule, the same on both engines; ``service`` turns
the names of races into their messages.
"""

from collections.abc import Iterable

from sqlalchemy import DDL, Table, event


def among(values: Iterable[str]) -> str:
    """Return a list of SQL text literals in brackets."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def listen(table: Table, statement: str, dialect: str) -> None:
    """Run a statement after a table is created on one engine; ``%`` stands for itself."""
    ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", ddl)


def refuse_on_sqlite(table: Table, name: str, moment: str, condition: str) -> None:
    """Add a trigger that refuses by name whatever meets a condition."""
    suffix = moment.split()[1].lower()
    listen(
        table,
        f"CREATE TRIGGER {name}_{suffix} {moment} ON {table.name} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
        "sqlite",
    )


_EMPTIED = """
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
"""


def guard_on_postgresql(table: Table, name: str, moment: str, body: str) -> None:
    """Add a trigger function whose body may raise; ``NEW`` or ``OLD`` goes on when it does not.

    Where it guards rows from deletion, the table is not emptied at one stroke either.
    """
    answer = "OLD" if "DELETE" in moment else "NEW"
    listen(
        table,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$\n"
        f"BEGIN\n{body}\n  RETURN {answer};\nEND $guard$",
        "postgresql",
    )
    listen(
        table,
        f"CREATE TRIGGER {name} {moment} ON {table.name} FOR EACH ROW EXECUTE FUNCTION {name}()",
        "postgresql",
    )
    if "DELETE" in moment:
        never_emptied(table, name)


def never_emptied(table: Table, name: str) -> None:
    """Refuse TRUNCATE, which asks the triggers of no row, on the only engine that knows it."""
    listen(table, _EMPTIED, "postgresql")
    listen(
        table,
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {table.name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()",
        "postgresql",
    )


def raises(name: str, condition: str) -> str:
    """Return PL/pgSQL that refuses by name what meets a condition."""
    return (
        f"  IF {condition} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END IF;"
    )
