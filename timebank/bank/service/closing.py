"""Closing a month of a book: by another hand than matched it, with nothing left open unsaid.

The ledger closes first and holds the book's lock: whatever is looked at after that no import and
no match can change before the month is closed.
"""

from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.closings import BankClosing, BankClosingWaiver
from timebank.bank.queries import closings as queries
from timebank.bank.rules.closing import ClosedMonth, has_matched, month_end
from timebank.bank.service.claiming import locked_line, reason_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import periods as period_reads
from timebank.ledger.service import periods
from timebank.trail import service as trail


def waive_line(
    session: Session, *, actor: Actor, book_id: int, line_id: int, month: date, reason: str
) -> None:
    """Let a line stay open over the end of a month, by name and with a reason.

    Raises:
        ClosingBookNotFoundError, BankLineNotFoundError: the book or the line is not there.
        MonthOrderError: another month is next.
        NothingLeftError: nothing of the line is open.
        WaivedByMatcherError: the actor claimed parts of the line or looks after it.
        ReasonMissingError: there is no word of why.
    """
    queries.book(session, community_id=actor.community_id, book_id=book_id)
    _check_next(session, book_id, month)
    line = locked_line(session, actor=actor, line_id=line_id)
    if line.book_id != book_id or line.booked_on > month_end(month):
        raise errors.BankLineNotFoundError
    if line.unallocated_fen == 0:
        raise errors.NothingLeftError
    user_id = _user_id(actor)
    if has_matched(_accounts_of(session, actor), queries.hands_on(session, line_id)):
        raise errors.WaivedByMatcherError
    row = BankClosingWaiver(
        community_id=actor.community_id,
        book_id=book_id,
        line_id=line_id,
        month=month,
        amount_fen=line.unallocated_fen,
        reason=reason_of(reason),
        waived_by=user_id,
        waived_name=actor.name,
        waived_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.WaivedAlreadyError from error
    facts: dict[str, trail.Fact] = {"month": month.isoformat(), "amount_fen": row.amount_fen}
    trail.record(
        session, actor=actor, action="bank.line_waived", subject_type="bank_line",
        subject_id=line_id, facts=facts,
    )  # fmt: skip


def close_month(session: Session, *, actor: Actor, book_id: int, month: date) -> ClosedMonth:
    """Close the next month of a book.

    Raises:
        ClosingBookNotFoundError: the community has no such book.
        MonthOrderError: another month is next, or this one was closed just now.
        PeriodNotOverError: the month is not over yet.
        ClosedByMatcherError: the actor claimed lines of the month.
        MonthStillOpenError: lines are open that nobody let stay so.
    """
    queries.book(session, community_id=actor.community_id, book_id=book_id)
    _check_next(session, book_id, month)
    through_on = month_end(month)
    period = periods.close_period(session, actor=actor, book_id=book_id, through_on=through_on)
    user_id = _user_id(actor)
    matchers = queries.matchers(session, book_id, month, through_on)
    if has_matched(_accounts_of(session, actor), matchers):
        raise errors.ClosedByMatcherError
    if left := queries.obstacle_count(session, book_id, month, through_on):
        raise errors.MonthStillOpenError(count=left)
    row = BankClosing(
        community_id=actor.community_id,
        book_id=book_id,
        month=month,
        through_on=through_on,
        period_number=period.number,
        vouchers=period_reads.last_numbers(session, book_id).get(month, 0),
        closed_by=user_id,
        closed_name=actor.name,
        closed_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # the same month, closed by somebody at the same moment
        raise errors.MonthOrderError(month=month) from error
    facts: dict[str, trail.Fact] = {"month": month.isoformat(), "vouchers": row.vouchers}
    trail.record(
        session, actor=actor, action="bank.month_closed", subject_type="ledger_book",
        subject_id=book_id, facts=facts,
    )  # fmt: skip
    return queries.closed_month(session, community_id=actor.community_id, closing_id=row.id)


def _check_next(session: Session, book_id: int, month: date) -> None:
    """Refuse a month that is not the next one to be closed.

    Raises:
        MonthOrderError, NothingToCloseError: another is, or none.
    """
    wanted = queries.month_to_close(session, book_id)
    if wanted is None:
        raise errors.NothingToCloseError
    if month != wanted:
        raise errors.MonthOrderError(month=wanted)


def _user_id(actor: Actor) -> int:
    """Return who is logged in; closing is never a program's act.

    Raises:
        ClosedByMatcherError: nobody is.
    """
    if actor.user_id is None:
        raise errors.ClosedByMatcherError
    return actor.user_id


def _accounts_of(session: Session, actor: Actor) -> set[int]:
    """Return the accounts by which the actor may have worked: one person may have several."""
    return queries.own_accounts(session, user_id=_user_id(actor))
