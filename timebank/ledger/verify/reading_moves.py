"""What entries move, read once beside what was kept of it: lots, balances, days and checkpoints.

``python -m timebank.ledger.verify.reading_moves FILE`` reads in a process of its own, on a snapshot
of its own; how it ends says what is in doubt.
"""

import sys
from pathlib import Path

from timebank.kernel import sqlite
from timebank.ledger.verify.reading_lots import ASTRAY, Select, Shelves
from timebank.ledger.verify.reading_sums import Tally

# What is in doubt, as it is told by how a process ends: 1 is how a broken program does.
LOTS, SUMS = 2, 4

_ENTRIES = (
    "SELECT id, lines, book_id, effective_on, COALESCE(lots_on, effective_on), reverses_id"
    " FROM ledger_entry ORDER BY number"
)
_LINES = "SELECT entry_id, debit_id, credit_id, amount FROM ledger_transfer ORDER BY id"


def doubts(select: Select) -> int:
    """Return what a reading of everything that moves does not clear."""
    try:
        return _read(select)
    except ASTRAY:
        return LOTS | SUMS


def _read(select: Select) -> int:
    """Move all that entries move; return what was not kept just so.

    Raises:
        ASTRAY: a line is out of its place.
    """
    tally, shelves, lines = Tally(select), Shelves(select), select(_LINES)
    are_lots_kept = True
    for entry_id, count, book_id, on_day, lots_on, first_id in select(_ENTRIES):
        moved: list[tuple[int, int, int]] = []
        nets: dict[int, int] = {}
        for _ in range(count):
            of, debit_id, credit_id, amount = next(lines)
            if of != entry_id:
                raise LookupError
            moved.append((debit_id, credit_id, amount))
            nets[debit_id] = nets.get(debit_id, 0) - amount
            nets[credit_id] = nets.get(credit_id, 0) + amount
        tally.add(book_id, on_day, moved)
        if are_lots_kept:
            are_lots_kept = _is_kept(shelves, entry_id, lots_on, first_id, nets)
    if next(lines, None) is not None:
        raise LookupError
    return (0 if tally.is_kept() else SUMS) | (0 if are_lots_kept and _are_right(shelves) else LOTS)


def _is_kept(
    shelves: Shelves, entry_id: str, lots_on: str, first_id: str | None, nets: dict[int, int]
) -> bool:
    """Whether lots moved as an entry moves them; sums are read on, whatever came of that."""
    try:
        return shelves.move(entry_id, lots_on, first_id, nets)
    except ASTRAY:
        return False


def _are_right(shelves: Shelves) -> bool:
    try:
        return shelves.are_right()
    except ASTRAY:
        return False


def main() -> int:
    """Read the file that is named; 0 when nothing is in doubt."""
    address = f"{Path(sys.argv[1]).as_uri()}?mode=ro"
    connection = sqlite.driver.connect(address, uri=True, isolation_level=None)
    connection.execute("BEGIN")  # one snapshot for all cursors
    try:
        return doubts(lambda sql: connection.cursor().execute(sql))
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
