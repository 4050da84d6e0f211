"""What moved a person's accounts within a stretch of days, and what somebody has not yet seen.

Lines of a stretch stand in the order in which they took effect, so that the balance at its
beginning, the lines and the balance at its end add up.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import BigInteger, Select, and_, cast, func, or_, select, union_all
from sqlalchemy.orm import Session

from timebank.ledger.models.tables import Account, Entry, TransferLine
from timebank.ledger.queries.accounts import accounts_by_id
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.spans import KindSum, SpanLine
from timebank.ledger.rules.values import AccountView, Asset, Side

After = tuple[date, int]


def lot_accounts(session: Session, *, book_id: int, person_id: int) -> list[AccountView]:
    """Return a person's accounts of minutes with lots: own, team, donation-only."""
    chosen = select(Account.id).where(
        Account.book_id == book_id,
        Account.person_id == person_id,
        Account.asset == Asset.MINUTES.value,
        Account.restriction.is_not(None),
    )
    found = accounts_by_id(session, session.scalars(chosen).all())
    return [found[key] for key in sorted(found)]


def _moves(owner_ids: Collection[int], side: Side) -> Select[Any]:
    """Return one side's lines of accounts whose normal side is credit, signed on it."""
    mine, counter = TransferLine.debit_id, TransferLine.credit_id
    if side == Side.CREDIT:
        mine, counter = counter, mine
    sign = signed(1, side=side, normal=Side.CREDIT)
    return select(
        TransferLine.id.label("transfer_id"),
        TransferLine.entry_id.label("entry_id"),
        (TransferLine.amount * sign).label("amount"),
        mine.label("account_id"),
        counter.label("counter_id"),
    ).where(mine.in_(owner_ids))


def _lines(owner_ids: Collection[int]) -> Any:  # noqa: ANN401 - a subquery has no shorter name
    """Return both sides' lines of some accounts."""
    return union_all(*(_moves(owner_ids, side) for side in Side)).subquery()


def _select_lines(moves: Any) -> Select[Any]:  # noqa: ANN401 - as above
    """Return the select of lines with what their entries say."""
    return (
        select(
            moves.c.transfer_id,
            moves.c.entry_id,
            Entry.number,
            Entry.kind,
            Entry.effective_on,
            Entry.recorded_at,
            moves.c.amount,
            Entry.memo,
            Account.code,
        )
        .join(Entry, Entry.id == moves.c.entry_id)
        .join(Account, Account.id == moves.c.counter_id)
    )


def lines_between(
    session: Session,
    account_id: int,
    *,
    since: date,
    through: date,
    after: After | None = None,
    limit: int,
) -> list[SpanLine]:
    """Return lines that took effect within some days, in that order, from after a line on."""
    moves = _lines([account_id])
    chosen = _select_lines(moves).where(Entry.effective_on.between(since, through))
    if after is not None:
        day, transfer_id = after
        chosen = chosen.where(
            or_(
                Entry.effective_on > day,
                and_(Entry.effective_on == day, moves.c.transfer_id > transfer_id),
            )
        )
    ordered = chosen.order_by(Entry.effective_on, moves.c.transfer_id).limit(limit)
    return [SpanLine(*row) for row in session.execute(ordered)]


def sum_until(session: Session, account_id: int, *, since: date, after: After) -> int:
    """Return what the lines from a day on moved, up to and with a line."""
    moves, (day, transfer_id) = _lines([account_id]), after
    total = cast(func.coalesce(func.sum(moves.c.amount), 0), BigInteger)
    chosen = (
        select(total)
        .join(Entry, Entry.id == moves.c.entry_id)
        .where(
            Entry.effective_on >= since,
            or_(
                Entry.effective_on < day,
                and_(Entry.effective_on == day, moves.c.transfer_id <= transfer_id),
            ),
        )
    )
    return int(session.scalar(chosen) or 0)


def sums_by_kind(
    session: Session, account_ids: Collection[int], *, since: date, through: date
) -> list[KindSum]:
    """Return what entries of each kind moved within some days, in and out apart."""
    if not account_ids:
        return []
    moves = _lines(account_ids)
    total = cast(func.sum(moves.c.amount), BigInteger)
    rows = session.execute(
        select(moves.c.account_id, Entry.kind, total, func.count())
        .join(Entry, Entry.id == moves.c.entry_id)
        .where(Entry.effective_on.between(since, through))
        .group_by(moves.c.account_id, Entry.kind, moves.c.amount > 0)
        .order_by(moves.c.account_id, Entry.kind)
    )
    return [KindSum(*row) for row in rows]


def first_day(session: Session, account_ids: Collection[int]) -> date | None:
    """Return the first day on which something moved accounts; None before anything did."""
    if not account_ids:
        return None
    moves = _lines(account_ids)
    return session.scalar(
        select(func.min(Entry.effective_on)).join(moves, moves.c.entry_id == Entry.id)
    )


def lines_but(
    session: Session, account_id: int, *, seen: Select[tuple[int]], limit: int
) -> list[SpanLine]:
    """Return an account's lines that are not among those seen, in the order of their recording."""
    moves = _lines([account_id])
    chosen = _select_lines(moves).where(moves.c.transfer_id.not_in(seen))
    rows = session.execute(chosen.order_by(Entry.number, moves.c.transfer_id).limit(limit))
    return [SpanLine(*row) for row in rows]


def count_but(session: Session, account_id: int, *, seen: Select[tuple[int]]) -> int:
    """Return how many of an account's lines are not among those seen."""
    moves = _lines([account_id])
    chosen = select(func.count()).select_from(moves).where(moves.c.transfer_id.not_in(seen))
    return int(session.scalar(chosen) or 0)


def lines_of(session: Session, transfer_ids: Sequence[int], account_id: int) -> list[SpanLine]:
    """Return some lines of an account in the order of their recording."""
    moves = _lines([account_id])
    chosen = _select_lines(moves).where(moves.c.transfer_id.in_(transfer_ids))
    rows = session.execute(chosen.order_by(Entry.number, moves.c.transfer_id))
    return [SpanLine(*row) for row in rows]


def persons_moved(
    session: Session, *, book_id: int, since: date, through: date, after_id: int, limit: int
) -> list[int]:
    """Return the next people whose minutes moved within some days, by id."""
    ids = [
        select(Account.person_id.label("person_id"))
        .join(TransferLine, mine == Account.id)
        .join(Entry, Entry.id == TransferLine.entry_id)
        .where(
            Entry.book_id == book_id,
            Entry.effective_on.between(since, through),
            Account.restriction.is_not(None),
            Account.person_id > after_id,
        )
        for mine in (TransferLine.debit_id, TransferLine.credit_id)
    ]
    both = union_all(*ids).subquery()
    chosen = select(both.c.person_id).distinct().order_by(both.c.person_id).limit(limit)
    return [int(one) for one in session.scalars(chosen)]
