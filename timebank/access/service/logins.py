"""The logins of a person whose account ends, is merged into another record, or comes back."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries
from timebank.access.errors import LastAdminError
from timebank.access.models import RoleGrant, UserAccount
from timebank.access.rules import Role
from timebank.access.service.sessions import end_sessions
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def has_login(session: Session, *, person_id: int) -> bool:
    """Whether somebody can log in as this person."""
    wanted = select(UserAccount.id).where(UserAccount.person_id == person_id, UserAccount.is_active)
    return session.scalar(wanted.limit(1)) is not None


def close_logins(session: Session, *, actor: Actor, person_id: int, reason: str) -> list[int]:
    """Close all logins of a person, end their sessions, and return which.

    Raises:
        LastAdminError: nobody else administers the community.
    """
    rows = _logins_of(session, actor, person_id)
    for user in rows:
        _keep_an_admin(session, user)
        user.is_active = False
        session.flush()
        end_sessions(session, user_id=user.id, reason=reason)
        _note(session, actor, "access.user_deactivated", user.id)
    return [user.id for user in rows]


def reopen_logins(session: Session, *, actor: Actor, user_ids: Sequence[int]) -> None:
    """Open logins again that were closed with an account, once that is undone."""
    for user in _among(session, actor, user_ids):
        user.is_active = True
        session.flush()
        _note(session, actor, "access.user_activated", user.id)


def hand_over_logins(session: Session, *, actor: Actor, from_id: int, to_id: int) -> list[int]:
    """Let a person's logins stand for another record of the same person, and return which."""
    rows = _logins_of(session, actor, from_id)
    _let_stand_for(session, actor, rows, to_id)
    return [user.id for user in rows]


def give_back_logins(
    session: Session, *, actor: Actor, user_ids: Sequence[int], to_id: int
) -> None:
    """Let logins that were handed over stand for the record again that they came from."""
    _let_stand_for(session, actor, _among(session, actor, user_ids), to_id)


def _let_stand_for(
    session: Session, actor: Actor, rows: Sequence[UserAccount], person_id: int
) -> None:
    """Let logins stand for a person; whoever is logged in logs in anew."""
    for user in rows:
        user.person_id = person_id
        session.flush()
        end_sessions(session, user_id=user.id, reason="handed_over")
        _note(session, actor, "access.user_handed_over", user.id)


def _logins_of(session: Session, actor: Actor, person_id: int) -> Sequence[UserAccount]:
    """Return the active logins of a person, locked."""
    wanted = select(UserAccount).where(
        UserAccount.person_id == person_id,
        UserAccount.community_id == actor.community_id,
        UserAccount.is_active,
    )
    return session.scalars(wanted.order_by(UserAccount.id).with_for_update()).all()


def _among(session: Session, actor: Actor, user_ids: Sequence[int]) -> Sequence[UserAccount]:
    """Return some logins of the community, locked."""
    wanted = select(UserAccount).where(
        UserAccount.id.in_(user_ids), UserAccount.community_id == actor.community_id
    )
    return session.scalars(wanted.order_by(UserAccount.id).with_for_update()).all()


def _keep_an_admin(session: Session, user: UserAccount) -> None:
    """Refuse to take the last administrator away.

    Raises:
        LastAdminError
    """
    grants = select(RoleGrant.id).where(
        RoleGrant.user_id == user.id,
        RoleGrant.role == Role.COMMUNITY_ADMIN.value,
        RoleGrant.revoked_at.is_(None),
        RoleGrant.expires_on >= clock.today(),
    )
    if session.scalar(grants.limit(1)) is None:
        return
    if not queries.admin_count(session, community_id=user.community_id, except_user_id=user.id):
        raise LastAdminError


def _note(session: Session, actor: Actor, action: str, user_id: int) -> None:
    """Leave a trail at a login."""
    trail.record(
        session, actor=actor, action=action, subject_type="user_account", subject_id=user_id
    )
