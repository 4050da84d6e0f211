"""Lots, moved once more while entries are read once, beside the rows that were kept of them.

Of each account the lots with something left stand in order, as three numbers each: a book of
millions must fit. Whoever gives back to a lot, or undoes one, asks for it: that is rare.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any  # the rows of a driver's cursor

from timebank.kernel import sqlite

Rows = Iterator[tuple[Any, ...]]
Select = Callable[[str], Rows]
# With what a reading ends at a row that is out of its place, or none that the writer wrote.
ASTRAY = (
    *(StopIteration, TypeError, ValueError, LookupError, AttributeError, OverflowError),
    sqlite.driver.Error,
)

_WITH_LOTS = "SELECT id FROM ledger_account WHERE restriction IS NOT NULL"
_LOTS = "SELECT id, account_id, entry_id, earned_on, amount FROM ledger_lot ORDER BY id"
_USES = "SELECT entry_id, lot_id, amount FROM ledger_lot_use ORDER BY id"
# In the order in which they stand: to sort them would take memory, to trust an index no proof.
_LEFT = """
SELECT account_id, earned_on, id, remaining FROM ledger_lot NOT INDEXED WHERE remaining <> 0
"""
_COHORTS = "SELECT account_id, year, remaining FROM ledger_cohort"
_TAKEN = """
SELECT l.id, l.earned_on, u.amount FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
WHERE u.entry_id = '{entry_id}' AND l.account_id = {account_id:d}
"""
_OWN = "SELECT id FROM ledger_lot WHERE entry_id = '{entry_id}' AND account_id = {account_id:d}"
WIDTH = 3  # day, lot, what is left


@cache
def day_number(day: str) -> int:
    """Return the number of a day as it is kept.

    Raises:
        ValueError: it is none, or written in another way.
    """
    known = date.fromisoformat(day)
    if known.isoformat() != day:
        raise ValueError(day)
    return known.toordinal()


class Shelves:
    """The lots of all accounts, moved entry by entry."""

    def __init__(self, select: Select) -> None:
        """Begin with none; ``select`` answers a select."""
        self._select = select
        self._lots, self._uses = select(_LOTS), select(_USES)
        self._left: dict[int, array[int]] = {row[0]: array("q") for row in select(_WITH_LOTS)}

    def move(self, entry_id: str, day: str, first_id: str | None, nets: dict[int, int]) -> bool:
        """Move lots by what an entry comes to on its accounts; return whether this was kept."""
        uses: dict[int, int] = {}
        born = 0
        for account_id, net in nets.items():
            if account_id not in self._left:
                continue
            if net < 0:
                self._take(account_id, first_id, -net, uses)
            elif net and not (first_id and self._give_back(account_id, first_id, uses)):
                born += 1
        return self._are_born(entry_id, day, born, nets) and self._are_used(entry_id, uses)

    def _are_born(self, entry_id: str, day: str, count: int, nets: dict[int, int]) -> bool:
        """Read on to so many new lots; return whether they are what the entry brought."""
        for _ in range(count):
            lot_id, account_id, of, earned_on, amount = next(self._lots)
            if of != entry_id or earned_on != day or nets.pop(account_id) != amount:
                return False
            self._put(account_id, day_number(day), lot_id, amount)
        return True

    def _are_used(self, entry_id: str, uses: dict[int, int]) -> bool:
        """Read on to as many uses; return whether they are these."""
        for _ in range(len(uses)):
            of, lot_id, amount = next(self._uses)
            if of != entry_id or uses.pop(lot_id) != amount:
                return False
        return True

    def _put(self, account_id: int, day: int, lot_id: int, amount: int) -> None:
        """Add to a lot what is new in it, in its place."""
        left = self._left[account_id]
        at = len(left)
        while at and left[at - 3] >= day and (left[at - 3], left[at - 2]) > (day, lot_id):
            at -= WIDTH
        if at and left[at - 2] == lot_id:
            left[at - 1] += amount
        elif at == len(left):
            left.append(day)
            left.append(lot_id)
            left.append(amount)
        else:
            left[at:at] = array("q", (day, lot_id, amount))

    def _take(self, account_id: int, first_id: str | None, need: int, uses: dict[int, int]) -> None:
        """Take from the lot of the undone entry, then from the oldest."""
        left = self._left[account_id]
        if first_id:
            for (own,) in self._select(_OWN.format(entry_id=first_id, account_id=account_id)):
                at = next((i for i in range(0, len(left), WIDTH) if left[i + 1] == own), None)
                need -= 0 if at is None else self._take_at(left, at, need, uses)
        while need:  # a lack of lots is an index out of range, and doubtful
            need -= self._take_at(left, 0, need, uses)

    @staticmethod
    def _take_at(left: "array[int]", at: int, need: int, uses: dict[int, int]) -> int:
        """Take from one lot; return how much."""
        there = left[at + 2]
        part = min(there, need)
        uses[left[at + 1]] = part
        if part == there:
            del left[at : at + WIDTH]
        else:
            left[at + 2] = there - part
        return part

    def _give_back(self, account_id: int, first_id: str, uses: dict[int, int]) -> bool:
        """Give back what an undone entry took from an account; return whether it took any."""
        asked = _TAKEN.format(entry_id=first_id, account_id=account_id)
        taken = list(self._select(asked))
        for lot_id, earned_on, amount in taken:
            self._put(account_id, day_number(earned_on), lot_id, amount)
            uses[lot_id] = -amount
        return bool(taken)

    def are_right(self) -> bool:
        """Whether all that was kept was read, and just the lots with something left say so.

        And whether what is left of a year is kept so.
        """
        if any(next(one, None) for one in (self._lots, self._uses)):
            return False
        missing = sum(map(len, self._left.values())) // WIDTH
        by_year: dict[tuple[int, int], int] = defaultdict(int)
        for account_id, earned_on, lot_id, remaining in self._select(_LEFT):
            left = self._left[account_id]
            at = _place(left, day_number(earned_on), lot_id)
            if left[at + 1] != lot_id or left[at + 2] != remaining:
                return False
            by_year[account_id, int(earned_on[:4])] += remaining
            missing -= 1
        for account_id, year, remaining in self._select(_COHORTS):
            by_year[account_id, year] -= remaining
        return missing == 0 and not any(by_year.values())


def _place(left: "array[int]", day: int, lot_id: int) -> int:
    """Return where a lot stands in its account, or would."""
    places = range(0, len(left), WIDTH)
    return WIDTH * bisect_left(places, (day, lot_id), key=lambda at: (left[at], left[at + 1]))
