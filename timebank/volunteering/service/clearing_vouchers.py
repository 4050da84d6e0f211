"""Being served in another community: a code that its sender shows at a counter there, once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.rules.clearing import Purpose, TransferState, tidy_code
from timebank.volunteering.service import clearing_moves
from timebank.volunteering.service.clearing_reversals import take_back
from timebank.volunteering.service.clearing_sending import code_index
from timebank.volunteering.service.clearing_transfers import (
    Arrival,
    locked,
    post_transfer,
    waiting,
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody of another community who may be served here: up to so many minutes."""

    transfer_id: int
    person_id: int
    person_name: str
    community_name: str
    minutes: int


def visitor(session: Session, *, actor: Actor, code: str) -> Visitor:
    """Return who shows a code at a counter of this community.

    Raises:
        VoucherNotHereError: it is not for here, or is used up.
    """
    row = session.scalar(
        select(ClearingTransfer).where(
            ClearingTransfer.code_index == code_index(tidy_code(code)),
            ClearingTransfer.to_community_id == actor.community_id,
            ClearingTransfer.state == TransferState.REQUESTED,
        )
    )
    if row is None:
        raise errors.VoucherNotHereError(field="code")
    sender = session.get_one(Person, row.person_id)
    known = queries.names(session)
    return Visitor(row.id, row.person_id, sender.name, known[row.community_id], row.minutes)


def visitor_if_any(session: Session, *, actor: Actor, code: str) -> Visitor | None:
    """Return who shows a code at a counter of this community; None when it is for nobody here."""
    try:
        return visitor(session, actor=actor, code=code)
    except errors.VoucherNotHereError:
        return None


def serve_visitor(
    session: Session,
    *,
    actor: Actor,
    code: str,
    minutes: int,
    account: tuple[int, str],
    memo: str,
) -> int:
    """Take minutes of a code for what was served, up to what it holds; return the transfer.

    ``account`` is where the receiving book keeps what it served to visitors, by id and code. What
    the code held beyond is the sender's again.

    Raises:
        VoucherNotHereError, VoucherShortError, NearTransferError
        NoAgreementError, ClearingFrozenError, ClearingLimitError
    """
    shown = visitor(session, actor=actor, code=code)
    try:
        pair, row = waiting(session, actor.community_id, shown.transfer_id)
    except errors.TransferDecidedError as error:  # another counter was faster
        raise errors.VoucherNotHereError(field="code") from error
    if minutes > row.minutes:
        raise errors.VoucherShortError(have=row.minutes, need=minutes)
    if _is_same_human(session, actor.person_id, row.person_id):
        raise errors.NearTransferError
    terms = clearing_moves.check_open(session, pair, day=clock.today())
    clearing_moves.check_within(session, pair, terms, from_id=row.community_id, minutes=minutes)
    here = queries.names(session)[row.to_community_id]
    arrival = Arrival(
        account[0],
        account[1],
        f"clearing:{row.id}",
        f"在{here}：{memo}",
        f"{shown.community_name}居民：{memo}",
    )
    post_transfer(session, actor, pair, row, minutes=minutes, arrival=arrival)
    return row.id


def undo_visitor(session: Session, *, actor: Actor, transfer_id: int, reason: str) -> None:
    """Take back what a counter keyed in wrongly, in both books.

    Raises:
        TransferNotFoundError, TransferDecidedError, NotReceivingSideError
    """
    pair, row = locked(session, actor.community_id, transfer_id)
    if row.purpose != Purpose.REDEEM or row.to_community_id != actor.community_id:
        raise errors.NotReceivingSideError
    take_back(session, actor, pair, row, reason=reason)


def _is_same_human(session: Session, one_id: int | None, other_id: int) -> bool:
    """Whether two persons of two registers are the same, by the number of the identity card."""
    one, other = aliased(Person), aliased(Person)
    wanted = (
        select(one.id)
        .join(other, other.id_index == one.id_index)
        .where(one.id == one_id, other.id == other_id)
    )
    return session.scalar(wanted) is not None
