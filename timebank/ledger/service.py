"""The ledger's verbs: open books and accounts, post, hold, capture, release, expire, reverse.

The post path is Core SQL in one savepoint: read the accounts, insert the transfers, insert the
header. The header is the seal, and the database's triggers settle the balances.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Table, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger import queries, rules
from timebank.ledger.errors import (
    AccountDiffersError,
    AccountNotFoundError,
    AlreadyReversedError,
    BadDebtAccountError,
    BookNotFoundError,
    CrossAssetError,
    CrossBookError,
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
from timebank.ledger.models.tables import (
    Account,
    AccountBalance,
    Book,
    Entry,
    Hold,
    HoldEnd,
    TransferLine,
    seal_of,
)
from timebank.ledger.rules import (
    NO_LINKS,
    AccountKind,
    AccountView,
    Asset,
    EntryDraft,
    EntryView,
    HoldOutcome,
    HoldView,
    Links,
    Side,
    Transfer,
    TransferView,
)

EXPIRE_MAX = 1000

_BOOKS, _ACCOUNTS = Book.metadata.tables["ledger_book"], Account.metadata.tables["ledger_account"]
_ENTRIES = Entry.metadata.tables["ledger_entry"]
_TRANSFERS = TransferLine.metadata.tables["ledger_transfer"]
_HOLDS, _HOLD_ENDS = Hold.metadata.tables["ledger_hold"], HoldEnd.metadata.tables["ledger_hold_end"]


def ensure_book(session: Session, *, community_id: int, code: str, name: str) -> int:
    """Return the id of a community's book, opening it when there is none yet."""
    found = queries.book_id(session, community_id=community_id, code=code)
    if found is None:
        row = {"community_id": community_id, "code": code, "name": name}
        _insert_unless_there(session, _BOOKS, row)
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
        _insert_unless_there(session, _ACCOUNTS, row)
        found = queries.account_id(session, book_id=book_id, code=code)
    if found is None:
        raise AccountNotFoundError
    view = queries.accounts_by_id(session, [found])[found]
    if (view.asset, view.kind, view.normal, view.floor) != (asset, kind, normal, floor):
        raise AccountDiffersError(account=code)
    return found


def _insert_unless_there(session: Session, table: Table, row: Mapping[str, object]) -> None:
    """Insert a row under its seal; when someone else was faster, theirs stays."""
    values = _sealed(table, row)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())


def _sealed(table: Table, row: Mapping[str, object]) -> dict[str, Any]:
    """Return a row with its seal."""
    return {**row, "seal": seal_of(table, row)}


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
    header = _header(actor, draft, links)
    try:
        with session.begin_nested():
            if links.hold_id is not None:
                end = _hold_end(actor, links.hold_id, HoldOutcome.CAPTURED, entry_id=draft.id)
                session.execute(insert(_HOLD_ENDS).values(end))
            session.execute(insert(_TRANSFERS).values(_transfer_rows(actor, draft, accounts)))
            number = session.execute(
                insert(_ENTRIES).values(header).returning(_ENTRIES.c.number)
            ).scalar_one()
    except IntegrityError as error:
        known = queries.digests(session, [draft.id]).get(draft.id)
        if known == header["digest"]:
            return queries.entry(session, draft.id)
        if known is not None:
            raise SameEntryOtherContentError from error
        raise _refusal(session, error, [draft], accounts) from error
    return _view(draft, links, header, number, accounts)


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
        header = _header(actor, draft, NO_LINKS)
        before = wanted[draft.id][1]["digest"] if draft.id in wanted else known.get(draft.id)
        if before is None:
            wanted[draft.id] = (draft, header)
        elif before != header["digest"]:
            raise SameEntryOtherContentError
    new = [draft for draft, _ in wanted.values()]
    if not new:
        return [draft.id for draft in drafts]
    try:
        with session.begin_nested():
            _locked(session, [view.id for view in accounts.values() if _is_bounded(view)])
            lines = [row for draft in new for row in _transfer_rows(actor, draft, accounts)]
            session.execute(insert(_TRANSFERS), lines)
            numbered = insert(_ENTRIES).returning(_ENTRIES.c.number, sort_by_parameter_order=True)
            session.execute(numbered, [header for _, header in wanted.values()]).all()
    except IntegrityError as error:
        known = queries.digests(session, wanted)
        if known:  # someone posted one of them meanwhile: ask again, now that it can be seen
            return post_many(session, actor=actor, drafts=drafts)
        raise _refusal(session, error, new, accounts) from error
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
    if not _is_bounded(owner):
        raise UnboundedHoldError
    row = {
        "id": hold_id,
        "community_id": actor.community_id,
        "account_id": account_id,
        "amount": amount,
        "memo": memo,
        "held_at": clock.now(),
        "expires_at": expires_at,
        **_signature(actor),
    }
    try:
        with session.begin_nested():
            session.execute(insert(_HOLDS).values(_sealed(_HOLDS, row)))
    except IntegrityError as error:
        known = queries.hold_if_any(session, hold_id)
        if known is None:
            raise _hold_refusal(session, error, owner, amount) from error
        same = (known.account_id, known.amount, known.memo, known.expires_at)
        if same != (account_id, amount, memo, expires_at):
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
    change = rules.nets(draft.transfers, _normals(accounts)).get(held.account_id, 0)
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
    end = _hold_end(actor, hold_id, HoldOutcome.RELEASED, reason=reason)
    try:
        with session.begin_nested():
            session.execute(insert(_HOLD_ENDS).values(end))
    except IntegrityError as error:
        raise kind_of_refusal(str(error.orig)) from error
    return queries.hold(session, community_id=actor.community_id, hold_id=hold_id)


def expire_due(session: Session, *, actor: Actor) -> int:
    """End the community's holds that are past their time, at most 1,000; return how many."""
    due = queries.due_holds(
        session, community_id=actor.community_id, now=clock.now(), limit=EXPIRE_MAX
    )
    _locked(session, [held.account_id for held in due])
    still_open = queries.open_among(session, [held.id for held in due])
    if still_open:
        ends = [_hold_end(actor, hold_id, HoldOutcome.EXPIRED) for hold_id in still_open]
        session.execute(insert(_HOLD_ENDS), ends)
    return len(still_open)


def reverse(
    session: Session,
    *,
    actor: Actor,
    entry_id: UUID,
    reversal_id: UUID,
    reason: str,
    debt_account_id: int | None = None,
    kind: str | None = None,
) -> EntryView:
    """Undo an entry by its mirror image, once; what is already spent goes to the debt account.

    ``kind`` names the reversal; without it the first kind gets ``.reversed`` at its end.

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
        kind=kind or f"{first.kind}.reversed",
        effective_on=clock.today(),
        transfers=_reversed(session, actor, first, debt_account_id),
        memo=first.memo,
        document=first.document,
        reason=reason,
    )
    links = Links(reverses_id=entry_id, debt_account_id=debt_account_id)
    return _post(session, actor=actor, draft=draft, links=links)


def _reversal_again(
    session: Session, first: EntryView, reversal_id: UUID, reason: str, debt_account_id: int | None
) -> EntryView:
    """Return the reversal that is already there if this asks for the very same."""
    if first.reversed_by_id != reversal_id:
        raise AlreadyReversedError
    known = queries.entry(session, reversal_id)
    if (known.reason, known.debt_account_id) != (reason, debt_account_id):
        raise SameEntryOtherContentError
    return known


def _reversed(
    session: Session, actor: Actor, first: EntryView, debt_account_id: int | None
) -> list[Transfer]:
    """Return the mirror image of an entry under the locks of its balances."""
    given = [Transfer(line.debit_id, line.credit_id, line.amount) for line in first.transfers]
    mirrored = [Transfer(line.credit_id, line.debit_id, line.amount) for line in given]
    ids = {line.debit_id for line in given} | {line.credit_id for line in given}
    accounts = queries.accounts_by_id(session, ids)
    normals = _normals(accounts)
    short: dict[int, int] = {}
    if debt_account_id is not None:
        debt = queries.accounts_by_id(session, [debt_account_id]).get(debt_account_id)
        assets = {line.asset for line in first.transfers}
        if debt is None or debt.community_id != actor.community_id:
            raise AccountNotFoundError
        if _is_bounded(debt) or debt.book_id != first.book_id or assets != {debt.asset}:
            raise BadDebtAccountError
        spendable = _locked(session, [view.id for view in accounts.values() if _is_bounded(view)])
        change = rules.nets(mirrored, normals)
        short = {key: -change[key] - left for key, left in spendable.items() if -change[key] > left}
    return rules.reversed_transfers(
        given, normals=normals, short=short, debt_account_id=debt_account_id
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
        for line in draft.transfers:
            debit, credit = accounts[line.debit_id], accounts[line.credit_id]
            if not debit.book_id == credit.book_id == draft.book_id:
                raise CrossBookError
            if debit.asset != credit.asset:
                raise CrossAssetError
    return accounts


def _signature(actor: Actor) -> dict[str, object]:
    """Return the columns that say who did it."""
    return {"actor_user_id": actor.user_id, "actor_name": actor.name}


def _header(actor: Actor, draft: EntryDraft, links: Links) -> dict[str, Any]:
    """Return the sealed header row of a draft."""
    row = {
        "id": draft.id,
        "community_id": actor.community_id,
        "book_id": draft.book_id,
        "lines": len(draft.transfers),
        "kind": draft.kind,
        "effective_on": draft.effective_on,
        "recorded_at": clock.now(),
        **_signature(actor),
        "memo": draft.memo,
        "document": draft.document,
        "reason": draft.reason,
        "reverses_id": links.reverses_id,
        "debt_account_id": links.debt_account_id,
        "digest": rules.digest(draft, links),
    }
    return _sealed(_ENTRIES, row)


def _transfer_rows(
    actor: Actor, draft: EntryDraft, accounts: Mapping[int, AccountView]
) -> list[dict[str, Any]]:
    """Return the rows of a draft's transfers, numbered from 1."""
    return [
        {
            "community_id": actor.community_id,
            "book_id": draft.book_id,
            "entry_id": draft.id,
            "line": number,
            "lines": len(draft.transfers),
            "asset": accounts[line.debit_id].asset.value,
            "debit_id": line.debit_id,
            "credit_id": line.credit_id,
            "amount": line.amount,
        }
        for number, line in enumerate(draft.transfers, start=1)
    ]


def _hold_end(
    actor: Actor,
    hold_id: UUID,
    outcome: HoldOutcome,
    *,
    entry_id: UUID | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return the row that ends a hold."""
    row = {
        "hold_id": hold_id,
        "community_id": actor.community_id,
        "outcome": outcome.value,
        "entry_id": entry_id,
        "reason": reason,
        "ended_at": clock.now(),
        **_signature(actor),
    }
    return _sealed(_HOLD_ENDS, row)


def _is_bounded(view: AccountView) -> bool:
    """Whether an account keeps a balance row."""
    return view.kind == AccountKind.BOUNDED


def _normals(accounts: Mapping[int, AccountView]) -> dict[int, Side]:
    """Return ``{account_id: normal side}``."""
    return {key: view.normal for key, view in accounts.items()}


def _locked(session: Session, account_ids: Sequence[int]) -> dict[int, int]:
    """Lock balances in order; return ``{account_id: what may still leave it}``.

    SQLite's writer holds the whole file already.
    """
    if not account_ids:
        return {}
    if session.get_bind().dialect.name == "postgresql":
        ids = bindparam("ids", sorted(set(account_ids)), ARRAY(BigInteger))
        rows = func.ledger_lock_balances(ids).table_valued("account_id", "posted", "held", "floor")
        chosen = select(rows.c.account_id, rows.c.posted, rows.c.held, rows.c.floor)
    else:
        chosen = select(
            AccountBalance.account_id,
            AccountBalance.posted,
            AccountBalance.held,
            AccountBalance.floor,
        ).where(AccountBalance.account_id.in_(account_ids))
    return {key: posted - held - floor for key, posted, held, floor in session.execute(chosen)}


def _refusal(
    session: Session,
    error: IntegrityError,
    drafts: Sequence[EntryDraft],
    accounts: Mapping[int, AccountView],
) -> DomainError:
    """Return the refusal in words that the database gave in a code."""
    kind = kind_of_refusal(str(error.orig))
    if not issubclass(kind, InsufficientBalanceError):
        return kind()
    bounded = [view.id for view in accounts.values() if _is_bounded(view)]
    left = {
        key: balance.available - (balance.floor or 0)
        for key, balance in queries.balances(session, bounded).items()
    }
    for draft in drafts:
        for key, change in rules.nets(draft.transfers, _normals(accounts)).items():
            if key in left and left[key] + change < 0:
                return rules.insufficient(accounts[key].asset, have=left[key], need=-change)
            if key in left:
                left[key] += change
    return InsufficientBalanceError()


def _hold_refusal(
    session: Session, error: IntegrityError, owner: AccountView, amount: int
) -> DomainError:
    """Return the refusal of a hold with what could have been held."""
    kind = kind_of_refusal(str(error.orig))
    if not issubclass(kind, InsufficientBalanceError):
        return kind()
    now = queries.balance(session, owner.id)
    return rules.insufficient(owner.asset, have=now.available - (now.floor or 0), need=amount)


def _view(
    draft: EntryDraft,
    links: Links,
    header: Mapping[str, Any],
    number: int,
    accounts: Mapping[int, AccountView],
) -> EntryView:
    """Return the entry just posted."""
    lines = tuple(
        TransferView(
            line=at,
            debit_id=line.debit_id,
            debit_code=accounts[line.debit_id].code,
            credit_id=line.credit_id,
            credit_code=accounts[line.credit_id].code,
            asset=accounts[line.debit_id].asset,
            amount=line.amount,
        )
        for at, line in enumerate(draft.transfers, start=1)
    )
    return EntryView(
        id=draft.id,
        number=number,
        book_id=draft.book_id,
        kind=draft.kind,
        effective_on=draft.effective_on,
        recorded_at=header["recorded_at"],
        actor_user_id=header["actor_user_id"],
        actor_name=header["actor_name"],
        memo=draft.memo,
        document=draft.document,
        reason=draft.reason,
        transfers=lines,
        reverses_id=links.reverses_id,
        hold_id=links.hold_id,
        debt_account_id=links.debt_account_id,
    )
