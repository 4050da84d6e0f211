"""What can be no entry, whatever the accounts are; and what does not fit its accounts."""

from collections.abc import Mapping

from timebank.ledger.errors import (
    AmountError,
    CrossAssetError,
    CrossBookError,
    EmptyEntryError,
    KindError,
    SameAccountError,
    TextTooLongError,
    TooManyLinesError,
)
from timebank.ledger.rules.values import (
    AMOUNT_MAX,
    DOCUMENT_MAX,
    KIND_MAX,
    LINES_MAX,
    MEMO_MAX,
    AccountView,
    EntryDraft,
)


def check_draft(draft: EntryDraft) -> None:
    """Refuse a draft that can be no entry, whatever the accounts are.

    Raises:
        EmptyEntryError, AmountError, SameAccountError, TooManyLinesError, KindError,
        TextTooLongError
    """
    if not draft.transfers:
        raise EmptyEntryError
    if len(draft.transfers) > LINES_MAX:
        raise TooManyLinesError(limit=LINES_MAX)
    for line in draft.transfers:
        check_amount(line.amount)
        if line.debit_id == line.credit_id:
            raise SameAccountError
    if draft.kind.split() != [draft.kind]:
        raise KindError
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


def check_accounts(draft: EntryDraft, accounts: Mapping[int, AccountView]) -> None:
    """Refuse a draft whose accounts are of another book or asset than it says.

    Raises:
        CrossBookError, CrossAssetError
    """
    moved = [accounts[key] for line in draft.transfers for key in (line.debit_id, line.credit_id)]
    if any(view.book_id != draft.book_id for view in moved):
        raise CrossBookError
    if any(view.asset != draft.asset for view in moved):
        raise CrossAssetError
