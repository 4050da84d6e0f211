"""Transfers between communities, for programs: a member's own, and those of one side."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import clearing_transfers as reads_of
from timebank.volunteering.rules.clearing import (
    Destination,
    OnBehalf,
    TransferState,
    TransferView,
)
from timebank.volunteering.schemas.clearing import (
    DestinationOut,
    GroundIn,
    SendForIn,
    SendIn,
    TakeAlongForIn,
    TakeAlongIn,
    TransferListIn,
    TransferOut,
)
from timebank.volunteering.service import clearing_deciding as deciding
from timebank.volunteering.service import clearing_reversals as reversals
from timebank.volunteering.service import clearing_sending as sending
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _mine(session: Session, transfer_id: int) -> TransferView:
    """Return one of the sender's transfers as it is now."""
    actor = current_actor()
    return reads_of.transfer(
        session,
        community_id=actor.community_id,
        transfer_id=transfer_id,
        person_id=actor.person_id or 0,
    )


def _ours(session: Session, transfer_id: int) -> TransferView:
    """Return a transfer of the community as it is now."""
    return reads_of.transfer(
        session, community_id=current_actor().community_id, transfer_id=transfer_id
    )


@api.get("/me/clearing-destinations")
@needs("clearing.send")
@reads
@gives(DestinationOut, many=True)
def my_destinations(session: Session) -> Sequence[Destination]:
    """Where the sender may send minutes: to themselves elsewhere, to kin there."""
    actor = current_actor()
    return reads_of.destinations(
        session, community_id=actor.community_id, person_id=actor.person_id
    )


@api.get("/me/clearing-transfers")
@needs("clearing.send")
@reads
@gives(TransferOut, many=True)
def my_transfers(session: Session) -> Sequence[TransferView]:
    """What the sender sent and was sent, newest first, with the codes of their own."""
    actor = current_actor()
    return reads_of.of_member(session, community_id=actor.community_id, person_id=actor.person_id)


@api.post("/me/clearing-transfers")
@needs("clearing.send")
@writes(keyed=True)
@takes(SendIn)
@gives(TransferOut, status=201)
def send(session: Session, *, to_person_id: int, minutes: int) -> TransferView:
    """Send minutes to oneself or to kin in another community."""
    transfer_id = sending.send(
        session,
        actor=current_actor(),
        key=request_key(),
        to_person_id=to_person_id,
        minutes=minutes,
    )
    return _mine(session, transfer_id)


@api.post("/me/clearing-codes")
@needs("clearing.send")
@writes(keyed=True)
@takes(TakeAlongIn)
@gives(TransferOut, status=201)
def take_along(session: Session, *, community_id: int, minutes: int) -> TransferView:
    """Set minutes aside to be served in another community; the code is shown at a counter there."""
    transfer_id = sending.take_along(
        session,
        actor=current_actor(),
        key=request_key(),
        community_id=community_id,
        minutes=minutes,
    )
    return _mine(session, transfer_id)


@api.post("/me/clearing-transfers/<int:transfer_id>/withdraw")
@needs("clearing.send")
@writes(keyed=True)
@gives(TransferOut)
def withdraw(session: Session, transfer_id: int) -> TransferView:
    """Take back what nobody has decided on yet."""
    deciding.withdraw(session, actor=current_actor(), transfer_id=transfer_id)
    return _mine(session, transfer_id)


@api.post("/me/clearing-transfers/<int:transfer_id>/accept")
@needs("clearing.send")
@writes(keyed=True)
@gives(TransferOut)
def receive(session: Session, transfer_id: int) -> TransferView:
    """Accept what kin in another community sent."""
    deciding.accept(session, actor=current_actor(), transfer_id=transfer_id)
    return _mine(session, transfer_id)


@api.post("/me/clearing-transfers/<int:transfer_id>/refuse")
@needs("clearing.send")
@writes(keyed=True)
@takes(GroundIn)
@gives(TransferOut)
def decline(session: Session, transfer_id: int, *, reason: str) -> TransferView:
    """Decline what kin in another community sent."""
    deciding.refuse(session, actor=current_actor(), transfer_id=transfer_id, reason=reason)
    return _mine(session, transfer_id)


@api.get("/clearing-transfers")
@needs("clearing.read")
@reads
@takes(TransferListIn, where="query")
@gives_page(TransferOut)
def list_transfers(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    pair_id: int | None = None,
    state: TransferState | None = None,
) -> Page[TransferView]:
    """Transfers from and to the community, newest first."""
    return reads_of.transfers(
        session,
        community_id=current_actor().community_id,
        pair_id=pair_id,
        state=state,
        cursor=cursor,
        limit=limit,
    )


@api.post("/clearing-transfers/<int:transfer_id>/accept")
@needs("clearing.accept")
@writes(keyed=True)
@gives(TransferOut)
def accept_transfer(session: Session, transfer_id: int) -> TransferView:
    """Accept what a member of the other community sent."""
    deciding.accept(session, actor=current_actor(), transfer_id=transfer_id)
    return _ours(session, transfer_id)


@api.post("/clearing-transfers/<int:transfer_id>/refuse")
@needs("clearing.accept")
@writes(keyed=True)
@takes(GroundIn)
@gives(TransferOut)
def refuse_transfer(session: Session, transfer_id: int, *, reason: str) -> TransferView:
    """Refuse what a member of the other community sent."""
    deciding.refuse(session, actor=current_actor(), transfer_id=transfer_id, reason=reason)
    return _ours(session, transfer_id)


@api.post("/clearing-transfers/<int:transfer_id>/ask-reversal")
@needs("clearing.agree")
@writes(keyed=True)
@takes(GroundIn)
@gives(TransferOut)
def ask_reversal(session: Session, transfer_id: int, *, reason: str) -> TransferView:
    """Ask the other side to take a transfer back."""
    reversals.ask_reversal(session, actor=current_actor(), transfer_id=transfer_id, reason=reason)
    return _ours(session, transfer_id)


@api.post("/clearing-transfers/<int:transfer_id>/agree-reversal")
@needs("clearing.agree")
@writes(keyed=True)
@gives(TransferOut)
def agree_reversal(session: Session, transfer_id: int) -> TransferView:
    """Agree that a transfer is taken back, in both books."""
    reversals.agree_reversal(session, actor=current_actor(), transfer_id=transfer_id)
    return _ours(session, transfer_id)


@api.post("/clearing-transfers/<int:transfer_id>/drop-reversal")
@needs("clearing.agree")
@writes(keyed=True)
@gives(TransferOut)
def drop_reversal(session: Session, transfer_id: int) -> TransferView:
    """Leave a transfer as it is."""
    reversals.drop_reversal(session, actor=current_actor(), transfer_id=transfer_id)
    return _ours(session, transfer_id)


@api.post("/clearing-transfers")
@needs("clearing.assist")
@writes(keyed=True)
@takes(SendForIn)
@gives(TransferOut, status=201)
def send_for(
    session: Session, *, person_id: int, slip_number: str, to_person_id: int, minutes: int
) -> TransferView:
    """Send minutes for somebody who has signed a slip."""
    transfer_id = sending.send(
        session,
        actor=current_actor(),
        key=request_key(),
        to_person_id=to_person_id,
        minutes=minutes,
        behalf=OnBehalf(person_id, slip_number),
    )
    return _ours(session, transfer_id)


@api.post("/clearing-codes")
@needs("clearing.assist")
@writes(keyed=True)
@takes(TakeAlongForIn)
@gives(TransferOut, status=201)
def take_along_for(
    session: Session, *, person_id: int, slip_number: str, community_id: int, minutes: int
) -> TransferView:
    """Set minutes aside for somebody who has signed a slip; the code goes to them on paper."""
    transfer_id = sending.take_along(
        session,
        actor=current_actor(),
        key=request_key(),
        community_id=community_id,
        minutes=minutes,
        behalf=OnBehalf(person_id, slip_number),
    )
    return reads_of.assisted(
        session, community_id=current_actor().community_id, transfer_id=transfer_id
    )
