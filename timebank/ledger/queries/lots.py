"""Lots: where the minutes that stand on an account came from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.ledger.models.lots import Lot
from timebank.ledger.models.tables import Entry
from timebank.ledger.rules.values import LotView


def open_lots(
    session: Session, account_id: int, *, limit: int = paging.PAGE_SIZE_MAX
) -> list[LotView]:
    """Return the lots of an account of which something is left, oldest first."""
    chosen = (
        select(Lot.entry_id, Lot.earned_on, Entry.kind, Entry.memo, Lot.amount, Lot.remaining)
        .join(Entry, Entry.id == Lot.entry_id)
        .where(Lot.account_id == account_id, Lot.remaining > 0)
        .order_by(Lot.earned_on, Lot.id)
        .limit(limit)
    )
    return [LotView(*row) for row in session.execute(chosen)]
