"""Balances, days and checkpoints, added up while the entries are read once."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any  # the rows of a driver's cursor

from timebank.ledger.verify.reading_lots import day_number

Rows = Iterator[tuple[Any, ...]]

_BALANCES = """
SELECT a.id, a.kind, a.normal, a.floor, a.community_id,
       b.posted, b.held, b.floor, b.community_id,
       COALESCE((SELECT SUM(h.amount) FROM ledger_hold AS h
                 LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
                 WHERE h.account_id = a.id AND x.hold_id IS NULL), 0)
FROM ledger_account AS a LEFT JOIN ledger_balance AS b ON b.account_id = a.id
"""
_OPEN = "SELECT a.id FROM ledger_account AS a WHERE a.kind = 'open'"
_DAYS = """
SELECT d.account_id, d.on_day, d.debits, d.credits FROM ledger_day AS d
  JOIN ledger_account AS a ON a.id = d.account_id AND a.kind = 'open'
UNION ALL
SELECT d.account_id, d.on_day, d.debits, d.credits FROM ledger_delta AS d
  JOIN ledger_account AS a ON a.id = d.account_id AND a.kind = 'open'
"""
_PERIODS = """
SELECT p.book_id, p.through_on FROM ledger_period AS p ORDER BY p.through_on
"""
_CHECKPOINTS = """
SELECT k.account_id, k.through_on, k.posted FROM ledger_checkpoint AS k
JOIN ledger_account AS a ON a.id = k.account_id
"""
Moved = dict[tuple[int, str], int]  # by account and last day of a period
# By account and day in one number: open accounts have a million of them in years, and a pair with
# a text of its own takes four times as much memory.
MovedByDay = dict[int, int]
DAYS = 1 << 22  # more than there are days in a calendar


class Tally:
    """What transfers come to: debits less credits of each account, and what is kept of them."""

    def __init__(self, select: Callable[[str], Rows]) -> None:
        """Begin with nothing; ``select`` answers a select."""
        self._select = select
        self._open = {account_id for (account_id,) in select(_OPEN)}
        self._periods: dict[int, list[str]] = defaultdict(list)
        for book_id, through_on in select(_PERIODS):
            self._periods[book_id].append(through_on)
        self._debits: MovedByDay = defaultdict(int)  # of open accounts
        self._credits: MovedByDay = defaultdict(int)
        self._posted: dict[int, int] = defaultdict(int)  # of bounded accounts
        self._closed: Moved = defaultdict(int)  # of all, by the end of the day's closed period

    def add(self, book_id: int, day: str, lines: list[tuple[int, int, int]]) -> None:
        """Add the lines of an entry."""
        on_day = day_number(day)
        for debit_id, credit_id, amount in lines:
            if debit_id in self._open:
                self._debits[debit_id * DAYS + on_day] += amount
            else:
                self._posted[debit_id] += amount
            if credit_id in self._open:
                self._credits[credit_id * DAYS + on_day] += amount
            else:
                self._posted[credit_id] -= amount
            if book_id in self._periods:
                self._close(book_id, day, (debit_id, credit_id, amount))

    def _close(self, book_id: int, day: str, line: tuple[int, int, int]) -> None:
        """Add a line to the period that its day is closed in."""
        ends = self._periods[book_id]
        at = bisect_left(ends, day)
        if at < len(ends):
            self._closed[line[0], ends[at]] += line[2]
            self._closed[line[1], ends[at]] -= line[2]

    def is_kept(self) -> bool:
        """Whether balances, days and checkpoints are what the lines come to."""
        return self._are_days_kept() and self._are_balances_kept()

    def _are_days_kept(self) -> bool:
        """Whether the days come to just what was moved: what is kept is taken off, none is left."""
        for account_id, day, debits, credits_ in self._select(_DAYS):
            at = account_id * DAYS + day_number(day)
            if debits != 0:
                self._debits[at] -= debits
            if credits_ != 0:
                self._credits[at] -= credits_
        return not any(self._debits.values()) and not any(self._credits.values())

    def _are_balances_kept(self) -> bool:
        """Whether each bounded account has a row that says what it should, and no open one."""
        signs = {}
        for row in self._select(_BALANCES):
            account_id, kind, normal, floor_due, community_due, posted, held, floor, of, due = row
            signs[account_id] = sign = 1 if normal == "debit" else -1
            posted_due = self._posted.get(account_id, 0) * sign
            if kind == "open":
                is_right = posted is None
            else:
                is_right = (posted, held, floor, of) == (posted_due, due, floor_due, community_due)
                is_right = is_right and posted_due - due >= floor_due
            if not is_right:
                return False
        return self._are_checkpoints_kept(signs)

    def _are_checkpoints_kept(self, signs: dict[int, int]) -> bool:
        """Whether a checkpoint stands where a closed period moved a balance, and only there."""
        due: Moved = {}
        running: dict[int, int] = defaultdict(int)
        for (account_id, through_on), moved in sorted(
            _told(self._closed).items(), key=lambda one: one[0][1]
        ):
            running[account_id] += moved
            due[account_id, through_on] = running[account_id] * signs[account_id]
        kept = {(row[0], row[1]): row[2] for row in self._select(_CHECKPOINTS)}
        return kept == due


def _told(moved: Moved) -> Moved:
    """Return what is not nothing."""
    return {key: amount for key, amount in moved.items() if amount}
