"""What stands behind the lines of a passbook that came from another community, or went there."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing_transfers
from timebank.volunteering.rules.clearing import TransferView


def behind(
    session: Session, *, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, TransferView]:
    """Return the transfers behind some entries: only those in which the actor stands."""
    own, it, move = actor.person_id, ClearingTransfer, ClearingMove
    if own is None or not entry_ids:
        return {}
    rows = session.execute(
        select(it.id, move.low_entry_id, move.high_entry_id)
        .join(move, or_(move.id == it.move_id, move.id == it.reversal_move_id))
        .where(
            or_(it.person_id == own, it.to_person_id == own),
            or_(move.low_entry_id.in_(entry_ids), move.high_entry_id.in_(entry_ids)),
        )
    ).all()
    if not rows:
        return {}
    views = clearing_transfers.some(
        session, community_id=actor.community_id, transfer_ids={row.id for row in rows}
    )
    wanted = set(entry_ids)
    return {
        entry_id: views[transfer_id]
        for transfer_id, *entries in rows
        for entry_id in entries
        if entry_id in wanted and transfer_id in views
    }
