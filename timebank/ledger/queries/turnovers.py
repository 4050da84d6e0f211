"""What moved each account of a book within some days, with what stood before; voucher numbers."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from timebank.ledger.models.periods import Voucher
from timebank.ledger.models.tables import Account, Entry, TransferLine
from timebank.ledger.rules.turnovers import Turnover, VoucherNumber
from timebank.ledger.rules.values import Asset, Side


def turnovers(session: Session, book_id: int, *, since: date, through: date) -> list[Turnover]:
    """Return the accounts of money of a book that anything moved by a day, by their codes."""
    none = literal(0)
    sides = union_all(
        *(
            select(
                TransferLine.entry_id,
                mine.label("account_id"),
                (TransferLine.amount if is_debit else none).label("debit"),
                (none if is_debit else TransferLine.amount).label("credit"),
            )
            .join(Account, Account.id == mine)
            .where(Account.book_id == book_id, Account.asset == Asset.YUAN.value)
            for mine, is_debit in ((TransferLine.debit_id, True), (TransferLine.credit_id, False))
        )
    ).subquery()
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


def voucher_number(session: Session, entry_id: UUID) -> VoucherNumber | None:
    """Return the number of an entry among the vouchers of its month, once it has one."""
    row = session.execute(
        select(Voucher.month, Voucher.number).where(Voucher.entry_id == entry_id)
    ).one_or_none()
    return None if row is None else VoucherNumber(row[0], row[1])
