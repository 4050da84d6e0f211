"""Shared tablets: a browser that locks by itself, and colleagues who take turns by their PINs."""

import secrets
from collections.abc import Callable

from sqlalchemy import and_, case, column, literal, or_, select, table, update
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.errors import (
    LogInRefusedError,
    PasswordWrongError,
    StaffPinLockedError,
    StaffPinMissingError,
    StaffPinWeakError,
    StaffPinWrongError,
    TabletNotLockedError,
    UserNotFoundError,
)
from timebank.access.models import LoginSession, RoleGrant, StaffPin, UserAccount
from timebank.access.rules import ScopeKind
from timebank.access.service.sessions import (
    OpenedSession,
    account_counter,
    count_try,
    digest,
    refuse_locked,
)
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import Moment
from timebank.trail import service as trail

_SECRET_BYTES = 32
# Tills stand above this room; of theirs only the place is asked.
_TILL = table("care_till", *map(column, ("id", "centre_id")))


def set_staff_pin(session: Session, *, actor: Actor, pin: str, current_password: str) -> None:
    """Set one's own PIN, proved by one's password: a tablet may stand open before a colleague.

    Raises:
        StaffPinWeakError: it is not six digits, or anybody's first guess.
        PasswordWrongError, TriedTooOftenError: see ``accounts.change_password``.
    """
    if actor.user_id is None:
        raise UserNotFoundError
    if not rules.is_strong_pin(pin):
        raise StaffPinWeakError(field="pin")
    user = session.get_one(UserAccount, actor.user_id)
    counter = account_counter(user.login_name)
    refuse_locked(session, counter)
    if not passwords.matches(user.password_hash, current_password):
        raise PasswordWrongError(
            field="current_password", aftermath=lambda other: count_try(other, counter)
        )
    row = session.get(StaffPin, user.id, with_for_update=True)
    if row is None:
        row = StaffPin(user_id=user.id, community_id=user.community_id)
        session.add(row)
    row.pin_hash, row.set_at = passwords.hash_secret(pin), clock.now()
    row.tries, row.locked_until = 0, None
    session.flush()
    _note(session, actor, "access.staff_pin_set", user.id)


def prove_staff_pin(session: Session, *, actor: Actor, user_id: int, pin: str) -> Actor:
    """Return the colleague of the actor's community whose PIN this is.

    Raises:
        UserNotFoundError: nobody of the community can log in under this id.
        StaffPinMissingError, StaffPinLockedError, StaffPinWrongError
    """
    return _proved(session, community_id=actor.community_id, user_id=user_id, pin=pin)


def _proved(session: Session, *, community_id: int, user_id: int, pin: str) -> Actor:
    """Return whose PIN this is; wrong tries are counted after the roll-back."""
    found = queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    if found is None or found.community_id != community_id:
        raise UserNotFoundError
    row = session.get(StaffPin, user_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise StaffPinMissingError(field="staff_pin", name=found.name)
    if row.locked_until is not None and row.locked_until > clock.now():
        raise StaffPinLockedError(field="staff_pin", until=row.locked_until)
    if not passwords.matches(row.pin_hash, pin):
        left = max(0, rules.STAFF_PIN_TRIES_MAX - row.tries - 1)
        raise StaffPinWrongError(
            field="staff_pin", tries_left=left, aftermath=_counted_try(user_id)
        )
    if row.tries or row.locked_until:
        row.tries, row.locked_until = 0, None
        session.flush()
    return found


def _counted_try(user_id: int) -> Callable[[Session], None]:
    """Return the write that counts a wrong try and locks after the last one."""
    until = literal(clock.now() + rules.STAFF_PIN_LOCK, Moment())

    def count(session: Session) -> None:
        is_last = StaffPin.tries + 1 >= rules.STAFF_PIN_TRIES_MAX
        session.execute(
            update(StaffPin)
            .where(StaffPin.user_id == user_id)
            .values(
                tries=case((is_last, 0), else_=StaffPin.tries + 1),
                locked_until=case((is_last, until), else_=StaffPin.locked_until),
            )
        )

    return count


def share_session(
    session: Session, *, actor: Actor, token_hash: str, till_id: int, lock_minutes: int
) -> None:
    """Let one's present browser be a till's shared tablet, which locks after so many minutes."""
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.user_id == actor.user_id,
            LoginSession.ended_at.is_(None),
        )
        .values(till_id=till_id, lock_seconds=lock_minutes * 60)
    )
    _note(session, actor, "access.tablet_shared", till_id)


def unshare_session(session: Session, *, actor: Actor, token_hash: str) -> None:
    """Let one's present browser be one's own again."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash, LoginSession.user_id == actor.user_id)
        .values(till_id=None, lock_seconds=None, locked_at=None)
    )


def lock_session(session: Session, *, token_hash: str) -> bool:
    """Lock a shared tablet at once; whether it is one."""
    locked = session.execute(
        update(LoginSession)
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.ended_at.is_(None),
            LoginSession.lock_seconds.is_not(None),
        )
        .values(locked_at=clock.now())
        .returning(LoginSession.id)
    )
    return locked.first() is not None


def shared_session(session: Session, token_hash: str | None) -> LoginSession | None:
    """Return the session of a shared tablet whose day is not over, locked or not."""
    if token_hash is None:
        return None
    return session.scalar(
        select(LoginSession).where(
            LoginSession.token_hash == token_hash,
            LoginSession.ended_at.is_(None),
            LoginSession.lock_seconds.is_not(None),
            LoginSession.expires_at > clock.now(),
        )
    )


def unlock(
    session: Session, *, token_hash: str | None, user_id: int, pin: str, permission: str
) -> OpenedSession:
    """Let a colleague take over a shared tablet by their PIN: a session of their own, same till.

    It lasts no longer than the one that began with a password.

    Raises:
        TabletNotLockedError: this browser is no shared tablet, or its day is over.
        LogInRefusedError: the colleague does not work where the tablet stands.
        UserNotFoundError, StaffPinMissingError, StaffPinLockedError, StaffPinWrongError
    """
    old = shared_session(session, token_hash)
    if old is None:
        raise TabletNotLockedError(field="staff_pin")
    found = _proved(session, community_id=old.community_id, user_id=user_id, pin=pin)
    if user_id not in dict(colleagues(session, old, permission)):
        raise LogInRefusedError(field="staff_pin")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    limits = rules.session_limits(held.role for held in queries.held_roles(session, user_id))
    session.add(
        LoginSession(
            community_id=old.community_id,
            user_id=user_id,
            token_hash=digest(secret),
            created_at=now,
            seen_at=now,
            idle_seconds_max=int(limits.idle.total_seconds()),
            expires_at=min(old.expires_at, now + limits.absolute),
            address=old.address,
            agent=old.agent,
            till_id=old.till_id,
            lock_seconds=old.lock_seconds,
            locked_at=None,
            ended_at=None,
            end_reason=None,
        )
    )
    old.ended_at, old.end_reason = now, "handed_over"
    session.flush()
    _note(session, found, "access.tablet_taken_over", user_id)
    user = session.get_one(UserAccount, user_id)
    return OpenedSession(secret, found, user.text_size, user.locale)


def colleagues(session: Session, tablet: LoginSession, permission: str) -> list[tuple[int, str]]:
    """Return id and name of who may take over a tablet: who has a PIN and works where it stands."""
    place = select(_TILL.c.centre_id).where(_TILL.c.id == tablet.till_id)
    return _with_pin(session, tablet.community_id, permission, centre_id=session.scalar(place) or 0)


def _with_pin(
    session: Session, community_id: int, permission: str, *, centre_id: int
) -> list[tuple[int, str]]:
    """Return id and name of those with a PIN who hold a permission at a centre."""
    holds = select(RoleGrant.user_id).where(
        RoleGrant.role.in_([role.value for role in rules.MATRIX[permission]]),
        RoleGrant.revoked_at.is_(None),
        RoleGrant.expires_on >= clock.today(),
        or_(
            RoleGrant.scope_kind.in_([ScopeKind.COMMUNITY.value, ScopeKind.CITY.value]),
            and_(RoleGrant.scope_kind == ScopeKind.CENTRE.value, RoleGrant.scope_id == centre_id),
        ),
    )
    rows = session.execute(
        select(UserAccount.id, UserAccount.name)
        .join(StaffPin, StaffPin.user_id == UserAccount.id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.is_active,
            UserAccount.id.in_(holds),
        )
        .order_by(UserAccount.name, UserAccount.id)
        .limit(rules.TABLET_COLLEAGUES_MAX)
    )
    return [(user_id, name) for user_id, name in rows]


def has_staff_pin(session: Session, user_id: int | None) -> bool:
    """Whether somebody has set a PIN."""
    return user_id is not None and session.get(StaffPin, user_id) is not None


def staff_with_pin(
    session: Session, *, actor: Actor, permission: str, centre_id: int
) -> list[tuple[int, str]]:
    """Return id and name of the colleagues, oneself left out, who may say yes at a centre."""
    found = _with_pin(session, actor.community_id, permission, centre_id=centre_id)
    return [(user_id, name) for user_id, name in found if user_id != actor.user_id]


def _note(session: Session, actor: Actor, action: str, subject_id: int) -> None:
    """Leave the trail of an act on tablets and their PINs."""
    trail.record(
        session, actor=actor, action=action, subject_type="user_account", subject_id=subject_id
    )
