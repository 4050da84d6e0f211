"""Plain books: what the ledger should do, written again without a database, for comparison."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(slots=True)
class PlainAccount:
    """An account: its book and asset, its sign for debits, its floor (None when open)."""

    book: int
    asset: str
    debit_sign: int
    floor: int | None
    posted: int = 0
    held: int = 0

    @property
    def left(self) -> int:
        assert self.floor is not None
        return self.posted - self.held - self.floor


@dataclass(slots=True)
class PlainHold:
    """A hold: on which account, how much, until when, whether it is still open."""

    account: int
    amount: int
    expires_at: datetime | None
    is_open: bool = True


Line = tuple[int, int, int]


@dataclass(slots=True)
class PlainEntry:
    """An entry: its lines and what undid it."""

    lines: list[Line]
    is_reversal: bool = False
    is_reversed: bool = False


@dataclass(slots=True)
class PlainBooks:
    """Accounts by id, entries and holds; each act answers a refusal's code or None."""

    accounts: dict[int, PlainAccount] = field(default_factory=dict)
    entries: dict[UUID, PlainEntry] = field(default_factory=dict)
    holds: dict[UUID, PlainHold] = field(default_factory=dict)

    def change(self, lines: list[Line]) -> dict[int, int]:
        """What lines do to each account on its own side."""
        change: dict[int, int] = {}
        for debit, credit, amount in lines:
            for key, sign in ((debit, 1), (credit, -1)):
                step = sign * self.accounts[key].debit_sign * amount
                change[key] = change.get(key, 0) + step
        return change

    def misfit(self, book: int, lines: list[Line]) -> str | None:
        if any(debit == credit for debit, credit, _ in lines):
            return "ledger_same_account"
        moved = [self.accounts[key] for line in lines for key in line[:2]]
        if any(one.book != book for one in moved):
            return "ledger_cross_book"
        if any(one.asset != moved[0].asset for one in moved):
            return "ledger_cross_asset"
        return None

    def apply(self, entry_id: UUID, lines: list[Line]) -> str | None:
        change = self.change(lines)
        for key, step in change.items():
            if self.accounts[key].floor is not None and self.accounts[key].left + step < 0:
                return "ledger_insufficient_balance"
        for key, step in change.items():
            self.accounts[key].posted += step
        self.entries[entry_id] = PlainEntry(lines)
        return None

    def post(self, entry_id: UUID, book: int, lines: list[Line]) -> str | None:
        return self.misfit(book, lines) or self.apply(entry_id, lines)

    def hold(self, hold_id: UUID, account: int, amount: int, until: datetime | None) -> str | None:
        found = self.accounts[account]
        if found.floor is None:
            return "ledger_hold_on_open_account"
        if found.left < amount:
            return "ledger_insufficient_balance"
        found.held += amount
        self.holds[hold_id] = PlainHold(account, amount, until)
        return None

    def capture(
        self, hold_id: UUID, entry_id: UUID, book: int, lines: list[Line], now: datetime
    ) -> str | None:
        held = self.holds[hold_id]
        if not held.is_open:
            return "ledger_hold_already_resolved"
        if held.expires_at is not None and held.expires_at <= now:
            return "ledger_hold_expired"
        misfit = self.misfit(book, lines)
        if misfit:
            return misfit
        if self.change(lines).get(held.account, 0) < -held.amount:
            return "ledger_hold_exceeded"
        self.accounts[held.account].held -= held.amount
        refusal = self.apply(entry_id, lines)
        if refusal:
            self.accounts[held.account].held += held.amount
            return refusal
        held.is_open = False
        return None

    def release(self, hold_id: UUID) -> str | None:
        held = self.holds[hold_id]
        if not held.is_open:
            return "ledger_hold_already_resolved"
        held.is_open = False
        self.accounts[held.account].held -= held.amount
        return None

    def expire(self, now: datetime) -> int:
        due = [
            key
            for key, held in self.holds.items()
            if held.is_open and held.expires_at is not None and held.expires_at <= now
        ]
        for key in due:
            self.release(key)
        return len(due)

    def reverse(self, entry_id: UUID, reversal_id: UUID, debt: int | None) -> str | None:
        entry = self.entries[entry_id]
        if entry.is_reversal:
            return "ledger_reversal_not_reversible"
        if entry.is_reversed:
            return "ledger_already_reversed"
        lines = [(credit, debit, amount) for debit, credit, amount in entry.lines]
        if debt is not None:
            lines = self.with_debt(lines, debt)
        refusal = self.apply(reversal_id, lines)
        if refusal is None:
            entry.is_reversed = True
            self.entries[reversal_id].is_reversal = True
        return refusal

    def with_debt(self, lines: list[Line], debt: int) -> list[Line]:
        """Minute by minute, whatever an account lacks is taken from the debt instead."""
        lack = {
            key: max(-step - self.accounts[key].left, 0)
            for key, step in self.change(lines).items()
            if self.accounts[key].floor is not None
        }
        cut: list[Line] = []
        for debit, credit, amount in lines:
            for _ in range(amount):
                one, two = debit, credit
                if lack.get(debit, 0) and self.accounts[debit].debit_sign < 0:
                    lack[debit] -= 1
                    one = debt
                if lack.get(credit, 0) and self.accounts[credit].debit_sign > 0:
                    lack[credit] -= 1
                    two = debt
                cut.append((one, two, 1))
        return [line for line in cut if line[0] != line[1]]
