"""Undoing a transfer between communities: asked by one side, agreed by the other, in both books."""

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.rules.clearing import Purpose, TransferState
from timebank.volunteering.service import books, clearing_moves
from timebank.volunteering.service.clearing import note
from timebank.volunteering.service.clearing_moves import Undone
from timebank.volunteering.service.clearing_transfers import locked


def ask_reversal(session: Session, *, actor: Actor, transfer_id: int, reason: str) -> None:
    """Ask the other side to take a transfer back, with the reason.

    Raises:
        TransferNotFoundError, TransferDecidedError, VoucherAtCounterError, ReversalAskedError
    """
    pair, row = _done(session, actor, transfer_id)
    if row.reversal_asked_at is not None:
        raise errors.ReversalAskedError
    row.reversal_asked_at, row.reversal_asked_by_id = clock.now(), actor.community_id
    row.reversal_asked_by_name, row.reversal_reason = actor.name, reason.strip()
    note(session, actor, pair, "clearing_reversal_asked", row.id)


def agree_reversal(session: Session, *, actor: Actor, transfer_id: int) -> None:
    """Agree to take a transfer back; what the receiver has spent becomes a debt by name.

    Raises:
        TransferNotFoundError, TransferDecidedError, ReversalNotAskedError
        OwnReversalError: one's own side asked.
    """
    pair, row = _asked(session, actor, transfer_id)
    if row.reversal_asked_by_id == actor.community_id:
        raise errors.OwnReversalError
    take_back(session, actor, pair, row, reason=row.reversal_reason)


def drop_reversal(session: Session, *, actor: Actor, transfer_id: int) -> None:
    """Take back one's own side's wish, or decline the other's; the transfer stays.

    Raises:
        TransferNotFoundError, TransferDecidedError, ReversalNotAskedError
    """
    pair, row = _asked(session, actor, transfer_id)
    row.reversal_asked_at = row.reversal_asked_by_id = None
    row.reversal_asked_by_name = row.reversal_reason = ""
    note(session, actor, pair, "clearing_reversal_dropped", row.id)


def take_back(
    session: Session, actor: Actor, pair: ClearingPair, row: ClearingTransfer, *, reason: str
) -> None:
    """Reverse both entries of a transfer that is done.

    Raises:
        TransferDecidedError: it is not done, or is taken back already.
    """
    if row.state != TransferState.DONE or row.move_id is None:
        raise errors.TransferDecidedError
    first = session.get_one(ClearingMove, row.move_id)
    entries = {pair.community_id: first.low_entry_id, pair.high_id: first.high_entry_id}
    debt_id = None
    if row.to_person_id is not None:
        debt_id = books.debt_account(
            session, community_id=row.to_community_id, person_id=row.to_person_id
        )
    moved = clearing_moves.undo(
        session,
        actor=actor,
        pair=pair,
        key=derived_id(row.hold_id, "reversal"),
        first=first,
        undone=(
            Undone(row.community_id, entries[row.community_id], None),
            Undone(row.to_community_id, entries[row.to_community_id], debt_id),
        ),
        reason=reason,
    )
    row.state, row.reversal_move_id, row.reversal_reason = (
        TransferState.REVERSED,
        moved.id,
        reason,
    )
    note(session, actor, pair, "clearing_reversed", row.id)


def _done(
    session: Session, actor: Actor, transfer_id: int
) -> tuple[ClearingPair, ClearingTransfer]:
    """Return a transfer that is done, under the lock of its pair.

    Raises:
        TransferNotFoundError, TransferDecidedError
        VoucherAtCounterError: it was spent at a counter, which undoes it.
    """
    pair, row = locked(session, actor.community_id, transfer_id)
    if row.state != TransferState.DONE:
        raise errors.TransferDecidedError
    if row.purpose == Purpose.REDEEM:
        raise errors.VoucherAtCounterError
    return pair, row


def _asked(
    session: Session, actor: Actor, transfer_id: int
) -> tuple[ClearingPair, ClearingTransfer]:
    """Return a transfer whose reversal waits for a side, under the lock of its pair.

    Raises:
        ReversalNotAskedError, and what ``_done`` raises.
    """
    pair, row = _done(session, actor, transfer_id)
    if row.reversal_asked_at is None:
        raise errors.ReversalNotAskedError
    return pair, row
