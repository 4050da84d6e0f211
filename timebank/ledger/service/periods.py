"""Closing a book through a day: vouchers numbered without gaps, balances kept, nothing enters."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.errors import PeriodNotOverError, PeriodOrderError
from timebank.ledger.models import rows
from timebank.ledger.models.periods import PERIODS, VOUCHERS
from timebank.ledger.models.tables import seal_of
from timebank.ledger.queries import accounts, periods
from timebank.ledger.rules.values import PeriodView

BATCH = 1000


def close_period(session: Session, *, actor: Actor, book_id: int, through_on: date) -> PeriodView:
    """Close a book through a day; closing the same day again returns the first closing.

    Raises:
        BookNotFoundError: the community has no such book.
        PeriodNotOverError: the day is not over yet.
        PeriodOrderError: the book is closed through that day or a later one already.
    """
    accounts.book(session, community_id=actor.community_id, book_id=book_id)
    if through_on >= clock.today():
        raise PeriodNotOverError
    _lock(session, book_id)
    last = periods.last_period(session, book_id)
    if last is not None and last.through_on == through_on:
        return last
    if last is not None and last.through_on > through_on:
        raise PeriodOrderError(through_on=last.through_on)
    _number_vouchers(session, book_id, through_on)
    row: Mapping[str, object] = {
        "community_id": actor.community_id,
        "book_id": book_id,
        "number": 1 if last is None else last.number + 1,
        "through_on": through_on,
        "closed_at": clock.now(),
        **rows.signature(actor),
    }
    try:
        with session.begin_nested():
            session.execute(insert(PERIODS).values({**row, "seal": seal_of(PERIODS, row)}))
    except IntegrityError as error:
        raise PeriodOrderError(through_on=through_on) from error
    closed = periods.last_period(session, book_id)
    assert closed is not None
    return closed


def _lock(session: Session, book_id: int) -> None:
    """Let nobody post into a book until this transaction ends; SQLite's writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.ledger_lock_book(book_id)))


def _number_vouchers(session: Session, book_id: int, through_on: date) -> None:
    """Number a book's entries through a day, each month from 1 without gaps, as recorded."""
    last = periods.last_numbers(session, book_id)
    while found := session.execute(periods.without_voucher(book_id, through_on).limit(BATCH)).all():
        made: list[dict[str, object]] = []
        for entry_id, effective_on in found:
            month = effective_on.replace(day=1)
            last[month] = last.get(month, 0) + 1
            made.append(
                {"entry_id": entry_id, "book_id": book_id, "month": month, "number": last[month]}
            )
        session.execute(insert(VOUCHERS), made)
