"""Reads of closing: the month that is next, what stands in its way, and what was closed."""

from datetime import date
from typing import Any  # a select's columns

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from timebank.access.models import UserAccount
from timebank.bank import errors
from timebank.bank.models.claims import BankAllocation, BankUnclaimed
from timebank.bank.models.closings import BankClosing, BankClosingWaiver
from timebank.bank.models.statements import BankAccount, BankLine
from timebank.bank.queries import statements
from timebank.bank.queries.statements import LineView
from timebank.bank.rules.claims import Reason
from timebank.bank.rules.closing import (
    ClosedMonth,
    Obstacle,
    OpenMonth,
    Reached,
    WaiverView,
    month_end,
    next_month,
)
from timebank.kernel import clock, paging
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries, periods
from timebank.ledger.rules.values import BookView

LISTED_MAX = 200
# Minutes are no money; their book is closed with the time bank's own month.
_MINUTES_BOOK = "timebank"


def books(session: Session, community_id: int) -> list[BookView]:
    """Return the books of money of a community."""
    found = ledger_accounts.books(session, community_id)
    return [one for one in found if one.code != _MINUTES_BOOK]


def book(session: Session, *, community_id: int, book_id: int) -> BookView:
    """Return one of them.

    Raises:
        ClosingBookNotFoundError: the community has no such book of money.
    """
    for one in books(session, community_id):
        if one.id == book_id:
            return one
    raise errors.ClosingBookNotFoundError


def open_month(session: Session, *, community_id: int, book_id: int) -> OpenMonth:
    """Return the next month of a book to be closed, with what stands in its way.

    Raises:
        ClosingBookNotFoundError: the community has no such book.
    """
    of = book(session, community_id=community_id, book_id=book_id)
    month = month_to_close(session, book_id)
    if month is None:
        return OpenMonth(book_id, of.name, None, None, False, [], 0, [], [], 0, [])
    through_on = month_end(month)
    return OpenMonth(
        book_id=book_id,
        book_name=of.name,
        month=month,
        through_on=through_on,
        is_over=through_on < clock.today(),
        obstacles=_obstacles(session, book_id, month, through_on),
        obstacle_count=obstacle_count(session, book_id, month, through_on),
        waivers=waivers(session, book_id=book_id, month=month),
        matchers=sorted(set(matchers(session, book_id, month, through_on).values())),
        unnumbered_count=periods.count_without_voucher(session, book_id, through_on),
        reached=_reached(session, community_id, book_id),
    )


def month_to_close(session: Session, book_id: int) -> date | None:
    """Return the first day of the month of a book that is closed next."""
    last = periods.last_period(session, book_id)
    first = None if last else periods.first_day(session, book_id)
    return next_month(last.through_on if last else None, first)


def obstacle_count(session: Session, book_id: int, month: date, through_on: date) -> int:
    """Return how many lines by a day are open and were not let stay so."""
    found = _open_lines(BankLine.id, book_id=book_id, through_on=through_on)
    rows = found.where(~_is_waived(month)).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def matchers(session: Session, book_id: int, month: date, through_on: date) -> dict[int, str]:
    """Return who claimed lines of a month by hand: account and name."""
    rows = session.execute(
        select(BankAllocation.claimed_by, func.max(BankAllocation.claimed_name))
        .join(BankLine, BankLine.id == BankAllocation.line_id)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(
            BankAccount.book_id == book_id,
            BankLine.booked_on.between(month, through_on),
            BankAllocation.is_automatic.is_(False),
            BankAllocation.claimed_by.is_not(None),
        )
        .group_by(BankAllocation.claimed_by)
    )
    return {row[0]: row[1] for row in rows}


def hands_on(session: Session, line_id: int) -> set[int]:
    """Return the accounts of who claimed parts of a line, or looks after it."""
    claimed = select(BankAllocation.claimed_by).where(
        BankAllocation.line_id == line_id, BankAllocation.is_automatic.is_(False)
    )
    held = select(BankUnclaimed.owner_user_id).where(BankUnclaimed.line_id == line_id)
    return {one for one in session.scalars(claimed.union(held)) if one is not None}


def own_accounts(session: Session, *, user_id: int) -> set[int]:
    """Return the accounts of the person behind one account."""
    person_id = select(UserAccount.person_id).where(UserAccount.id == user_id).scalar_subquery()
    found = session.scalars(select(UserAccount.id).where(UserAccount.person_id == person_id))
    return {user_id, *found}


def waivers(session: Session, *, book_id: int, month: date) -> list[WaiverView]:
    """Return the lines that were let stay open over a month's end, as they came."""
    rows = session.execute(
        select(BankClosingWaiver, BankLine.booked_on)
        .join(BankLine, BankLine.id == BankClosingWaiver.line_id)
        .where(BankClosingWaiver.book_id == book_id, BankClosingWaiver.month == month)
        .order_by(BankClosingWaiver.id)
        .limit(LISTED_MAX)
    )
    return [
        WaiverView(one.line_id, day, one.amount_fen, one.reason, one.waived_name, one.waived_at)
        for one, day in rows
    ]


def closed_months(
    session: Session, *, community_id: int, book_id: int | None = None
) -> list[ClosedMonth]:
    """Return a community's closed months, latest first."""
    chosen = _closings(community_id).order_by(BankClosing.month.desc(), BankClosing.id.desc())
    if book_id is not None:
        chosen = chosen.where(BankClosing.book_id == book_id)
    found = session.execute(chosen.limit(paging.PAGE_SIZE_MAX)).all()
    names = {one.id: one.name for one in books(session, community_id)}
    return [_closed(row, names) for row in found]


def closed_month(session: Session, *, community_id: int, closing_id: int) -> ClosedMonth:
    """Return one closed month.

    Raises:
        ClosingNotFoundError: the community has no such one.
    """
    row = session.execute(_closings(community_id).where(BankClosing.id == closing_id)).one_or_none()
    if row is None:
        raise errors.ClosingNotFoundError
    return _closed(row, {one.id: one.name for one in books(session, community_id)})


def late_lines(session: Session, closed: ClosedMonth, *, community_id: int) -> list[LineView]:
    """Return the lines of a closed month that came later and stand in a later one."""
    chosen = (
        select(BankLine, BankAccount.label)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(
            BankLine.community_id == community_id,
            BankAccount.book_id == closed.book_id,
            BankLine.booked_on.between(closed.month, closed.through_on),
            entries.day_of(BankLine.__table__.c.entry_id) > closed.through_on,
        )
        .order_by(BankLine.id)
        .limit(LISTED_MAX)
    )
    return [statements.line_view(line, label) for line, label in session.execute(chosen)]


def _closings(community_id: int) -> Select[tuple[BankClosing, int]]:
    """Select closed months with how many lines were let stay open."""
    waived = (
        select(func.count())
        .where(
            BankClosingWaiver.book_id == BankClosing.book_id,
            BankClosingWaiver.month == BankClosing.month,
        )
        .scalar_subquery()
    )
    return select(BankClosing, waived).where(BankClosing.community_id == community_id)


def _closed(row: Row[tuple[BankClosing, int]], names: dict[int, str]) -> ClosedMonth:
    """Return a closed month's row as a value."""
    one, waived = row
    return ClosedMonth(
        id=one.id,
        book_id=one.book_id,
        book_name=names.get(one.book_id, ""),
        month=one.month,
        through_on=one.through_on,
        vouchers=one.vouchers,
        closed_name=one.closed_name,
        closed_at=one.closed_at,
        waiver_count=waived,
    )


def _obstacles(session: Session, book_id: int, month: date, through_on: date) -> list[Obstacle]:
    """Return the open lines by a day, those that nobody let stay open first."""
    is_waived = _is_waived(month)
    columns = (BankLine, BankUnclaimed, BankAccount.label, is_waived.label("is_waived"))
    chosen = _open_lines(*columns, book_id=book_id, through_on=through_on)
    rows = session.execute(chosen.order_by(is_waived, BankLine.id).limit(LISTED_MAX))
    today = clock.today()
    return [
        Obstacle(
            line_id=of.id,
            account_id=of.account_id,
            account_label=label,
            booked_on=of.booked_on,
            amount_fen=of.amount_fen,
            unallocated_fen=left.unallocated_fen,
            reason=None if left.reason is None else Reason(left.reason),
            due_on=left.due_on,
            owner_name=left.owner_name,
            is_overdue=left.due_on is not None and left.due_on < today,
            is_waived=bool(waived),
        )
        for of, left, label, waived in rows
    ]


def _open_lines(*columns: Any, book_id: int, through_on: date) -> Select[Any]:  # noqa: ANN401 - columns
    """Select lines of a book by a day of which something is unclaimed."""
    return (
        select(*columns)
        .select_from(BankLine)
        .join(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
        .join(BankAccount, BankAccount.id == BankLine.account_id)
        .where(
            BankAccount.book_id == book_id,
            BankLine.booked_on <= through_on,
            BankUnclaimed.unallocated_fen > 0,
        )
    )


def _is_waived(month: date) -> ColumnElement[bool]:
    """Whether a line may stay open over a month's end, by as much as is open now."""
    return exists().where(
        BankClosingWaiver.line_id == BankLine.id,
        BankClosingWaiver.month == month,
        BankClosingWaiver.amount_fen >= BankUnclaimed.unallocated_fen,
    )


def _reached(session: Session, community_id: int, book_id: int) -> list[Reached]:
    """Return how far the lines of a book's accounts reach."""
    rows = session.execute(
        select(BankAccount.id, BankAccount.label, func.max(BankLine.booked_on))
        .outerjoin(BankLine, BankLine.account_id == BankAccount.id)
        .where(BankAccount.community_id == community_id, BankAccount.book_id == book_id)
        .group_by(BankAccount.id, BankAccount.label)
        .order_by(BankAccount.id)
        .limit(statements.LISTED_MAX)
    )
    return [Reached(*row) for row in rows]
