"""What a member chooses for the end of the account: kin, a pool, or void; changed at any time."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors.gifts import (
    NoAccountToGiveError,
    PoolClosedError,
    PoolNotFoundError,
)
from timebank.volunteering.errors.leaving import DispositionKinError
from timebank.volunteering.models.leaving import AccountDisposition
from timebank.volunteering.models.pools import HoursPool
from timebank.volunteering.queries.wallet import kin as kin_of
from timebank.volunteering.rules import leaving as rules
from timebank.volunteering.rules.leaving import Wish


def choose(session: Session, *, actor: Actor, wish: Wish) -> None:
    """Choose what becomes of one's minutes; the last choice counts, older ones are kept.

    Raises:
        NoAccountToGiveError: the actor is no member.
        ClaimantMissingError, DispositionKinError: no relative whose kinship was verified.
        OutcomePoolMissingError, PoolNotFoundError, PoolClosedError
    """
    if actor.person_id is None:
        raise NoAccountToGiveError
    wish = rules.tidied(wish)
    rules.check_wish(wish)
    _check(session, actor, wish)
    _replace(session, actor)
    session.add(
        AccountDisposition(
            community_id=actor.community_id,
            person_id=actor.person_id,
            outcome=wish.outcome,
            kin_id=wish.kin_id,
            pool_id=wish.pool_id,
            chosen_at=clock.now(),
            chosen_by_user_id=actor.user_id,
        )
    )
    session.flush()
    _leave_trail(session, actor, "disposition_chosen")


def withdraw(session: Session, *, actor: Actor) -> None:
    """Take a choice back: then kin may claim, as for everybody who chose nothing."""
    if _replace(session, actor):
        _leave_trail(session, actor, "disposition_withdrawn")


def _check(session: Session, actor: Actor, wish: Wish) -> None:
    """Refuse kin whose proof nobody saw, and pools that take nothing."""
    if wish.kin_id is not None:
        what = kin_of(session, giver_id=actor.person_id or 0, receiver_id=wish.kin_id)
        if what is None or not what.is_verified:
            raise DispositionKinError(field="kin_id")
    if wish.pool_id is not None:
        pool = session.get(HoursPool, wish.pool_id)
        if pool is None or pool.community_id != actor.community_id:
            raise PoolNotFoundError(field="pool_id")
        if not pool.is_open:
            raise PoolClosedError(field="pool_id")


def _replace(session: Session, actor: Actor) -> bool:
    """Let the present choice count no longer; whether there was one."""
    row = session.scalar(
        select(AccountDisposition)
        .where(
            AccountDisposition.person_id == actor.person_id,
            AccountDisposition.replaced_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        return False
    row.replaced_at = clock.now()
    session.flush()
    return True


def _leave_trail(session: Session, actor: Actor, verb: str) -> None:
    """Note that somebody chose."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="person",
        subject_id=actor.person_id or 0,
    )
