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
from pathlib import Path
from typing import Any  # the rows of a driver's cursor

from sqlalchemy.orm import Session

import timebank
from timebank.ledger.verify import reading_moves
from timebank.ledger.verify.checks import Subject
from timebank.ledger.verify.reading_lots import ASTRAY, Select
from timebank.ledger.verify.seals_sqlite import HEAD, digests_due

# From so many entries on, what they move is read by a process of its own, on the other core.
MANY = 200_000

_LAST = "SELECT COALESCE(MAX(number), 0) FROM ledger_entry"
_FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"
_ACCOUNTS = "SELECT id, asset, book_id, community_id FROM ledger_account"
_ENTRIES = f"SELECT {', '.join(HEAD)} FROM ledger_entry ORDER BY number"  # noqa: S608 - our own columns
# A line begins as the header of its entry does.
_LINES = """
SELECT entry_id, lines, asset, book_id, community_id, line, debit_id, credit_id, amount
FROM ledger_transfer ORDER BY id
"""


def doubts(session: Session) -> set[Subject]:
    """Return what a reading does not clear."""
    connection: Any = session.connection().connection.driver_connection

    def select(sql: str) -> Iterator[tuple[Any, ...]]:
        rows: Iterator[tuple[Any, ...]] = connection.cursor().execute(sql)
        return rows

    with _moves_beside(select) as child:
        found = _of_entries(select)
        status = reading_moves.doubts(select) if child is None else child.wait()
    return found | _told(status)


def _moves_beside(select: Select) -> AbstractContextManager["subprocess.Popen[bytes] | None"]:
    """Return the process that reads what moves in a large file, or nothing."""
    if next(select(_LAST))[0] < MANY:
        return nullcontext()
    root = str(Path(timebank.__file__).parent.parent)
    return subprocess.Popen(  # noqa: S603 - our own program, no shell, no argument from outside
        [sys.executable, "-m", reading_moves.__name__, next(select(_FILE))[0]],
        env={"PYTHONPATH": root},
    )


def _told(status: int) -> set[Subject]:
    """Return what is in doubt of what moves: everything, when the process broke."""
    lots, sums = reading_moves.LOTS, reading_moves.SUMS
    is_told = status in {0, lots, sums, lots | sums}
    found = {Subject.LOTS} if status & lots or not is_told else set()
    return found | ({Subject.SUMS, Subject.CHECKPOINTS} if status & sums or not is_told else set())


def _of_entries(select: Select) -> set[Subject]:
    """Return what a reading of entries and transfers does not clear."""
    try:
        return _read(select)
    except ASTRAY:
        return set(Subject) - {Subject.LOTS}


def _read(select: Select) -> set[Subject]:
    """Read every entry with its lines; return what is in doubt.

    Raises:
        ASTRAY: a row is out of its place, or does not fit its header or its accounts.
    """
    places = _places(select)
    rows, are_sealed = select(_LINES), True
    for entry in select(_ENTRIES):
        begins, place, moved = entry[:5], entry[2:5], ""
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
            moved += f"{debit_id} {credit_id} {amount}\n"
        are_sealed = are_sealed and digests_due(entry, moved) == entry[-2:]
    if next(rows, None) is not None:
        raise LookupError
    return set() if are_sealed else {Subject.SEALS}


def _places(select: Select) -> dict[int, tuple[Any, ...]]:
    """Return of each account the asset, book and community whose transfers may move it."""
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}  # accounts are many, their places few
    return {row[0]: known.setdefault(row[1:], row[1:]) for row in select(_ACCOUNTS)}
