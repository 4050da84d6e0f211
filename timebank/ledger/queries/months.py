"""What moved an account month by month, by what it was and against which account."""

from datetime import date

from sqlalchemy import BigInteger, cast, extract, func, select, union_all
from sqlalchemy.orm import Session

from timebank.ledger.models.tables import Account, Entry, TransferLine
from timebank.ledger.rules.turnovers import MonthMove


def moves_by_month(session: Session, account_id: int, *, through: date) -> list[MonthMove]:
    """Return the sums of an account's debits and credits up to a day, the oldest month first."""
    sides = union_all(
        *(
            select(
                TransferLine.entry_id,
                counter.label("counter_id"),
                (TransferLine.amount * sign).label("amount"),
            ).where(mine == account_id)
            for mine, counter, sign in (
                (TransferLine.debit_id, TransferLine.credit_id, 1),
                (TransferLine.credit_id, TransferLine.debit_id, -1),
            )
        )
    ).subquery()
    year, month = extract("year", Entry.effective_on), extract("month", Entry.effective_on)
    keys = (year, month, Entry.kind, Account.code)
    rows = session.execute(
        select(*keys, cast(func.sum(sides.c.amount), BigInteger), func.count())
        .join(Entry, Entry.id == sides.c.entry_id)
        .join(Account, Account.id == sides.c.counter_id)
        .where(Entry.effective_on <= through)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        MonthMove(date(int(row[0]), int(row[1]), 1), row[2], row[3], int(row[4]), int(row[5]))
        for row in rows
    ]
