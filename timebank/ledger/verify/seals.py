"""The proof of seals: everything a sealed row says is digested again.

Entries are many. PostgreSQL writes and digests their leaves itself, so that only wrong ones come
out; SQLite hands its rows to a tight loop. Both write what ``rules.seals`` defines, and a test
holds them to it.
"""

from collections.abc import Iterator
from typing import Any  # the columns of a row

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.freezes import FREEZES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES, WORDS, facts_of
from timebank.ledger.models.periods import PERIODS
from timebank.ledger.models.tables import ACCOUNTS, BOOKS, HOLD_ENDS, HOLDS, seal_of
from timebank.ledger.verify import seals_sqlite
from timebank.ledger.verify.checks import dialect_of, rows
from timebank.ledger.verify.seals_postgresql import DIGESTS
from timebank.ledger.verify.seals_sqlite import Wrong

RULE_SEAL = "a row's seal follows from what it says"
RULE_HOLD_ERASED = "an erased hold and its end have no words, and are else as they were"
RULE_WORDS = "the digest of an entry's words follows from the words and their salt"

BATCH = 1000
# The tables whose rows are sealed one by one, and how a row of each is named.
_SEALED = (
    (BOOKS, "id {id} ({code})"),
    (ACCOUNTS, "id {id} ({code})"),
    (HOLDS, "id {id}"),
    (HOLD_ENDS, "hold_id {hold_id}"),
    (PERIODS, "book_id {book_id}, number {number}"),
    (ERASURES, "entry_id {entry_id}"),
    (HOLD_ERASURES, "hold_id {hold_id}"),
    (FREEZES, "id {id}"),
)
_HOLD_OF = {HOLDS: HOLDS.c.id, HOLD_ENDS: HOLD_ENDS.c.hold_id}


def of_tables(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield every row beside entries that does not match its seal."""
    for table, named in _SEALED:
        yield from _of_table(session, table, named, community_id)
    yield from _of_erased_holds(session, community_id)


def of_entries(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield every entry that does not match its seal."""
    if dialect_of(session) == "postgresql":
        columns = ("entry_id", "number", "community_id", "seal", "seal_due", "words", "words_due")
        found = rows(session, DIGESTS, community_id)
        wrong: Iterator[Wrong] = (tuple(row[name] for name in columns) for row in found)
    else:
        wrong = seals_sqlite.wrong_entries(session, community_id)
    for one in wrong:
        yield from _of_entry(*one)


def _of_entry(  # noqa: PLR0917 - the columns of a row, in their order
    entry_id: object,
    number: int,
    community_id: int,
    seal: str,
    seal_due: str,
    words: str,
    words_due: str | None,
) -> Iterator[Finding]:
    """Yield what is wrong with the digests of an entry; erased words have none due."""
    name = f"id {entry_id} (number {number})"
    if seal != seal_due:
        told = f"seal {seal}", f"seal {seal_due}"
        yield Finding("ledger_entry", name, *told, RULE_SEAL, community_id)
    if words_due is not None and words != words_due:
        told = f"words_hash {words}", f"words_hash {words_due}"
        yield Finding("ledger_entry", name, *told, RULE_WORDS, community_id)


def _of_table(
    session: Session, table: Table, named: str, community_id: int | None
) -> Iterator[Finding]:
    """Yield the rows of a table that do not match their seal; a capture has its entry's.

    An erased hold and its end are held by their erasure.
    """
    chosen = select(table)
    if table in _HOLD_OF:
        erased = select(HOLD_ERASURES.c.hold_id)
        chosen = chosen.where(_HOLD_OF[table].not_in(erased))
    if table is HOLD_ENDS:
        chosen = chosen.where(table.c.entry_id.is_(None))
    if community_id is not None:
        chosen = chosen.where(table.c.community_id == community_id)
    for found in session.execute(chosen, execution_options={"yield_per": BATCH}).mappings():
        row: dict[str, Any] = {str(key): value for key, value in found.items()}
        due = seal_of(table, row)
        if row["seal"] != due:
            told = f"seal {row['seal'].hex()}", f"seal {due.hex()}"
            name = named.format(**row)
            yield Finding(table.name, name, *told, RULE_SEAL, row["community_id"])


def _of_erased_holds(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield the erasures whose hold, or its end, has words or says something else than it did."""
    parts = [column.label(f"{table.name}.{column.name}") for table in WORDS for column in table.c]
    chosen = select(HOLD_ERASURES.c.hold_id, HOLD_ERASURES.c.community_id, HOLD_ERASURES.c.facts)
    chosen = chosen.add_columns(*parts).select_from(
        HOLD_ERASURES.outerjoin(HOLDS, HOLDS.c.id == HOLD_ERASURES.c.hold_id).outerjoin(
            HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLD_ERASURES.c.hold_id
        )
    )
    if community_id is not None:
        chosen = chosen.where(HOLD_ERASURES.c.community_id == community_id)
    for row in session.execute(chosen, execution_options={"yield_per": BATCH}).mappings():
        hold, end = (
            {column.name: row[f"{table.name}.{column.name}"] for column in table.c}
            for table in (HOLDS, HOLD_ENDS)
        )
        due = facts_of(hold, end)
        said = sum(len(hold[name] or "") for name in WORDS[HOLDS])
        said += sum(len(end[name] or "") for name in WORDS[HOLD_ENDS])
        if said or due != row["facts"] or hold["community_id"] != row["community_id"]:
            told = (
                f"facts {due.hex()}, {said} characters of words",
                f"facts {row['facts'].hex()}, no words",
            )
            name = f"hold_id {row['hold_id']}"
            yield Finding(HOLD_ERASURES.name, name, *told, RULE_HOLD_ERASED, row["community_id"])
