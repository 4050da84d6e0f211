"""Sending minutes to another community: to oneself, to kin, or along to be served there."""

import secrets
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.kernel.sealed import blind_index
from timebank.ledger.errors import InsufficientBalanceError
from timebank.ledger.service import holds as ledger_holds
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.errors.gifts import (
    ConsentSlipUsedError,
    NoAccountToGiveError,
    NotEnoughToGiveError,
)
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.queries import clearing_transfers as reads
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import clearing as rules
from timebank.volunteering.rules.clearing import (
    Destination,
    OnBehalf,
    Purpose,
    TransferState,
)
from timebank.volunteering.rules.gifts import Kin, check_circle
from timebank.volunteering.service import books, clearing_moves
from timebank.volunteering.service.clearing import locked_pair, note
from timebank.volunteering.service.clearing_transfers import arrive
from timebank.volunteering.service.redeeming import check_may_redeem

MEMO = "转到别的社区"


def send(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    to_person_id: int,
    minutes: int,
    behalf: OnBehalf | None = None,
) -> int:
    """Send one's own minutes to oneself or to kin in another community; return the transfer.

    Staff send for somebody who has signed a slip.

    They are set aside until the other side accepts; what goes to oneself arrives at once where
    the agreement says so.

    Raises:
        NoAccountToGiveError, DestinationUnknownError
        ArrivedLatelyError: own minutes came from elsewhere a short while ago.
        GiftsNotAllowedError, OutsideCircleError: the rules do not let minutes go there.
        NoAgreementError, ClearingFrozenError, ClearingLimitError, NotEnoughToGiveError
        PersonNotFoundError, NearTransferError, ConsentSlipUsedError: of those sent for.
    """
    person_id = _sender(session, actor, behalf)
    place = _destination(session, actor, person_id, to_person_id)
    _check_purpose(session, actor, person_id, place)
    pair, terms = _open_pair(session, actor, place.community_id, minutes)
    row = _ask(
        session,
        actor,
        pair,
        ClearingTransfer(
            to_community_id=place.community_id,
            purpose=place.purpose,
            person_id=person_id,
            to_person_id=to_person_id,
            minutes=minutes,
            consent_slip=None if behalf is None else behalf.slip_number.strip(),
            hold_id=derived_id(key, "clearing"),
        ),
    )
    if terms.is_automatic and place.purpose is Purpose.OWN:
        arrive(session, actor, pair, row)
    return row.id


def take_along(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    community_id: int,
    minutes: int,
    behalf: OnBehalf | None = None,
) -> int:
    """Set own minutes aside to be served in another community; return the transfer with its code.

    Staff do it for somebody who has signed a slip.

    Raises:
        NoAccountToGiveError
        RedeemAgeUnknownError, TooYoungToRedeemError, TooLittleToRedeemError
        NoAgreementError, ClearingFrozenError, ClearingLimitError, NotEnoughToGiveError
        PersonNotFoundError, NearTransferError, ConsentSlipUsedError: of those it is done for.
    """
    person_id = _sender(session, actor, behalf)
    check_may_redeem(session, community_id=actor.community_id, person_id=person_id)
    pair, _ = _open_pair(session, actor, community_id, minutes)
    code = f"{secrets.randbelow(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}d}"
    row = _ask(
        session,
        actor,
        pair,
        ClearingTransfer(
            to_community_id=community_id,
            purpose=Purpose.REDEEM,
            person_id=person_id,
            minutes=minutes,
            code=code,
            code_index=code_index(code),
            consent_slip=None if behalf is None else behalf.slip_number.strip(),
            hold_id=derived_id(key, "clearing"),
        ),
    )
    return row.id


def code_index(code: str) -> str:
    """Return the blind index under which a code is found."""
    return blind_index(f"clearing:{code}")


def _sender(session: Session, actor: Actor, behalf: OnBehalf | None) -> int:
    """Return the person whose minutes are sent: the actor, or who has signed a slip.

    Raises:
        NoAccountToGiveError: the account is nobody's.
        PersonNotFoundError: nobody within the actor's reach.
        NearTransferError: staff would do it for themselves or for kin.
        ConsentSlipUsedError: the slip stands for another transfer.
    """
    if behalf is None:
        if actor.person_id is None:
            raise NoAccountToGiveError
        return actor.person_id
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=behalf.person_id,
        reach=actor.reach("clearing.assist"),
    )
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else frozenset()
    if person.id == actor.person_id or person.id in near:
        raise errors.NearTransferError
    slip_number = behalf.slip_number.strip()
    if reads.slip_is_used(session, community_id=actor.community_id, slip_number=slip_number):
        raise ConsentSlipUsedError(field="slip_number", slip_number=slip_number)
    return person.id


def _destination(session: Session, actor: Actor, person_id: int, to_person_id: int) -> Destination:
    """Return where minutes are to go.

    Raises:
        DestinationUnknownError: it is neither oneself elsewhere nor kin there.
    """
    places = reads.destinations(session, community_id=actor.community_id, person_id=person_id)
    for place in places:
        if place.person_id == to_person_id:
            return place
    raise errors.DestinationUnknownError(field="to_person_id")


def _check_purpose(session: Session, actor: Actor, person_id: int, place: Destination) -> None:
    """Refuse what the rules of the sending community do not let go there."""
    if place.purpose is Purpose.OWN:
        arrived_on = reads.last_arrival_on(session, person_id=person_id)
        rules.check_rest(arrived_on, today=clock.today())
        return
    check_circle(limits.policy(session, actor.community_id), Kin(place.kind, is_verified=True))


def _open_pair(
    session: Session, actor: Actor, other_id: int, minutes: int
) -> tuple[ClearingPair, rules.Terms]:
    """Return pair and terms under which minutes may be sent today.

    Raises:
        NoAgreementError, ClearingFrozenError, ClearingLimitError
    """
    found = queries.pair_between(session, actor.community_id, other_id)
    if found is None:
        raise errors.NoAgreementError
    pair = locked_pair(session, actor.community_id, found.id)
    terms = clearing_moves.check_open(session, pair, day=clock.today())
    clearing_moves.check_within(session, pair, terms, from_id=actor.community_id, minutes=minutes)
    return pair, terms


def _ask(
    session: Session, actor: Actor, pair: ClearingPair, row: ClearingTransfer
) -> ClearingTransfer:
    """Set the minutes aside and write the request.

    Raises:
        NotEnoughToGiveError: fewer are free.
    """
    account_id = books.member_account(
        session, community_id=actor.community_id, person_id=row.person_id
    )
    try:
        ledger_holds.hold(
            session,
            actor=actor,
            hold_id=row.hold_id,
            account_id=account_id,
            amount=row.minutes,
            memo=MEMO,
        )
    except InsufficientBalanceError as error:
        have = error.facts.get("have", 0)
        raise NotEnoughToGiveError(field="minutes", have=have, need=row.minutes) from error
    row.community_id, row.pair_id, row.state = (
        actor.community_id,
        pair.id,
        TransferState.REQUESTED,
    )
    row.requested_at, row.requested_by_user_id = clock.now(), actor.user_id
    row.requested_by_name = actor.name
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        if "consent_slip" in str(error.orig):  # two with one paper at once: the first has it
            raise ConsentSlipUsedError(field="slip_number", slip_number=row.consent_slip) from error
        raise
    note(session, actor, pair, "clearing_requested", row.id, facts={"minutes": row.minutes})
    return row
