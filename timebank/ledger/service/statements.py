"""The statements that write entries, one for one entry, and a bulk load for many.

They go to the driver as they stand: a posting is asked for at every counter, and building the same
statement anew each time would cost more than the database takes for it. The database answers a
refusal in words that ``errors.kind_of_refusal`` knows.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any  # the columns of a row, and a driver's cursor
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.kernel.sqlite import CACHE_LARGE, CACHE_USUAL
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import BLOCK_LEAVES
from timebank.ledger.models.tables import ENTRIES, TRANSFERS
from timebank.ledger.rules.seals import SALT_BYTES, moment_text
from timebank.ledger.rules.values import NO_LINKS, EntryDraft, Transfer

_DIGESTS = (("salt", SALT_BYTES), ("words_hash", 32), ("seal", 32))
# Makes the header of a draft, under its seal.
HeadOf = Callable[[EntryDraft], dict[str, Any]]
HEADER = (
    *("id", "community_id", "book_id", "asset", "lines", "kind", "effective_on", "lots_on"),
    "recorded_at",
    *("actor_user_id", "reverses_id", "hold_id", "debt_account_id"),
    *("actor_name", "memo", "document", "reason", *dict(_DIGESTS)),
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
_AT_ONCE = 5_000
# So many as one statement, which is done as a whole or not at all; more are some statements under
# one savepoint, of which SQLite keeps a copy of every page that each of them touches: few of them
# cost little, and the next is made while one is done. What entries share is said once; digests,
# which JSON cannot say, come one after the other.
_SHARED = (
    *("community_id", "recorded_at", "actor_user_id", "actor_name"),
    *("reverses_id", "hold_id", "debt_account_id"),
)
_OWN = (
    *("id", "book_id", "asset", "lines", "kind", "effective_on", "lots_on"),
    *("memo", "document", "reason"),
)
_WIDTH = sum(size for _, size in _DIGESTS)
_POST_MANY_SQLITE = (
    f"INSERT INTO ledger_posting ({', '.join((*_OWN, 'transfers', *dict(_DIGESTS), *_SHARED))})"  # noqa: S608 - likewise
    " SELECT "
    + ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(_OWN) + 1))
    + "".join(
        f", substr(?2, key * {_WIDTH} + {1 + sum(size for _, size in _DIGESTS[:at])}, {size})"
        for at, (_, size) in enumerate(_DIGESTS)
    )
    + "".join(f", ?{at}" for at, _ in enumerate(_SHARED, start=3))
    + " FROM json_each(?1)"
)
# A load touches pages everywhere: of as few as a connection keeps, each is put away and looked for
# again and again in a log that grows with the load.
_CACHE_FROM = 1_000
# The numbers of a load are drawn under the locks of its books and balances, as one entry's is.
_ENTER = "SELECT ledger_enter_book(%s, %s, %s)"
_LOCK = "SELECT count(*) FROM ledger_lock_balances(%s::bigint[])"
_MEASURE = "SELECT ledger_measure(%s)"
LEAF = ("entry_id", "community_id", "block_number", "position", "leaf")
_INSERT_LEAVES = (
    f"INSERT INTO ledger_block_leaf ({', '.join(LEAF)})"  # noqa: S608 - our own column names
    f" VALUES ({', '.join('?' for _ in LEAF)})"
)


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
    values = (*itemgetter(*HEADER)(_as_sqlite_stores(head)), _lines(draft))
    try:
        return Written(connection.exec_driver_sql(_POST_SQLITE, values).scalar_one())
    except IntegrityError as error:
        return Written(0, str(error.orig))


def write_entries(
    session: Session, actor: Actor, drafts: Sequence[EntryDraft], *, recorded_at: datetime
) -> str | None:
    """Write many entries at once, in their order; return the words of refusal, if any.

    The head of each is made when its turn comes: PostgreSQL takes in one while the next is made.
    """

    def head_of(draft: EntryDraft) -> dict[str, Any]:
        return rows.header(actor, draft, NO_LINKS, recorded_at=recorded_at)

    session.flush()
    is_one_statement = session.get_bind().dialect.name == "sqlite" and len(drafts) <= _AT_ONCE
    try:
        with nullcontext() if is_one_statement else session.begin_nested():
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                _load(connection, drafts, head_of, actor.community_id)
            else:
                _insert(connection, drafts, head_of)
    except IntegrityError as error:
        return str(error.orig)
    return None


def write_leaves(session: Session, leaves: Sequence[tuple[UUID, int, int, int, bytes]]) -> None:
    """Write the leaves of a block: entry, community, block, position and seal of each."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _copy(connection, BLOCK_LEAVES, LEAF, leaves)
    else:
        connection.exec_driver_sql(_INSERT_LEAVES, [(leaf[0].hex, *leaf[1:]) for leaf in leaves])


def _insert(connection: Connection, drafts: Sequence[EntryDraft], head_of: HeadOf) -> None:
    """Insert entries, so many as one statement; while it is done, the next is made."""
    parts = [drafts[first : first + _AT_ONCE] for first in range(0, len(drafts), _AT_ONCE)]
    values = _values_of_many(parts[0], head_of)
    with (
        _large_cache(connection) if len(drafts) >= _CACHE_FROM else nullcontext(),
        ThreadPoolExecutor(max_workers=1) as ahead,
    ):
        for part in parts[1:]:
            following = ahead.submit(_values_of_many, part, head_of)
            connection.exec_driver_sql(_POST_MANY_SQLITE, values)
            values = following.result()
        connection.exec_driver_sql(_POST_MANY_SQLITE, values)


@contextmanager
def _large_cache(connection: Connection) -> Iterator[None]:
    """Let SQLite keep more pages of the file while it loads."""
    connection.exec_driver_sql(CACHE_LARGE)
    try:
        yield
    finally:
        connection.exec_driver_sql(CACHE_USUAL)


def _values_of_many(drafts: Sequence[EntryDraft], head_of: HeadOf) -> tuple[object, ...]:
    """Return what the statement takes that writes many: rows, digests, and what all share."""
    digests = itemgetter(*dict(_DIGESTS))
    written: list[tuple[object, ...]] = []
    digested: list[bytes] = []
    for draft in drafts:
        head = head_of(draft)
        written.append(_own(draft))
        digested += digests(head)
    shared = _as_sqlite_stores(head)
    return (json.dumps(written), b"".join(digested), *(shared[name] for name in _SHARED))


def _own(draft: EntryDraft) -> tuple[object, ...]:
    """Return what one of many says for itself, as SQLite stores it: ``_OWN``, then transfers."""
    return (
        draft.id.hex,
        draft.book_id,
        draft.asset.value,
        len(draft.transfers),
        draft.kind,
        draft.effective_on.isoformat(),
        None if draft.lots_on is None else draft.lots_on.isoformat(),
        draft.memo,
        draft.document,
        draft.reason,
        _lines(draft),
    )


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
    _copy(connection, TRANSFERS, TRANSFER, transfers)
    _copy(connection, ENTRIES, HEADER, (columns(head_of(draft)) for draft in drafts))
    connection.exec_driver_sql(_MEASURE, (len(drafts),))


def _copy(
    connection: Connection, table: Table, names: Sequence[str], given: Iterable[Sequence[object]]
) -> None:
    """Load rows in bulk; what the driver says of it is said as by the rest of the house.

    In PostgreSQL's own binary form, which neither side has to write out and to read.
    """
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
    kinds = [str(table.c[name].type.compile(connection.dialect)) for name in names]
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([kind.partition("(")[0].lower() for kind in kinds])
            for row in given:
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


def _as_sqlite_stores(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a header as SQLite stores them."""
    stored = dict(head)
    stored["id"] = head["id"].hex
    stored["effective_on"] = head["effective_on"].isoformat()
    stored["recorded_at"] = moment_text(head["recorded_at"])[:-1].replace("T", " ")
    for name in ("reverses_id", "hold_id"):
        if stored[name] is not None:
            stored[name] = stored[name].hex
    if stored["lots_on"] is not None:
        stored["lots_on"] = stored["lots_on"].isoformat()
    return stored


def _lines(draft: EntryDraft) -> str:
    """Return the transfers of a draft as SQLite takes them in."""
    lines = [f"[{line.debit_id},{line.credit_id},{line.amount}]" for line in draft.transfers]
    return f"[{','.join(lines)}]"
