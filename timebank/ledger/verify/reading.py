"""One reading of all entries, as SQLite's one writer wrote them: what it clears needs no question.

The rows of entries and transfers, of lots and their uses lie in the order in which they were
written, so that cursors side by side read each of them once. Whoever finds a row out of its place,
or a figure that does not follow, only doubts; the proof in doubt is then asked in full, and names
the rows. After a rebuild, whose lots lie behind all others, lots are in doubt and always asked for.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any  # the rows of a driver's cursor

from sqlalchemy.orm import Session

import timebank
from timebank.ledger.rules.seals import LEAF_TITLE
from timebank.ledger.verify import reading_lots
from timebank.ledger.verify.reading_lots import ASTRAY, Select
from timebank.ledger.verify.reading_sums import Tally

# From so many entries on, lots are read by a process of their own, on the other core.
MANY = 200_000

_LAST = "SELECT COALESCE(MAX(number), 0) FROM ledger_entry"
_FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"
_ACCOUNTS = "SELECT id, asset, book_id, community_id FROM ledger_account"
_ENTRIES = """
SELECT id, lines, asset, book_id, community_id, effective_on, reverses_id,
       kind, recorded_at, actor_user_id, hold_id, debt_account_id,
       actor_name, memo, document, reason, salt, words_hash, seal,
       COALESCE(' ' || lots_on, '')
FROM ledger_entry ORDER BY number
"""
# A line begins as the header of its entry does.
_LINES = """
SELECT entry_id, lines, asset, book_id, community_id, line, debit_id, credit_id, amount
FROM ledger_transfer ORDER BY id
"""


class Subject(StrEnum):
    """What a reading can clear."""

    ENTRIES = "entries"
    SUMS = "sums"
    SEALS = "seals"
    LOTS = "lots"


def doubts(session: Session) -> set[Subject]:
    """Return what a reading does not clear."""
    connection: Any = session.connection().connection.driver_connection

    def select(sql: str) -> Iterator[tuple[Any, ...]]:
        rows: Iterator[tuple[Any, ...]] = connection.cursor().execute(sql)
        return rows

    with _lots_beside(select) as child:
        found = _of_entries(select)
        are_lots_kept = _are_lots_kept(select) if child is None else child.wait() == 0
    return found if are_lots_kept else {*found, Subject.LOTS}


def _lots_beside(select: Select) -> AbstractContextManager["subprocess.Popen[bytes] | None"]:
    """Return the process that reads the lots of a large file, or nothing."""
    if next(select(_LAST))[0] < MANY:
        return nullcontext()
    root = str(Path(timebank.__file__).parent.parent)
    return subprocess.Popen(  # noqa: S603 - our own program, no shell, no argument from outside
        [sys.executable, "-m", reading_lots.__name__, next(select(_FILE))[0]],
        env={"PYTHONPATH": root},
    )


def _are_lots_kept(select: Select) -> bool:
    try:
        return reading_lots.are_kept(select)
    except ASTRAY:
        return False


def _of_entries(select: Select) -> set[Subject]:
    """Return what a reading of entries and transfers does not clear."""
    try:
        return _read(select)
    except ASTRAY:
        return {Subject.ENTRIES, Subject.SUMS, Subject.SEALS}


def _read(select: Select) -> set[Subject]:
    """Read every entry with its lines; return what is in doubt.

    Raises:
        ASTRAY: a row is out of its place, or does not fit its header or its accounts.
    """
    places = _places(select)
    tally, rows, are_sealed = Tally(select), select(_LINES), True
    for entry in select(_ENTRIES):
        begins, place, lines, moved = entry[:5], entry[2:5], [], ""
        for number in range(1, entry[1] + 1):
            row = next(rows)
            *_, line, debit_id, credit_id, amount = row
            if (
                row[:5] != begins
                or line != number
                or places[debit_id] != place
                or places[credit_id] != place
                or debit_id == credit_id
                or amount <= 0
            ):
                raise LookupError
            lines.append((debit_id, credit_id, amount))
            moved += f"{debit_id} {credit_id} {amount}\n"
        are_sealed = are_sealed and _is_sealed(entry, moved)
        tally.add(entry[3], entry[5], lines)
    if next(rows, None) is not None:
        raise LookupError
    found = set() if are_sealed else {Subject.SEALS}
    return found if tally.is_kept() else {*found, Subject.SUMS}


def _places(select: Select) -> dict[int, tuple[Any, ...]]:
    """Return of each account the asset, book and community whose transfers may move it."""
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}  # accounts are many, their places few
    return {row[0]: known.setdefault(row[1:], row[1:]) for row in select(_ACCOUNTS)}


def _is_sealed(entry: tuple[Any, ...], moved: str) -> bool:
    """Whether the digests of an entry follow from what it says, as ``rules.seals`` has it."""
    (
        entry_id, _, asset, book_id, community_id, day, first_id, kind, at, user_id, hold_id,
        debt_id, actor, memo, document, reason, salt, words_hash, seal, carried,
    ) = entry  # fmt: skip
    leaf = (
        f"\0{LEAF_TITLE}\n{entry_id}\n{community_id}\n{book_id}\n{asset}\n{kind}\n{day}{carried}\n"
        f"{at[:10]}T{at[11:]}Z\n{'-' if user_id is None else user_id}\n{first_id or '-'}\n"
        f"{hold_id or '-'}\n{'-' if debt_id is None else debt_id}\n{words_hash.hex()}\n{moved}"
    )
    if sha256(leaf.encode()).digest() != seal:
        return False
    words = (
        f"{len(actor)}:{actor}{len(memo)}:{memo}{len(document)}:{document}{len(reason)}:{reason}"
    )
    return not salt or sha256(salt + words.encode()).digest() == words_hash
