"""The selects of sums over whole books, for reports."""

from dataclasses import dataclass
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    extract,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from timebank.ledger.models.days import AccountDelta
from timebank.ledger.models.kept import AccountMonth
from timebank.ledger.models.tables import IS_OPEN, Account, AccountBalance, Book
from timebank.ledger.rules.values import Side


@dataclass(frozen=True, slots=True)
class BookSums:
    """A book in all: sums of bounded and open accounts (as credits), what is held."""

    id: int
    code: str
    name: str
    bounded: int
    held: int
    open: int

    @property
    def difference(self) -> int:
        """By how much bounded and open accounts do not cancel out; zero in sound books."""
        return self.bounded + self.open


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What an open account gained on its normal side in one month."""

    account_id: int
    code: str
    year: int
    month: int
    amount: int


def _whole(column: ColumnElement[Any] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return a sum as a 64-bit whole number, zero where there was nothing to add."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _months_of_open(scope: ColumnElement[bool]) -> Select[Any]:
    """Return what moved the open accounts in scope by month, or since folding, as a credit."""
    kept = [
        select(
            Account.id.label("account_id"),
            Account.book_id.label("book_id"),
            Account.code.label("code"),
            Account.normal.label("normal"),
            day.label("on_day"),
            (table.credits - table.debits).label("amount"),
        )
        .join(table, table.account_id == Account.id)
        .where(IS_OPEN, scope)
        for table, day in (
            (AccountMonth, AccountMonth.month_on),
            (AccountDelta, AccountDelta.on_day),
        )
    ]
    moves = union_all(*kept).subquery()
    return select(*moves.c)


def of_books(community_id: int) -> Select[Any]:
    """Return id, code, name, bounded sum, held sum and open sum of each book.

    Sums are signed as credits, so that the bounded and the open sum of sound books cancel out.
    """
    posted = case((Account.normal == Side.CREDIT, 1), else_=-1) * AccountBalance.posted
    bounded = (
        select(
            Account.book_id,
            _whole(posted).label("posted"),
            _whole(AccountBalance.held).label("held"),
        )
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.community_id == community_id)
        .group_by(Account.book_id)
        .subquery()
    )
    moves = _months_of_open(Account.community_id == community_id).subquery()
    opened = (
        select(moves.c.book_id, _whole(moves.c.amount).label("posted"))
        .group_by(moves.c.book_id)
        .subquery()
    )
    figures = (bounded.c.posted, bounded.c.held, opened.c.posted)
    return (
        select(Book.id, Book.code, Book.name, *(func.coalesce(one, 0) for one in figures))
        .outerjoin(bounded, bounded.c.book_id == Book.id)
        .outerjoin(opened, opened.c.book_id == Book.id)
        .where(Book.community_id == community_id)
        .order_by(Book.id)
    )


def by_month(book_id: int) -> Select[Any]:
    """Return id, code, year, month and sum of each open account of a book, on its normal side."""
    moves = _months_of_open(Account.book_id == book_id).subquery()
    year = cast(extract("year", moves.c.on_day), Integer)
    month = cast(extract("month", moves.c.on_day), Integer)
    on_normal_side = case((moves.c.normal == Side.CREDIT, 1), else_=-1) * moves.c.amount
    columns = (moves.c.account_id, moves.c.code, year, month)
    return select(*columns, _whole(on_normal_side)).group_by(*columns)
