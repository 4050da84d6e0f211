"""Settling what is owed by other means than transfers: proposed by one side, signed by the other.

What is not settled is carried forward by itself: the next sheet opens where the last one closed.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_sheets import ClearingSettlement
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.rules import clearing as rules
from timebank.volunteering.rules.clearing import MoveKind
from timebank.volunteering.service import clearing_moves
from timebank.volunteering.service.clearing import locked_pair, note
from timebank.volunteering.service.clearing_moves import SETTLED, Leg
from timebank.volunteering.service.clearing_sheets import locked_sheet


def propose_settlement(
    session: Session, *, actor: Actor, sheet_id: int, minutes: int, how: str
) -> int:
    """Propose that so much of what is owed was settled, and how; return the settlement.

    Raises:
        SheetNotFoundError
        SheetUnsignedError: both sides sign the sheet first.
        SettlesTooMuchError: it is more than is owed now.
        SettlementDecidedError: another one waits.
    """
    pair, sheet = locked_sheet(session, actor, sheet_id)
    if sheet.low_signed_at is None or sheet.high_signed_at is None:
        raise errors.SheetUnsignedError
    _, position = queries.last_move(session, pair.id)
    rules.check_settles(position=position, minutes=minutes)
    row = ClearingSettlement(
        community_id=actor.community_id,
        pair_id=pair.id,
        sheet_id=sheet.id,
        minutes=minutes,
        note=how.strip(),
        proposed_at=clock.now(),
        proposed_by_user_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.SettlementDecidedError from error
    note(session, actor, pair, "clearing_settlement_proposed", row.id)
    return row.id


def sign_settlement(session: Session, *, actor: Actor, settlement_id: int) -> None:
    """Sign what the other side proposed; both books are written.

    Raises:
        SettlementNotFoundError, SettlementDecidedError
        OwnProposalError: one's own side proposed it.
        SettlesTooMuchError: less is owed by now.
    """
    pair, row = _waiting(session, actor, settlement_id)
    if row.community_id == actor.community_id:
        raise errors.OwnProposalError
    _, position = queries.last_move(session, pair.id)
    low_owes = rules.check_settles(position=position, minutes=row.minutes)
    moved = clearing_moves.move(
        session,
        actor=actor,
        pair=pair,
        key=new_id(),
        kind=MoveKind.SETTLEMENT,
        low_owes_minutes=low_owes,
        legs=_legs(session, pair, row, low_pays=low_owes < 0),
    )
    row.signed_at, row.signed_by_user_id = clock.now(), actor.user_id
    row.signed_by_name, row.move_id = actor.name, moved.id
    note(session, actor, pair, "clearing_settled", row.id, facts={"minutes": row.minutes})


def withdraw_settlement(session: Session, *, actor: Actor, settlement_id: int) -> None:
    """Take back what one's own side proposed, or decline what the other did.

    Raises:
        SettlementNotFoundError, SettlementDecidedError
    """
    pair, row = _waiting(session, actor, settlement_id)
    row.withdrawn_at = clock.now()
    note(session, actor, pair, "clearing_settlement_withdrawn", row.id)


def _legs(
    session: Session, pair: ClearingPair, row: ClearingSettlement, *, low_pays: bool
) -> tuple[Leg, Leg]:
    """Return what both books write: the debtor owes less, the creditor claims less."""
    debtor, creditor = (
        (pair.community_id, pair.high_id) if low_pays else (pair.high_id, pair.community_id)
    )
    document = f"clearing-settlement:{row.id}"
    owed = clearing_moves.clearing_account(session, community_id=debtor, other_id=creditor)
    paid = clearing_moves.settled_account(session, community_id=debtor, other_id=creditor)
    got = clearing_moves.settled_account(session, community_id=creditor, other_id=debtor)
    claim = clearing_moves.clearing_account(session, community_id=creditor, other_id=debtor)
    return (
        Leg(debtor, owed, paid, SETTLED, row.note, document),
        Leg(creditor, got, claim, SETTLED, row.note, document),
    )


def _waiting(
    session: Session, actor: Actor, settlement_id: int
) -> tuple[ClearingPair, ClearingSettlement]:
    """Return a settlement that waits for a side, under the lock of its pair.

    Raises:
        SettlementNotFoundError, SettlementDecidedError
    """
    pair_id = session.scalar(
        select(ClearingSettlement.pair_id).where(ClearingSettlement.id == settlement_id)
    )
    if pair_id is None:
        raise errors.SettlementNotFoundError
    try:
        pair = locked_pair(session, actor.community_id, pair_id)
    except errors.PairNotFoundError as error:
        raise errors.SettlementNotFoundError from error
    row = session.get_one(ClearingSettlement, settlement_id, populate_existing=True)
    if row.signed_at is not None or row.withdrawn_at is not None:
        raise errors.SettlementDecidedError
    return pair, row
