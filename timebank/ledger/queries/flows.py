"""What moved a book's open accounts in a span of days, and what stands on the bounded ones."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, case, cast, func, select, union_all
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.models.days import AccountDelta
from timebank.ledger.models.kept import AccountMonth, Cohort
from timebank.ledger.models.lots import Lot
from timebank.ledger.models.tables import IS_OPEN, Account, AccountBalance, Entry


@dataclass(frozen=True, slots=True)
class OpenFlow:
    """An open account's debits and credits in a span, in all, and until the span's end.

    Those of persons stand together.
    """

    account_id: int | None
    code: str
    name: str
    is_debit: bool
    debits: int
    credits: int
    debits_ever: int
    credits_ever: int
    debits_until: int
    credits_until: int


@dataclass(frozen=True, slots=True)
class Bounded:
    """What bounded accounts of one restriction hold; those of nobody one by one."""

    restriction: str | None
    code: str
    account_id: int | None
    posted: int
    held: int


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot of which something is left."""

    id: int
    account_id: int
    person_id: int | None
    entry_id: object
    kind: str
    earned_on: date
    amount: int
    remaining: int


def open_flows(session: Session, book_id: int, *, since: date, before: date) -> list[OpenFlow]:
    """Return the open accounts of a book, in the order of their codes.

    Both days begin a month, so that whole months are read and no single days.
    """
    is_own = Account.person_id.is_(None)
    months, deltas = AccountMonth, AccountDelta
    days = union_all(
        select(months.account_id, months.month_on.label("on_day"), months.debits, months.credits),
        select(deltas.account_id, deltas.on_day, deltas.debits, deltas.credits),
    ).subquery()
    within = (days.c.on_day >= since) & (days.c.on_day < before)
    figures = (
        *(func.sum(case((within, side), else_=0)) for side in (days.c.debits, days.c.credits)),
        *(func.sum(side) for side in (days.c.debits, days.c.credits)),
        *(
            func.sum(case((days.c.on_day < before, side), else_=0))
            for side in (days.c.debits, days.c.credits)
        ),
    )
    keys = (
        case((is_own, Account.id)),
        case((is_own, Account.code), else_=""),
        Account.name,
        Account.normal,
    )
    rows = session.execute(
        select(
            *keys,
            *(cast(func.coalesce(one, 0), BigInteger) for one in figures),
            func.min(Account.code),
        )
        .join(days, days.c.account_id == Account.id)
        .where(Account.book_id == book_id, IS_OPEN)
        .group_by(*keys)
    )
    found = [
        OpenFlow(row[0], row[1] or row[10].split(":")[0], row[2], row[3] == "debit", *row[4:10])
        for row in rows
    ]
    return sorted(found, key=lambda one: one.code)


def bounded_sums(session: Session, book_id: int) -> list[Bounded]:
    """Return what the bounded accounts of a book hold: members by restriction, others singly."""
    is_own = Account.person_id.is_(None)
    keys = (
        Account.restriction,
        case((is_own, Account.code), else_=""),
        case((is_own, Account.id)),
    )
    rows = session.execute(
        select(
            *keys,
            *(
                cast(func.coalesce(func.sum(one), 0), BigInteger)
                for one in (AccountBalance.posted, AccountBalance.held)
            ),
        )
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.book_id == book_id)
        .group_by(*keys)
    )
    return [Bounded(*row) for row in rows]


def lots_by_year(session: Session, book_id: int) -> list[tuple[int, str, int]]:
    """Return ``(year, restriction, what is left)`` of the lots of a book, oldest first."""
    keys = (Cohort.year, Account.restriction)
    rows = session.execute(
        select(*keys, cast(func.sum(Cohort.remaining), BigInteger))
        .join(Account, Account.id == Cohort.account_id)
        .where(Cohort.remaining > 0, Account.book_id == book_id)
        .group_by(*keys)
    )
    return sorted((year, restriction or "", left) for year, restriction, left in rows)


def lots_of_year(
    session: Session,
    book_id: int,
    *,
    year: int,
    restriction: str,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[LotLine]:
    """Return the lots that came in one year, of which something is left, by their numbers."""
    wanted = (
        select(
            Lot.id,
            Lot.account_id,
            Account.person_id,
            Lot.entry_id,
            Entry.kind,
            Lot.earned_on,
            Lot.amount,
            Lot.remaining,
        )
        .join(Account, Account.id == Lot.account_id)
        .join(Entry, Entry.id == Lot.entry_id)
        .where(
            Account.book_id == book_id,
            Account.restriction == restriction,
            Lot.remaining > 0,
            Lot.earned_on >= date(year, 1, 1),
            Lot.earned_on <= date(year, 12, 31),
        )
    )
    if cursor:
        wanted = wanted.where(Lot.id > paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(Lot.id).limit(limit + 1))
    lines = [LotLine(*row) for row in rows]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.id])
