"""Tables of accounts, grants, sessions, tokens and failed tries."""

from datetime import date, datetime
from typing import Any  # the columns of a select

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    FromClause,
    Index,
    Select,
    String,
    and_,
    bindparam,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import KeyedColumnElement

from timebank.kernel.db import Base, IntPk


class UserAccount(Base):
    """Somebody who can log in; most are persons of the community."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("text_size IN ('standard', 'large', 'elder')", name="text_size_known"),
        CheckConstraint("locale IS NULL OR locale IN ('zh_Hans_CN', 'en')", name="locale_known"),
        Index("ix_user_account_community_id_name", "community_id", "name", "id"),
        Index("ix_user_account_person_id", "person_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    login_name: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    text_size: Mapped[str] = mapped_column(String(10), default="standard")
    locale: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime]
    password_set_at: Mapped[datetime]


class RoleGrant(Base):
    """A role held within a scope until a day; revoked grants stay as history."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(
            "role IN ('volunteer', 'elder', 'resident', 'counter', 'centre_manager', 'finance',"
            " 'grid_officer', 'steward', 'community_admin', 'operator', 'auditor')",
            name="role_known",
        ),
        CheckConstraint(
            "scope_kind IN ('own', 'grid', 'centre', 'community', 'city')", name="scope_known"
        ),
        CheckConstraint(
            "(scope_kind IN ('grid', 'centre')) = (scope_id IS NOT NULL)", name="scope_placed"
        ),
        CheckConstraint("granted_by IS NULL OR granted_by <> user_id", name="not_to_self"),
        CheckConstraint("revoked_by IS NULL OR revoked_by <> user_id", name="not_from_self"),
        Index("ix_role_grant_user_id", "user_id"),
        Index("ix_role_grant_community_id_role", "community_id", "role"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(20))
    scope_kind: Mapped[str] = mapped_column(String(12))
    scope_id: Mapped[int | None]
    expires_on: Mapped[date] = mapped_column(Date)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    granted_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]


class LoginSession(Base):
    """One browser logged in; only the digest of its secret is kept."""

    __tablename__ = "login_session"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
        CheckConstraint("(till_id IS NULL) = (lock_seconds IS NULL)", name="shared_ones_lock"),
        CheckConstraint("lock_seconds IS NULL OR lock_seconds > 0", name="lock_positive"),
        Index("ix_login_session_user_id", "user_id", "ended_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_seconds_max: Mapped[int]
    expires_at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(160))
    till_id: Mapped[int | None] = mapped_column(ForeignKey("care_till.id"), index=True)
    lock_seconds: Mapped[int | None]
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(20))


class StaffPin(Base):
    """Six digits by which somebody on a shared tablet shows who they are."""

    __tablename__ = "staff_pin"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries_not_negative"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    set_at: Mapped[datetime]


class ApiToken(Base):
    """A program's key: some of its owner's permissions, until a moment."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_user_id", "user_id"),)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(60))
    prefix: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed tries for one login name or address, known or not, so it has no community.

    The key is a keyed digest: what people type into a login form is sometimes their password.
    """

    __tablename__ = "login_throttle"
    __table_args__ = (
        CheckConstraint("kind IN ('account', 'address')", name="kind_known"),
        CheckConstraint("tries >= 0", name="tries_counted"),
    )

    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]


# Who somebody is, is asked at every request: these are built once, and each is one round trip.
_USERS, _GRANTS = UserAccount.__table__.c, RoleGrant.__table__.c
_TOKENS, _SESSIONS = ApiToken.__table__.c, LoginSession.__table__.c


def _who(by: FromClause, *facts: KeyedColumnElement[Any]) -> Select[Any]:
    """Return the select of an active account, a row for each grant in force, or one without any."""
    is_held = and_(
        _GRANTS.user_id == _USERS.id,
        _GRANTS.revoked_at.is_(None),
        _GRANTS.expires_on >= bindparam("today"),
    )
    account = (_USERS.id, _USERS.community_id, _USERS.name, _USERS.person_id)
    grant = (_GRANTS.role, _GRANTS.scope_kind, _GRANTS.scope_id)
    held = by.outerjoin(RoleGrant.__table__, is_held)
    return (
        select(*account, *grant, *facts)
        .select_from(held)
        .where(_USERS.is_active)
        .order_by(_GRANTS.id)
    )


WHO_BY_ID = _who(UserAccount.__table__).where(_USERS.id == bindparam("user_id"))
WHO_BY_TOKEN = _who(
    ApiToken.__table__.join(UserAccount.__table__, _USERS.id == _TOKENS.user_id), _TOKENS.scopes
).where(
    _TOKENS.token_hash == bindparam("token_hash"),
    _TOKENS.revoked_at.is_(None),
    _TOKENS.expires_at > bindparam("now"),
)
WHO_BY_SESSION = _who(
    LoginSession.__table__.join(UserAccount.__table__, _USERS.id == _SESSIONS.user_id),
    *(_SESSIONS.seen_at, _SESSIONS.idle_seconds_max, _SESSIONS.address),
    *(_SESSIONS.till_id, _SESSIONS.lock_seconds, _SESSIONS.locked_at),
).where(
    _SESSIONS.token_hash == bindparam("token_hash"),
    _SESSIONS.ended_at.is_(None),
    _SESSIONS.expires_at > bindparam("now"),
)
