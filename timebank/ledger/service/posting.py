"""Posting and reversing: one entry in one statement, many in one load.

A verb first asks the database, which knows all rules; only when it refuses does the verb look for
what the reader needs to know.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger.errors import (
    AccountNotFoundError,
    AlreadyReversedError,
    InsufficientBalanceError,
    ReversalNotReversibleError,
    SameEntryOtherContentError,
    kind_of_refusal,
)
from timebank.ledger.models import rows
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import entries as queries
from timebank.ledger.rules import drafts as rules
from timebank.ledger.rules import moves
from timebank.ledger.rules.values import (
    NO_LINKS,
    AccountView,
    EntryDraft,
    EntryView,
    Links,
    Posted,
    Transfer,
)
from timebank.ledger.service import statements


def post(session: Session, *, actor: Actor, draft: EntryDraft) -> Posted:
    """Post one entry; the same id with the same content returns the first one again.

    Raises:
        SameEntryOtherContentError: the id was used for something else.
        InsufficientBalanceError: a bounded account would fall below its floor.
        PeriodClosedError: the book is closed through that day.
        AccountNotFoundError, CrossBookError, CrossAssetError, EmptyEntryError, AmountError
    """
    return post_linked(session, actor=actor, draft=draft, links=NO_LINKS)


def post_linked(session: Session, *, actor: Actor, draft: EntryDraft, links: Links) -> Posted:
    """Post an entry that captures a hold or reverses another; for the ledger's own verbs."""
    rules.check_draft(draft)
    head = rows.header(actor, draft, links, recorded_at=clock.now())
    written = statements.write_entry(session, draft, head)
    if written.refusal is None:
        return Posted(draft.id, written.number)
    known = queries.posted_as(session, [(draft, links)])
    if draft.id in known:
        return known[draft.id]
    accounts = _accounts_of(session, actor, [draft])
    raise _refusal(session, written.refusal, accounts, [draft])


def post_many(session: Session, *, actor: Actor, drafts: Sequence[EntryDraft]) -> list[UUID]:
    """Post many entries, set-based; return their ids in the order given.

    Entries that are there already with the same content are left as they are.

    Raises:
        SameEntryOtherContentError: an id was used for something else.
        InsufficientBalanceError: an account would fall below its floor; nothing is posted.
        DomainError: as for a single one.
    """
    wanted = _once_each(drafts)
    known: Mapping[UUID, Posted] = {}
    while new := [draft for draft in wanted.values() if draft.id not in known]:
        refusal = statements.write_entries(session, actor, new, recorded_at=clock.now())
        if refusal is None:
            break
        found = queries.posted_as(session, [(draft, NO_LINKS) for draft in wanted.values()])
        if found.keys() == known.keys():
            raise _refusal(session, refusal, _accounts_of(session, actor, new), new)
        known = found  # somebody has posted some of them: what is left is tried again
    return [draft.id for draft in drafts]


def _once_each(drafts: Sequence[EntryDraft]) -> dict[UUID, EntryDraft]:
    """Return the drafts by id, having refused those that can be no entries.

    Raises:
        SameEntryOtherContentError: two drafts have the same id and say something else.
    """
    wanted: dict[UUID, EntryDraft] = {}
    for draft in drafts:
        rules.check_draft(draft)
        before = wanted.setdefault(draft.id, draft)
        if before is not draft and before != draft:
            raise SameEntryOtherContentError
    return wanted


def reverse(
    session: Session,
    *,
    actor: Actor,
    entry_id: UUID,
    reversal_id: UUID,
    reason: str,
    debt_account_id: int | None = None,
) -> Posted:
    """Undo an entry by its mirror image, once; what is already spent goes to the debt account.

    Its kind is the first entry's with ``.reversed`` at its end.

    Raises:
        EntryNotFoundError, AlreadyReversedError, ReversalNotReversibleError, BadDebtAccountError
        InsufficientBalanceError: it is already spent and no debt account is named.
    """
    first = queries.entry_within(session, community_id=actor.community_id, entry_id=entry_id)
    if first.reverses_id is not None:
        raise ReversalNotReversibleError
    if first.reversed_by_id is not None:
        return _reversal_again(session, first, reversal_id, reason, debt_account_id)
    draft = EntryDraft(
        id=reversal_id,
        book_id=first.book_id,
        asset=first.asset,
        kind=f"{first.kind}.reversed",
        effective_on=clock.today(),
        transfers=_reversed(session, first, debt_account_id),
        memo=first.memo,
        document=first.document,
        reason=reason,
    )
    links = Links(reverses_id=entry_id, debt_account_id=debt_account_id)
    try:
        return post_linked(session, actor=actor, draft=draft, links=links)
    except (SameEntryOtherContentError, AlreadyReversedError):
        # Someone was faster; if it was this very request, the answer is what they got.
        first = queries.entry(session, entry_id)
        return _reversal_again(session, first, reversal_id, reason, debt_account_id)


def _reversal_again(
    session: Session, first: EntryView, reversal_id: UUID, reason: str, debt_account_id: int | None
) -> Posted:
    """Return the reversal that is already there if this asks for the very same."""
    if first.reversed_by_id is None:
        raise SameEntryOtherContentError
    if first.reversed_by_id != reversal_id:
        raise AlreadyReversedError
    known = queries.entry(session, reversal_id)
    is_same_reason = known.reason == reason or queries.words_are_erased(session, known.id)
    if known.debt_account_id != debt_account_id or not is_same_reason:
        raise SameEntryOtherContentError
    return Posted(known.id, known.number)


def _reversed(session: Session, first: EntryView, debt_account_id: int | None) -> list[Transfer]:
    """Return the mirror image of an entry; with a debt account, under the locks of balances."""
    lines = moves.mirrored(first)
    if debt_account_id is None:
        return lines
    ids = {line.debit_id for line in lines} | {line.credit_id for line in lines}
    accounts = account_queries.accounts_by_id(session, ids | {debt_account_id})
    moves.check_debt_account(accounts.get(debt_account_id), first)
    spendable = account_queries.locked_spendable(session, moves.bounded_of(accounts))
    left = moves.onto_debt(
        lines,
        normals=moves.normals_of(accounts),
        spendable=spendable,
        debt_account_id=debt_account_id,
    )
    if not left:
        # Neither side has anything to give back: there is nothing to post.
        raise moves.insufficient(first.asset, have=0, need=sum(line.amount for line in lines))
    return left


def _accounts_of(
    session: Session, actor: Actor, drafts: Sequence[EntryDraft]
) -> dict[int, AccountView]:
    """Return the accounts that refused drafts would move.

    Raises:
        AccountNotFoundError, CrossBookError, CrossAssetError: that is why they were refused.
    """
    lines = [line for draft in drafts for line in draft.transfers]
    ids = {line.debit_id for line in lines} | {line.credit_id for line in lines}
    accounts = account_queries.accounts_by_id(session, ids)
    own = {key for key, view in accounts.items() if view.community_id == actor.community_id}
    if own != ids:
        raise AccountNotFoundError
    for draft in drafts:
        rules.check_accounts(draft, accounts)
    return accounts


def _refusal(
    session: Session,
    words: str,
    accounts: Mapping[int, AccountView],
    drafts: Sequence[EntryDraft],
) -> DomainError:
    """Return the refusal in words that the database gave in a code, with what is there."""
    kind = kind_of_refusal(words)
    if not issubclass(kind, InsufficientBalanceError):
        return kind()
    bounded = account_queries.balances(session, moves.bounded_of(accounts))
    left = {key: balance.spendable for key, balance in bounded.items()}
    for change in moves.changes(drafts, accounts):
        for key in sorted(change.keys() & left.keys()):
            if left[key] + change[key] < 0:
                return moves.insufficient(accounts[key].asset, have=left[key], need=-change[key])
            left[key] += change[key]
    return InsufficientBalanceError()
