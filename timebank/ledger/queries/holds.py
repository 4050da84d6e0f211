"""Holds and how they ended."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.ledger.errors import HoldNotFoundError
from timebank.ledger.models import selects
from timebank.ledger.models.hold_erasures import HoldErasure
from timebank.ledger.models.tables import Hold, HoldEnd
from timebank.ledger.rules.values import HoldOutcome, HoldView


def _hold_view(row: RowMapping) -> HoldView:
    """Return a hold from its row."""
    outcome = row["outcome"]
    return HoldView(**{**row, "outcome": None if outcome is None else HoldOutcome(outcome)})


def hold(session: Session, *, community_id: int, hold_id: UUID) -> HoldView:
    """Return a community's hold.

    Raises:
        HoldNotFoundError: there is none in this community.
    """
    chosen = selects.holds().where(Hold.id == hold_id, Hold.community_id == community_id)
    row = session.execute(chosen).mappings().one_or_none()
    if row is None:
        raise HoldNotFoundError
    return _hold_view(row)


def hold_if_any(session: Session, hold_id: UUID) -> HoldView | None:
    """Return a hold of whatever community, if there is one."""
    row = session.execute(selects.holds().where(Hold.id == hold_id)).mappings().one_or_none()
    return None if row is None else _hold_view(row)


def words_are_erased(session: Session, hold_id: UUID) -> bool:
    """Whether the words of a hold were erased, so that nothing can be held against them."""
    return session.get(HoldErasure, hold_id) is not None


def due_holds(session: Session, community_id: int, *, now: datetime, limit: int) -> list[HoldView]:
    """Return a community's open holds that are past their time, longest past first."""
    chosen = selects.holds().where(
        Hold.community_id == community_id, HoldEnd.hold_id.is_(None), Hold.expires_at <= now
    )
    rows = session.execute(chosen.order_by(Hold.expires_at, Hold.id).limit(limit))
    return [_hold_view(row) for row in rows.mappings()]


def open_among(session: Session, hold_ids: Collection[UUID]) -> list[UUID]:
    """Return which of these holds have not ended."""
    chosen = select(Hold.id).outerjoin(HoldEnd, HoldEnd.hold_id == Hold.id)
    return list(session.scalars(chosen.where(Hold.id.in_(hold_ids), HoldEnd.hold_id.is_(None))))


def open_holds(session: Session, account_id: int) -> list[HoldView]:
    """Return the open holds of an account, oldest first."""
    asked = {"account_id": account_id, "limit": paging.PAGE_SIZE_MAX}
    return [_hold_view(row) for row in session.execute(selects.OPEN_HOLDS, asked).mappings()]
