"""Lots: where the minutes that stand on an account came from."""

from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.ledger.models import selects
from timebank.ledger.rules.values import LotView


def open_lots(
    session: Session, account_id: int, *, limit: int = paging.PAGE_SIZE_MAX
) -> list[LotView]:
    """Return the lots of an account of which something is left, oldest first."""
    asked = {"account_id": account_id, "limit": limit}
    return [LotView(*row) for row in session.execute(selects.OPEN_LOTS, asked)]
