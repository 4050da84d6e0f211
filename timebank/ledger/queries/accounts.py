"""Books, accounts and their balances."""

from collections.abc import Collection, Iterator
from typing import Any  # the columns of a row

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Row,
    RowMapping,
    Select,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.db import Reader
from timebank.kernel.paging import Page
from timebank.ledger.errors import AccountNotFoundError, BookNotFoundError
from timebank.ledger.models import selects, sums
from timebank.ledger.models.sums import BookSums, MonthSum
from timebank.ledger.models.tables import Account, AccountBalance, Book
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.values import (
    AccountKind,
    AccountState,
    AccountView,
    Asset,
    Balance,
    BookView,
    Restriction,
    Side,
)

_IDS_MAX = 1000  # values in one IN (...)


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
    asked = {"book_id": book_id, "community_id": community_id}
    row = session.execute(selects.BOOK, asked).one_or_none()
    if row is None:
        raise BookNotFoundError
    return BookView(row.id, row.code, row.name)


def book_id(session: Session, *, community_id: int, code: str) -> int | None:
    """Return the id of a community's book, if it was opened."""
    return session.scalar(
        select(Book.id).where(Book.community_id == community_id, Book.code == code)
    )


def _account_view(row: RowMapping) -> AccountView:
    """Return an account from its row, which may say more."""
    restriction = row["restriction"]
    return AccountView(
        id=row["id"],
        community_id=row["community_id"],
        book_id=row["book_id"],
        asset=Asset(row["asset"]),
        code=row["code"],
        name=row["name"],
        kind=AccountKind(row["kind"]),
        normal=Side(row["normal"]),
        floor=row["floor"],
        restriction=None if restriction is None else Restriction(restriction),
        person_id=row["person_id"],
        project_id=row["project_id"],
    )


def accounts_by_id(session: Session, account_ids: Collection[int]) -> dict[int, AccountView]:
    """Return the accounts that exist among these ids."""
    found: dict[int, AccountView] = {}
    wanted = sorted(account_ids)
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        for row in session.execute(selects.accounts().where(Account.id.in_(some))).mappings():
            found[row["id"]] = _account_view(row)
    return found


def account(session: Session, *, community_id: int, account_id: int) -> AccountView:
    """Return a community's account.

    Raises:
        AccountNotFoundError: there is none in this community.
    """
    chosen = selects.accounts().where(
        Account.id == account_id, Account.community_id == community_id
    )
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise AccountNotFoundError
    return _account_view(row)


def state(
    session: Reader, *, community_id: int, account_id: int, person_id: int | None = None
) -> AccountState:
    """Return a community's account with its balance; with ``person_id`` only that person's.

    Raises:
        AccountNotFoundError: there is none within this reach.
    """
    chosen = selects.STATE_WITHIN if person_id is None else selects.STATE_OF_PERSON
    asked = {"account_id": account_id, "community_id": community_id, "person_id": person_id}
    row = session.execute(chosen, asked).mappings().one_or_none()
    if row is None:
        raise AccountNotFoundError
    return _account_state(row)


def state_by_code(
    session: Session, *, community_id: int, book: str, code: str
) -> AccountState | None:
    """Return an account with its balance by the codes of its book and its own, if it was opened."""
    asked = {"community_id": community_id, "book": book, "code": code}
    row = session.execute(selects.STATE_BY_CODE, asked).mappings().one_or_none()
    return None if row is None else _account_state(row)


def states(session: Session, account_ids: Collection[int]) -> dict[int, AccountState]:
    """Return ``{account_id: account with its balance}`` for those that exist among these ids."""
    rows = _rows_among(session, selects.STATES, account_ids)
    return {row["id"]: _account_state(row) for row in rows}


def _account_state(row: RowMapping) -> AccountState:
    """Return an account with its balance from its row."""
    return AccountState(_account_view(row), _balance(row))


def account_of(session: Session, *, book_id: int, code: str) -> Row[Any] | None:
    """Return id and nature of a book's account, if it was opened."""
    nature = (Account.asset, Account.kind, Account.normal, Account.floor, Account.restriction)
    chosen = select(Account.id, *nature).where(Account.book_id == book_id, Account.code == code)
    return session.execute(chosen).one_or_none()


def account_id(session: Session, *, book_id: int, code: str) -> int | None:
    """Return the id of a book's account, if it was opened."""
    return session.scalar(
        select(Account.id).where(Account.book_id == book_id, Account.code == code)
    )


def account_ids(session: Session, *, book_id: int, codes: Collection[str]) -> dict[str, int]:
    """Return ``{code: id}`` of a book's accounts that were opened among these codes."""
    rows = session.execute(
        select(Account.code, Account.id).where(Account.book_id == book_id, Account.code.in_(codes))
    )
    return {code: account_id for code, account_id in rows}  # noqa: C416 - rows are no pairs


def account_id_within(session: Session, *, community_id: int, book: str, code: str) -> int | None:
    """Return the id of an account by the codes of its book and its own, if it was opened."""
    asked = {"community_id": community_id, "book": book, "code": code}
    return session.scalar(selects.ACCOUNT_ID_WITHIN, asked)


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
    rows = _rows_among(session, selects.BALANCES_OF, account_ids)
    return {row["id"]: _balance(row) for row in rows}


def _rows_among(
    session: Session, chosen: Select[Any], account_ids: Collection[int]
) -> Iterator[RowMapping]:
    """Yield the rows of accounts by their ids, some at a time."""
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), _IDS_MAX):
        some = wanted[start : start + _IDS_MAX]
        yield from session.execute(chosen, {"account_ids": some}).mappings()


def _balance(row: RowMapping) -> Balance:
    """Return a balance from its row: that of a bounded account, or an open one's sum."""
    if row["posted"] is None:
        posted = signed(row["debits"], side=Side.DEBIT, normal=Side(row["normal"]))
        return Balance(posted, 0, posted, None)
    return Balance(row["posted"], row["held"], row["posted"] - row["held"], row["lowest"])


def frozen_among(session: Session, account_ids: Collection[int]) -> set[int]:
    """Return which of these accounts are frozen."""
    chosen = select(AccountBalance.account_id).where(
        AccountBalance.account_id.in_(account_ids), AccountBalance.frozen != 0
    )
    return set(session.scalars(chosen))


def frozen_persons(session: Session, *, community_id: int, person_ids: Collection[int]) -> set[int]:
    """Return which of these people have a frozen account."""
    chosen = (
        select(Account.person_id)
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(
            Account.community_id == community_id,
            Account.person_id.in_(person_ids),
            AccountBalance.frozen != 0,
        )
    )
    return {one for one in session.scalars(chosen) if one is not None}


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
