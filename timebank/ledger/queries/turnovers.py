"""What moved accounts of money within some days: in sums and line by line; voucher numbers."""

from collections.abc import Collection
from datetime import date
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from timebank.ledger.models.periods import Voucher
from timebank.ledger.models.tables import Account, Entry, TransferLine
from timebank.ledger.rules.turnovers import SideLine, Turnover, VoucherNumber
from timebank.ledger.rules.values import Asset, Side

# The day of a line, its transfer, and 1 where it is the transfer's debit.
Place = tuple[date, int, int]


def _sides(condition: ColumnElement[bool]) -> Subquery:
    """Return both sides of the transfers of accounts of money that meet a condition."""
    none = literal(0)
    chosen = (
        select(
            TransferLine.id.label("transfer_id"),
            TransferLine.entry_id,
            mine.label("account_id"),
            other.label("counter_id"),
            literal(int(is_debit)).label("is_debit"),
            (TransferLine.amount if is_debit else none).label("debit"),
            (none if is_debit else TransferLine.amount).label("credit"),
        )
        .join(Account, Account.id == mine)
        .where(Account.asset == Asset.YUAN.value, condition)
        for mine, other, is_debit in (
            (TransferLine.debit_id, TransferLine.credit_id, True),
            (TransferLine.credit_id, TransferLine.debit_id, False),
        )
    )
    return union_all(*chosen).subquery()


def turnovers(
    session: Session,
    book_id: int,
    *,
    since: date,
    through: date,
    account_ids: Collection[int] | None = None,
    subjects: Collection[str] | None = None,
) -> list[Turnover]:
    """Return the accounts of money of a book that anything moved by a day, by their codes.

    With ``account_ids`` only those among them, with ``subjects`` only those of these subjects.
    """
    condition = Account.book_id == book_id
    if account_ids is not None:
        condition &= Account.id.in_(account_ids)
    if subjects is not None:
        condition &= of_subjects(book_id, subjects)
    sides = _sides(condition)
    is_before = Entry.effective_on < since
    debit, credit = sides.c.debit, sides.c.credit
    rows = session.execute(
        select(
            Account.id,
            Account.code,
            Account.name,
            Account.normal,
            *(
                cast(func.coalesce(func.sum(case((when, what), else_=0)), 0), BigInteger)
                for when, what in (
                    (is_before, debit - credit),
                    (~is_before, debit),
                    (~is_before, credit),
                )
            ),
        )
        .join(sides, sides.c.account_id == Account.id)
        .join(Entry, Entry.id == sides.c.entry_id)
        .where(Entry.effective_on <= through)
        .group_by(Account.id, Account.code, Account.name, Account.normal)
        .order_by(Account.code)
    )
    return [
        Turnover(row[0], row[1], row[2], Side(row[3]), int(row[4]), int(row[5]), int(row[6]))
        for row in rows
    ]


def of_subjects(book_id: int, subjects: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that an account of a book belongs to one of some subjects."""
    codes = (or_(Account.code == one, Account.code.like(f"{one}:%")) for one in sorted(subjects))
    return and_(Account.book_id == book_id, or_(*codes))


def of_account(account_id: int) -> ColumnElement[bool]:
    """Return the condition that it is this account."""
    return Account.id == account_id


def lines(
    session: Session,
    condition: ColumnElement[bool],
    *,
    since: date,
    through: date,
    after: Place | None = None,
    limit: int,
) -> list[SideLine]:
    """Return what moved accounts within some days in the order of its days, from after a line on.

    ``condition`` is one of ``of_subjects`` and ``of_account``.
    """
    sides = _sides(condition)
    counter = aliased(Account)
    chosen = (
        select(
            *(sides.c.transfer_id, sides.c.entry_id, Entry.effective_on, Entry.memo, Entry.kind),
            *(Account.id, Account.code, Account.name, counter.name, sides.c.debit, sides.c.credit),
            *(Voucher.month, Voucher.number),
        )
        .join(Entry, Entry.id == sides.c.entry_id)
        .join(Account, Account.id == sides.c.account_id)
        .join(counter, counter.id == sides.c.counter_id)
        .outerjoin(Voucher, Voucher.entry_id == sides.c.entry_id)
        .where(Entry.effective_on.between(since, through))
    )
    if after is not None:
        chosen = chosen.where(~_is_by(sides, after))
    place = (Entry.effective_on, sides.c.transfer_id, sides.c.is_debit)
    return [_line(row) for row in session.execute(chosen.order_by(*place).limit(limit))]


def moved_until(
    session: Session, condition: ColumnElement[bool], *, since: date, until: Place
) -> int:
    """Return debits less credits of the lines from a day on, up to and with a line."""
    sides = _sides(condition)
    total = cast(func.coalesce(func.sum(sides.c.debit - sides.c.credit), 0), BigInteger)
    chosen: Select[Any] = (
        select(total)
        .join(Entry, Entry.id == sides.c.entry_id)
        .where(Entry.effective_on >= since, _is_by(sides, until))
    )
    return int(session.scalar(chosen) or 0)


def _is_by(sides: Subquery, place: Place) -> ColumnElement[bool]:
    """Whether a line stands before a place, or at it."""
    day, transfer_id, is_debit = place
    at = sides.c.transfer_id
    return or_(
        Entry.effective_on < day,
        and_(Entry.effective_on == day, at < transfer_id),
        and_(Entry.effective_on == day, at == transfer_id, sides.c.is_debit <= is_debit),
    )


def _line(row: Any) -> SideLine:  # noqa: ANN401 - a row of many columns
    """Return a line from its row."""
    month, number = row[11], row[12]
    voucher = None if number is None else VoucherNumber(month, number)
    return SideLine(*(*row[:9], int(row[9]), int(row[10]), voucher))


def voucher_number(session: Session, entry_id: UUID) -> VoucherNumber | None:
    """Return the number of an entry among the vouchers of its month, once it has one."""
    row = session.execute(
        select(Voucher.month, Voucher.number).where(Voucher.entry_id == entry_id)
    ).one_or_none()
    return None if row is None else VoucherNumber(row[0], row[1])
