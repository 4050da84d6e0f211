"""Logging in and out.

A try is counted before the password is looked at, in a transaction of its own: a refused try
stays counted, and a hundred tries at once are a hundred tries. No database lock is held while
a password is hashed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.errors import LogInRefusedError, SessionNotFoundError, TriedTooOftenError
from timebank.access.models import LoginSession, LoginThrottle, UserAccount
from timebank.kernel import clock, passwords, sealed
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import read_only, transaction
from timebank.trail import service as trail

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A login that has just begun; the secret is known here and in the browser alone."""

    secret: str
    actor: Actor
    text_size: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class ProvedUser:
    """An account whose password was right."""

    user_id: int
    new_hash: str | None  # today's stronger hash, when the stored one is outdated


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of tries: its key in the table and how many are free."""

    key_digest: str
    kind: str
    free: int


def prove_password(*, login_name: str, password: str, address: str) -> ProvedUser:
    """Return whose password this is, counting the try for the account and for the address.

    The answer, and the work done for it, are the same for people who do not exist.

    Raises:
        LogInRefusedError: the name or the password is wrong, or the account is switched off.
        TriedTooOftenError: too many tries; the wait doubles with each more.
    """
    name = rules.tidy_login_name(login_name)[:200]
    for counter in _counters(login_name=name, address=address):
        transaction(lambda session, counter=counter: count_try(session, counter))  # type: ignore[misc]  # mypy reads no default
    user_id, stored = read_only(lambda session: _stored_hash(session, name))
    is_right = passwords.matches(stored, password)
    if not is_right or user_id is None or stored is None:
        raise LogInRefusedError
    new_hash = passwords.hash_secret(password) if passwords.is_outdated(stored) else None
    return ProvedUser(user_id, new_hash)


def _counters(*, login_name: str, address: str) -> list[Counter]:
    """Return the counters of a try: the address first, so that it spares the account's."""
    by_address = sealed.blind_index(f"address:{address}")
    return [
        Counter(by_address, "address", rules.ADDRESS_TRIES_FREE),
        account_counter(login_name),
    ]


def account_counter(login_name: str) -> Counter:
    """Return the counter of tries at one account's password."""
    key_digest = sealed.blind_index(f"account:{login_name}")
    return Counter(key_digest, "account", rules.ACCOUNT_TRIES_FREE)


def refuse_locked(session: Session, counter: Counter) -> None:
    """Refuse a try that must wait, without counting it.

    Raises:
        TriedTooOftenError: it must wait.
    """
    locked = select(LoginThrottle.locked_until).where(
        LoginThrottle.key_digest == counter.key_digest
    )
    _refuse_until(session.scalar(locked), now=clock.now())


def _refuse_until(locked_until: datetime | None, *, now: datetime) -> None:
    """Refuse what comes before a moment."""
    if locked_until is not None and locked_until > now:
        wait = locked_until - now
        raise TriedTooOftenError(wait_seconds=-(-wait // timedelta(seconds=1)))


def count_try(session: Session, counter: Counter) -> None:
    """Count a try, unless it must wait.

    Raises:
        TriedTooOftenError: it must wait.
    """
    now = clock.now()
    tries, locked_until = _bump(session, counter, now)
    _refuse_until(locked_until, now=now)
    wait_seconds = rules.lock_seconds(tries, free=counter.free)
    if wait_seconds:
        session.execute(
            update(LoginThrottle)
            .where(LoginThrottle.key_digest == counter.key_digest)
            .values(locked_until=now + timedelta(seconds=wait_seconds))
        )


def _bump(session: Session, counter: Counter, now: datetime) -> tuple[int, datetime | None]:
    """Add a try in one statement; after long quiet the count begins anew."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    is_stale = LoginThrottle.tried_at < now - rules.TRIES_FORGOTTEN_AFTER
    statement = (
        insert(LoginThrottle)
        .values(key_digest=counter.key_digest, kind=counter.kind, tries=1, tried_at=now)
        .on_conflict_do_update(
            index_elements=[LoginThrottle.key_digest],
            set_={"tries": case((is_stale, 1), else_=LoginThrottle.tries + 1), "tried_at": now},
        )
        .returning(LoginThrottle.tries, LoginThrottle.locked_until)
    )
    tries, locked_until = session.execute(statement).one()
    return tries, locked_until


def _stored_hash(session: Session, login_name: str) -> tuple[int | None, str | None]:
    """Return the account of a login name and its hash, or nothing when it may not log in."""
    row = session.execute(
        select(UserAccount.id, UserAccount.password_hash).where(
            UserAccount.login_name == login_name, UserAccount.is_active
        )
    ).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def open_session(
    session: Session, *, proved: ProvedUser, address: str, agent: str
) -> OpenedSession:
    """Begin a session for somebody whose password was right.

    Raises:
        LogInRefusedError: the account was switched off meanwhile.
    """
    user = session.get(UserAccount, proved.user_id, with_for_update=True)
    actor = queries.actor_of(session, user_id=proved.user_id, channel=Channel.WEB, address=address)
    if user is None or actor is None:
        raise LogInRefusedError
    if proved.new_hash is not None:
        user.password_hash = proved.new_hash
    _forgive(session, login_name=user.login_name, address=address)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = _session_row(session, user=user, secret=secret, address=address, agent=agent)
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="access.logged_in",
        subject_type="user_account",
        subject_id=user.id,
    )
    return OpenedSession(secret, actor, user.text_size, user.locale)


def _forgive(session: Session, *, login_name: str, address: str) -> None:
    """Clear the account's count, and take this try from the address's."""
    by_address, by_account = _counters(login_name=login_name, address=address)
    session.execute(delete(LoginThrottle).where(LoginThrottle.key_digest == by_account.key_digest))
    session.execute(
        update(LoginThrottle)
        .where(LoginThrottle.key_digest == by_address.key_digest, LoginThrottle.tries > 0)
        .values(tries=LoginThrottle.tries - 1)
    )


def _session_row(
    session: Session, *, user: UserAccount, secret: str, address: str, agent: str
) -> LoginSession:
    """Return the row of a session with the limits of the strictest role held."""
    limits = rules.session_limits(held.role for held in queries.held_roles(session, user.id))
    now = clock.now()
    return LoginSession(
        community_id=user.community_id,
        user_id=user.id,
        token_hash=digest(secret),
        created_at=now,
        seen_at=now,
        idle_seconds_max=int(limits.idle.total_seconds()),
        expires_at=now + limits.absolute,
        address=address[:64],
        agent=agent[:160],
        ended_at=None,
        end_reason=None,
    )


def digest(secret: str) -> str:
    """Return the digest under which a secret of high entropy is stored."""
    return sha256(secret.encode()).hexdigest()


def touch_session(session: Session, token_hash: str) -> None:
    """Note a sign of life, at most every few seconds."""
    now = clock.now()
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.ended_at.is_(None),
            LoginSession.seen_at <= now - rules.TOUCH_TABLET_EVERY,
        )
        .values(seen_at=now)
    )


def log_out(session: Session, *, actor: Actor, token_hash: str) -> None:
    """End one's present session."""
    row = session.scalar(select(LoginSession).where(LoginSession.token_hash == token_hash))
    if row is not None and row.user_id == actor.user_id:
        _end(session, LoginSession.id == row.id, reason="logged_out")


def end_session(session: Session, *, actor: Actor, session_id: int) -> None:
    """End one of one's own sessions, wherever that browser is.

    Raises:
        SessionNotFoundError: it is not one's own, or has ended.
    """
    row = session.get(LoginSession, session_id)
    if row is None or row.user_id != actor.user_id or row.ended_at is not None:
        raise SessionNotFoundError
    _end(session, LoginSession.id == session_id, reason="ended_by_owner")


def end_sessions(session: Session, *, user_id: int, reason: str) -> int:
    """End all sessions of an account and return how many there were."""
    return _end(session, LoginSession.user_id == user_id, reason=reason)


def _end(session: Session, condition: object, *, reason: str) -> int:
    """End the open sessions that meet a condition."""
    ended = session.execute(
        update(LoginSession)
        .where(condition, LoginSession.ended_at.is_(None))  # type: ignore[arg-type]
        .values(ended_at=clock.now(), end_reason=reason)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]


def sweep(session: Session) -> int:
    """Remove throttle counts that no longer matter, and return how many."""
    removed = session.execute(
        delete(LoginThrottle).where(
            LoginThrottle.tried_at < clock.now() - rules.TRIES_FORGOTTEN_AFTER
        )
    )
    return int(removed.rowcount)  # type: ignore[attr-defined]
