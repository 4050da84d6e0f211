"""Lots played again: the entries of an account in their order, as the triggers moved its lots."""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # the rows of a driver
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding

RULE_LOT = "every net credit of an account with a restriction is a lot, unless it was given back"
RULE_USE = "a net debit takes from the lot it undoes, then from the oldest; undoing gives it back"
RULE_SHORT = "the lots of an account suffice for what was taken"

_NETS = """
SELECT a.id, e.number, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on),
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END)
FROM ledger_account AS a
JOIN (SELECT credit_id AS account_id, entry_id, credit_id, amount FROM ledger_transfer
        WHERE credit_id IN ({ids})
      UNION ALL SELECT debit_id, entry_id, credit_id, amount FROM ledger_transfer
        WHERE debit_id IN ({ids})) AS t ON t.account_id = a.id
JOIN ledger_entry AS e ON e.id = t.entry_id
WHERE a.id IN ({ids}) AND a.restriction IS NOT NULL
GROUP BY a.id, e.number, e.id, e.reverses_id, e.effective_on, e.lots_on
ORDER BY a.id, e.number
"""
_LOTS = """
SELECT account_id, entry_id, earned_on, amount, remaining FROM ledger_lot
WHERE account_id IN ({ids})
"""
_USES = """
SELECT l.account_id, u.entry_id, l.entry_id, u.amount FROM ledger_lot_use AS u
JOIN ledger_lot AS l ON l.id = u.lot_id WHERE l.account_id IN ({ids})
"""
_ACCOUNTS = "SELECT id, code, community_id FROM ledger_account WHERE id IN ({ids})"

LotFacts = tuple[Any, int, int]  # day, amount, remaining
UseKey = tuple[Any, Any]  # the entry that used, the entry of the lot


@dataclass(slots=True)
class _Lots:
    """The lots of one account and what was taken from them."""

    lots: dict[Any, LotFacts] = field(default_factory=dict)
    uses: dict[UseKey, int] = field(default_factory=dict)
    short: dict[Any, int] = field(default_factory=dict)


class _Play:
    """Moves the lots of one account, entry by entry."""

    def __init__(self) -> None:
        """Begin with no lots."""
        # A lot is a list: day, turn, entry, amount, remaining.
        self.all: list[list[Any]] = []
        self.open: list[list[Any]] = []
        self.taken: dict[Any, list[tuple[list[Any], int]]] = defaultdict(list)
        self.short: dict[Any, int] = {}

    def move(self, entry_id: object, first_id: object, day: object, net: int) -> None:
        """Move the lots by one entry."""
        if net > 0 and first_id is not None and self.taken.get(first_id):
            for lot, amount in list(self.taken[first_id]):
                self._use(entry_id, lot, -amount)
        elif net > 0:
            lot = [day, len(self.all), entry_id, net, net]
            self.all.append(lot)
            insort(self.open, lot)
        elif net < 0:
            self._take(entry_id, first_id, -net)

    def _take(self, entry_id: object, first_id: object, need: int) -> None:
        """Take from the lot of the undone entry, then from the oldest."""
        order = self.open
        if first_id is not None:
            order = sorted(order, key=lambda lot: lot[2] != first_id)
        gone = []
        for lot in order:
            part = min(lot[4], need)
            self._use(entry_id, lot, part, is_listed=False)
            need -= part
            if not lot[4]:
                gone.append(lot[1])
            if not need:
                break
        if gone:
            self.open = [lot for lot in self.open if lot[1] not in gone]
        if need:
            self.short[entry_id] = need

    def _use(
        self, entry_id: object, lot: list[Any], amount: int, *, is_listed: bool = True
    ) -> None:
        """Write a use; a lot that gets something back is open again."""
        if is_listed and not lot[4]:
            insort(self.open, lot)
        lot[4] -= amount
        self.taken[entry_id].append((lot, amount))

    def result(self) -> _Lots:
        """Return the rows that there should be."""
        uses = {(entry, lot[2]): part for entry, parts in self.taken.items() for lot, part in parts}
        return _Lots({lot[2]: (lot[0], lot[3], lot[4]) for lot in self.all}, uses, self.short)


def findings(session: Session, account_ids: Sequence[int]) -> Iterator[Finding]:
    """Yield the lots and uses of some accounts that are not as they should be."""
    named = {row[0]: (row[1], row[2]) for row in _rows(session, _ACCOUNTS, account_ids)}
    for account_id, should, stored in _both(session, account_ids):
        code, community_id = named[account_id]
        yield from _differences(f"account_id {account_id} ({code})", community_id, should, stored)


def wrong_accounts(session: Session, account_ids: Sequence[int]) -> set[int]:
    """Return which of some accounts have lots or uses that are not as they should be."""
    return {
        account_id
        for account_id, should, stored in _both(session, account_ids)
        if (should.lots, should.uses) != (stored.lots, stored.uses)
    }


def _both(session: Session, account_ids: Sequence[int]) -> Iterator[tuple[int, _Lots, _Lots]]:
    """Yield each account with the lots that there should be and those that are stored."""
    plays: dict[int, _Play] = defaultdict(_Play)
    for account_id, _, entry_id, first_id, day, net in _rows(session, _NETS, account_ids):
        plays[account_id].move(entry_id, first_id, day, int(net))
    stored: dict[int, _Lots] = defaultdict(_Lots)
    for account_id, entry_id, day, amount, remaining in _rows(session, _LOTS, account_ids):
        stored[account_id].lots[entry_id] = (day, amount, remaining)
    for account_id, entry_id, lot_entry_id, amount in _rows(session, _USES, account_ids):
        stored[account_id].uses[entry_id, lot_entry_id] = amount
    for account_id in account_ids:
        yield account_id, plays[account_id].result(), stored[account_id]


def _rows(session: Session, sql: str, account_ids: Collection[int]) -> Iterator[Sequence[Any]]:
    """Yield the rows of some accounts."""
    listed = ", ".join(f"{one:d}" for one in account_ids)
    yield from session.connection().exec_driver_sql(sql.format(ids=listed))


def _differences(name: str, community_id: int, should: _Lots, stored: _Lots) -> Iterator[Finding]:
    """Yield what differs between two sets of lots."""
    for entry_id in _keys(should.lots, stored.lots):
        row = f"{name}, entry_id {_id(entry_id)}"
        is_value = _lot_words(stored.lots.get(entry_id))
        due = _lot_words(should.lots.get(entry_id))
        yield Finding("ledger_lot", row, is_value, due, RULE_LOT, community_id)
    for key in _keys(should.uses, stored.uses):
        row = f"{name}, entry_id {_id(key[0])}, lot of entry {_id(key[1])}"
        is_value, due = _use_words(stored.uses.get(key)), _use_words(should.uses.get(key))
        yield Finding("ledger_lot_use", row, is_value, due, RULE_USE, community_id)
    for entry_id, amount in should.short.items():
        row = f"{name}, entry_id {_id(entry_id)}"
        told = f"{amount} more taken than there was", "enough in its lots"
        yield Finding("ledger_lot", row, *told, RULE_SHORT, community_id)


def _keys(should: Mapping[Any, object], stored: Mapping[Any, object]) -> list[Any]:
    """Return the keys whose values differ, in a steady order."""
    keys = should.keys() | stored.keys()
    return sorted((key for key in keys if should.get(key) != stored.get(key)), key=str)


def _lot_words(facts: LotFacts | None) -> str:
    if facts is None:
        return "no lot"
    return f"earned on {facts[0]}, amount {facts[1]}, remaining {facts[2]}"


def _use_words(amount: int | None) -> str:
    return "no use" if amount is None else f"amount {amount}"


def _id(value: object) -> UUID:
    """Return an entry's id alike from both engines."""
    return value if isinstance(value, UUID) else UUID(str(value))
