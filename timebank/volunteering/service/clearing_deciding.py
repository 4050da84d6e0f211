"""How a request to another community ends: accepted, refused, taken back, or lapsed."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing_transfers as reads
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import clearing as rules
from timebank.volunteering.rules.clearing import Purpose, TransferState
from timebank.volunteering.rules.gifts import Kin, check_circle
from timebank.volunteering.service import clearing_moves
from timebank.volunteering.service.clearing_transfers import arrive, let_go, waiting

_BATCH = 200


def accept(session: Session, *, actor: Actor, transfer_id: int) -> None:
    """Accept what was sent, as the one who receives or as staff there; both books are written.

    Raises:
        TransferNotFoundError, TransferDecidedError, NotReceivingSideError, NearTransferError
        NoAgreementError, ClearingFrozenError, ClearingLimitError: things have changed since.
        DestinationUnknownError, GiftsNotAllowedError, OutsideCircleError: so have these.
    """
    pair, row = _for_receiver(session, actor, transfer_id)
    _check_still_may(session, row)
    terms = clearing_moves.check_open(session, pair, day=clock.today())
    clearing_moves.check_within(session, pair, terms, from_id=row.community_id, minutes=row.minutes)
    arrive(session, actor, pair, row)


def refuse(session: Session, *, actor: Actor, transfer_id: int, reason: str) -> None:
    """Refuse what was sent, with the reason; the sender has the minutes back.

    Raises:
        TransferNotFoundError, TransferDecidedError, NotReceivingSideError, NearTransferError
    """
    pair, row = _for_receiver(session, actor, transfer_id)
    let_go(session, actor, pair, row, TransferState.REFUSED, reason=reason.strip())


def withdraw(session: Session, *, actor: Actor, transfer_id: int) -> None:
    """Take back what one has sent and nobody has decided on yet.

    Raises:
        TransferNotFoundError, TransferDecidedError, NotSenderError
    """
    pair, row = waiting(session, actor.community_id, transfer_id)
    if actor.person_id is None or actor.person_id != row.person_id:
        raise errors.NotSenderError
    let_go(session, actor, pair, row, TransferState.WITHDRAWN)


def lapse_transfers(session: Session, _payload: Mapping[str, object]) -> int:
    """Do the job ``volunteering.lapse_transfers``: end what nobody decided on in time."""
    before = clock.now() - rules.LAPSES_AFTER
    rows = session.execute(
        select(ClearingTransfer.id, ClearingTransfer.community_id)
        .where(
            ClearingTransfer.state == TransferState.REQUESTED,
            ClearingTransfer.requested_at < before,
        )
        .order_by(ClearingTransfer.pair_id, ClearingTransfer.id)
        .limit(_BATCH)
    ).all()
    for transfer_id, community_id in rows:
        actor = program(community_id=community_id, name="volunteering.lapse_transfers")
        pair, row = waiting(session, community_id, transfer_id)
        let_go(session, actor, pair, row, TransferState.LAPSED)
    return len(rows)


def _check_still_may(session: Session, row: ClearingTransfer) -> None:
    """Let the registers and the sending community's rules of today decide again.

    Raises:
        DestinationUnknownError, GiftsNotAllowedError, OutsideCircleError
    """
    places = reads.destinations(session, community_id=row.community_id, person_id=row.person_id)
    kinds = [one.kind for one in places if one.person_id == row.to_person_id]
    if not kinds:
        raise errors.DestinationUnknownError
    if row.purpose == Purpose.KIN:
        check_circle(limits.policy(session, row.community_id), Kin(kinds[0], is_verified=True))


def _for_receiver(
    session: Session, actor: Actor, transfer_id: int
) -> tuple[ClearingPair, ClearingTransfer]:
    """Return a transfer on which the actor may decide: the receiver, or staff who are not near.

    Raises:
        TransferNotFoundError, TransferDecidedError, NotReceivingSideError, NearTransferError
    """
    pair, row = waiting(session, actor.community_id, transfer_id)
    if row.to_community_id != actor.community_id or row.purpose == Purpose.REDEEM:
        raise errors.NotReceivingSideError
    if row.purpose == Purpose.KIN and actor.person_id == row.to_person_id:
        return pair, row
    if not actor.may("clearing.accept"):
        raise errors.TransferNotFoundError
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else frozenset()
    if row.to_person_id == actor.person_id or row.to_person_id in near:
        raise errors.NearTransferError
    return pair, row
