"""What plain books are made of: accounts, lots, holds, drafts and entries, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

Line = tuple[int, int, int]  # debit account, credit account, amount
Words = tuple[str, str, str]  # memo, document, reason


@dataclass(slots=True, eq=False)
class PlainLot:
    """What an entry brought onto an account, and what each later entry took from it."""

    entry: UUID
    day: date
    amount: int
    uses: dict[UUID, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return self.amount - sum(self.uses.values())


@dataclass(slots=True)
class PlainAccount:
    """An account: whose it is, its sign for debits, its floor (None when open), its lots."""

    community: int
    book: int
    asset: str
    debit_sign: int
    floor: int | None
    lots: list[PlainLot] | None = None
    posted: int = 0
    held: int = 0
    days: dict[date, tuple[int, int]] = field(default_factory=dict)

    @property
    def spendable(self) -> int:
        assert self.floor is not None
        return self.posted - self.held - self.floor

    def oldest_lots(self, first: UUID | None = None) -> list[PlainLot]:
        """The lots of which something is left: that of one entry first, then by age."""
        assert self.lots is not None
        kept = [lot for lot in self.lots if lot.left]
        return sorted(kept, key=lambda lot: (lot.entry != first, lot.day))


@dataclass(slots=True)
class PlainHold:
    """A hold: on which account, how much, until when and for what; how it ended, and its words."""

    account: int
    amount: int
    expires_at: datetime | None
    memo: str = ""
    is_open: bool = True
    captured_by: UUID | None = None
    reason: str = ""
    is_erased: bool = False

    def says(self, asked: "PlainHold") -> bool:
        facts = (self.account, self.amount, self.expires_at)
        is_same = facts == (asked.account, asked.amount, asked.expires_at)
        return is_same and (self.is_erased or self.memo == asked.memo)


@dataclass(frozen=True, slots=True)
class PlainDraft:
    """What is asked to be posted, by a community."""

    community: int
    book: int
    day: date
    lines: Sequence[Line]
    words: Words = ("", "", "")

    @property
    def is_circular(self) -> bool:
        return any(debit == credit for debit, credit, _ in self.lines)

    @property
    def facts(self) -> tuple[int, date, list[Line]]:
        return self.book, self.day, list(self.lines)


@dataclass(slots=True)
class PlainEntry:
    """An entry: what was asked, its links, its voucher number, whether its words are erased."""

    draft: PlainDraft
    reverses: UUID | None = None
    captures: UUID | None = None
    debt: int | None = None
    reversed_by: UUID | None = None
    voucher: tuple[date, int] | None = None
    is_erased: bool = False

    def says(self, draft: PlainDraft, captures: UUID | None = None) -> bool:
        asked = (*draft.facts, captures, None)
        is_same = (*self.draft.facts, self.captures, self.reverses) == asked
        return is_same and (self.is_erased or self.draft.words == draft.words)
