"""What the ledger can be asked: accounts, balances, statements, entries, holds."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, RowMapping, bindparam, cast, func, select, union_all
from sqlalchemy.orm import Session, aliased

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import (
    AccountNotFoundError,
    BookNotFoundError,
    EntryNotFoundError,
    HoldNotFoundError,
)
from timebank.ledger.models import selects, sums
from timebank.ledger.models.sums import BookSums, MonthSum
from timebank.ledger.models.tables import (
    ENTRIES,
    Account,
    AccountBalance,
    Book,
    Entry,
    Hold,
    HoldEnd,
    TransferLine,
)
from timebank.ledger.rules import (
    AccountKind,
    AccountState,
    AccountView,
    Asset,
    Balance,
    BookView,
    EntryView,
    HoldOutcome,
    HoldView,
    Side,
    StatementLine,
    TransferView,
    signed,
)

_IDS_MAX = 1000  # values in one IN (...)
_BEHIND_ENTRY = {"community_id", "lines", "digest", "seal"}


def books(session: Session, community_id: int) -> list[BookView]:
    """Return a community's books in the order in which they were opened."""
    chosen = select(Book.id, Book.code, Book.name).where(Book.community_id == community_id)
    rows = session.execute(chosen.order_by(Book.id).limit(paging.PAGE_SIZE_MAX))
    return [BookView(row.id, row.code, row.name) for row in rows]


def book_sums(session: Session, community_id: int) -> list[BookSums]:
    """Return what each book of a community holds in all."""
    return [BookSums(*row) for row in session.execute(sums.of_books(community_id))]


def month_sums(session: Session, book_id: int) -> list[MonthSum]:
    """Return what moved the open accounts of a book, month by month, in no order."""
    return [MonthSum(*row) for row in session.execute(sums.by_month(book_id))]


def book(session: Session, *, community_id: int, book_id: int) -> BookView:
    """Return a community's book.

    Raises:
        BookNotFoundError: there is none in this community.
    """
    chosen = select(Book.id, Book.code, Book.name)
    row = session.execute(
        chosen.where(Book.id == book_id, Book.community_id == community_id)
    ).one_or_none()
    if row is None:
        raise BookNotFoundError
    return BookView(row.id, row.code, row.name)


def book_id(session: Session, *, community_id: int, code: str) -> int | None:
    """Return the id of a community's book, if it was opened."""
    return session.scalar(
        select(Book.id).where(Book.community_id == community_id, Book.code == code)
    )


def _account_view(row: RowMapping) -> AccountView:
    """Return an account from its row."""
    typed = {
        "asset": Asset(row["asset"]),
        "kind": AccountKind(row["kind"]),
        "normal": Side(row["normal"]),
    }
    return AccountView(**{**row, **typed})


def accounts_by_id(session: Session, account_ids: Collection[int]) -> dict[int, AccountView]:
    """Return the accounts that exist among these ids."""
    found: dict[int, AccountView] = {}
    wanted = sorted(account_ids)
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        for row in session.execute(selects.accounts().where(Account.id.in_(some))).mappings():
            found[row["id"]] = _account_view(row)
    return found


def account(
    session: Session, *, community_id: int, account_id: int, person_id: int | None = None
) -> AccountView:
    """Return a community's account; with ``person_id`` only if it is that person's.

    Raises:
        AccountNotFoundError: there is none within this reach.
    """
    chosen = selects.accounts().where(
        Account.id == account_id, Account.community_id == community_id
    )
    if person_id is not None:
        chosen = chosen.where(Account.person_id == person_id)
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise AccountNotFoundError
    return _account_view(row)


def account_id(session: Session, *, book_id: int, code: str) -> int | None:
    """Return the id of a book's account, if it was opened."""
    return session.scalar(
        select(Account.id).where(Account.book_id == book_id, Account.code == code)
    )


def accounts(
    session: Session,
    *,
    community_id: int,
    book_id: int | None = None,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[AccountView]:
    """Return a page of accounts in the order in which they were opened."""
    chosen = selects.accounts().where(Account.community_id == community_id)
    if book_id is not None:
        chosen = chosen.where(Account.book_id == book_id)
    if person_id is not None:
        chosen = chosen.where(Account.person_id == person_id)
    if cursor is not None:
        chosen = chosen.where(Account.id > paging.decode_id(cursor))
    rows = session.execute(chosen.order_by(Account.id).limit(limit + 1)).mappings()
    views = [_account_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def with_balances(session: Session, views: Collection[AccountView]) -> list[AccountState]:
    """Return accounts with their balances."""
    found = balances(session, [view.id for view in views])
    return [AccountState(view, found[view.id]) for view in views]


def balance(session: Session, account_id: int) -> Balance:
    """Return an account's balance on its normal side.

    Raises:
        AccountNotFoundError: there is no such account.
    """
    found = balances(session, [account_id])
    if account_id not in found:
        raise AccountNotFoundError
    return found[account_id]


def balances(session: Session, account_ids: Collection[int]) -> dict[int, Balance]:
    """Return ``{account_id: balance}`` for the accounts that exist among these ids."""
    found: dict[int, Balance] = {}
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), _IDS_MAX):
        found |= _some_balances(session, wanted[start : start + _IDS_MAX])
    return found


def _some_balances(session: Session, account_ids: list[int]) -> dict[int, Balance]:
    """Return balances: bounded ones from their row, open ones summed."""
    rows = session.execute(
        select(
            Account.id,
            Account.normal,
            AccountBalance.posted,
            AccountBalance.held,
            AccountBalance.floor,
        )
        .outerjoin(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.id.in_(account_ids))
    ).all()
    debits = _debit_sums(session, [row.id for row in rows if row.posted is None])
    found: dict[int, Balance] = {}
    for row in rows:
        if row.posted is None:
            posted = signed(debits.get(row.id, 0), side=Side.DEBIT, normal=Side(row.normal))
            found[row.id] = Balance(posted, 0, posted, None)
        else:
            found[row.id] = Balance(row.posted, row.held, row.posted - row.held, row.floor)
    return found


def _debit_sums(session: Session, account_ids: list[int]) -> dict[int, int]:
    """Return debits less credits of the accounts that were ever moved."""
    if not account_ids:
        return {}
    debit = select(TransferLine.debit_id.label("account_id"), TransferLine.amount.label("amount"))
    credit = select(TransferLine.credit_id, -TransferLine.amount)
    moves = union_all(
        debit.where(TransferLine.debit_id.in_(account_ids)),
        credit.where(TransferLine.credit_id.in_(account_ids)),
    ).subquery()
    total = cast(func.sum(moves.c.amount), BigInteger)
    rows = session.execute(select(moves.c.account_id, total).group_by(moves.c.account_id))
    return {row[0]: row[1] for row in rows}


def locked_spendable(session: Session, account_ids: Collection[int]) -> dict[int, int]:
    """Lock balances in order; return ``{account_id: what may still leave it}``.

    SQLite's writer holds the whole file already.
    """
    if session.get_bind().dialect.name != "postgresql":
        return {key: found.spendable for key, found in balances(session, account_ids).items()}
    ids = bindparam("ids", sorted(set(account_ids)), ARRAY(BigInteger))
    rows = func.ledger_lock_balances(ids).table_valued("account_id", "posted", "held", "floor")
    left = rows.c.posted - rows.c.held - rows.c.floor
    return {row[0]: row[1] for row in session.execute(select(rows.c.account_id, left))}


def statement(
    session: Session,
    account_id: int,
    *,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[StatementLine]:
    """Return a page of an account's lines, newest first, each with the balance after it.

    Raises:
        AccountNotFoundError: there is no such account.
    """
    owner = accounts_by_id(session, [account_id]).get(account_id)
    if owner is None:
        raise AccountNotFoundError
    before = None if cursor is None else paging.decode_id(cursor)
    page = paging.page_of(
        session.execute(selects.lines(owner, before, limit + 1)).mappings().all(),
        limit=limit,
        key=lambda row: [row["id"]],
    )
    if not page.items:
        return Page([])
    after = balance(session, account_id).posted - _newer_sum(session, owner, page.items[0]["id"])
    lines: list[StatementLine] = []
    for row in page.items:
        shown = {key: value for key, value in row.items() if key not in {"id", "counter_id"}}
        lines.append(StatementLine(**shown, balance_after=after))
        after -= row["amount"]
    return Page(lines, page.next_cursor)


def _newer_sum(session: Session, owner: AccountView, line_id: int) -> int:
    """Return what came onto an account after a line."""
    sides = [selects.moves(owner, side=side).where(TransferLine.id > line_id) for side in Side]
    newer = union_all(*sides).subquery()
    total = session.scalar(select(cast(func.coalesce(func.sum(newer.c.amount), 0), BigInteger)))
    return int(total or 0)


def entry(session: Session, entry_id: UUID) -> EntryView:
    """Return a sealed entry.

    Raises:
        EntryNotFoundError: there is no such entry.
    """
    reversal = aliased(Entry)
    head = (
        session.execute(
            select(
                *(column for column in ENTRIES.c if column.name not in _BEHIND_ENTRY),
                reversal.id.label("reversed_by_id"),
                HoldEnd.hold_id.label("hold_id"),
            )
            .outerjoin(reversal, reversal.reverses_id == Entry.id)
            .outerjoin(HoldEnd, HoldEnd.entry_id == Entry.id)
            .where(Entry.id == entry_id)
        )
        .mappings()
        .one_or_none()
    )
    if head is None:
        raise EntryNotFoundError
    return EntryView(**head, transfers=transfers_of(session, entry_id))


def entry_within(
    session: Session, *, community_id: int, entry_id: UUID, person_id: int | None = None
) -> EntryView:
    """Return a community's entry; with ``person_id`` only if it moved that person's account.

    Raises:
        EntryNotFoundError: there is none within this reach.
    """
    chosen = select(Entry.id).where(Entry.id == entry_id, Entry.community_id == community_id)
    if person_id is not None:
        own = select(Account.id).where(Account.person_id == person_id)
        moved = TransferLine.debit_id.in_(own) | TransferLine.credit_id.in_(own)
        lines = select(TransferLine.id).where(TransferLine.entry_id == entry_id, moved)
        chosen = chosen.where(lines.exists())
    if session.scalar(chosen) is None:
        raise EntryNotFoundError
    return entry(session, entry_id)


def transfers_of(session: Session, entry_id: UUID) -> tuple[TransferView, ...]:
    """Return an entry's lines in their order."""
    debit, credit = aliased(Account), aliased(Account)
    rows = session.execute(
        select(
            TransferLine.line,
            TransferLine.debit_id,
            debit.code.label("debit_code"),
            debit.name.label("debit_name"),
            TransferLine.credit_id,
            credit.code.label("credit_code"),
            credit.name.label("credit_name"),
            TransferLine.asset,
            TransferLine.amount,
        )
        .join(debit, debit.id == TransferLine.debit_id)
        .join(credit, credit.id == TransferLine.credit_id)
        .where(TransferLine.entry_id == entry_id)
        .order_by(TransferLine.line)
    ).mappings()
    return tuple(TransferView(**{**row, "asset": Asset(row["asset"])}) for row in rows)


def digests(session: Session, entry_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return ``{entry_id: request digest}`` for the entries that exist."""
    found: dict[UUID, str] = {}
    wanted = list(entry_ids)
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        rows = session.execute(select(Entry.id, Entry.digest).where(Entry.id.in_(some)))
        found |= {row.id: row.digest for row in rows}
    return found


def _hold_view(row: RowMapping) -> HoldView:
    """Return a hold from its row."""
    outcome = row["outcome"]
    return HoldView(**{**row, "outcome": None if outcome is None else HoldOutcome(outcome)})


def hold(session: Session, *, community_id: int, hold_id: UUID) -> HoldView:
    """Return a community's hold.

    Raises:
        HoldNotFoundError: there is none in this community.
    """
    chosen = selects.holds().where(Hold.id == hold_id, Hold.community_id == community_id)
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise HoldNotFoundError
    return _hold_view(row)


def hold_if_any(session: Session, hold_id: UUID) -> HoldView | None:
    """Return a hold of whatever community, if there is one."""
    row = session.execute(selects.holds().where(Hold.id == hold_id)).mappings().one_or_none()
    return None if row is None else _hold_view(row)


def due_holds(session: Session, community_id: int, *, now: datetime, limit: int) -> list[HoldView]:
    """Return a community's open holds that are past their time, longest past first."""
    chosen = selects.holds().where(
        Hold.community_id == community_id, HoldEnd.hold_id.is_(None), Hold.expires_at <= now
    )
    rows = session.execute(chosen.order_by(Hold.expires_at, Hold.id).limit(limit))
    return [_hold_view(row) for row in rows.mappings()]


def open_among(session: Session, hold_ids: Collection[UUID]) -> list[UUID]:
    """Return which of these holds have not ended."""
    chosen = select(Hold.id).outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
    return list(session.scalars(chosen.where(Hold.id.in_(hold_ids), HoldEnd.hold_id.is_(None))))


def open_holds(session: Session, account_id: int) -> list[HoldView]:
    """Return the open holds of an account, oldest first."""
    chosen = selects.holds().where(Hold.account_id == account_id, HoldEnd.hold_id.is_(None))
    rows = session.execute(chosen.order_by(Hold.held_at, Hold.id).limit(paging.PAGE_SIZE_MAX))
    return [_hold_view(row) for row in rows.mappings()]
