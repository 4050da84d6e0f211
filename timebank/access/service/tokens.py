"""API tokens: made by their owner, shown once, narrower than the owner, revocable."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.errors import (
    TokenByTokenError,
    TokenLimitError,
    TokenNotFoundError,
    TokenScopeEmptyError,
    TokenScopeError,
    UserNotFoundError,
)
from timebank.access.models import ApiToken
from timebank.access.queries import TokenView
from timebank.access.service.sessions import digest
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.trail import service as trail

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that has just been made; its secret is shown this once."""

    secret: str
    token: TokenView


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A program that shows a key: of which community, and the name that its owner gave it."""

    community_id: int
    name: str
    prefix: str


def issue_token(
    session: Session,
    *,
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    days: int = rules.TOKEN_DAYS_DEFAULT,
) -> IssuedToken:
    """Make a token that may do what is named, for some days.

    Raises:
        TokenByTokenError: a token asks for a token.
        TokenScopeEmptyError, TokenScopeError: it names nothing, or more than its owner may.
        TokenLimitError: there are too many already.
    """
    _check_scopes(actor, scopes)
    if actor.user_id is None:
        raise UserNotFoundError
    held = len(queries.tokens_of(session, actor=actor))
    if held >= rules.TOKENS_MAX:
        raise TokenLimitError(count=held)
    secret = rules.TOKEN_MARK + secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    row = ApiToken(
        community_id=actor.community_id,
        user_id=actor.user_id,
        name=name.strip(),
        prefix=secret[: rules.TOKEN_PREFIX_LENGTH],
        token_hash=digest(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "access.token_issued", row)
    return IssuedToken(secret, queries.token_view(row))


def _check_scopes(actor: Actor, scopes: Sequence[str]) -> None:
    """Refuse a token that could do more than its owner, or could make its own successors."""
    if actor.channel is Channel.API:
        raise TokenByTokenError
    if not scopes:
        raise TokenScopeEmptyError(field="scopes")
    for permission in scopes:
        if not actor.may(permission):
            raise TokenScopeError(field="scopes", permission=permission)


def key_holder(session: Session, secret: str, *, permission: str) -> KeyHolder | None:
    """Return whose key it is; None when it is none, or does not hold the permission any more."""
    actor = queries.actor_for_bearer(session, digest(secret))
    if actor is None or not actor.may(permission):
        return None
    row = session.execute(
        select(ApiToken.community_id, ApiToken.name, ApiToken.prefix).where(
            ApiToken.token_hash == digest(secret)
        )
    ).one()
    return KeyHolder(*row)


def revoke_token(session: Session, *, actor: Actor, token_id: int) -> None:
    """Make one of one's own tokens worthless at once.

    Raises:
        TokenNotFoundError: it is not one's own, or was revoked.
    """
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None or row.user_id != actor.user_id or row.revoked_at is not None:
        raise TokenNotFoundError
    row.revoked_at = clock.now()
    session.flush()
    _note(session, actor, "access.token_revoked", row)


def _note(session: Session, actor: Actor, action: str, row: ApiToken) -> None:
    """Leave a trail at a token."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="api_token",
        subject_id=row.id,
        facts={"prefix": row.prefix, "scopes": list(row.scopes)},
    )
