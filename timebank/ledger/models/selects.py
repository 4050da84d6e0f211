"""The selects that the ledger's reads are composed of.

Those that every page and program asks for are built once and take their values when they run:
building one costs more than the database takes to answer it.
"""

from datetime import datetime
from functools import cache
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    select,
    union_all,
)

from timebank.ledger.models.days import DELTAS
from timebank.ledger.models.kept import MONTHS
from timebank.ledger.models.lots import LOTS
from timebank.ledger.models.tables import (
    ACCOUNTS,
    BALANCES,
    BOOKS,
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    TRANSFERS,
    Hold,
    HoldEnd,
)
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.values import Side


def due_communities(now: datetime) -> Select[tuple[int]]:
    """Return the communities with open holds that are past their time."""
    return (
        select(Hold.community_id)
        .outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
        .where(HoldEnd.hold_id.is_(None), Hold.expires_at <= now)
        .distinct()
        .order_by(Hold.community_id)
    )


BOOK = select(BOOKS.c.id, BOOKS.c.code, BOOKS.c.name).where(
    BOOKS.c.id == bindparam("book_id"), BOOKS.c.community_id == bindparam("community_id")
)


ACCOUNT_ID_WITHIN = (
    select(ACCOUNTS.c.id)
    .join(BOOKS, BOOKS.c.id == ACCOUNTS.c.book_id)
    .where(
        BOOKS.c.community_id == bindparam("community_id"),
        BOOKS.c.code == bindparam("book"),
        ACCOUNTS.c.code == bindparam("code"),
    )
)


def accounts() -> Select[Any]:
    """Return the select of everything that an account shows."""
    return select(*(column for column in ACCOUNTS.c if column.name != "seal"))


def _moved(kept: Table) -> ColumnElement[int]:
    """Return debits less credits of an open account, as far as a table has them."""
    total = cast(func.coalesce(func.sum(kept.c.debits - kept.c.credits), 0), BigInteger)
    return select(total).where(kept.c.account_id == ACCOUNTS.c.id).scalar_subquery()


_IS_OPEN = BALANCES.c.account_id.is_(None)
_BALANCE = (
    BALANCES.c.posted,
    BALANCES.c.held,
    BALANCES.c.floor.label("lowest"),
    case((_IS_OPEN, _moved(MONTHS) + _moved(DELTAS))).label("debits"),
)
_WITH_BALANCE = ACCOUNTS.outerjoin(BALANCES, BALANCES.c.account_id == ACCOUNTS.c.id)
_AMONG = ACCOUNTS.c.id.in_(bindparam("account_ids", expanding=True))

# Bounded balances come from their row, open ones are summed from months and deltas.
BALANCES_OF = (
    select(ACCOUNTS.c.id, ACCOUNTS.c.normal, *_BALANCE).select_from(_WITH_BALANCE).where(_AMONG)
)
STATES = accounts().add_columns(*_BALANCE).select_from(_WITH_BALANCE).where(_AMONG)
STATE_WITHIN = (
    accounts()
    .add_columns(*_BALANCE)
    .select_from(_WITH_BALANCE)
    .where(
        ACCOUNTS.c.id == bindparam("account_id"),
        ACCOUNTS.c.community_id == bindparam("community_id"),
    )
)
# The same by the codes of its book and its own.
STATE_BY_CODE = (
    accounts()
    .add_columns(*_BALANCE)
    .select_from(_WITH_BALANCE.join(BOOKS, BOOKS.c.id == ACCOUNTS.c.book_id))
    .where(
        BOOKS.c.community_id == bindparam("community_id"),
        BOOKS.c.code == bindparam("book"),
        ACCOUNTS.c.code == bindparam("code"),
    )
)
STATE_OF_PERSON = STATE_WITHIN.where(ACCOUNTS.c.person_id == bindparam("person_id"))


def _moves(*, side: Side, normal: Side) -> Select[Any]:
    """Return one side's transfers of ``:account_id``, signed on its normal side, from its index."""
    mine = TRANSFERS.c.debit_id if side == Side.DEBIT else TRANSFERS.c.credit_id
    sign = signed(1, side=side, normal=normal)
    return select(TRANSFERS.c.id.label("id"), (TRANSFERS.c.amount * sign).label("amount")).where(
        mine == bindparam("account_id")
    )


@cache
def newer_sum(normal: Side) -> Select[tuple[int]]:
    """Return the select of what came onto ``:account_id`` after ``:line_id``."""
    sides = [
        _moves(side=side, normal=normal).where(TRANSFERS.c.id > bindparam("line_id"))
        for side in Side
    ]
    newer = union_all(*sides).subquery()
    return select(cast(func.coalesce(func.sum(newer.c.amount), 0), BigInteger))


@cache
def lines(normal: Side, *, is_first_page: bool) -> Select[Any]:
    """Return the select of ``:limit`` lines of ``:account_id``, newest first, below ``:before``.

    Which lines these are is read from the two sides' indexes alone; only then what they say is
    looked up, for each lies on another page of its tables. A first page begins at the newest line.
    """
    limit: BindParameter[int] = bindparam("limit")
    sides = []
    for side in Side:
        chosen = _moves(side=side, normal=normal)
        if not is_first_page:
            chosen = chosen.where(TRANSFERS.c.id < bindparam("before"))
        sides.append(select(chosen.order_by(TRANSFERS.c.id.desc()).limit(limit).subquery()))
    both = union_all(*sides).subquery()
    newest = select(both).order_by(both.c.id.desc()).limit(limit).subquery()
    is_debit = TRANSFERS.c.debit_id == bindparam("account_id")
    counter_id = case((is_debit, TRANSFERS.c.credit_id), else_=TRANSFERS.c.debit_id)
    return (
        select(
            newest.c.id,
            newest.c.amount,
            TRANSFERS.c.entry_id,
            TRANSFERS.c.line,
            ENTRIES.c.number,
            ENTRIES.c.kind,
            ENTRIES.c.effective_on,
            ENTRIES.c.recorded_at,
            ENTRIES.c.memo,
            ACCOUNTS.c.code.label("counter_code"),
        )
        .join(TRANSFERS, TRANSFERS.c.id == newest.c.id)
        .join(ENTRIES, ENTRIES.c.id == TRANSFERS.c.entry_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == counter_id)
        .order_by(newest.c.id.desc())
    )


def holds() -> Select[Any]:
    """Return the select of holds with how they ended."""
    return select(
        HOLDS.c.id,
        HOLDS.c.account_id,
        HOLDS.c.amount,
        HOLDS.c.memo,
        HOLDS.c.held_at,
        HOLDS.c.expires_at,
        HOLD_ENDS.c.outcome,
        HOLD_ENDS.c.ended_at,
        HOLD_ENDS.c.entry_id,
    ).outerjoin(HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLDS.c.id)


OPEN_HOLDS = (
    holds()
    .where(HOLDS.c.account_id == bindparam("account_id"), HOLD_ENDS.c.hold_id.is_(None))
    .order_by(HOLDS.c.held_at, HOLDS.c.id)
    .limit(bindparam("limit"))
)
OPEN_LOTS = (
    select(
        LOTS.c.entry_id,
        LOTS.c.earned_on,
        ENTRIES.c.kind,
        ENTRIES.c.memo,
        LOTS.c.amount,
        LOTS.c.remaining,
    )
    .join(ENTRIES, ENTRIES.c.id == LOTS.c.entry_id)
    .where(LOTS.c.account_id == bindparam("account_id"), LOTS.c.remaining > 0)
    .order_by(LOTS.c.earned_on, LOTS.c.id)
    .limit(bindparam("limit"))
)
