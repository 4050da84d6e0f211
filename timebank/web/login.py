"""Who is at the door: Flask-Login over server-side sessions and API tokens.

The cookie carries only a random token; the row behind it, kept by ``access``, decides on every
request, so that a log-out or a change of roles acts at once. A request with an ``Authorization``
header is judged by that header alone: a cookie beside it is ignored, which is why such requests
need no CSRF token.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_login import (
    AnonymousUserMixin,
    LoginManager,
    UserMixin,
    current_user,
    login_user,
    logout_user,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.kernel.db import Reader, read_one, transaction
from timebank.kernel.errors import UnavailableError
from timebank.web.errors import NotLoggedInError

ActorByBearer = Callable[[Reader, str], Actor | None]
ActorBySession = Callable[[Reader, str], tuple[Actor, bool] | None]
Touch = Callable[[Session, str], None]
manager = LoginManager()


@dataclass(slots=True)
class _Hooks:
    """What ``access`` provides; each takes the secret's SHA-256 digest.

    ``by_session`` tells besides whether its sign of life is due.
    """

    by_session: ActorBySession | None = None
    by_bearer: ActorByBearer | None = None
    touch: Touch | None = None


_hooks = _Hooks()


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """Flask-Login's user: an actor and the secret that proved them."""

    def __init__(self, secret: str, actor: Actor) -> None:
        """Hold who it is and by which secret."""
        self.id = secret
        self.actor = actor


def use_hooks(*, by_session: ActorBySession, by_bearer: ActorByBearer, touch: Touch) -> None:
    """Take the look-ups of ``access``, and its note of a sign of life, into use."""
    _hooks.by_session, _hooks.by_bearer, _hooks.touch = by_session, by_bearer, touch


def init_app(app: Flask) -> None:
    """Attach the login manager."""
    manager.session_protection = None
    manager.init_app(app, add_context_processor=False)


def digest(secret: str) -> str:
    """Return the digest under which a session or token secret is stored."""
    return sha256(secret.encode()).hexdigest()


def bearer_secret() -> str | None:
    """Return the bearer token of the request, if it has one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


@manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def _load_by_cookie(secret: str) -> Visitor | None:
    """Return the visitor behind a session cookie, unless the request names another proof."""
    if "Authorization" in request.headers or _hooks.by_session is None:
        return None
    by_session = _hooks.by_session
    found = read_one(lambda s: by_session(s, digest(secret)))
    if found is None:
        return None
    actor, is_touch_due = found
    if is_touch_due and _hooks.touch is not None:
        _keep_alive(_hooks.touch, digest(secret))
    return Visitor(secret, actor)


def _keep_alive(touch: Touch, secret_digest: str) -> None:
    """Note a sign of life, so seldom that most requests write nothing."""
    # Whoever only reads goes on reading while nothing can be written, as on a full disk.
    with suppress(DBAPIError, UnavailableError):
        transaction(lambda s: touch(s, secret_digest))


def _actor_by_bearer(secret: str) -> Actor | None:
    """Return who an API token speaks for; Flask-Login, which keeps sessions, has no part in it."""
    by_bearer = _hooks.by_bearer
    return None if by_bearer is None else read_one(lambda s: by_bearer(s, digest(secret)))


def enter(secret: str, actor: Actor) -> None:
    """Begin a fresh browser session that carries this secret."""
    kept = {name: session[name] for name in ("text_size", "locale") if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    login_user(Visitor(secret, actor))


def leave() -> str | None:
    """End the browser session and return the digest of the secret it carried.

    Work that is tried again asks again; the first answer still holds, though the cookie is gone.
    """
    g.left = session_digest()
    logout_user()
    kept = {name: session[name] for name in ("text_size", "locale") if name in session}
    session.clear()
    session.update(kept)
    left: str | None = g.left
    return left


def share(lock_seconds: int | None) -> None:
    """Note in the browser that it is a shared tablet, which locks instead of logging out."""
    if lock_seconds is not None:
        session["shared"] = lock_seconds
    else:
        session.pop("shared", None)


def lock_seconds() -> int | None:
    """Return after how many seconds without use this browser locks, if it is a shared tablet."""
    seconds = session.get("shared")
    return seconds if isinstance(seconds, int) else None


def is_shared() -> bool:
    """Whether this browser is a shared tablet."""
    return lock_seconds() is not None


def session_digest() -> str | None:
    """Return the digest of this browser session's secret, to tell it from the others."""
    secret = session.get("_user_id")
    left: str | None = g.get("left")
    return digest(secret) if isinstance(secret, str) else left


def actor_or_none() -> Actor | None:
    """Return who acts, or None for an anonymous request."""
    if not has_request_context():
        return None
    if "actor" not in g:
        g.actor = _actor_at_door()
    actor: Actor | None = g.actor
    return actor


def _actor_at_door() -> Actor | None:
    """Ask who is at the door; when the database does not answer, nobody asks it again.

    The page and the log line that tell of the failure want to know as well, and would fail too.
    """
    secret = bearer_secret()
    try:
        if secret is not None:
            return _actor_by_bearer(secret)
        visitor: Any = current_user._get_current_object()  # noqa: SLF001 - Flask-Login offers no other way
    except DBAPIError:
        g.actor = None
        g._login_user = AnonymousUserMixin()  # noqa: SLF001 - likewise
        raise
    return visitor.actor if isinstance(visitor, Visitor) else None


def current_actor() -> Actor:
    """Return who acts.

    Raises:
        NotLoggedInError: nobody is logged in.
    """
    actor = actor_or_none()
    if actor is None:
        raise NotLoggedInError
    return actor
