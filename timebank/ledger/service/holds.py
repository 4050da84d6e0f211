"""Holds: an amount set aside on a bounded account, and its one end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.kernel.errors import DomainError
from timebank.ledger.errors import (
    HoldAlreadyResolvedError,
    HoldExpiredError,
    InsufficientBalanceError,
    SameHoldOtherContentError,
    UnboundedHoldError,
    kind_of_refusal,
)
from timebank.ledger.models import rows, selects
from timebank.ledger.models.tables import HOLD_ENDS, HOLDS
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import holds as queries
from timebank.ledger.rules import drafts as rules
from timebank.ledger.rules import moves
from timebank.ledger.rules.values import (
    MEMO_MAX,
    AccountKind,
    AccountView,
    EntryDraft,
    HoldDraft,
    HoldOutcome,
    HoldView,
    Links,
    Posted,
)
from timebank.ledger.service.posting import post_linked

EXPIRE_MAX = 1000


def hold(
    session: Session,
    *,
    actor: Actor,
    hold_id: UUID,
    account_id: int,
    amount: int,
    memo: str,
    expires_at: datetime | None = None,
) -> HoldView:
    """Set an amount aside; the same id with the same content returns the first hold again.

    Raises:
        AccountNotFoundError, UnboundedHoldError, AmountError
        InsufficientBalanceError: less is available than is to be held.
        SameHoldOtherContentError: the id was used for something else.
    """
    rules.check_amount(amount)
    rules.check_length(memo, MEMO_MAX)
    owner = account_queries.account(session, community_id=actor.community_id, account_id=account_id)
    if owner.kind != AccountKind.BOUNDED:
        raise UnboundedHoldError
    draft = HoldDraft(hold_id, account_id, amount, memo, expires_at)
    try:
        with session.begin_nested():
            session.execute(insert(HOLDS).values(rows.hold(actor, draft, held_at=clock.now())))
    except IntegrityError as error:
        known = queries.hold_if_any(session, hold_id)
        if known is None:
            raise _refusal(session, error, owner, amount) from error
        if not _is_same(session, known, draft):
            raise SameHoldOtherContentError from error
    return queries.hold(session, community_id=actor.community_id, hold_id=hold_id)


def _is_same(session: Session, known: HoldView, draft: HoldDraft) -> bool:
    """Whether a hold is what a draft asks for; words that were erased cannot be held against it."""
    if known.draft == draft:
        return True
    is_erased = queries.words_are_erased(session, known.id)
    return is_erased and known.draft == replace(draft, memo=known.memo)


def _refusal(
    session: Session, error: IntegrityError, owner: AccountView, amount: int
) -> DomainError:
    """Return the refusal of a hold in words, with what is there."""
    kind = kind_of_refusal(str(error.orig))
    if not issubclass(kind, InsufficientBalanceError):
        return kind()
    have = account_queries.balance(session, owner.id).spendable
    return moves.insufficient(owner.asset, have=have, need=amount)


def capture(session: Session, *, actor: Actor, hold_id: UUID, draft: EntryDraft) -> Posted:
    """End a hold by posting the entry it was made for; what is left over becomes available.

    Raises:
        HoldNotFoundError, HoldAlreadyResolvedError, HoldExpiredError
        HoldExceededError: the entry takes more out of the account than is held.
    """
    held = queries.hold(session, community_id=actor.community_id, hold_id=hold_id)
    if held.outcome is not None and held.entry_id != draft.id:
        raise HoldAlreadyResolvedError
    if held.outcome is None and held.expires_at is not None and held.expires_at <= clock.now():
        raise HoldExpiredError
    return post_linked(session, actor=actor, draft=draft, links=Links(hold_id=hold_id))


def release(session: Session, *, actor: Actor, hold_id: UUID, reason: str) -> HoldView:
    """End a hold without posting anything.

    Raises:
        HoldNotFoundError, HoldAlreadyResolvedError
    """
    rules.check_length(reason, MEMO_MAX)
    held = queries.hold(session, community_id=actor.community_id, hold_id=hold_id)
    if held.outcome is not None:
        raise HoldAlreadyResolvedError
    end = rows.hold_end(actor, hold_id, HoldOutcome.RELEASED, ended_at=clock.now(), reason=reason)
    try:
        with session.begin_nested():
            session.execute(insert(HOLD_ENDS).values(end))
    except IntegrityError as error:
        raise kind_of_refusal(str(error.orig)) from error
    return queries.hold(session, community_id=actor.community_id, hold_id=hold_id)


def expire_due(session: Session, *, actor: Actor) -> int:
    """End the community's holds that are past their time, at most 1,000; return how many."""
    now = clock.now()
    due = queries.due_holds(session, actor.community_id, now=now, limit=EXPIRE_MAX)
    account_queries.locked_spendable(session, [held.account_id for held in due])
    still_open = queries.open_among(session, [held.id for held in due])
    if still_open:
        ends = [
            rows.hold_end(actor, hold_id, HoldOutcome.EXPIRED, ended_at=now)
            for hold_id in still_open
        ]
        session.execute(insert(HOLD_ENDS), ends)
    return len(still_open)


def expire_holds(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: end the holds that are past their time in every community."""
    for community_id in session.scalars(selects.due_communities(clock.now())).all():
        expire_due(session, actor=program(community_id=community_id, name="expire_holds"))
