"""How a rule is proved: a select of the rows that break it, told as findings.

A select marks where it can be held to one community by ``/* of x */``, ``x`` being the table's
alias. It finds nothing in right books, so its rows are few and their number is bounded.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any  # the values of a row
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding

# How many rows a single rule names at most.
FOUND_MAX = 10_000

_SCOPE = re.compile(r"/\* of (\w+) \*/")
_UUIDS = frozenset({"entry_id", "first_id", "hold_id", "captured_by_id"})
_MONTH = {
    "postgresql": r"date_trunc('month', \1)::date",
    "sqlite": r"date(\1, 'start of month')",
}
_MONTH_OF = re.compile(r"month_of\(([\w.]+)\)")
_YEAR = {
    "postgresql": r"date_part('year', \1)::smallint",
    "sqlite": r"CAST(substr(\1, 1, 4) AS integer)",
}
_YEAR_OF = re.compile(r"year_of\(([\w.]+)\)")

Row = Mapping[str, Any]


class Subject(StrEnum):
    """What can be cleared as a whole, so that nobody asks which row is wrong."""

    ENTRIES = "entries"
    SUMS = "sums"
    CHECKPOINTS = "checkpoints"
    SEALS = "seals"
    LOTS = "lots"
    ERASED = "erased"
    DEBTS = "debts"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule as data: who breaks it, and how that is told."""

    table: str
    rule: str
    row: str
    is_value: str
    should_be: str
    sql: str

    def findings(self, session: Session, community_id: int | None) -> Iterator[Finding]:
        """Yield every row that breaks the rule."""
        for row in rows(session, self.sql, community_id):
            yield Finding(
                self.table,
                self.row.format(**row),
                self.is_value.format(**row),
                self.should_be.format(**row),
                self.rule,
                row["community_id"],
            )


def dialect_of(session: Session) -> str:
    """Return the name of a session's engine."""
    return session.get_bind().dialect.name


def rows(
    session: Session, sql: str, community_id: int | None, *, limit: int | None = FOUND_MAX
) -> Iterator[Row]:
    """Yield the rows of a select, held to one community when it is named."""
    text = scoped(sql, community_id)
    text = _MONTH_OF.sub(_MONTH[dialect_of(session)], text)
    text = _YEAR_OF.sub(_YEAR[dialect_of(session)], text)
    if limit is not None:
        # Found as a whole: whoever plans for the first rows alone expects them soon, and uses one
        # core, although in right books there are none.
        text = f"WITH found AS MATERIALIZED ({text}) SELECT * FROM found LIMIT {limit}"  # noqa: S608 - our own select
    found = session.connection().exec_driver_sql(text)
    names = list(found.keys())
    for values in found:
        yield {name: _shown(name, value) for name, value in zip(names, values, strict=True)}


def scoped(sql: str, community_id: int | None) -> str:
    """Return a select held to one community where it says so."""
    of_one = "" if community_id is None else rf" AND \1.community_id = {community_id:d}"
    return _SCOPE.sub(of_one, sql)


def _shown(name: str, value: object) -> object:
    """Return ids and digests alike from both engines."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if name in _UUIDS and isinstance(value, str):
        return UUID(value)
    return value
