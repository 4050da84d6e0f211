"""The ledger's verbs: open books and accounts, post, hold, capture, release, expire, reverse.

The post path is Core SQL in one savepoint: read the accounts, insert the transfers, insert the
header. The header is the seal, and the database's triggers settle the balances.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.ledger import queries, rules
from timebank.ledger.errors import (
    AccountDiffersError,
    AccountNotFoundError,
    AlreadyReversedError,
    BookNotFoundError,
    HoldAlreadyResolvedError,
    HoldExceededError,
    HoldExpiredError,
    InsufficientBalanceError,
    ReversalNotReversibleError,
    SameEntryOtherContentError,
    SameHoldOtherContentError,
    UnboundedHoldError,
    kind_of_refusal,
)
from timebank.ledger.models import rows, selects
from timebank.ledger.models.tables import (
    ACCOUNTS,
    BOOKS,
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    TRANSFERS,
    Book,
    seal_of,
)
from timebank.ledger.rules import (
    NO_LINKS,
    AccountKind,
    AccountView,
    Asset,
    EntryDraft,
    EntryView,
    HoldDraft,
    HoldOutcome,
    HoldView,
    Links,
    Side,
    Transfer,
)

EXPIRE_MAX = 1000


def ensure_book(session: Session, *, community_id: int, code: str, name: str) -> int:
    """Return the id of a community's book, opening it when there is none yet."""
    found = queries.book_id(session, community_id=community_id, code=code)
    if found is None:
        row = {"community_id": community_id, "code": code, "name": name}
        _insert_unless_there(session, BOOKS, row)
        found = queries.book_id(session, community_id=community_id, code=code)
    if found is None:
        raise BookNotFoundError
    return found


def ensure_account(
    session: Session,
    *,
    book_id: int,
    asset: Asset,
    code: str,
    name: str,
    kind: AccountKind,
    normal: Side,
    floor: int | None = 0,
    person_id: int | None = None,
    project_id: int | None = None,
) -> int:
    """Return the id of a book's account, opening it when there is none yet.

    Raises:
        BookNotFoundError: there is no such book.
        AccountDiffersError: the account is there but counts something else.
    """
    floor = (floor or 0) if kind == AccountKind.BOUNDED else None
    found = queries.account_id(session, book_id=book_id, code=code)
    if found is None:
        community_id = session.scalar(select(Book.community_id).where(Book.id == book_id))
        if community_id is None:
            raise BookNotFoundError
        row = {
            "community_id": community_id,
            "book_id": book_id,
            "asset": asset.value,
            "code": code,
            "name": name,
            "kind": kind.value,
            "normal": normal.value,
            "floor": floor,
            "person_id": person_id,
            "project_id": project_id,
        }
        _insert_unless_there(session, ACCOUNTS, row)
        found = queries.account_id(session, book_id=book_id, code=code)
    if found is None:
        raise AccountNotFoundError
    view = queries.accounts_by_id(session, [found])[found]
    if (view.asset, view.kind, view.normal, view.floor) != (asset, kind, normal, floor):
        raise AccountDiffersError(account=code)
    return found


def _insert_unless_there(session: Session, table: Table, row: Mapping[str, object]) -> None:
    """Insert a row under its seal; when someone else was faster, theirs stays."""
    values = {**row, "seal": seal_of(table, row)}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())


def post(session: Session, *, actor: Actor, draft: EntryDraft) -> EntryView:
    """Post one entry; the same id with the same content returns the first one again.

    Raises:
        SameEntryOtherContentError: the id was used for something else.
        InsufficientBalanceError: a bounded account would fall below its floor.
        AccountNotFoundError, CrossBookError, CrossAssetError, EmptyEntryError, AmountError
    """
    return _post(session, actor=actor, draft=draft, links=NO_LINKS)


def _post(session: Session, *, actor: Actor, draft: EntryDraft, links: Links) -> EntryView:
    """Post an entry with its links, ending the hold it captures first."""
    accounts = _accounts_of(session, actor, [draft])
    header = rows.header(actor, draft, links)
    try:
        with session.begin_nested():
            if links.hold_id is not None:
                end = rows.hold_end(actor, links.hold_id, HoldOutcome.CAPTURED, entry_id=draft.id)
                session.execute(insert(HOLD_ENDS).values(end))
            session.execute(insert(TRANSFERS).values(rows.transfers(actor, draft, accounts)))
            number = session.execute(
                insert(ENTRIES).values(header).returning(ENTRIES.c.number)
            ).scalar_one()
    except IntegrityError as error:
        known = queries.digests(session, [draft.id]).get(draft.id)
        if known == header["digest"]:
            return queries.entry(session, draft.id)
        if known is not None:
            raise SameEntryOtherContentError from error
        raise _refusal(session, error, accounts, rules.changes([draft], accounts)) from error
    return rows.as_posted(draft, links, header=header, number=number, accounts=accounts)


def post_many(session: Session, *, actor: Actor, drafts: Sequence[EntryDraft]) -> list[UUID]:
    """Post many entries, set-based; return their ids in the order given.

    Entries that are there already with the same content are left as they are.

    Raises:
        SameEntryOtherContentError: an id was used for something else.
        InsufficientBalanceError: an account would fall below its floor; nothing is posted.
    """
    accounts = _accounts_of(session, actor, drafts)
    wanted: dict[UUID, tuple[EntryDraft, dict[str, Any]]] = {}
    known = queries.digests(session, [draft.id for draft in drafts])
    for draft in drafts:
        header = rows.header(actor, draft, NO_LINKS)
        before = wanted[draft.id][1]["digest"] if draft.id in wanted else known.get(draft.id)
        if before is None:
            wanted[draft.id] = (draft, header)
        elif before != header["digest"]:
            raise SameEntryOtherContentError
    if not wanted:
        return [draft.id for draft in drafts]
    new = [draft for draft, _ in wanted.values()]
    try:
        with session.begin_nested():
            queries.locked_spendable(session, rules.bounded_of(accounts))
            lines = [row for draft in new for row in rows.transfers(actor, draft, accounts)]
            session.execute(insert(TRANSFERS), lines)
            numbered = insert(ENTRIES).returning(ENTRIES.c.number, sort_by_parameter_order=True)
            session.execute(numbered, [header for _, header in wanted.values()]).all()
    except IntegrityError as error:
        known = queries.digests(session, wanted)
        if known:  # someone posted one of them meanwhile: ask again, now that it can be seen
            return post_many(session, actor=actor, drafts=drafts)
        raise _refusal(session, error, accounts, rules.changes(new, accounts)) from error
    return [draft.id for draft in drafts]


def hold(
    session: Session,
    *,
    actor: Actor,
    hold_id: UUID,
    account_id: int,
    amount: int,
    memo: str,
    expires_at: datetime | None = None,
) -> HoldView:
    """Set an amount aside; the same id with the same content returns the first hold again.

    Raises:
        AccountNotFoundError, UnboundedHoldError, AmountError
        InsufficientBalanceError: less is available than is to be held.
        SameHoldOtherContentError: the id was used for something else.
    """
    rules.check_amount(amount)
    rules.check_length(memo, rules.MEMO_MAX)
    owner = queries.account(session, community_id=actor.community_id, account_id=account_id)
    if owner.kind != AccountKind.BOUNDED:
        raise UnboundedHoldError
    draft = HoldDraft(hold_id, account_id, amount, memo, expires_at)
    try:
        with session.begin_nested():
            session.execute(insert(HOLDS).values(rows.hold(actor, draft)))
    except IntegrityError as error:
        known = queries.hold_if_any(session, hold_id)
        if known is None:
            raise _refusal(session, error, {owner.id: owner}, [{owner.id: -amount}]) from error
        if known.draft != draft:
            raise SameHoldOtherContentError from error
    return queries.hold(session, community_id=actor.community_id, hold_id=hold_id)


def capture(session: Session, *, actor: Actor, hold_id: UUID, draft: EntryDraft) -> EntryView:
    """End a hold by posting the entry it was made for; what is left over becomes available.

    Raises:
        HoldNotFoundError, HoldAlreadyResolvedError, HoldExpiredError
        HoldExceededError: the entry takes more out of the account than is held.
    """
    held = queries.hold(session, community_id=actor.community_id, hold_id=hold_id)
    if held.outcome is not None and held.entry_id != draft.id:
        raise HoldAlreadyResolvedError
    if held.outcome is None and held.expires_at is not None and held.expires_at <= clock.now():
        raise HoldExpiredError
    accounts = _accounts_of(session, actor, [draft])
    change = rules.nets(draft.transfers, rules.normals_of(accounts)).get(held.account_id, 0)
    if change < -held.amount:
        raise HoldExceededError
    return _post(session, actor=actor, draft=draft, links=Links(hold_id=hold_id))


def release(session: Session, *, actor: Actor, hold_id: UUID, reason: str) -> HoldView:
    """End a hold without posting anything.

    Raises:
        HoldNotFoundError, HoldAlreadyResolvedError
    """
    rules.check_length(reason, rules.MEMO_MAX)
    held = queries.hold(session, community_id=actor.community_id, hold_id=hold_id)
    if held.outcome is not None:
        raise HoldAlreadyResolvedError
    end = rows.hold_end(actor, hold_id, HoldOutcome.RELEASED, reason=reason)
    try:
        with session.begin_nested():
            session.execute(insert(HOLD_ENDS).values(end))
    except IntegrityError as error:
        raise kind_of_refusal(str(error.orig)) from error
    return queries.hold(session, community_id=actor.community_id, hold_id=hold_id)


def expire_due(session: Session, *, actor: Actor) -> int:
    """End the community's holds that are past their time, at most 1,000; return how many."""
    due = queries.due_holds(session, actor.community_id, now=clock.now(), limit=EXPIRE_MAX)
    queries.locked_spendable(session, [held.account_id for held in due])
    still_open = queries.open_among(session, [held.id for held in due])
    if still_open:
        ends = [rows.hold_end(actor, hold_id, HoldOutcome.EXPIRED) for hold_id in still_open]
        session.execute(insert(HOLD_ENDS), ends)
    return len(still_open)


def expire_holds(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: end the holds that are past their time in every community."""
    for community_id in session.scalars(selects.due_communities(clock.now())).all():
        expire_due(session, actor=program(community_id=community_id, name="expire_holds"))


def reverse(
    session: Session,
    *,
    actor: Actor,
    entry_id: UUID,
    reversal_id: UUID,
    reason: str,
    debt_account_id: int | None = None,
) -> EntryView:
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
        kind=f"{first.kind}.reversed",
        effective_on=clock.today(),
        transfers=_reversed(session, first, debt_account_id),
        memo=first.memo,
        document=first.document,
        reason=reason,
    )
    links = Links(reverses_id=entry_id, debt_account_id=debt_account_id)
    try:
        return _post(session, actor=actor, draft=draft, links=links)
    except (SameEntryOtherContentError, AlreadyReversedError):
        # Someone was faster; if it was this very request, the answer is what they got.
        first = queries.entry(session, entry_id)
        return _reversal_again(session, first, reversal_id, reason, debt_account_id)


def _reversal_again(
    session: Session, first: EntryView, reversal_id: UUID, reason: str, debt_account_id: int | None
) -> EntryView:
    """Return the reversal that is already there if this asks for the very same."""
    if first.reversed_by_id is None:
        raise SameEntryOtherContentError
    if first.reversed_by_id != reversal_id:
        raise AlreadyReversedError
    known = queries.entry(session, reversal_id)
    if (known.reason, known.debt_account_id) != (reason, debt_account_id):
        raise SameEntryOtherContentError
    return known


def _reversed(session: Session, first: EntryView, debt_account_id: int | None) -> list[Transfer]:
    """Return the mirror image of an entry; with a debt account, under the locks of balances."""
    lines = rules.mirrored(first)
    if debt_account_id is None:
        return lines
    ids = {line.debit_id for line in lines} | {line.credit_id for line in lines}
    accounts = queries.accounts_by_id(session, ids | {debt_account_id})
    rules.check_debt_account(accounts.get(debt_account_id), first)
    return rules.onto_debt(
        lines,
        normals=rules.normals_of(accounts),
        spendable=queries.locked_spendable(session, rules.bounded_of(accounts)),
        debt_account_id=debt_account_id,
    )


def _accounts_of(
    session: Session, actor: Actor, drafts: Sequence[EntryDraft]
) -> dict[int, AccountView]:
    """Return the accounts that the drafts move, having refused drafts that can be no entries."""
    for draft in drafts:
        rules.check_draft(draft)
    lines = [line for draft in drafts for line in draft.transfers]
    ids = {line.debit_id for line in lines} | {line.credit_id for line in lines}
    accounts = queries.accounts_by_id(session, ids)
    own = {key for key, view in accounts.items() if view.community_id == actor.community_id}
    if own != ids:
        raise AccountNotFoundError
    for draft in drafts:
        rules.check_accounts(draft, accounts)
    return accounts


def _refusal(
    session: Session,
    error: IntegrityError,
    accounts: Mapping[int, AccountView],
    changes: Iterable[Mapping[int, int]],
) -> DomainError:
    """Return the refusal in words that the database gave in a code, with what is there."""
    kind = kind_of_refusal(str(error.orig))
    if not issubclass(kind, InsufficientBalanceError):
        return kind()
    bounded = queries.balances(session, rules.bounded_of(accounts))
    left = {key: balance.spendable for key, balance in bounded.items()}
    for change in changes:
        for key in sorted(change.keys() & left.keys()):
            if left[key] + change[key] < 0:
                return rules.insufficient(accounts[key].asset, have=left[key], need=-change[key])
            left[key] += change[key]
    return InsufficientBalanceError()
