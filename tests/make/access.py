"""Builders for accounts: actors with real grants, and browsers that are logged in."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.models import LoginSession, RoleGrant, UserAccount
from timebank.access.service import sessions
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor, Channel

PASSWORD = "lake-lamp-seven-olive"
_numbers = count(1)

Grants = Sequence[tuple[str, str, int | None]]


def make_actor(
    session: Session,
    *,
    community_id: int,
    roles: Grants = (("community_admin", "community", None),),
    person_id: int | None = None,
    name: str = "高洁",
    login_name: str | None = None,
) -> Actor:
    """Return the actor of a new account with these ``(role, scope kind, scope id)``."""
    user = UserAccount(
        community_id=community_id,
        login_name=login_name or f"user{next(_numbers)}",
        password_hash=_stored_password(),
        name=name,
        person_id=person_id,
        is_active=True,
        text_size="standard",
        locale=None,
        created_at=clock.now(),
        password_set_at=clock.now(),
    )
    session.add(user)
    session.flush()
    session.add_all(
        RoleGrant(
            community_id=community_id,
            user_id=user.id,
            role=role,
            scope_kind=scope_kind,
            scope_id=scope_id,
            expires_on=rules.end_of_grant(clock.today()),
            granted_at=clock.now(),
        )
        for role, scope_kind, scope_id in roles
    )
    session.flush()
    actor = queries.actor_of(session, user_id=user.id, channel=Channel.WEB)
    assert actor is not None
    return actor


@cache
def _stored_password() -> str:
    """Hash the one test password once; each hash costs 50 ms."""
    return passwords.hash_secret(PASSWORD)


def log_in(client: FlaskClient, session: Session, actor: Actor) -> str:
    """Give the browser a session of the actor and return its secret."""
    assert actor.user_id is not None
    opened = sessions.open_session(
        session,
        proved=sessions.ProvedUser(actor.user_id, None),
        address="127.0.0.1",
        agent="tests",
    )
    session.commit()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie["_user_id"] = opened.secret
        cookie["_fresh"] = True
    return opened.secret


def session_row(session: Session, secret: str) -> LoginSession:
    """Return the stored row of a session's secret."""
    found = session.query(LoginSession).filter_by(token_hash=sha256(secret.encode()).hexdigest())
    return found.one()
