"""The ledger's values and pure rules: drafts, digests, nets, reversals."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.kernel.actor import Actor
from timebank.ledger.errors import (
    AmountError,
    BadDebtAccountError,
    CrossAssetError,
    CrossBookError,
    EmptyEntryError,
    InsufficientBalanceError,
    InsufficientMinutesError,
    InsufficientMoneyError,
    SameAccountError,
    TextTooLongError,
    TooManyLinesError,
)

AMOUNT_MAX = 10**13
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
    """One event to be posted; ``id`` is made by the client and names the act for ever."""

    id: UUID
    book_id: int
    kind: str
    effective_on: date
    transfers: Sequence[Transfer]
    memo: str
    document: str = ""
    reason: str = ""


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
    person_id: int | None
    project_id: int | None


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


def sha256_of(parts: Sequence[object]) -> str:
    """Return the SHA-256 of values in one canonical writing."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    """Return moments, days and ids as text that no engine or time zone changes."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def digest(draft: EntryDraft, links: Links = NO_LINKS) -> str:
    """Return the digest of what was asked for; the same request always has the same one."""
    lines = [[line.debit_id, line.credit_id, line.amount] for line in draft.transfers]
    asked = [draft.id, draft.book_id, draft.kind, draft.effective_on, lines]
    words = [draft.memo, draft.document, draft.reason]
    return sha256_of([*asked, *words, links.reverses_id, links.hold_id, links.debt_account_id])


def check_draft(draft: EntryDraft) -> None:
    """Refuse a draft that can be no entry, whatever the accounts are.

    Raises:
        EmptyEntryError, AmountError, SameAccountError, TooManyLinesError, TextTooLongError
    """
    if not draft.transfers:
        raise EmptyEntryError
    if len(draft.transfers) > LINES_MAX:
        raise TooManyLinesError(limit=LINES_MAX)
    for line in draft.transfers:
        check_amount(line.amount)
        if line.debit_id == line.credit_id:
            raise SameAccountError
    check_length(draft.kind, KIND_MAX)
    check_length(draft.memo, MEMO_MAX)
    check_length(draft.reason, MEMO_MAX)
    check_length(draft.document, DOCUMENT_MAX)


def check_amount(amount: int) -> None:
    """Refuse an amount that is not a whole number from 1 to the largest."""
    if type(amount) is not int or not 0 < amount <= AMOUNT_MAX:
        raise AmountError(amount=amount)


def check_length(text: str, limit: int) -> None:
    """Refuse a text longer than its column."""
    if len(text) > limit:
        raise TextTooLongError(limit=limit)


def signed(amount: int, *, side: Side, normal: Side) -> int:
    """Return an amount posted on one side as seen from the account's normal side."""
    return amount if side == normal else -amount


def nets(transfers: Sequence[Transfer], normals: Mapping[int, Side]) -> dict[int, int]:
    """Return ``{account_id: change}`` on each account's normal side."""
    change: dict[int, int] = {}
    for line in transfers:
        for account_id, side in ((line.debit_id, Side.DEBIT), (line.credit_id, Side.CREDIT)):
            step = signed(line.amount, side=side, normal=normals[account_id])
            change[account_id] = change.get(account_id, 0) + step
    return change


def changes(
    drafts: Iterable[EntryDraft], accounts: Mapping[int, AccountView]
) -> Iterator[dict[int, int]]:
    """Yield what each draft does to its accounts."""
    normals = normals_of(accounts)
    return (nets(draft.transfers, normals) for draft in drafts)


def mirrored(entry: EntryView) -> list[Transfer]:
    """Return the transfers that undo an entry."""
    return [Transfer(line.credit_id, line.debit_id, line.amount) for line in entry.transfers]


def check_debt_account(debt: AccountView | None, entry: EntryView) -> None:
    """Refuse an account that cannot hold what an entry's reversal no longer finds.

    Raises:
        BadDebtAccountError
    """
    assets = {line.asset for line in entry.transfers}
    fits = debt is not None and debt.book_id == entry.book_id and assets == {debt.asset}
    if debt is None or not fits or debt.kind != AccountKind.OPEN:
        raise BadDebtAccountError


def onto_debt(
    transfers: Sequence[Transfer],
    *,
    normals: Mapping[int, Side],
    spendable: Mapping[int, int],
    debt_account_id: int,
) -> list[Transfer]:
    """Return the transfers with what a bounded account no longer has taken from the debt."""
    lines = list(transfers)
    for account_id, change in sorted(nets(transfers, normals).items()):
        missing = -change - max(spendable[account_id], 0) if account_id in spendable else 0
        if missing > 0:
            side = Side.DEBIT if normals[account_id] == Side.CREDIT else Side.CREDIT
            lines = _onto_debt(lines, account_id, side, missing, debt_account_id)
    return lines


def _onto_debt(
    lines: Sequence[Transfer], account_id: int, side: Side, missing: int, debt_id: int
) -> list[Transfer]:
    """Return the lines with the missing part taken from the debt account instead."""
    cut: list[Transfer] = []
    for line in lines:
        mine = line.debit_id if side == Side.DEBIT else line.credit_id
        part = min(line.amount, missing) if mine == account_id else 0
        missing -= part
        if line.amount > part:
            cut.append(replace(line, amount=line.amount - part))
        if part and side == Side.DEBIT:
            cut.append(replace(line, amount=part, debit_id=debt_id))
        elif part:
            cut.append(replace(line, amount=part, credit_id=debt_id))
    return cut


def normals_of(accounts: Mapping[int, AccountView]) -> dict[int, Side]:
    """Return ``{account_id: normal side}``."""
    return {key: view.normal for key, view in accounts.items()}


def bounded_of(accounts: Mapping[int, AccountView]) -> list[int]:
    """Return the ids of the accounts that keep a balance row."""
    return [key for key, view in accounts.items() if view.kind == AccountKind.BOUNDED]


def check_accounts(draft: EntryDraft, accounts: Mapping[int, AccountView]) -> None:
    """Refuse a draft that crosses books or assets.

    Raises:
        CrossBookError, CrossAssetError
    """
    for line in draft.transfers:
        debit, credit = accounts[line.debit_id], accounts[line.credit_id]
        if not debit.book_id == credit.book_id == draft.book_id:
            raise CrossBookError
        if debit.asset != credit.asset:
            raise CrossAssetError


def whose(actor: Actor) -> int | None:
    """Return whose accounts an actor may read: one person's, or everybody's (None).

    Who reaches less than the community and is nobody's person gets 0, which is no person's id.
    """
    if actor.reach("ledger.audit").is_wide or actor.reach("ledger.read").is_wide:
        return None
    return actor.person_id or 0


def insufficient(asset: Asset, *, have: int, need: int) -> InsufficientBalanceError:
    """Return the refusal in the unit of the account."""
    kind = InsufficientMinutesError if asset == Asset.MINUTES else InsufficientMoneyError
    return kind(have=have, need=need)
