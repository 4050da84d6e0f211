"""Closed periods, voucher numbers, and balances as they were at the end of a day."""

from collections.abc import Collection
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import BigInteger, Select, cast, func, select, union_all
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.ledger.models.days import AccountDay, AccountDelta
from timebank.ledger.models.periods import Checkpoint, Period, Voucher
from timebank.ledger.models.tables import Entry, TransferLine
from timebank.ledger.queries.accounts import accounts_by_id
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.values import AccountKind, AccountView, PeriodView, Side

_BEGINNING = date.min


def periods(session: Session, book_id: int) -> list[PeriodView]:
    """Return the closed periods of a book, latest first."""
    chosen = _periods().where(Period.book_id == book_id).order_by(Period.number.desc())
    return [PeriodView(*row) for row in session.execute(chosen.limit(paging.PAGE_SIZE_MAX))]


def last_period(session: Session, book_id: int) -> PeriodView | None:
    """Return the latest closed period of a book, if any."""
    return next(iter(periods(session, book_id)), None)


def _periods() -> Select[Any]:
    return select(Period.number, Period.through_on, Period.closed_at, Period.actor_name)


def last_numbers(session: Session, book_id: int) -> dict[date, int]:
    """Return ``{first day of a month: highest voucher number}`` of a book."""
    chosen = select(Voucher.month, func.max(Voucher.number)).where(Voucher.book_id == book_id)
    rows = session.execute(chosen.group_by(Voucher.month))
    return {row[0]: row[1] for row in rows}


def without_voucher(book_id: int, through_on: date) -> Select[Any]:
    """Return the select of id and day of the entries that have no number yet, oldest first."""
    return (
        select(Entry.id, Entry.effective_on)
        .outerjoin(Voucher, Voucher.entry_id == Entry.id)
        .where(
            Entry.book_id == book_id,
            Entry.effective_on <= through_on,
            Voucher.entry_id.is_(None),
        )
        .order_by(Entry.number)
    )


def count_without_voucher(session: Session, book_id: int, through_on: date) -> int:
    """Return how many entries of a book by a day have no voucher number yet."""
    chosen = without_voucher(book_id, through_on).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(chosen)) or 0


def first_day(session: Session, book_id: int) -> date | None:
    """Return the day on which the first entry of a book takes effect."""
    return session.scalar(select(func.min(Entry.effective_on)).where(Entry.book_id == book_id))


def balances_on(session: Session, account_ids: Collection[int], day: date) -> dict[int, int]:
    """Return ``{account_id: posted}`` as of the end of a day, on normal sides.

    Of a closed period it is the balance that was kept when it closed; after it, that and what took
    effect since.
    """
    found = accounts_by_id(session, account_ids)
    return {key: balance_on(session, view, day) for key, view in found.items()}


def balance_on(session: Session, owner: AccountView, day: date) -> int:
    """Return an account's posted balance at the end of a day, on its normal side."""
    base, since = _checkpoint(session, owner, day)
    debits = _debits_between(session, owner, since, day)
    return base + signed(debits, side=Side.DEBIT, normal=owner.normal)


def _checkpoint(session: Session, owner: AccountView, day: date) -> tuple[int, date]:
    """Return the balance kept at the last closing by a day, and the day of that closing."""
    closed_on = session.scalar(
        select(func.max(Period.through_on)).where(
            Period.book_id == owner.book_id, Period.through_on <= day
        )
    )
    if closed_on is None:
        return 0, _BEGINNING
    kept = session.scalar(
        select(Checkpoint.posted)
        .where(Checkpoint.account_id == owner.id, Checkpoint.through_on <= closed_on)
        .order_by(Checkpoint.through_on.desc())
        .limit(1)
    )
    return kept or 0, closed_on


def _debits_between(session: Session, owner: AccountView, after: date, until: date) -> int:
    """Return debits less credits of an account that took effect after a day and by another."""
    moves = _open_moves(owner) if owner.kind == AccountKind.OPEN else _bounded_moves(owner)
    inside = moves.subquery()
    total = session.scalar(
        select(cast(func.coalesce(func.sum(inside.c.debits), 0), BigInteger)).where(
            inside.c.on_day > after, inside.c.on_day <= until
        )
    )
    return int(total or 0)


def _open_moves(owner: AccountView) -> Any:  # noqa: ANN401 - a compound select has no shorter name
    """Return what moved an open account, day by day."""
    return union_all(
        *(
            select(kept.on_day, (kept.debits - kept.credits).label("debits")).where(
                kept.account_id == owner.id
            )
            for kept in (AccountDay, AccountDelta)
        )
    )


def _bounded_moves(owner: AccountView) -> Any:  # noqa: ANN401 - a compound select has no shorter name
    """Return what moved a bounded account, line by line."""
    return union_all(
        *(
            select(Entry.effective_on.label("on_day"), (TransferLine.amount * sign).label("debits"))
            .join(Entry, Entry.id == TransferLine.entry_id)
            .where(mine == owner.id)
            for mine, sign in ((TransferLine.debit_id, 1), (TransferLine.credit_id, -1))
        )
    )
