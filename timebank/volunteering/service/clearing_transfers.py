"""What every act on a transfer between communities shares: find and lock, post, end, note."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.service import holds as ledger_holds
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_transfers import ClearingOrigin, ClearingTransfer
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.queries.clearing import sides_of
from timebank.volunteering.queries.passbook import member_code
from timebank.volunteering.rules.clearing import MoveKind, TransferState
from timebank.volunteering.service import books, clearing_moves
from timebank.volunteering.service.clearing import acting_in, locked_pair, note
from timebank.volunteering.service.clearing_moves import ARRIVED, SENT, Leg


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where minutes arrive in the receiving book, and under which words in either."""

    account_id: int
    code: str
    document: str
    sent_memo: str
    arrived_memo: str


def waiting(
    session: Session, community_id: int, transfer_id: int
) -> tuple[ClearingPair, ClearingTransfer]:
    """Return a transfer on which nobody has decided, under the lock of its pair.

    Raises:
        TransferNotFoundError, TransferDecidedError
    """
    pair, row = locked(session, community_id, transfer_id)
    if row.state != TransferState.REQUESTED:
        raise errors.TransferDecidedError
    return pair, row


def locked(
    session: Session, community_id: int, transfer_id: int
) -> tuple[ClearingPair, ClearingTransfer]:
    """Return a transfer of one side, under the lock of its pair.

    Raises:
        TransferNotFoundError: it is none of this side's.
    """
    pair_id = session.scalar(
        select(ClearingTransfer.pair_id).where(ClearingTransfer.id == transfer_id)
    )
    if pair_id is None:
        raise errors.TransferNotFoundError
    try:
        pair = locked_pair(session, community_id, pair_id)
    except errors.PairNotFoundError as error:
        raise errors.TransferNotFoundError from error
    return pair, session.get_one(ClearingTransfer, transfer_id, populate_existing=True)


def post_transfer(
    session: Session,
    actor: Actor,
    pair: ClearingPair,
    row: ClearingTransfer,
    *,
    minutes: int,
    arrival: Arrival,
) -> None:
    """Post a transfer in both books, keep from which days it was, and note that it is done."""
    from_id, to_id = row.community_id, row.to_community_id
    account_id = books.member_account(session, community_id=from_id, person_id=row.person_id)
    legs = (
        Leg(
            from_id,
            account_id,
            clearing_moves.clearing_account(session, community_id=from_id, other_id=to_id),
            SENT,
            arrival.sent_memo,
            arrival.document,
            row.hold_id,
        ),
        Leg(
            to_id,
            clearing_moves.clearing_account(session, community_id=to_id, other_id=from_id),
            arrival.account_id,
            ARRIVED,
            arrival.arrived_memo,
            arrival.document,
        ),
    )
    moved = clearing_moves.move(
        session,
        actor=actor,
        pair=pair,
        key=row.hold_id,
        kind=MoveKind.TRANSFER,
        low_owes_minutes=sides_of(pair).sign(from_id) * minutes,
        legs=legs,
    )
    row.state, row.moved_minutes, row.move_id = TransferState.DONE, minutes, moved.id
    row.target_code = arrival.code
    _decide(row, actor, "")
    out_id = moved.low_entry_id if from_id == pair.community_id else moved.high_entry_id
    _keep_origins(session, row, out_id, account_id)
    note(session, actor, pair, "clearing_arrived", row.id, facts={"minutes": minutes})


def arrive(session: Session, actor: Actor, pair: ClearingPair, row: ClearingTransfer) -> None:
    """Post what a member of the other community receives."""
    receiver_id = row.to_person_id or 0
    target_id = books.member_account(
        session, community_id=row.to_community_id, person_id=receiver_id
    )
    known = queries.names(session)
    post_transfer(
        session,
        actor,
        pair,
        row,
        minutes=row.minutes,
        arrival=Arrival(
            target_id,
            member_code(receiver_id),
            f"clearing:{row.id}",
            f"转到{known[row.to_community_id]}的时间",
            f"从{known[row.community_id]}转来的时间",
        ),
    )


def _keep_origins(session: Session, row: ClearingTransfer, entry_id: UUID, account_id: int) -> None:
    """Keep on which days the minutes were earned that have left."""
    taken = ledger_lots.taken_by(session, entry_id=entry_id, account_id=account_id)
    session.add_all(
        ClearingOrigin(
            community_id=row.community_id,
            transfer_id=row.id,
            earned_on=earned_on,
            minutes=minutes,
        )
        for earned_on, minutes in taken
    )


def let_go(
    session: Session,
    actor: Actor,
    pair: ClearingPair,
    row: ClearingTransfer,
    state: TransferState,
    *,
    reason: str = "",
) -> None:
    """End a request without a move; the minutes are the sender's again."""
    writer = acting_in(actor, row.community_id)
    ledger_holds.release(session, actor=writer, hold_id=row.hold_id, reason=state.value)
    row.state = state
    _decide(row, actor, reason)
    note(session, actor, pair, f"clearing_{state}", row.id)


def _decide(row: ClearingTransfer, actor: Actor, reason: str) -> None:
    """Write who ended a request, and when."""
    row.decided_at, row.decided_by_user_id = clock.now(), actor.user_id
    row.decided_by_name, row.decision_reason = actor.name, reason
