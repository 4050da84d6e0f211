"""Accounts, sessions and tokens for programs."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.access import queries
from timebank.access.queries import GrantView, SessionView, TokenView, UserView
from timebank.access.schemas import (
    GrantIn,
    GrantOut,
    IssuedTokenOut,
    MeOut,
    PasswordChangeIn,
    PasswordSetIn,
    SessionOut,
    StaffPinIn,
    TokenIn,
    TokenOut,
    UserIn,
    UserOut,
    UsersIn,
)
from timebank.access.service import accounts, sessions, tablets, tokens
from timebank.access.service.tokens import IssuedToken
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.web import login
from timebank.web.api import gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, reads, writes

api = room_api("access")


@api.get("/me")
@needs("profile.read")
@reads
@gives(MeOut)
def me(_session: Session) -> Actor:
    """Who asks, in which roles, and what they may do."""
    return current_actor()


@api.post("/me/password")
@needs("access.token")
@writes(keeps_answer=False)
@takes(PasswordChangeIn)
@gives(status=204)
def change_password(session: Session, *, current_password: str, new_password: str) -> None:
    """Change one's own password; every session ends."""
    accounts.change_password(
        session,
        actor=current_actor(),
        current_password=current_password,
        new_password=new_password,
    )


@api.post("/me/staff-pin")
@needs("access.token")
@writes(keeps_answer=False)
@takes(StaffPinIn)
@gives(status=204)
def set_staff_pin(session: Session, *, pin: str, current_password: str) -> None:
    """Set one's own PIN for shared tablets."""
    tablets.set_staff_pin(
        session, actor=current_actor(), pin=pin, current_password=current_password
    )


@api.get("/me/sessions")
@needs("access.token")
@reads
@gives(SessionOut, many=True)
def my_sessions(session: Session) -> list[SessionView]:
    """One's own logins that still hold."""
    actor = current_actor()
    return queries.sessions_of(session, actor=actor, current_hash=login.session_digest())


@api.delete("/me/sessions/<int:session_id>")
@needs("access.token")
@writes
@gives(status=204)
def end_session(session: Session, session_id: int) -> None:
    """End one of one's own logins."""
    sessions.end_session(session, actor=current_actor(), session_id=session_id)


@api.get("/tokens")
@needs("access.token")
@reads
@gives(TokenOut, many=True)
def my_tokens(session: Session) -> list[TokenView]:
    """One's own tokens, without their secrets."""
    return queries.tokens_of(session, actor=current_actor())


@api.post("/tokens")
@needs("access.token")
@writes(keeps_answer=False)
@takes(TokenIn)
@gives(IssuedTokenOut, status=201)
def issue_token(session: Session, *, name: str, scopes: list[str], days: int) -> IssuedToken:
    """Make a token; its secret is in this answer and nowhere else."""
    return tokens.issue_token(session, actor=current_actor(), name=name, scopes=scopes, days=days)


@api.delete("/tokens/<int:token_id>")
@needs("access.token")
@writes
@gives(status=204)
def revoke_token(session: Session, token_id: int) -> None:
    """Make one of one's own tokens worthless."""
    tokens.revoke_token(session, actor=current_actor(), token_id=token_id)


@api.get("/users")
@needs("access.manage")
@reads
@takes(UsersIn, where="query")
@gives_page(UserOut)
def users(session: Session, *, q: str, limit: int, cursor: str | None = None) -> Page[UserView]:
    """The community's accounts."""
    community_id = current_actor().community_id
    return queries.users(session, community_id=community_id, text=q, cursor=cursor, limit=limit)


@api.get("/users/<int:user_id>")
@needs("access.manage")
@reads
@gives(UserOut)
def user(session: Session, user_id: int) -> UserView:
    """One account with the roles it holds."""
    return queries.user(session, community_id=current_actor().community_id, user_id=user_id)


@api.post("/users")
@needs("access.manage")
@writes(keeps_answer=False)
@takes(UserIn)
@gives(UserOut, status=201)
def create_user(
    session: Session, *, login_name: str, name: str, password: str, person_id: int | None
) -> UserView:
    """Open an account without any role."""
    actor = current_actor()
    user_id = accounts.create_user(
        session,
        actor=actor,
        community_id=actor.community_id,
        login_name=login_name,
        password=password,
        person_id=person_id,
        name=name,
    )
    return queries.user(session, community_id=actor.community_id, user_id=user_id)


@api.post("/users/<int:user_id>/grants")
@needs("access.manage")
@writes
@takes(GrantIn)
@gives(GrantOut, status=201)
def grant_role(
    session: Session,
    user_id: int,
    *,
    role: str,
    scope_kind: str,
    scope_id: int | None,
    expires_on: date | None,
) -> GrantView:
    """Give an account a role within a scope; its sessions end."""
    return accounts.grant_role(
        session,
        actor=current_actor(),
        user_id=user_id,
        role=role,
        scope_kind=scope_kind,
        scope_id=scope_id,
        expires_on=expires_on,
    )


@api.delete("/users/<int:user_id>/grants/<int:grant_id>")
@needs("access.manage")
@writes
@gives(status=204)
def revoke_role(session: Session, user_id: int, grant_id: int) -> None:
    """Take a role back; the account's sessions end."""
    accounts.revoke_role(session, actor=current_actor(), user_id=user_id, grant_id=grant_id)


@api.post("/users/<int:user_id>/password")
@needs("access.manage")
@writes(keeps_answer=False)
@takes(PasswordSetIn)
@gives(status=204)
def set_password(session: Session, user_id: int, *, password: str) -> None:
    """Give an account a new password; its sessions end."""
    accounts.set_password(session, actor=current_actor(), user_id=user_id, password=password)


@api.post("/users/<int:user_id>/end-sessions")
@needs("access.manage")
@writes
@gives(status=204)
def end_sessions(session: Session, user_id: int) -> None:
    """End every login of an account."""
    accounts.end_all_sessions(session, actor=current_actor(), user_id=user_id)


@api.post("/users/<int:user_id>/deactivate")
@needs("access.manage")
@writes
@gives(status=204)
def deactivate_user(session: Session, user_id: int) -> None:
    """Switch an account off."""
    accounts.deactivate_user(session, actor=current_actor(), user_id=user_id)


@api.post("/users/<int:user_id>/activate")
@needs("access.manage")
@writes
@gives(status=204)
def activate_user(session: Session, user_id: int) -> None:
    """Switch an account on again."""
    accounts.activate_user(session, actor=current_actor(), user_id=user_id)
