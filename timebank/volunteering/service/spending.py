"""Relatives who spend directly: the giver lets them, each use counts under the wallet's limit."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.models.spending import FamilyUse, SpendingConsent
from timebank.volunteering.models.wallet import FamilyWallet
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import wallet as queries
from timebank.volunteering.rules import gifts as rules


def allow_spending(session: Session, *, actor: Actor, wallet_id: int) -> None:
    """Let the other one of a wallet spend one's minutes directly, within its limit; once is enough.

    Raises:
        WalletNotFoundError, NotGiverError, WalletEndedError, WalletNotOpenError
    """
    row = _own(session, actor, wallet_id)
    if row.agreed_at is None:
        raise errors.WalletNotOpenError
    if _consent(session, row.id) is None:
        session.add(
            SpendingConsent(
                community_id=row.community_id,
                wallet_id=row.id,
                given_at=clock.now(),
                given_by_id=row.giver_id,
                given_by_user_id=actor.user_id,
            )
        )
        session.flush()
        _leave_trail(session, actor, "spending_allowed", row.id)


def forbid_spending(session: Session, *, actor: Actor, wallet_id: int) -> None:
    """Revoke it; it holds at once, for what is booked and not yet redeemed, too.

    Raises:
        WalletNotFoundError, NotGiverError, WalletEndedError
    """
    row = _own(session, actor, wallet_id)
    consent = _consent(session, row.id)
    if consent is not None:
        consent.revoked_at, consent.revoked_by_name = clock.now(), actor.name
        session.flush()
        _leave_trail(session, actor, "spending_forbidden", row.id)


def use_minutes(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    person_id: int,
    relative_id: int,
    minutes: int,
    what: str,
) -> None:
    """Count what a relative spends of a person's minutes, under the lock of the wallet.

    What was counted by the same key is only asked again whether it is still allowed.

    Raises:
        SpendingNotAllowedError: no consent is in force.
        GiftsNotAllowedError, OutsideCircleError: the rules or the kinship have changed.
        MonthLimitError: more than agreed for this month.
    """
    row = session.scalar(
        select(FamilyWallet)
        .where(
            FamilyWallet.giver_id == person_id,
            FamilyWallet.receiver_id == relative_id,
            FamilyWallet.community_id == actor.community_id,
            FamilyWallet.ended_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.agreed_at is None or _consent(session, row.id) is None:
        raise errors.SpendingNotAllowedError
    policy = limits.policy(session, actor.community_id)
    rules.check_circle(policy, queries.kin(session, giver_id=person_id, receiver_id=relative_id))
    if session.scalar(select(FamilyUse.id).where(FamilyUse.key == key)) is not None:
        return
    today = clock.today()
    have = queries.month_given(session, [row.id], day=today).get(row.id, 0)
    rules.check_month(have_minutes=have, minutes=minutes, limit_minutes=row.month_minutes_max)
    session.add(
        FamilyUse(
            community_id=row.community_id,
            wallet_id=row.id,
            key=key,
            minutes=minutes,
            what=what,
            used_on=today,
            used_at=clock.now(),
            policy_version=policy.version,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        if "family_use_limit" in str(error.orig):
            most = row.month_minutes_max
            raise errors.MonthLimitError(limit=most, have=have, minutes=minutes) from error
        raise errors.SpendingNotAllowedError from error
    _leave_trail(session, actor, "spent_for_family", row.id)


def give_back(session: Session, *, key: UUID) -> None:
    """Let a use count no longer, because its redemption or booking was undone."""
    row = session.scalar(
        select(FamilyUse)
        .where(FamilyUse.key == key, FamilyUse.returned_at.is_(None))
        .with_for_update()
    )
    if row is not None:
        row.returned_at = clock.now()
        session.flush()


def _consent(session: Session, wallet_id: int) -> SpendingConsent | None:
    """Return the consent of a wallet that is in force."""
    return session.scalar(
        select(SpendingConsent).where(
            SpendingConsent.wallet_id == wallet_id, SpendingConsent.revoked_at.is_(None)
        )
    )


def _own(session: Session, actor: Actor, wallet_id: int) -> FamilyWallet:
    """Return a wallet whose giver the actor is, locked.

    Raises:
        WalletNotFoundError, NotGiverError, WalletEndedError
    """
    row = session.get(FamilyWallet, wallet_id, with_for_update=True, populate_existing=True)
    parties = set() if row is None else {row.giver_id, row.receiver_id}
    if row is None or actor.person_id not in parties:
        raise errors.WalletNotFoundError
    if actor.person_id != row.giver_id:
        raise errors.NotGiverError
    if row.ended_at is not None:
        raise errors.WalletEndedError
    return row


def _leave_trail(session: Session, actor: Actor, verb: str, wallet_id: int) -> None:
    """Note who did what to which wallet."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="family_wallet",
        subject_id=wallet_id,
    )
