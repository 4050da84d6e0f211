"""The statements that write entries, one for one entry, and a bulk load for many.

They go to the driver as they stand: a posting is asked for at every counter, and building the same
statement anew each time would cost more than the database takes for it. The database answers a
refusal in words that ``errors.kind_of_refusal`` knows.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date
from operator import itemgetter
from typing import Any  # the columns of a row, and a driver's cursor
from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from timebank.ledger.rules.seals import SALT_BYTES
from timebank.ledger.rules.values import EntryDraft, Transfer

# Makes the header row of a draft, under its seal.
HeadOf = Callable[[EntryDraft], Mapping[str, Any]]
HEADER = (
    *("id", "community_id", "book_id", "asset", "lines", "kind", "effective_on", "lots_on"),
    "recorded_at",
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
    " RETURNING (SELECT number FROM ledger_entry AS e WHERE e.id = ledger_posting.id)"
)
_AT_ONCE = 50_000
# Many as one statement, which is done as a whole or not at all: under a savepoint SQLite would keep
# a copy of every page that each entry touches. Digests, which JSON cannot say, come one after the
# other in a second value.
_DIGESTS = (("salt", SALT_BYTES), ("words_hash", 32), ("seal", 32))
_WORDS = [name for name in HEADER if name not in dict(_DIGESTS)]
_WIDTH = sum(size for _, size in _DIGESTS)
_POST_MANY_SQLITE = (
    f"INSERT INTO ledger_posting ({', '.join((*_WORDS, 'transfers', *dict(_DIGESTS)))}) SELECT "  # noqa: S608 - likewise
    + ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(_WORDS) + 1))
    + "".join(
        f", substr(?2, key * {_WIDTH} + {1 + sum(size for _, size in _DIGESTS[:at])}, {size})"
        for at, (_, size) in enumerate(_DIGESTS)
    )
    + " FROM json_each(?1)"
)
# The numbers of a load are drawn under the locks of its books and balances, as one entry's is.
_ENTER = "SELECT ledger_enter_book(%s, %s, %s)"
_LOCK = "SELECT count(*) FROM ledger_lock_balances(%s::bigint[])"
_MEASURE = "SELECT ledger_measure(%s)"
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
    values = _sqlite_values(HEADER, draft, head)
    try:
        return Written(connection.exec_driver_sql(_POST_SQLITE, values).scalar_one())
    except IntegrityError as error:
        return Written(0, str(error.orig))


def write_entries(
    session: Session, drafts: Sequence[EntryDraft], head_of: HeadOf, *, community_id: int
) -> str | None:
    """Write many entries at once, in their order; return the words of refusal, if any.

    The head of each is made when its turn comes: PostgreSQL takes in one while the next is made.
    """
    session.flush()
    is_one_statement = session.get_bind().dialect.name == "sqlite" and len(drafts) <= _AT_ONCE
    try:
        with nullcontext() if is_one_statement else session.begin_nested():
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                _load(connection, drafts, head_of, community_id)
            else:
                for first in range(0, len(drafts), _AT_ONCE):
                    _insert(connection, drafts[first : first + _AT_ONCE], head_of)
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


def _insert(connection: Connection, drafts: Sequence[EntryDraft], head_of: HeadOf) -> None:
    """Insert entries as one statement."""
    rows, digests = [], []
    for draft in drafts:
        head = head_of(draft)
        rows.append(_sqlite_values(_WORDS, draft, head))
        digests += [head[name] for name, _ in _DIGESTS]
    connection.exec_driver_sql(_POST_MANY_SQLITE, (json.dumps(rows), b"".join(digests)))


def _load(
    connection: Connection, drafts: Sequence[EntryDraft], head_of: HeadOf, community_id: int
) -> None:
    """Load the rows in bulk; the headers, which seal, come last."""
    transfers = (
        _transfer(community_id, draft, line, moved)
        for draft in drafts
        for line, moved in enumerate(draft.transfers, start=1)
    )
    columns = itemgetter(*HEADER)
    _lock(connection, drafts, community_id)
    _copy(connection, _COPY_TRANSFERS, transfers)
    _copy(connection, _COPY_ENTRIES, (columns(head_of(draft)) for draft in drafts))
    connection.exec_driver_sql(_MEASURE, (len(drafts),))


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


def _lock(connection: Connection, drafts: Sequence[EntryDraft], community_id: int) -> None:
    """Lock the books and balances that a load moves, in the order of their ids."""
    first: dict[int, date] = {}
    for draft in drafts:
        first[draft.book_id] = min(draft.effective_on, first.get(draft.book_id, draft.effective_on))
    for book_id in sorted(first):
        connection.exec_driver_sql(_ENTER, (book_id, community_id, first[book_id]))
    lines = [line for draft in drafts for line in draft.transfers]
    ids = {line.debit_id for line in lines} | {line.credit_id for line in lines}
    connection.exec_driver_sql(_LOCK, (sorted(ids),))


def _transfer(
    community_id: int, draft: EntryDraft, line: int, moved: Transfer
) -> tuple[object, ...]:
    """Return the row of one transfer."""
    return (
        *(community_id, draft.book_id, draft.id, line, len(draft.transfers), draft.asset.value),
        *(moved.debit_id, moved.credit_id, moved.amount),
    )


def _sqlite_values(
    names: Sequence[str], draft: EntryDraft, head: Mapping[str, Any]
) -> tuple[object, ...]:
    """Return columns of a header as SQLite stores them, and its transfers."""
    at = head["recorded_at"].astimezone(UTC).replace(tzinfo=None)
    stored = {
        **head,
        "id": draft.id.hex,
        "effective_on": draft.effective_on.isoformat(),
        "lots_on": None if draft.lots_on is None else draft.lots_on.isoformat(),
        "recorded_at": at.isoformat(sep=" ", timespec="microseconds"),
        "reverses_id": None if head["reverses_id"] is None else head["reverses_id"].hex,
        "hold_id": None if head["hold_id"] is None else head["hold_id"].hex,
    }
    lines = [f"[{line.debit_id},{line.credit_id},{line.amount}]" for line in draft.transfers]
    return (*map(stored.__getitem__, names), f"[{','.join(lines)}]")
