"""What the tables of co-funding are made of: checks, and refusals that both engines know."""

from enum import StrEnum

from sqlalchemy import DDL, CheckConstraint, Table, event

from timebank.cofund.rules.projects import AMOUNT_FEN_MAX
from timebank.kernel.db import Base
from timebank.kernel.refusals import never_emptied


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that keeps a column to its enumeration."""
    listed = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def amount(column: str = "amount_fen", *, low: int = 1) -> CheckConstraint:
    """Return the CHECK that keeps an amount within reason."""
    return CheckConstraint(f"{column} BETWEEN {low} AND {AMOUNT_FEN_MAX}", name=column)


def refuse(table: Table, *, name: str, when: str, condition: str) -> None:
    """Let both engines refuse a row change under the same condition.

    Where rows are not deleted, PostgreSQL does not empty the table at one stroke either.
    """
    event.listen(
        table,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
            f"CREATE TRIGGER {name} BEFORE {when} ON {table.name} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        ).execute_if(dialect="sqlite"),
    )
    answer = "OLD" if when == "DELETE" else "NEW"
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{name}' USING ERRCODE = '23514'; END IF; "
        f"RETURN {answer}; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE {when} ON {table.name} FOR EACH ROW "
        f"EXECUTE FUNCTION {name}()"
    )
    for statement in (function, trigger):
        ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        event.listen(table, "after_create", ddl.execute_if(dialect="postgresql"))
    if when == "DELETE":
        never_emptied(table, name)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model."""
    table = model.__table__
    assert isinstance(table, Table)  # models are tables; this tells the type checker
    return table
