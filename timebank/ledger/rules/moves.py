"""What transfers do to accounts: nets on normal sides, mirror images, debts, refusals in units."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from timebank.ledger.errors import (
    BadDebtAccountError,
    InsufficientBalanceError,
    InsufficientMinutesError,
    InsufficientMoneyError,
)
from timebank.ledger.rules.values import (
    AccountKind,
    AccountView,
    Asset,
    EntryDraft,
    EntryView,
    Side,
    Transfer,
)


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

    An account that the entry itself moves cannot: its own part would be hidden in the debt.

    Raises:
        BadDebtAccountError
    """
    if debt is None or debt.kind != AccountKind.OPEN:
        raise BadDebtAccountError
    moved = {key for line in entry.transfers for key in (line.debit_id, line.credit_id)}
    if (debt.book_id, debt.asset) != (entry.book_id, entry.asset) or debt.id in moved:
        raise BadDebtAccountError


def onto_debt(
    transfers: Sequence[Transfer],
    *,
    normals: Mapping[int, Side],
    spendable: Mapping[int, int],
    debt_account_id: int,
) -> list[Transfer]:
    """Return the transfers with what a bounded account no longer has taken from the debt.

    Where both sides of a transfer lack a part, the debt would owe it to itself: it stays as it is.
    """
    lines = list(transfers)
    for account_id, change in sorted(nets(transfers, normals).items()):
        missing = -change - max(spendable[account_id], 0) if account_id in spendable else 0
        if missing > 0:
            side = Side.DEBIT if normals[account_id] == Side.CREDIT else Side.CREDIT
            lines = _onto_debt(lines, account_id, side, missing, debt_account_id)
    return [line for line in lines if line.debit_id != line.credit_id]


def _onto_debt(
    lines: Sequence[Transfer], account_id: int, side: Side, missing: int, debt_id: int
) -> list[Transfer]:
    """Return the lines with the missing part taken from the debt account instead."""
    cut: list[Transfer] = []
    for line in lines:
        mine = line.debit_id if side == Side.DEBIT else line.credit_id
        part = min(line.amount, missing) if mine == account_id else 0
        missing -= part
        # The missing part comes first: what the other side lacks is met by it before anything else.
        if part and side == Side.DEBIT:
            cut.append(replace(line, amount=part, debit_id=debt_id))
        elif part:
            cut.append(replace(line, amount=part, credit_id=debt_id))
        if line.amount > part:
            cut.append(replace(line, amount=line.amount - part))
    return cut


def normals_of(accounts: Mapping[int, AccountView]) -> dict[int, Side]:
    """Return ``{account_id: normal side}``."""
    return {key: view.normal for key, view in accounts.items()}


def bounded_of(accounts: Mapping[int, AccountView]) -> list[int]:
    """Return the ids of the accounts that keep a balance row."""
    return [key for key, view in accounts.items() if view.kind == AccountKind.BOUNDED]


def insufficient(asset: Asset, *, have: int, need: int) -> InsufficientBalanceError:
    """Return the refusal in the unit of the account."""
    kind = InsufficientMinutesError if asset == Asset.MINUTES else InsufficientMoneyError
    return kind(have=have, need=need)
