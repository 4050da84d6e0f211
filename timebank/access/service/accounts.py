"""Accounts and what they may do: create, password, switch off, grant and revoke roles."""

from datetime import date
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.errors import (
    GrantEndsInPastError,
    GrantNotFoundError,
    GrantToSelfError,
    LastAdminError,
    LoginNameMalformedError,
    LoginNameTakenError,
    OwnPasswordError,
    PasswordCommonError,
    PasswordLongError,
    PasswordShortError,
    PasswordWrongError,
    PersonUnknownError,
    RoleNotYoursToGrantError,
    ScopeMismatchError,
    UserInactiveError,
    UserNotFoundError,
)
from timebank.access.models import RoleGrant, UserAccount
from timebank.access.queries import GrantView
from timebank.access.rules import Held, Role, ScopeKind
from timebank.access.service.sessions import (
    account_counter,
    count_try,
    end_sessions,
    refuse_locked,
)
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def create_user(
    session: Session,
    *,
    actor: Actor,
    community_id: int,
    login_name: str,
    password: str,
    person_id: int | None,
    name: str,
) -> int:
    """Open an account without any role and return its id.

    Raises:
        LoginNameMalformedError, LoginNameTakenError: it cannot be used.
        PasswordShortError, PasswordLongError, PasswordCommonError: it is too weak.
        PersonUnknownError: the community has no such person.
    """
    tidied = rules.tidy_login_name(login_name)
    if not rules.is_login_name(tidied):
        raise LoginNameMalformedError(field="login_name")
    if queries.user_id_of(session, tidied) is not None:
        raise LoginNameTakenError(field="login_name")
    _check_password(password, login_name=tidied)
    if person_id is not None and not queries.person_name(
        session, community_id=community_id, person_id=person_id
    ):
        raise PersonUnknownError(field="person_id")
    now = clock.now()
    user = UserAccount(
        community_id=community_id,
        login_name=tidied,
        password_hash=passwords.hash_secret(password),
        name=name.strip(),
        person_id=person_id,
        is_active=True,
        text_size="standard",
        locale=None,
        created_at=now,
        password_set_at=now,
    )
    session.add(user)
    session.flush()
    _note(session, actor, "access.user_created", user.id)
    return user.id


def _note(session: Session, actor: Actor, action: str, user_id: int, summary: str = "") -> None:
    """Leave a trail at an account."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="user_account",
        subject_id=user_id,
        summary=summary,
    )


def _check_password(password: str, *, login_name: str, field: str = "password") -> None:
    """Refuse passwords that are too short, too long or too easily guessed."""
    if len(password) < rules.PASSWORD_LENGTH_MIN:
        raise PasswordShortError(field=field, length_min=rules.PASSWORD_LENGTH_MIN)
    if len(password) > rules.PASSWORD_LENGTH_MAX:
        raise PasswordLongError(field=field, length_max=rules.PASSWORD_LENGTH_MAX)
    if rules.is_common_password(password, login_name=login_name):
        raise PasswordCommonError(field=field)


def _user_row(session: Session, *, actor: Actor, user_id: int) -> UserAccount:
    """Return an account of the actor's community, locked until the end of the transaction."""
    user = session.get(UserAccount, user_id, with_for_update=True)
    if user is None or user.community_id != actor.community_id:
        raise UserNotFoundError
    return user


def set_password(session: Session, *, actor: Actor, user_id: int, password: str) -> None:
    """Give somebody else's account a new password and end all its sessions.

    Raises:
        UserNotFoundError: there is none in this community.
        OwnPasswordError: it is one's own.
        RoleNotYoursToGrantError: the account holds a role that the actor could not give.
        PasswordShortError, PasswordLongError, PasswordCommonError: it is too weak.
    """
    if actor.user_id == user_id:
        raise OwnPasswordError
    user = _user_row(session, actor=actor, user_id=user_id)
    _refuse_stronger(session, actor, user_id)
    _check_password(password, login_name=user.login_name)
    _put_password(session, actor=actor, user=user, password=password)


def _put_password(session: Session, *, actor: Actor, user: UserAccount, password: str) -> None:
    """Store a password that is good enough; every session ends."""
    user.password_hash = passwords.hash_secret(password)
    user.password_set_at = clock.now()
    session.flush()
    end_sessions(session, user_id=user.id, reason="password_set")
    _note(session, actor, "access.password_set", user.id)


def _refuse_stronger(session: Session, actor: Actor, user_id: int) -> None:
    """Refuse to take over an account that holds what the actor could not give."""
    if actor.user_id is None:
        return
    if not all(
        rules.may_grant(actor.roles, held.role) for held in queries.held_roles(session, user_id)
    ):
        raise RoleNotYoursToGrantError


def change_password(
    session: Session, *, actor: Actor, current_password: str, new_password: str
) -> None:
    """Change one's own password, proved by the present one; all sessions end.

    Wrong tries count like those at the front door: an open browser is no place to guess at.

    Raises:
        TriedTooOftenError: too many wrong tries; the wait doubles with each more.
        PasswordWrongError: the present password is another one.
        PasswordShortError, PasswordLongError, PasswordCommonError: the new one is too weak.
    """
    if actor.user_id is None:
        raise UserNotFoundError
    user = _user_row(session, actor=actor, user_id=actor.user_id)
    _check_password(new_password, login_name=user.login_name, field="new_password")
    counter = account_counter(user.login_name)
    refuse_locked(session, counter)
    if not passwords.matches(user.password_hash, current_password):
        counted = partial(count_try, counter=counter)
        raise PasswordWrongError(field="current_password", aftermath=counted)
    _put_password(session, actor=actor, user=user, password=new_password)


def deactivate_user(session: Session, *, actor: Actor, user_id: int) -> None:
    """Switch an account off: its sessions end and its tokens no longer work.

    Raises:
        UserNotFoundError: there is none in this community.
        GrantToSelfError: it is one's own.
        RoleNotYoursToGrantError: it holds a role that the actor could not give.
        LastAdminError: nobody else administers the community.
    """
    _refuse_self(actor, user_id)
    user = _user_row(session, actor=actor, user_id=user_id)
    _refuse_stronger(session, actor, user_id)
    _keep_an_admin(session, user)
    user.is_active = False
    session.flush()
    end_sessions(session, user_id=user_id, reason="deactivated")
    _note(session, actor, "access.user_deactivated", user_id)


def end_all_sessions(session: Session, *, actor: Actor, user_id: int) -> None:
    """End every session of an account, for instance when a phone was lost.

    Raises:
        UserNotFoundError: there is none in this community.
    """
    user = _user_row(session, actor=actor, user_id=user_id)
    end_sessions(session, user_id=user.id, reason="ended_by_admin")
    _note(session, actor, "access.sessions_ended", user.id)


def activate_user(session: Session, *, actor: Actor, user_id: int) -> None:
    """Switch an account on again.

    Raises:
        UserNotFoundError: there is none in this community.
        RoleNotYoursToGrantError: it holds a role that the actor could not give.
    """
    user = _user_row(session, actor=actor, user_id=user_id)
    _refuse_stronger(session, actor, user_id)
    user.is_active = True
    session.flush()
    _note(session, actor, "access.user_activated", user_id)


def _refuse_self(actor: Actor, user_id: int) -> None:
    """Nobody changes what they themselves may do."""
    if actor.user_id == user_id:
        raise GrantToSelfError


def _keep_an_admin(session: Session, user: UserAccount) -> None:
    """Refuse to take the last administrator away, even when two do it at once."""
    admins = session.scalars(
        select(RoleGrant)
        .where(
            RoleGrant.community_id == user.community_id,
            RoleGrant.role == Role.COMMUNITY_ADMIN.value,
            queries.grants_in_force(),
        )
        .order_by(RoleGrant.id)
        .with_for_update()
    ).all()
    is_admin = any(grant.user_id == user.id for grant in admins)
    others = queries.admin_count(session, community_id=user.community_id, except_user_id=user.id)
    if is_admin and user.is_active and others == 0:
        raise LastAdminError


def grant_role(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    role: str,
    scope_kind: str,
    scope_id: int | None = None,
    expires_on: date | None = None,
) -> GrantView:
    """Give an account a role within a scope; its sessions end, so that it logs in as it now is.

    Without a last day it ends after a year. Programs (the command line) may give any role.

    Raises:
        GrantToSelfError, RoleNotYoursToGrantError: the actor may not give it.
        ScopeMismatchError, GrantEndsInPastError: it makes no sense.
        UserInactiveError: the account is switched off.
    """
    held = Held(Role(role), ScopeKind(scope_kind), scope_id)
    last_day = expires_on or rules.end_of_grant(clock.today())
    _check_grant(actor, user_id=user_id, held=held, expires_on=last_day)
    user = _user_row(session, actor=actor, user_id=user_id)
    _check_place(session, held, community_id=user.community_id)
    if not user.is_active:
        raise UserInactiveError
    grant = RoleGrant(
        community_id=user.community_id,
        user_id=user.id,
        role=held.role.value,
        scope_kind=held.scope_kind.value,
        scope_id=scope_id,
        expires_on=last_day,
        granted_by=actor.user_id,
        granted_at=clock.now(),
    )
    session.add(grant)
    session.flush()
    end_sessions(session, user_id=user_id, reason="role_change")
    _note(session, actor, "access.role_granted", user_id, _in_words(grant))
    return queries.grant_view(grant)


def _check_grant(actor: Actor, *, user_id: int, held: Held, expires_on: date) -> None:
    """Refuse a grant that the actor may not make or that makes no sense."""
    _refuse_self(actor, user_id)
    if actor.user_id is not None and not rules.may_grant(actor.roles, held.role):
        raise RoleNotYoursToGrantError
    if not rules.is_scope_right(held):
        raise ScopeMismatchError(field="scope_kind")
    if expires_on < clock.today():
        raise GrantEndsInPastError(field="expires_on", expires_on=expires_on)


def _check_place(session: Session, held: Held, *, community_id: int) -> None:
    """Refuse a grid or centre that is not the community's."""
    if held.scope_id is None:
        return
    if held.scope_id not in queries.places(session, community_id)[held.scope_kind]:
        raise ScopeMismatchError(field="scope_id")


def _in_words(grant: RoleGrant) -> str:
    """Return a grant as the trail tells it."""
    place = "" if grant.scope_id is None else f" {grant.scope_id}"
    return f"{grant.role} ({grant.scope_kind}{place}) {grant.expires_on}"


def revoke_role(session: Session, *, actor: Actor, user_id: int, grant_id: int) -> None:
    """Take a role back from an account; its sessions end.

    Raises:
        GrantNotFoundError: there is none in force in this community.
        GrantToSelfError, RoleNotYoursToGrantError: the actor may not take it.
        LastAdminError: nobody else administers the community.
    """
    grant = session.get(RoleGrant, grant_id, with_for_update=True)
    if grant is None or grant.user_id != user_id or grant.revoked_at is not None:
        raise GrantNotFoundError
    if grant.community_id != actor.community_id:
        raise GrantNotFoundError
    _refuse_self(actor, grant.user_id)
    if actor.user_id is not None and not rules.may_grant(actor.roles, Role(grant.role)):
        raise RoleNotYoursToGrantError
    if grant.role == Role.COMMUNITY_ADMIN.value:
        _keep_an_admin(session, _user_row(session, actor=actor, user_id=grant.user_id))
    grant.revoked_at = clock.now()
    grant.revoked_by = actor.user_id
    session.flush()
    end_sessions(session, user_id=grant.user_id, reason="role_change")
    _note(session, actor, "access.role_revoked", grant.user_id, _in_words(grant))


def set_preferences(
    session: Session, *, actor: Actor, text_size: str | None = None, locale: str | None = None
) -> None:
    """Remember an account's text size and language; what is None stays as it is."""
    if actor.user_id is None:
        return
    user = _user_row(session, actor=actor, user_id=actor.user_id)
    user.text_size = text_size or user.text_size
    user.locale = locale or user.locale
    session.flush()
