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
    check = CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_whole")
    return check.ddl_if(dialect="sqlite")


def digest_of(column: str) -> CheckConstraint:
    """Return the check that a column holds 32 bytes."""
    return CheckConstraint(f"length({column}) = 32", name=f"{column}_length")
