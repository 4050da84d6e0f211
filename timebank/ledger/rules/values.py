"""The ledger's values: drafts that come in, views that go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.kernel.finding import Finding

AMOUNT_MAX = 10**13
# More than any balance may become: beyond it sums would be broken numbers.
BALANCE_MOST = AMOUNT_MAX * 100_000
LINES_MAX = 500
MEMO_MAX = 500
KIND_MAX = 60
DOCUMENT_MAX = 200


class Asset(StrEnum):
    """What is counted; minutes and fen never mix."""

    MINUTES = "MIN"
    YUAN = "CNY"


class Side(StrEnum):
    """The side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class AccountKind(StrEnum):
    """Bounded accounts keep a balance row and a floor; open ones are summed from transfers."""

    BOUNDED = "bounded"
    OPEN = "open"


class Restriction(StrEnum):
    """What minutes with lots may be used for; a dimension of the account, so that it never blurs.

    ``own`` minutes are free; ``team`` minutes were earned for a team and are spent by its rules;
    ``donation`` minutes are over a cap and may only be given away.
    """

    OWN = "own"
    TEAM = "team"
    DONATION = "donation"


class HoldOutcome(StrEnum):
    """How a hold ended."""

    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One positive amount from the debit account's side to the credit account's side."""

    debit_id: int
    credit_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One event to be posted, in one book and one asset; its client-made id names it for ever."""

    id: UUID
    book_id: int
    asset: Asset
    kind: str
    effective_on: date
    transfers: Sequence[Transfer]
    memo: str
    document: str = ""
    reason: str = ""
    lots_on: date | None = None  # the day from which lots count that are carried, not made anew


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """An amount to be set aside; ``id`` is made by the client."""

    id: UUID
    account_id: int
    amount: int
    memo: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """What else an entry may point at: the entry it reverses, the hold it captures, the debt."""

    reverses_id: UUID | None = None
    hold_id: UUID | None = None
    debt_account_id: int | None = None


NO_LINKS = Links()


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as others see it."""

    id: int
    community_id: int
    book_id: int
    asset: Asset
    code: str
    name: str
    kind: AccountKind
    normal: Side
    floor: int | None
    restriction: Restriction | None
    person_id: int | None
    project_id: int | None

    @property
    def has_lots(self) -> bool:
        """Whether each of its minutes is remembered by where it came from."""
        return self.restriction is not None


@dataclass(frozen=True, slots=True)
class BookView:
    """A book: whose value is kept in it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance on the account's normal side; ``available`` is posted less held."""

    posted: int
    held: int
    available: int
    floor: int | None

    @property
    def spendable(self) -> int:
        """What may still leave the account before it reaches its floor."""
        return self.available - (self.floor or 0)


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account with its balance."""

    account: AccountView
    balance: Balance


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that stands in the books: its id, and the number under which it does."""

    id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class LotView:
    """What one entry brought onto an account, and how much of it is still there, oldest first."""

    entry_id: UUID
    earned_on: date
    kind: str
    memo: str
    amount: int
    remaining: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A closed stretch of a book: nothing enters it any more."""

    number: int
    through_on: date
    closed_at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class TransferView:
    """One sealed line of an entry."""

    line: int
    debit_id: int
    debit_code: str
    debit_name: str
    credit_id: int
    credit_code: str
    credit_name: str
    asset: Asset
    amount: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """One sealed entry with its transfers and what it is linked to."""

    id: UUID
    number: int
    book_id: int
    asset: Asset
    kind: str
    effective_on: date
    recorded_at: datetime
    actor_user_id: int | None
    actor_name: str
    memo: str
    document: str
    reason: str
    transfers: tuple[TransferView, ...]
    reverses_id: UUID | None = None
    reversed_by_id: UUID | None = None
    hold_id: UUID | None = None
    debt_account_id: int | None = None
    lots_on: date | None = None


@dataclass(frozen=True, slots=True)
class HoldView:
    """An amount set aside on an account; ``outcome`` is None while it is open."""

    id: UUID
    account_id: int
    amount: int
    memo: str
    held_at: datetime
    expires_at: datetime | None
    outcome: HoldOutcome | None = None
    ended_at: datetime | None = None
    entry_id: UUID | None = None

    @property
    def draft(self) -> HoldDraft:
        """What was asked for."""
        return HoldDraft(self.id, self.account_id, self.amount, self.memo, self.expires_at)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of an account's statement; ``amount`` is signed on the account's normal side."""

    entry_id: UUID
    number: int
    line: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount: int
    balance_after: int
    memo: str
    counter_code: str


@dataclass(frozen=True, slots=True)
class ProofView:
    """What the proof of the books found at one moment; not every finding is kept in words."""

    proved_at: datetime
    entries: int
    wrong: int
    findings: tuple[Finding, ...]
