"""The statements that write entries, one for one entry, and a bulk load for many.

They go to the driver as they stand: a posting is asked for at every counter, and building the same
statement anew each time would cost more than the database takes for it. The database answers a
refusal in words that ``errors.kind_of_refusal`` knows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any  # the columns of a row, and a driver's cursor
from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from timebank.ledger.rules.values import EntryDraft, Transfer

HEADER = (
    *("id", "community_id", "book_id", "asset", "lines", "kind", "effective_on", "recorded_at"),
    *("actor_user_id", "reverses_id", "hold_id", "debt_account_id"),
    *("actor_name", "memo", "document", "reason", "salt", "words_hash", "seal"),
)
TRANSFER = (
    *("community_id", "book_id", "entry_id", "line", "lines", "asset"),
    *("debit_id", "credit_id", "amount"),
)
_POSTED = [name for name in HEADER if name != "lines"]
_POST_POSTGRESQL = (
    f"SELECT new_number, refusal FROM ledger_post({', '.join(f'%({one})s' for one in _POSTED)},"  # noqa: S608 - our own column names
    " %(debit_ids)s::bigint[], %(credit_ids)s::bigint[], %(amounts)s::bigint[])"
)
_POST_SQLITE = (
    f"INSERT INTO ledger_posting ({', '.join(HEADER)}, transfers)"  # noqa: S608 - our own column names
    f" VALUES ({', '.join('?' for _ in HEADER)}, ?)"
)
_NUMBER_SQLITE = "SELECT number FROM ledger_entry WHERE id = ?"
_COPY_TRANSFERS = f"COPY ledger_transfer ({', '.join(TRANSFER)}) FROM STDIN"
LEAF = ("entry_id", "community_id", "block_number", "position", "leaf")
_COPY_LEAVES = f"COPY ledger_block_leaf ({', '.join(LEAF)}) FROM STDIN"
_INSERT_LEAVES = (
    f"INSERT INTO ledger_block_leaf ({', '.join(LEAF)})"  # noqa: S608 - our own column names
    f" VALUES ({', '.join('?' for _ in LEAF)})"
)
_COPY_ENTRIES = f"COPY ledger_entry ({', '.join(HEADER)}) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an entry: its number, or the database's words of refusal."""

    number: int
    refusal: str | None = None


def write_entry(session: Session, draft: EntryDraft, head: Mapping[str, Any]) -> Written:
    """Write one entry with its transfers; a refusal leaves the transaction as it was."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lines = {
            "debit_ids": [line.debit_id for line in draft.transfers],
            "credit_ids": [line.credit_id for line in draft.transfers],
            "amounts": [line.amount for line in draft.transfers],
        }
        row = connection.exec_driver_sql(_POST_POSTGRESQL, {**head, **lines}).one()
        return Written(row[0] or 0, row[1])
    try:
        connection.exec_driver_sql(_POST_SQLITE, _sqlite_values(draft, head))
    except IntegrityError as error:
        return Written(0, str(error.orig))
    number = connection.exec_driver_sql(_NUMBER_SQLITE, (draft.id.hex,)).scalar_one()
    return Written(int(number))


def write_entries(
    session: Session, posted: Sequence[tuple[EntryDraft, Mapping[str, Any]]]
) -> str | None:
    """Write many entries at once, in their order; return the words of refusal, if any."""
    write = _load if session.get_bind().dialect.name == "postgresql" else _insert
    try:
        with session.begin_nested():
            write(session.connection(), posted)
    except IntegrityError as error:
        return str(error.orig)
    return None


def write_leaves(session: Session, rows: Sequence[tuple[UUID, int, int, int, bytes]]) -> None:
    """Write the leaves of a block: entry, community, block, position and seal of each."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _copy(connection, _COPY_LEAVES, rows)
    else:
        connection.exec_driver_sql(_INSERT_LEAVES, [(row[0].hex, *row[1:]) for row in rows])


def _insert(connection: Connection, posted: Sequence[tuple[EntryDraft, Mapping[str, Any]]]) -> None:
    """Insert the entries one after the other."""
    rows = [_sqlite_values(draft, head) for draft, head in posted]
    connection.exec_driver_sql(_POST_SQLITE, rows)


def _load(connection: Connection, posted: Sequence[tuple[EntryDraft, Mapping[str, Any]]]) -> None:
    """Load the rows in bulk; the headers, which seal, come last."""
    transfers = (
        _transfer(draft, head, line, moved)
        for draft, head in posted
        for line, moved in enumerate(draft.transfers, start=1)
    )
    _copy(connection, _COPY_TRANSFERS, transfers)
    _copy(connection, _COPY_ENTRIES, ([head[name] for name in HEADER] for _, head in posted))


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Load rows in bulk; what the driver says of it is said as by the rest of the house."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        is_lost = driver.closed
        wrapped = DBAPIError.instance(
            "COPY", None, error, psycopg.Error, hide_parameters=True, connection_invalidated=is_lost
        )
        raise wrapped from error


def _transfer(
    draft: EntryDraft, head: Mapping[str, Any], line: int, moved: Transfer
) -> tuple[object, ...]:
    """Return the row of one transfer."""
    return (
        *(head["community_id"], draft.book_id, draft.id, line, head["lines"], head["asset"]),
        *(moved.debit_id, moved.credit_id, moved.amount),
    )


def _sqlite_values(draft: EntryDraft, head: Mapping[str, Any]) -> tuple[object, ...]:
    """Return a header as SQLite stores it, and its transfers."""
    at = head["recorded_at"].astimezone(UTC).replace(tzinfo=None)
    stored = {
        **head,
        "effective_on": draft.effective_on.isoformat(),
        "recorded_at": at.isoformat(sep=" ", timespec="microseconds"),
    }
    lines = [(line.debit_id, line.credit_id, line.amount) for line in draft.transfers]
    return (*(_stored(stored[name]) for name in HEADER), json.dumps(lines))


def _stored(value: object) -> object:
    return value.hex if isinstance(value, UUID) else value
