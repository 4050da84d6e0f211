"""How a statement stands beside the books: hours slip by slip, money as it was booked."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from timebank.care.models.settlements import SettlementLine
from timebank.care.models.slips import Redemption, RedemptionLine, VisitorLine
from timebank.care.rules.settlements import Agreement, LineKind, SettlementView
from timebank.ledger.queries import entries
from timebank.ledger.queries.entries import Moved
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingTransfer

_AT_ONCE = 500


def agreement(session: Session, view: SettlementView) -> Agreement:
    """Compare every slip of a statement with its entry in the book of hours, and the money."""
    booked, wrong = 0, []
    for entry_id, minutes, found in _beside(session, view.id, view.centre_id):
        booked += found
        if found != minutes:
            wrong.append(str(entry_id))
    money = None if view.entry_id is None else payable(session, view.entry_id, view.centre_id)
    return Agreement(view.minutes, booked, view.amount_fen, money, tuple(wrong))


def differing(
    session: Session, settlement_id: int, centre_id: int
) -> Iterator[tuple[UUID, int, int]]:
    """Yield the entries of a statement's slips that moved something else, with both minutes."""
    for entry_id, minutes, found in _beside(session, settlement_id, centre_id):
        if found != minutes:
            yield entry_id, minutes, found


def _beside(
    session: Session, settlement_id: int, centre_id: int
) -> Iterator[tuple[UUID, int, int]]:
    """Yield each slip's entry with its minutes by the lines, and by the book of hours."""
    told = list(_told(session, settlement_id))
    for at in range(0, len(told), _AT_ONCE):
        some = told[at : at + _AT_ONCE]
        moves = entries.moved(session, [entry_id for entry_id, _ in some])
        for entry_id, minutes in some:
            yield entry_id, minutes, _taken_in(moves.get(entry_id, []), centre_id)


def _taken_in(moves: list[Moved], centre_id: int) -> int:
    """Return the minutes that came into what the centre took in, less what went out."""
    ours = {f"redeemed:{centre_id}", f"visitors:{centre_id}"}
    return sum(
        move.amount * ((move.credit_code in ours) - (move.debit_code in ours)) for move in moves
    )


def payable(session: Session, entry_id: UUID, centre_id: int) -> int:
    """Return by how much an entry raised what is due to a provider."""
    code = f"payable:{centre_id}"
    return sum(
        move.amount * ((move.credit_code == code) - (move.debit_code == code))
        for move in entries.moved(session, [entry_id]).get(entry_id, [])
    )


def _told(session: Session, settlement_id: int) -> Iterator[tuple[UUID, int]]:
    """Yield the entries of a statement's slips with the minutes that its lines say."""
    for wanted in (_own(settlement_id), _visits(settlement_id)):
        for entry_id, minutes in session.execute(wanted):
            yield entry_id, int(minutes)


def _own(settlement_id: int) -> Select[Any]:
    """Select entries of residents' slips with the minutes of their lines."""
    is_undone = SettlementLine.kind == LineKind.UNDONE.value
    entry_id = case((is_undone, Redemption.reversal_entry_id), else_=Redemption.entry_id)
    return (
        select(entry_id, func.sum(SettlementLine.minutes))
        .join(RedemptionLine, RedemptionLine.id == SettlementLine.redemption_line_id)
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .where(SettlementLine.settlement_id == settlement_id)
        .group_by(entry_id)
    )


def _visits(settlement_id: int) -> Select[Any]:
    """Select our entries of visits with the minutes of their lines."""
    is_undone = SettlementLine.kind == LineKind.VISIT_UNDONE.value
    move_id = case((is_undone, ClearingTransfer.reversal_move_id), else_=ClearingTransfer.move_id)
    is_low = ClearingMove.community_id == SettlementLine.community_id
    entry_id = case((is_low, ClearingMove.low_entry_id), else_=ClearingMove.high_entry_id)
    return (
        select(entry_id, func.sum(SettlementLine.minutes))
        .join(VisitorLine, VisitorLine.id == SettlementLine.visitor_line_id)
        .join(ClearingTransfer, ClearingTransfer.id == VisitorLine.transfer_id)
        .join(ClearingMove, ClearingMove.id == move_id)
        .where(SettlementLine.settlement_id == settlement_id)
        .group_by(entry_id)
    )
