"""Lots: where the minutes that stand on an account came from."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.ledger.models import selects
from timebank.ledger.models.lots import Lot, LotUse
from timebank.ledger.models.tables import Account, AccountBalance, Entry
from timebank.ledger.rules.values import LotView, Restriction


def open_lots(
    session: Session, account_id: int, *, limit: int = paging.PAGE_SIZE_MAX
) -> list[LotView]:
    """Return the lots of an account of which something is left, oldest first."""
    asked = {"account_id": account_id, "limit": limit}
    return [LotView(*row) for row in session.execute(selects.OPEN_LOTS, asked)]


class DayLeft(NamedTuple):
    """What is left on an account of all that was earned on one day."""

    earned_on: date
    amount: int


def left_by_day(session: Session, account_id: int) -> list[DayLeft]:
    """Return what is left of an account's lots, day by day, oldest first."""
    chosen = (
        select(Lot.earned_on, func.sum(Lot.remaining))
        .where(Lot.account_id == account_id, Lot.remaining > 0)
        .group_by(Lot.earned_on)
        .order_by(Lot.earned_on)
    )
    return [DayLeft(day, int(amount)) for day, amount in session.execute(chosen)]


def used_of(session: Session, *, entry_ids: Collection[UUID], account_id: int) -> int:
    """Return how much of what entries brought onto an account was taken since."""
    chosen = select(func.sum(Lot.amount - Lot.remaining)).where(
        Lot.entry_id.in_(entry_ids), Lot.account_id == account_id
    )
    return int(session.scalar(chosen) or 0)


def taken(session: Session, *, entry_id: UUID, account_id: int, kind: str) -> int:
    """Return how much of what an entry brought onto an account entries of a kind have taken."""
    chosen = (
        select(func.sum(LotUse.amount))
        .join(Lot, Lot.id == LotUse.lot_id)
        .join(Entry, Entry.id == LotUse.entry_id)
        .where(Lot.entry_id == entry_id, Lot.account_id == account_id, Entry.kind == kind)
    )
    return int(session.scalar(chosen) or 0)


def taken_by(session: Session, *, entry_id: UUID, account_id: int) -> list[tuple[date, int]]:
    """Return ``(earned_on, amount)`` that an entry took from an account, oldest first."""
    chosen = (
        select(Lot.earned_on, func.sum(LotUse.amount))
        .join(Lot, Lot.id == LotUse.lot_id)
        .where(LotUse.entry_id == entry_id, Lot.account_id == account_id)
        .group_by(Lot.earned_on)
        .order_by(Lot.earned_on)
    )
    return [(earned_on, int(amount)) for earned_on, amount in session.execute(chosen)]


def lots_until(
    session: Session,
    *,
    book_id: int,
    restriction: Restriction,
    earned_until: date,
    after_id: int = 0,
    accounts_max: int,
) -> Sequence[Row[tuple[int, int | None, date, int]]]:
    """Return ``(account_id, person_id, earned_on, remaining)`` of old lots, by account.

    At most so many accounts, the next after an id; of each every such lot. Frozen ones wait.
    """
    old = (
        Account.book_id == book_id,
        Account.restriction == restriction.value,
        Lot.remaining > 0,
        Lot.earned_on <= earned_until,
        Lot.account_id > after_id,
        AccountBalance.frozen == 0,
    )
    some = (
        select(Lot.account_id)
        .join(Account, Account.id == Lot.account_id)
        .join(AccountBalance, AccountBalance.account_id == Lot.account_id)
        .where(*old)
        .distinct()
        .order_by(Lot.account_id)
        .limit(accounts_max)
        .subquery()
    )
    chosen = (
        select(Lot.account_id, Account.person_id, Lot.earned_on, Lot.remaining)
        .join(Account, Account.id == Lot.account_id)
        .join(AccountBalance, AccountBalance.account_id == Lot.account_id)
        .join(some, some.c.account_id == Lot.account_id)
        .where(*old)
        .order_by(Lot.account_id, Lot.earned_on, Lot.id)
    )
    return session.execute(chosen).all()
