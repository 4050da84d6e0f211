"""What the ledger's tables have in common: checks of columns, and what the application may do."""

from enum import StrEnum

from sqlalchemy import CheckConstraint

# What the application's role may do on PostgreSQL; the triggers act with their owner's rights.
APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}
READ_ONLY = {"info": {"grants": "SELECT"}}


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return the check that a column holds one of an enumeration's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def whole(column: str) -> CheckConstraint:
    """Return the check that SQLite, which would take 1.5, stores a whole number."""
    check = CheckConstraint(f"typeof({column}) IN ('integer', 'null')", name=f"{column}_whole")
    return check.ddl_if(dialect="sqlite")


def digest_of(column: str) -> tuple[CheckConstraint, CheckConstraint]:
    """Return the checks that a column holds 32 bytes, and on SQLite that they are bytes."""
    length = f"length({column}) = 32"
    return _checks(f"{column}_length", f"{length} AND typeof({column}) = 'blob'", length)


def day_of(column: str, *, or_none: bool = False) -> tuple[CheckConstraint, CheckConstraint]:
    """Return the checks that a column holds a day in the one writing that sorts by time.

    PostgreSQL would take ``infinity`` and SQLite any text: what nobody can read hides from proofs,
    and ``2026-9-30`` comes after every day of a period that is closed.
    """
    within = f"{column} BETWEEN '1900-01-01' AND '2999-12-31'"
    written = f"typeof({column}) = 'text' AND {column} IS date({column})"
    none = f"{column} IS NULL OR " if or_none else ""
    return _checks(f"{column}_day", f"{none}({written} AND {within})", f"{none}{within}")


def moment_of(column: str) -> tuple[CheckConstraint, CheckConstraint]:
    """Return the checks that a column holds a moment, or nothing where that is allowed."""
    digits = "[0-9]" * 6
    written = f"{column} GLOB '????-??-?? ??:??:??.{digits}'"
    real = f"datetime({column}) IS substr({column}, 1, 19)"
    within = f"{column} BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'"
    return _checks(f"{column}_moment", f"{column} IS NULL OR ({written} AND {real})", within)


def id_of(column: str) -> CheckConstraint:
    """Return the check that SQLite keeps an id in one writing: another would be another id."""
    written = f"typeof({column}) = 'text' AND length({column}) = 32"
    check = CheckConstraint(f"{written} AND {column} NOT GLOB '*[^0-9a-f]*'", name=f"{column}_hex")
    return check.ddl_if(dialect="sqlite")


def _checks(name: str, sqlite: str, postgresql: str) -> tuple[CheckConstraint, CheckConstraint]:
    """Return a check in each engine's words."""
    return (
        CheckConstraint(sqlite, name=name).ddl_if(dialect="sqlite"),
        CheckConstraint(postgresql, name=name).ddl_if(dialect="postgresql"),
    )
