"""The selects that the ledger's reads are composed of."""

from datetime import datetime
from typing import Any  # the columns of a select under construction

from sqlalchemy import Select, select, union_all

from timebank.ledger.models.tables import ACCOUNTS, Account, Entry, Hold, HoldEnd, TransferLine
from timebank.ledger.rules.moves import signed
from timebank.ledger.rules.values import AccountView, Side


def due_communities(now: datetime) -> Select[tuple[int]]:
    """Return the communities with open holds that are past their time."""
    return (
        select(Hold.community_id)
        .outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
        .where(HoldEnd.hold_id.is_(None), Hold.expires_at <= now)
        .distinct()
        .order_by(Hold.community_id)
    )


def accounts() -> Select[Any]:
    """Return the select of everything that an account shows."""
    return select(*(column for column in ACCOUNTS.c if column.name != "seal"))


def moves(owner: AccountView, *, side: Side) -> Select[Any]:
    """Return one side's transfers of an account, signed on its normal side."""
    mine, counter = TransferLine.debit_id, TransferLine.credit_id
    if side == Side.CREDIT:
        mine, counter = counter, mine
    sign = signed(1, side=side, normal=owner.normal)
    return select(
        TransferLine.id.label("id"),
        TransferLine.entry_id.label("entry_id"),
        TransferLine.line.label("line"),
        (TransferLine.amount * sign).label("amount"),
        counter.label("counter_id"),
    ).where(mine == owner.id)


def lines(owner: AccountView, before: int | None, limit: int) -> Select[Any]:
    """Return the newest lines of an account below a transfer, from each side by its index."""
    sides = []
    for side in Side:
        chosen = moves(owner, side=side)
        if before is not None:
            chosen = chosen.where(TransferLine.id < before)
        sides.append(select(chosen.order_by(TransferLine.id.desc()).limit(limit).subquery()))
    newest = union_all(*sides).subquery()
    return (
        select(
            *newest.c,
            Entry.number,
            Entry.kind,
            Entry.effective_on,
            Entry.recorded_at,
            Entry.memo,
            Account.code.label("counter_code"),
        )
        .join(Entry, Entry.id == newest.c.entry_id)
        .join(Account, Account.id == newest.c.counter_id)
        .order_by(newest.c.id.desc())
        .limit(limit)
    )


def holds() -> Select[Any]:
    """Return the select of holds with how they ended."""
    return select(
        Hold.id,
        Hold.account_id,
        Hold.amount,
        Hold.memo,
        Hold.held_at,
        Hold.expires_at,
        HoldEnd.outcome,
        HoldEnd.ended_at,
        HoldEnd.entry_id,
    ).outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
