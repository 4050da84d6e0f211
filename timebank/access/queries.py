"""Reads of accounts: who a secret belongs to, who may log in, what they hold."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any  # the columns of a row

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.access import rules
from timebank.access.errors import UserNotFoundError
from timebank.access.models import (
    WHO_BY_ID,
    WHO_BY_SESSION,
    WHO_BY_TOKEN,
    ApiToken,
    LoginSession,
    RoleGrant,
    UserAccount,
)
from timebank.access.rules import Held, Role, ScopeKind
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, Reach
from timebank.kernel.db import Reader
from timebank.kernel.paging import PAGE_SIZE, PAGE_SIZE_MAX, Page, decode_id, page_of


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role that somebody holds."""

    id: int
    user_id: int
    role: Role
    scope_kind: ScopeKind
    scope_id: int | None
    expires_on: date
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class UserView:
    """An account as those who manage accounts see it."""

    id: int
    community_id: int
    login_name: str
    name: str
    person_id: int | None
    is_active: bool
    text_size: str
    locale: str | None
    created_at: datetime
    grants: tuple[GrantView, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionView:
    """A login that still holds."""

    id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its secret."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


PlaceNames = Callable[[Session, int], Mapping[int, str]]
PersonName = Callable[[Session, int, int], str | None]


@dataclass(slots=True)
class Neighbours:
    """What accounts ask of rooms that they may not know; wired by the application.

    ``grids`` and ``centres`` return a community's places by id, ``person_name`` the name of a
    person of a community.
    """

    grids: PlaceNames | None = None
    centres: PlaceNames | None = None
    person_name: PersonName | None = None


neighbours = Neighbours()


def places(session: Session, community_id: int) -> dict[ScopeKind, dict[int, str]]:
    """Return the grids and centres that a role can be bound to, by id."""
    asked = {ScopeKind.GRID: neighbours.grids, ScopeKind.CENTRE: neighbours.centres}
    return {
        kind: dict(names(session, community_id)) if names else {} for kind, names in asked.items()
    }


def person_name(session: Session, *, community_id: int, person_id: int) -> str | None:
    """Return the name of a person of the community, or None when there is no such person."""
    ask = neighbours.person_name
    return None if ask is None else ask(session, community_id, person_id)


def grants_in_force() -> ColumnElement[bool]:
    """Return the condition that a grant holds today."""
    return and_(RoleGrant.revoked_at.is_(None), RoleGrant.expires_on >= clock.today())


def held_roles(session: Session, user_id: int) -> list[Held]:
    """Return the roles that hold today."""
    rows = session.execute(
        select(RoleGrant.role, RoleGrant.scope_kind, RoleGrant.scope_id)
        .where(RoleGrant.user_id == user_id, grants_in_force())
        .order_by(RoleGrant.id)
    )
    return [Held(Role(role), ScopeKind(kind), place) for role, kind, place in rows]


def actor_of(
    session: Session, *, user_id: int, channel: Channel, address: str | None = None
) -> Actor | None:
    """Return an account as an actor with today's permissions, or None when it is switched off."""
    asked = {"user_id": user_id, "today": clock.today()}
    rows = session.execute(WHO_BY_ID, asked).all()
    return _actor(rows, channel=channel, address=address) if rows else None


def actor_for_bearer(session: Reader, token_hash: str) -> Actor | None:
    """Return who an API token speaks for, with the token's permissions among the owner's."""
    asked = {"token_hash": token_hash, "now": clock.now(), "today": clock.today()}
    rows = session.execute(WHO_BY_TOKEN, asked).all()
    return _actor(rows, channel=Channel.API, only=rows[0].scopes) if rows else None


def actor_for_session(session: Reader, token_hash: str) -> tuple[Actor, bool] | None:
    """Return who a browser session belongs to, and whether its sign of life is a minute old.

    None when it ended, timed out, lay idle too long, or is the session of a locked tablet.
    """
    now = clock.now()
    asked = {"token_hash": token_hash, "now": now, "today": clock.today()}
    rows = session.execute(WHO_BY_SESSION, asked).all()
    if not rows:
        return None
    idle = now - rows[0].seen_at
    lock = rows[0].lock_seconds
    if rows[0].locked_at or idle >= timedelta(seconds=lock or rows[0].idle_seconds_max):
        return None
    actor = _actor(rows, channel=Channel.WEB, address=rows[0].address)
    if lock is None:
        return actor, idle >= rules.TOUCH_EVERY
    return replace(actor, till_id=rows[0].till_id), idle >= rules.TOUCH_TABLET_EVERY


def _actor(
    rows: Sequence[Row[Any]],
    *,
    channel: Channel,
    only: Sequence[str] | None = None,
    address: str | None = None,
) -> Actor:
    """Return the actor of an account that stands on each row with another of its grants.

    ``only`` narrows the permissions to those named.
    """
    held = tuple(
        Held(Role(row.role), ScopeKind(row.scope_kind), row.scope_id)
        for row in rows
        if row.role is not None
    )
    permissions = rules.permissions_for(held)
    return Actor(
        community_id=rows[0].community_id,
        name=rows[0].name,
        channel=channel,
        user_id=rows[0].id,
        person_id=rows[0].person_id,
        roles=frozenset(one.role.value for one in held),
        permissions=permissions if only is None else _narrowed(permissions, only),
        address=address,
    )


def _narrowed(permissions: Mapping[str, Reach], only: Sequence[str]) -> dict[str, Reach]:
    """Return the named permissions among those held."""
    return {name: permissions[name] for name in only if name in permissions}


def user(session: Session, *, community_id: int, user_id: int) -> UserView:
    """Return one account with the roles it holds.

    Raises:
        UserNotFoundError: there is none in this community.
    """
    row = session.get(UserAccount, user_id)
    if row is None or row.community_id != community_id:
        raise UserNotFoundError
    grants = _grants_of(session, [row.id])
    return _user_view(row, grants.get(row.id, ()))


def user_id_of(session: Session, login_name: str) -> int | None:
    """Return the account with a login name, if there is one."""
    return session.scalar(select(UserAccount.id).where(UserAccount.login_name == login_name))


def user_id_of_person(session: Session, *, community_id: int, person_id: int) -> int | None:
    """Return the working account with which somebody logs in; None when they have none."""
    return session.scalar(
        select(UserAccount.id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.person_id == person_id,
            UserAccount.is_active,
        )
        .order_by(UserAccount.id)
        .limit(1)
    )


def user_by_login_name(session: Session, login_name: str) -> UserView | None:
    """Return the account with a login name, whatever its community; for the command line."""
    row = session.scalar(select(UserAccount).where(UserAccount.login_name == login_name))
    return None if row is None else _user_view(row, _grants_of(session, [row.id]).get(row.id, ()))


def users(
    session: Session,
    *,
    community_id: int,
    text: str = "",
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[UserView]:
    """Return a community's accounts by name; ``text`` is the beginning of a name or login name."""
    found = select(UserAccount).where(UserAccount.community_id == community_id)
    if text:
        found = found.where(
            or_(
                UserAccount.name.startswith(text, autoescape=True),
                UserAccount.login_name.startswith(text.casefold(), autoescape=True),
            )
        )
    if cursor:
        found = found.where(UserAccount.id > decode_id(cursor))
    rows = session.scalars(found.order_by(UserAccount.id).limit(limit + 1)).all()
    grants = _grants_of(session, [row.id for row in rows])
    views = [_user_view(row, grants.get(row.id, ())) for row in rows]
    return page_of(views, limit=limit, key=lambda view: [view.id])


def _grants_of(session: Session, user_ids: Sequence[int]) -> dict[int, tuple[GrantView, ...]]:
    """Return the grants in force of some accounts."""
    rows = session.scalars(
        select(RoleGrant)
        .where(RoleGrant.user_id.in_(user_ids), grants_in_force())
        .order_by(RoleGrant.id)
    )
    found: dict[int, tuple[GrantView, ...]] = {}
    for row in rows:
        found[row.user_id] = (*found.get(row.user_id, ()), grant_view(row))
    return found


def holders(
    session: Session, community_id: int, roles: Collection[Role]
) -> list[tuple[GrantView, str, int | None]]:
    """Return who holds one of some roles now, first come first: the grant, name and person."""
    rows = session.execute(
        select(RoleGrant, UserAccount.name, UserAccount.person_id)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.is_active,
            RoleGrant.role.in_([role.value for role in roles]),
            grants_in_force(),
        )
        .order_by(RoleGrant.id)
        .limit(PAGE_SIZE_MAX)
    )
    return [(grant_view(grant), name, person_id) for grant, name, person_id in rows]


def grant_view(row: RoleGrant) -> GrantView:
    """Return a grant's row as a value."""
    return GrantView(
        id=row.id,
        user_id=row.user_id,
        role=Role(row.role),
        scope_kind=ScopeKind(row.scope_kind),
        scope_id=row.scope_id,
        expires_on=row.expires_on,
        granted_at=row.granted_at,
    )


def _user_view(row: UserAccount, grants: tuple[GrantView, ...]) -> UserView:
    """Return an account's row as a value."""
    return UserView(
        id=row.id,
        community_id=row.community_id,
        login_name=row.login_name,
        name=row.name,
        person_id=row.person_id,
        is_active=row.is_active,
        text_size=row.text_size,
        locale=row.locale,
        created_at=row.created_at,
        grants=grants,
    )


def sessions_of(
    session: Session, *, actor: Actor, current_hash: str | None = None
) -> list[SessionView]:
    """Return the actor's own logins that still hold, the latest first."""
    now = clock.now()
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.user_id == actor.user_id,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
        )
        .order_by(LoginSession.id.desc())
        .limit(PAGE_SIZE)
    )
    return [
        SessionView(
            id=row.id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            address=row.address,
            agent=rules.device_of(row.agent),
            is_current=row.token_hash == current_hash,
        )
        for row in rows
        if now - row.seen_at < timedelta(seconds=row.idle_seconds_max)
    ]


def tokens_of(session: Session, *, actor: Actor) -> list[TokenView]:
    """Return the actor's own tokens that still hold, the latest first."""
    rows = session.scalars(
        select(ApiToken)
        .where(
            ApiToken.user_id == actor.user_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > clock.now(),
        )
        .order_by(ApiToken.id.desc())
        .limit(PAGE_SIZE)
    )
    return [token_view(row) for row in rows]


def token_view(row: ApiToken) -> TokenView:
    """Return a token's row as a value."""
    return TokenView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def admin_count(session: Session, *, community_id: int, except_user_id: int) -> int:
    """Return how many other active accounts administer the community."""
    return session.scalars(
        select(func.count(UserAccount.id.distinct()))
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.id != except_user_id,
            UserAccount.is_active,
            RoleGrant.role == Role.COMMUNITY_ADMIN.value,
            grants_in_force(),
        )
    ).one()
