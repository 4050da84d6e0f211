"""Transfers between communities: a member's own, and those of one side; where one may send."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.community.models import Kinship, Person
from timebank.kernel import clock, paging
from timebank.kernel.paging import Page
from timebank.volunteering.errors.clearing import TransferNotFoundError
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_transfers import ClearingOrigin, ClearingTransfer
from timebank.volunteering.queries import clearing
from timebank.volunteering.rules.clearing import (
    LAPSES_AFTER,
    Destination,
    Purpose,
    TransferState,
    TransferView,
    spaced_code,
)

_SHOWN_MAX = 20


def destinations(
    session: Session, *, community_id: int, person_id: int | None
) -> list[Destination]:
    """Return where somebody may send minutes today: to themselves elsewhere, to kin there.

    The same human is known by the number of the identity card in both registers; kin count when
    the proof of kinship was seen, here or there.
    """
    agreed = {
        pair.other_id: pair.other_name
        for pair in clearing.pairs(session, community_id)
        if pair.terms is not None
    }
    index = session.scalar(select(Person.id_index).where(Person.id == person_id, Person.is_active))
    if not agreed or index is None or person_id is None:
        return []
    there = and_(Person.community_id.in_(agreed), Person.is_active)
    own = session.execute(
        select(Person.community_id, Person.id, Person.name)
        .where(there, Person.id_index == index)
        .order_by(Person.community_id)
    ).all()
    found = [Destination(at, agreed[at], who, name, Purpose.OWN) for at, who, name in own]
    mine = [person_id, *(who for _, who, _ in own)]
    relative = aliased(Person)
    kin = session.execute(
        select(Person.community_id, Person.id, Person.name, Kinship.kind)
        .join(relative, Kinship.relative_id == relative.id)
        .join(Person, or_(Person.id == relative.id, Person.id_index == relative.id_index))
        .where(Kinship.person_id.in_(mine), Kinship.verified_on.is_not(None), there)
        .order_by(Person.community_id, Person.id)
        .limit(paging.PAGE_SIZE)
    )
    known: dict[int, Destination] = {}
    for at, who, name, kind in kin:
        known.setdefault(who, Destination(at, agreed[at], who, name, Purpose.KIN, str(kind)))
    return found + [one for one in known.values() if one.person_id not in mine]


def last_arrival_on(session: Session, *, person_id: int) -> date | None:
    """Return the day on which somebody last brought own minutes here from elsewhere."""
    moment = session.scalar(
        select(func.max(ClearingTransfer.decided_at)).where(
            ClearingTransfer.to_person_id == person_id,
            ClearingTransfer.purpose == Purpose.OWN,
            ClearingTransfer.state == TransferState.DONE,
        )
    )
    return None if moment is None else clock.day_of(moment)


def transfers(
    session: Session,
    *,
    community_id: int,
    pair_id: int | None = None,
    state: TransferState | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[TransferView]:
    """Return the transfers from and to a community, newest first; codes are the members' own."""
    wanted = [_of(community_id)]
    if pair_id is not None:
        wanted.append(ClearingTransfer.pair_id == pair_id)
    if state is not None:
        wanted.append(ClearingTransfer.state == state)
    if cursor is not None:
        wanted.append(ClearingTransfer.id < paging.decode_id(cursor))
    found = _views(session, community_id, *wanted, limit=limit + 1)
    return paging.page_of(found, limit=limit, key=lambda one: [one.id])


def incoming(session: Session, *, community_id: int) -> list[TransferView]:
    """Return what waits for this side to accept or refuse; codes wait for a counter."""
    it = ClearingTransfer
    return _views(
        session,
        community_id,
        it.to_community_id == community_id,
        it.state == TransferState.REQUESTED,
        it.purpose != Purpose.REDEEM,
        limit=paging.PAGE_SIZE,
    )


def reversals_asked(session: Session, *, community_id: int) -> list[TransferView]:
    """Return the transfers of a community whose reversal was asked for and waits."""
    it = ClearingTransfer
    return _views(
        session,
        community_id,
        _of(community_id),
        it.state == TransferState.DONE,
        it.reversal_asked_at.is_not(None),
        limit=paging.PAGE_SIZE,
    )


def of_member(session: Session, *, community_id: int, person_id: int | None) -> list[TransferView]:
    """Return what a member sent and was sent, newest first, with the codes of their own."""
    it = ClearingTransfer
    if person_id is None:  # nobody's account has nothing: a code has no receiver, either
        return []
    return _views(
        session,
        community_id,
        or_(it.person_id == person_id, it.to_person_id == person_id),
        limit=_SHOWN_MAX,
        of_whom=person_id,
    )


def transfer(
    session: Session, *, community_id: int, transfer_id: int, person_id: int | None = None
) -> TransferView:
    """Return one transfer of a community; with ``person_id`` only one of theirs, with its code.

    Raises:
        TransferNotFoundError: there is none within reach.
    """
    it = ClearingTransfer
    wanted = [_of(community_id), it.id == transfer_id]
    if person_id is not None:
        wanted.append(or_(it.person_id == person_id, it.to_person_id == person_id))
    found = _views(session, community_id, *wanted, limit=1, of_whom=person_id)
    if not found:
        raise TransferNotFoundError
    return found[0]


def slip_is_used(session: Session, *, community_id: int, slip_number: str) -> bool:
    """Whether a signed slip already stands for a transfer."""
    wanted = select(ClearingTransfer.id).where(
        ClearingTransfer.community_id == community_id,
        ClearingTransfer.consent_slip == slip_number,
    )
    return session.scalar(wanted) is not None


def assisted(session: Session, *, community_id: int, transfer_id: int) -> TransferView:
    """Return what staff asked for by a signed slip, with the code to be handed over on paper.

    Raises:
        TransferNotFoundError: this community has asked for no such thing.
    """
    it = ClearingTransfer
    person_id = session.scalar(
        select(it.person_id).where(
            it.id == transfer_id, it.community_id == community_id, it.consent_slip.is_not(None)
        )
    )
    if person_id is None:
        raise TransferNotFoundError
    return transfer(
        session, community_id=community_id, transfer_id=transfer_id, person_id=person_id
    )


def some(
    session: Session, *, community_id: int, transfer_ids: Collection[int]
) -> dict[int, TransferView]:
    """Return some transfers of a community by id."""
    found = _views(
        session,
        community_id,
        _of(community_id),
        ClearingTransfer.id.in_(transfer_ids),
        limit=len(transfer_ids),
    )
    return {one.id: one for one in found}


def origins(session: Session, transfer_id: int) -> list[tuple[date, int]]:
    """Return the days on which the minutes of a transfer were earned, with how many of each."""
    rows = session.execute(
        select(ClearingOrigin.earned_on, ClearingOrigin.minutes)
        .where(ClearingOrigin.transfer_id == transfer_id)
        .order_by(ClearingOrigin.earned_on)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [(earned_on, minutes) for earned_on, minutes in rows]


def _of(community_id: int) -> ColumnElement[bool]:
    """Return the condition that a community is one of the two of a transfer."""
    it = ClearingTransfer
    return or_(it.community_id == community_id, it.to_community_id == community_id)


def _views(
    session: Session,
    community_id: int,
    *conditions: ColumnElement[bool],
    limit: int,
    of_whom: int | None = None,
) -> list[TransferView]:
    """Return transfers with the names of both ends, newest first."""
    it, sender, receiver = ClearingTransfer, aliased(Person), aliased(Person)
    rows = session.execute(
        select(it, sender.name, receiver.name)
        .join(ClearingPair, ClearingPair.id == it.pair_id)
        .join(sender, sender.id == it.person_id)
        .outerjoin(receiver, receiver.id == it.to_person_id)
        .where(*conditions)
        .order_by(it.id.desc())
        .limit(limit)
    ).all()
    known = clearing.names(session) if rows else {}
    return [
        _view(
            row, community_id, (known[row.community_id], known[row.to_community_id]), who, of_whom
        )
        for row, *who in rows
    ]


def _view(
    row: ClearingTransfer,
    community_id: int,
    places: tuple[str, str],
    who: Sequence[str | None],
    of_whom: int | None,
) -> TransferView:
    """Return a transfer as one side, or the sender, sees it."""
    is_own_code = of_whom is not None and of_whom == row.person_id and row.code is not None
    is_asked = row.state == TransferState.DONE and row.reversal_asked_at is not None
    return TransferView(
        id=row.id,
        pair_id=row.pair_id,
        purpose=Purpose(row.purpose),
        state=TransferState(row.state),
        is_outgoing=row.community_id == community_id,
        from_community=places[0],
        to_community=places[1],
        person_id=row.person_id,
        person_name=who[0] or "",
        to_person_id=row.to_person_id,
        to_person_name=who[1] or "",
        minutes=row.minutes,
        moved_minutes=row.moved_minutes,
        code=spaced_code(row.code or "") if is_own_code else "",
        requested_at=row.requested_at,
        lapses_at=row.requested_at + LAPSES_AFTER,
        decided_at=row.decided_at,
        decided_by_name=row.decided_by_name,
        decision_reason=row.decision_reason,
        is_reversal_asked=is_asked,
        is_reversal_ours=is_asked and row.reversal_asked_by_id == community_id,
        reversal_reason=row.reversal_reason,
        reversal_asked_by_name=row.reversal_asked_by_name,
        is_assisted=row.consent_slip is not None,
    )
