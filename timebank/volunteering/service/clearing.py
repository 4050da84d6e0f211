"""What two communities agree on: proposed by one, signed by the other; stopped by either."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingFreeze, ClearingPair, ClearingTerms
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.queries.clearing import of_pairs
from timebank.volunteering.rules.clearing import ordered


def propose_terms(
    session: Session,
    *,
    actor: Actor,
    other_id: int,
    we_may_owe_minutes: int,
    they_may_owe_minutes: int,
    is_automatic: bool,
    from_on: date,
) -> int:
    """Propose, and sign for one's own side, how far each may owe the other; return the terms.

    Raises:
        OtherCommunityUnknownError, TermsInPastError
        TermsWaitingError: a proposal waits already.
    """
    if other_id not in queries.others(session, actor.community_id):
        raise errors.OtherCommunityUnknownError(field="other_id")
    if from_on < clock.today():
        raise errors.TermsInPastError(field="from_on")
    pair = _ensured_pair(session, actor.community_id, other_id)
    limits = (we_may_owe_minutes, they_may_owe_minutes)
    low, high = limits if actor.community_id == pair.community_id else limits[::-1]
    latest = session.scalar(
        select(func.max(ClearingTerms.version)).where(ClearingTerms.pair_id == pair.id)
    )
    row = ClearingTerms(
        community_id=actor.community_id,
        pair_id=pair.id,
        version=(latest or 0) + 1,
        low_limit_minutes=low,
        high_limit_minutes=high,
        is_automatic=is_automatic,
        from_on=from_on,
        proposed_at=clock.now(),
        proposed_by_user_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.TermsWaitingError from error
    note(session, actor, pair, "clearing_proposed", row.id)
    return row.id


def sign_terms(session: Session, *, actor: Actor, terms_id: int) -> None:
    """Sign what the other side proposed; it holds from its day, or today when that has passed.

    Raises:
        TermsNotFoundError, TermsSettledError
        OwnProposalError: one's own side proposed it.
    """
    pair, row = _waiting_terms(session, actor, terms_id)
    if row.community_id == actor.community_id:
        raise errors.OwnProposalError
    row.signed_at, row.signed_by_user_id = clock.now(), actor.user_id
    row.signed_by_name, row.in_force_on = actor.name, max(row.from_on, clock.today())
    note(session, actor, pair, "clearing_signed", row.id)


def withdraw_terms(session: Session, *, actor: Actor, terms_id: int) -> None:
    """Take back what one's own side proposed, or decline what the other did.

    Raises:
        TermsNotFoundError, TermsSettledError
    """
    pair, row = _waiting_terms(session, actor, terms_id)
    row.withdrawn_at = clock.now()
    note(session, actor, pair, "clearing_withdrawn", row.id)


def freeze(session: Session, *, actor: Actor, pair_id: int, reason: str) -> None:
    """Stop new transfers at once, for a reason that both sides read.

    Raises:
        PairNotFoundError, AlreadyFrozenError
    """
    pair = locked_pair(session, actor.community_id, pair_id)
    row = ClearingFreeze(
        community_id=actor.community_id,
        pair_id=pair.id,
        reason=reason.strip(),
        frozen_at=clock.now(),
        frozen_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.AlreadyFrozenError from error
    note(session, actor, pair, "clearing_frozen", pair.id)


def lift(session: Session, *, actor: Actor, pair_id: int) -> None:
    """Lift the stop that one's own side has put on.

    Raises:
        PairNotFoundError, NotFrozenError
    """
    pair = locked_pair(session, actor.community_id, pair_id)
    for row in queries.freezes(session, pair.id):
        if row.community_id == actor.community_id:
            row.lifted_at, row.lifted_by_name = clock.now(), actor.name
            note(session, actor, pair, "clearing_lifted", pair.id)
            return
    raise errors.NotFrozenError


def locked_pair(session: Session, community_id: int, pair_id: int) -> ClearingPair:
    """Return a pair of a community, locked: moves of a pair come one after the other.

    Raises:
        PairNotFoundError: it is not one of its pairs.
    """
    row = session.scalar(
        select(ClearingPair)
        .where(ClearingPair.id == pair_id, of_pairs(community_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.PairNotFoundError
    return row


def acting_in(actor: Actor, community_id: int) -> Actor:
    """Return the actor as the one who writes into a community's book and trail.

    Nothing is permitted by it: it says only whose rows they are.
    """
    if actor.community_id == community_id:
        return actor
    return replace(
        actor, community_id=community_id, person_id=None, roles=frozenset(), permissions={}
    )


def note(
    session: Session,
    actor: Actor,
    pair: ClearingPair,
    verb: str,
    subject_id: int,
    *,
    facts: Mapping[str, int] | None = None,
) -> None:
    """Write what is pending, and leave the act in the trails of both communities."""
    session.flush()
    for community_id in (pair.community_id, pair.high_id):
        trail.record(
            session,
            actor=acting_in(actor, community_id),
            action=f"volunteering.{verb}",
            subject_type="clearing",
            subject_id=subject_id,
            facts=facts,
        )


def _ensured_pair(session: Session, one_id: int, other_id: int) -> ClearingPair:
    """Return the pair of two communities, locked; opened when it is new."""
    found = queries.pair_between(session, one_id, other_id)
    if found is None:
        low_id, high_id = ordered(one_id, other_id)
        row = ClearingPair(community_id=low_id, high_id=high_id, opened_at=clock.now())
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
            found = row
        except IntegrityError:  # the other side was faster
            found = queries.pair_between(session, one_id, other_id)
    if found is None:
        raise errors.PairNotFoundError
    return locked_pair(session, one_id, found.id)


def _waiting_terms(
    session: Session, actor: Actor, terms_id: int
) -> tuple[ClearingPair, ClearingTerms]:
    """Return terms that wait for a side, under the lock of their pair.

    Raises:
        TermsNotFoundError, TermsSettledError
    """
    pair_id = session.scalar(select(ClearingTerms.pair_id).where(ClearingTerms.id == terms_id))
    if pair_id is None:
        raise errors.TermsNotFoundError
    try:
        pair = locked_pair(session, actor.community_id, pair_id)
    except errors.PairNotFoundError as error:
        raise errors.TermsNotFoundError from error
    row = session.get_one(ClearingTerms, terms_id, populate_existing=True)
    if row.signed_at is not None or row.withdrawn_at is not None:
        raise errors.TermsSettledError
    return pair, row
