"""What is left of lots by the year in which they came, and by any groups of people."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BigInteger, ScalarSelect, Select, cast, func, select
from sqlalchemy.orm import Session

from timebank.ledger.models.kept import Cohort
from timebank.ledger.models.lots import Lot
from timebank.ledger.models.tables import Account, Book, Entry


class GroupLeft(NamedTuple):
    """What is left of one year's minutes with the people of one group."""

    year: int
    restriction: str
    group: str | None
    minutes: int


def left_by_group(
    session: Session, book_id: int, *, groups: Select[tuple[int, str]]
) -> list[GroupLeft]:
    """Return what is left by year, restriction and group; ``groups`` selects person and group."""
    of = groups.subquery()
    person_id, group = of.c
    keys = (Cohort.year, Account.restriction, group)
    rows = session.execute(
        select(*keys, cast(func.sum(Cohort.remaining), BigInteger))
        .join(Account, Account.id == Cohort.account_id)
        .outerjoin(of, person_id == Account.person_id)
        .where(Cohort.remaining > 0, Account.book_id == book_id)
        .group_by(*keys)
    )
    return [GroupLeft(row[0], row[1] or "", row[2], int(row[3])) for row in rows]


def holders_of(
    *, community_id: int, book: str, restriction: str, kinds: Collection[str]
) -> Select[tuple[int | None]]:
    """Select the people who still have something of what entries of some kinds brought them."""
    return (
        select(Account.person_id)
        .join(Lot, Lot.account_id == Account.id)
        .join(Entry, Entry.id == Lot.entry_id)
        .where(
            Account.book_id == _book(community_id, book),
            Account.restriction == restriction,
            Lot.remaining > 0,
            Entry.kind.in_(sorted(kinds)),
        )
    )


def _book(community_id: int, code: str) -> ScalarSelect[int]:
    return (
        select(Book.id)
        .where(Book.community_id == community_id, Book.code == code)
        .scalar_subquery()
    )
