"""Plain books: what the ledger should do, written from its rules without a database, to compare."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tests.ledger.plain_values import (
    Line,
    PlainAccount,
    PlainDraft,
    PlainEntry,
    PlainHold,
    PlainLot,
)


@dataclass(slots=True)
class PlainBooks:
    """Accounts by id, entries in the order in which they were recorded, holds, closed periods.

    Each act answers the code of its refusal, or None.
    """

    accounts: dict[int, PlainAccount] = field(default_factory=dict)
    entries: dict[UUID, PlainEntry] = field(default_factory=dict)
    holds: dict[UUID, PlainHold] = field(default_factory=dict)
    # Of each book the days through which it was closed, with every balance as it was then.
    periods: dict[int, dict[date, dict[int, int]]] = field(default_factory=dict)

    def change(self, lines: Sequence[Line]) -> dict[int, int]:
        """What lines do to each account on its own side."""
        change: dict[int, int] = {}
        for debit, credit, amount in lines:
            for key, sign in ((debit, 1), (credit, -1)):
                step = sign * self.accounts[key].debit_sign * amount
                change[key] = change.get(key, 0) + step
        return change

    def misfit(self, draft: PlainDraft) -> str | None:
        moved = [self.accounts[key] for line in draft.lines for key in line[:2]]
        if any(one.community != draft.community for one in moved):
            return "ledger_account_not_found"
        if any(one.book != draft.book for one in moved):
            return "ledger_cross_book"
        if any(one.asset != moved[0].asset for one in moved):
            return "ledger_cross_asset"
        return None

    def closed_through(self, book: int) -> date:
        return max(self.periods.get(book, {}), default=date.min)

    def is_short(self, lines: Sequence[Line]) -> bool:
        """Whether a bounded account would fall below its floor."""
        for key, step in self.change(lines).items():
            owner = self.accounts[key]
            if owner.floor is not None and owner.spendable + step < 0:
                return True
        return False

    def refusal(self, draft: PlainDraft) -> str | None:
        """Why an entry does not fit the books, if it does not."""
        misfit = self.misfit(draft)
        if misfit is not None:
            return misfit
        if draft.day <= self.closed_through(draft.book):
            return "ledger_period_closed"
        return "ledger_insufficient_balance" if self.is_short(draft.lines) else None

    def record(self, entry_id: UUID, entry: PlainEntry) -> None:
        """Let an entry that fits do what it does."""
        self.entries[entry_id] = entry
        draft = entry.draft
        for debit, credit, amount in draft.lines:
            for key, debits, credits_ in ((debit, amount, 0), (credit, 0, amount)):
                days = self.accounts[key].days
                before = days.get(draft.day, (0, 0))
                days[draft.day] = (before[0] + debits, before[1] + credits_)
        for key, step in self.change(draft.lines).items():
            owner = self.accounts[key]
            owner.posted += step
            if owner.lots is not None:
                self.move_lots(owner, entry_id, entry, step)

    def move_lots(self, owner: PlainAccount, entry_id: UUID, entry: PlainEntry, step: int) -> None:
        assert owner.lots is not None
        if step > 0:
            taken = [lot for lot in owner.lots if entry.reverses in lot.uses]
            if not taken:
                owner.lots.append(PlainLot(entry_id, entry.draft.day, step))
            for lot in taken:
                assert entry.reverses is not None
                lot.uses[entry_id] = -lot.uses[entry.reverses]
            return
        for lot in owner.oldest_lots(first=entry.reverses):
            part = min(lot.left, -step)
            if part:
                lot.uses[entry_id] = part
            step += part
        assert step == 0

    def post(self, entry_id: UUID, draft: PlainDraft) -> str | None:
        if draft.is_circular:
            return "ledger_same_account"
        known = self.entries.get(entry_id)
        if known is not None:
            return None if known.says(draft) else "ledger_same_entry_other_content"
        refusal = self.refusal(draft)
        if refusal is None:
            self.record(entry_id, PlainEntry(draft))
        return refusal

    def post_many(self, drafts: Mapping[UUID, PlainDraft]) -> set[str | None]:
        """All or nothing, as if one after the other; which of several refusals is told is open."""
        if any(draft.is_circular for draft in drafts.values()):
            return {"ledger_same_account"}
        known = self.entries.keys() & drafts.keys()
        if not all(self.entries[key].says(drafts[key]) for key in known):
            return {"ledger_same_entry_other_content"}
        new = {key: draft for key, draft in drafts.items() if key not in known}
        refusals = self.refusals(list(new.values()))
        if refusals:
            return refusals
        for key, draft in new.items():
            self.record(key, PlainEntry(draft))
        return {None}

    def refusals(self, drafts: Sequence[PlainDraft]) -> set[str | None]:
        """Why drafts do not fit the books one after the other."""
        misfits = {self.misfit(draft) for draft in drafts} - {None}
        if misfits:
            return misfits
        found: set[str | None] = set()
        moved: dict[int, int] = {}
        for draft in drafts:
            if draft.day <= self.closed_through(draft.book):
                found.add("ledger_period_closed")
            for key, step in self.change(draft.lines).items():
                moved[key] = moved.get(key, 0) + step
                owner = self.accounts[key]
                if owner.floor is not None and owner.spendable + moved[key] < 0:
                    found.add("ledger_insufficient_balance")
        return found

    def hold(self, hold_id: UUID, community: int, asked: PlainHold) -> str | None:
        owner = self.accounts[asked.account]
        if owner.community != community:
            return "ledger_account_not_found"
        if owner.floor is None:
            return "ledger_hold_on_open_account"
        known = self.holds.get(hold_id)
        if known is not None:
            return None if known.says(asked) else "ledger_same_hold_other_content"
        if owner.spendable < asked.amount:
            return "ledger_insufficient_balance"
        owner.held += asked.amount
        self.holds[hold_id] = asked
        return None

    def capture(
        self, hold_id: UUID, entry_id: UUID, draft: PlainDraft, now: datetime
    ) -> str | None:
        held = self.holds[hold_id]
        owner = self.accounts[held.account]
        if not held.is_open and held.captured_by == entry_id:
            is_same = self.entries[entry_id].says(draft, captures=hold_id)
            return None if is_same else "ledger_same_entry_other_content"
        if not held.is_open:
            return "ledger_hold_already_resolved"
        if held.expires_at is not None and held.expires_at <= now:
            return "ledger_hold_expired"
        if draft.is_circular:
            return "ledger_same_account"
        owner.held -= held.amount
        refusal = self.refusal(draft)
        is_taken = self.change(draft.lines).get(held.account, 0) < -held.amount
        if refusal in {None, "ledger_insufficient_balance"} and is_taken:
            refusal = "ledger_hold_exceeded"
        if refusal is not None:
            owner.held += held.amount
            return refusal
        self.record(entry_id, PlainEntry(draft, captures=hold_id))
        held.is_open, held.captured_by = False, entry_id
        return None

    def release(self, hold_id: UUID, reason: str = "") -> str | None:
        held = self.holds[hold_id]
        if not held.is_open:
            return "ledger_hold_already_resolved"
        held.is_open, held.reason = False, reason
        self.accounts[held.account].held -= held.amount
        return None

    def expire(self, community: int, now: datetime) -> int:
        due = [
            key
            for key, held in self.holds.items()
            if held.is_open and held.expires_at is not None and held.expires_at <= now
            if self.accounts[held.account].community == community
        ]
        for key in due:
            self.release(key)
        return len(due)

    def reverse(
        self, entry_id: UUID, reversal_id: UUID, *, today: date, reason: str, debt: int | None
    ) -> str | None:
        entry = self.entries[entry_id]
        if entry.reverses is not None:
            return "ledger_reversal_not_reversible"
        if entry.reversed_by is not None:
            return self.reversed_again(entry.reversed_by, reversal_id, reason, debt)
        lines = [(credit, debit, amount) for debit, credit, amount in entry.draft.lines]
        if debt is not None:
            if not self.may_hold_debt(entry, debt):
                return "ledger_bad_debt_account"
            lines = self.with_debt(lines, debt)
            if not lines:
                return "ledger_insufficient_balance"
        memo, document, _ = ("", "", "") if entry.is_erased else entry.draft.words
        words = (memo, document, reason)
        draft = PlainDraft(entry.draft.community, entry.draft.book, today, lines, words)
        refusal = self.refusal(draft)
        if refusal is None:
            entry.reversed_by = reversal_id
            self.record(reversal_id, PlainEntry(draft, reverses=entry_id, debt=debt))
        return refusal

    def reversed_again(
        self, known_id: UUID, reversal_id: UUID, reason: str, debt: int | None
    ) -> str | None:
        if known_id != reversal_id:
            return "ledger_already_reversed"
        known = self.entries[known_id]
        is_same = known.debt == debt and (known.is_erased or known.draft.words[2] == reason)
        return None if is_same else "ledger_same_entry_other_content"

    def may_hold_debt(self, entry: PlainEntry, debt: int) -> bool:
        """An open account of the entry's book and asset that the entry itself did not move."""
        owner, moved = self.accounts[debt], self.accounts[entry.draft.lines[0][0]]
        is_moved = any(debt in line[:2] for line in entry.draft.lines)
        is_like = (owner.book, owner.asset) == (moved.book, moved.asset)
        return is_like and owner.floor is None and not is_moved

    def with_debt(self, lines: Sequence[Line], debt: int) -> list[Line]:
        """Whatever an account lacks is taken from the debt instead, from its first lines on."""
        lack = {
            key: max(-step - max(self.accounts[key].spendable, 0), 0)
            for key, step in self.change(lines).items()
            if self.accounts[key].floor is not None
        }
        cut: list[Line] = []
        for debit, credit, amount in lines:
            parts: dict[tuple[int, int], int] = {}
            for _ in range(amount):
                one, two = debit, credit
                if lack.get(debit, 0) and self.accounts[debit].debit_sign < 0:
                    lack[debit] -= 1
                    one = debt
                if lack.get(credit, 0) and self.accounts[credit].debit_sign > 0:
                    lack[credit] -= 1
                    two = debt
                parts[one, two] = parts.get((one, two), 0) + 1
            cut.extend((one, two, part) for (one, two), part in parts.items())
        return [line for line in cut if line[0] != line[1]]

    def erase_entry(self, entry_id: UUID) -> int:
        """Erase the words of one entry; how many were not erased before."""
        entry = self.entries[entry_id]
        was_erased, entry.is_erased = entry.is_erased, True
        return int(not was_erased)

    def erase_hold(self, hold_id: UUID) -> int:
        """The same of a hold that has ended, and of its end."""
        held = self.holds[hold_id]
        assert not held.is_open
        was_erased, held.is_erased = held.is_erased, True
        return int(not was_erased)

    def erase_entries(self, community: int, entry_ids: Iterable[UUID]) -> int:
        """With an entry go the words of its reversal, and the other way round."""
        chosen = {key for key in entry_ids if self.entries[key].draft.community == community}
        for key in list(chosen):
            linked = {self.entries[key].reverses, self.entries[key].reversed_by}
            chosen |= {one for one in linked if one is not None}
        return sum(self.erase_entry(key) for key in chosen)

    def erase_account(self, community: int, account: int) -> int:
        """The words of what moved an account, and of what was set aside on it and has ended."""
        if self.accounts[account].community != community:
            return 0
        ended = [
            key for key, held in self.holds.items() if held.account == account and not held.is_open
        ]
        erased = self.erase_entries(community, self.moves_of(account))
        return erased + sum(self.erase_hold(key) for key in ended)

    def moves_of(self, account: int) -> list[UUID]:
        """The entries that moved an account."""
        return [
            key
            for key, entry in self.entries.items()
            if any(account in line[:2] for line in entry.draft.lines)
        ]

    def number(self, book: int, through: date) -> None:
        """Give every entry of a book through a day the next number of its month."""
        mine = [one for one in self.entries.values() if one.draft.book == book]
        last: dict[date, int] = {}
        for one in mine:
            if one.voucher is not None:
                month, number = one.voucher
                last[month] = max(last.get(month, 0), number)
        for one in mine:
            if one.voucher is None and one.draft.day <= through:
                month = one.draft.day.replace(day=1)
                last[month] = last.get(month, 0) + 1
                one.voucher = (month, last[month])

    def close(self, book: int, through: date, today: date) -> str | None:
        if through >= today:
            return "ledger_period_not_over"
        last = self.closed_through(book)
        if last > through:
            return "ledger_period_order"
        if last < through:
            self.number(book, through)
            self.periods.setdefault(book, {})[through] = {
                key: self.posted_on(key, through)
                for key, owner in self.accounts.items()
                if owner.book == book
            }
        return None

    def posted_on(self, account: int, day: date) -> int:
        """An account's balance at the end of a day."""
        owner = self.accounts[account]
        kept = [sums for on, sums in owner.days.items() if on <= day]
        return owner.debit_sign * sum(debits - credits_ for debits, credits_ in kept)

    def statement(self, account: int) -> list[tuple[UUID, int, int]]:
        """An account's lines, newest first: entry, amount on its side, balance after it."""
        found: list[tuple[UUID, int, int]] = []
        after, sign = 0, self.accounts[account].debit_sign
        for key, entry in self.entries.items():
            for debit, credit, amount in entry.draft.lines:
                if account in (debit, credit):
                    step = sign * amount if account == debit else -sign * amount
                    after += step
                    found.append((key, step, after))
        return found[::-1]
