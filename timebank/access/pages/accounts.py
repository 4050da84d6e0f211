"""The pages of access: the front door, one's own security, and the community's accounts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.pages.words import PERMISSION_WORDS, ROLE_WORDS
from timebank.access.rules import Role, ScopeKind
from timebank.access.schemas import (
    GrantFormIn,
    LogInIn,
    LogInPageIn,
    PasswordChangeIn,
    PasswordSetIn,
    StaffPinIn,
    TokenIn,
    UserFormQuery,
    UserIn,
    UsersIn,
)
from timebank.access.service import accounts, sessions, tablets, tokens
from timebank.access.service.sessions import OpenedSession, ProvedUser
from timebank.web import login
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)
from timebank.web.preferences import back_to

bp = Blueprint("access", __name__)


def proves_password(view: Callable[..., Any]) -> Callable[..., Any]:
    """Look at name and password before the view's transaction begins.

    The tries are counted in transactions of their own, and no lock is held while a password
    is hashed.
    """

    @wraps(view)
    def proved(*args: object, **kwargs: object) -> ResponseReturnValue:
        given = body(LogInIn())
        user = sessions.prove_password(
            login_name=given["login_name"],
            password=given["password"],
            address=request.remote_addr or "",
        )
        answer: ResponseReturnValue = view(*args, proved=user, target=given["next"], **kwargs)
        return answer

    return proved


@bp.get("/login")
@public
@reads
def log_in_form(_session: Session) -> ResponseReturnValue:
    """Show the front door."""
    target = request.form.get("next") or query(LogInPageIn())["next"]
    return render_template("access/log_in.html", target=back_to(target))


@bp.post("/login")
@public
@returns_to(log_in_form)
@proves_password
@writes(keeps_answer=False)
def log_in(session: Session, *, proved: ProvedUser, target: str) -> ResponseReturnValue:
    """Begin a session and go where the visitor wanted to go."""
    opened = sessions.open_session(
        session,
        proved=proved,
        address=request.remote_addr or "",
        agent=request.user_agent.string,
    )
    enter(opened)
    return see_other(back_to(target))


def enter(opened: OpenedSession) -> None:
    """Give the browser its session and the person's own text size and language."""
    login.enter(opened.secret, opened.actor)
    if opened.text_size != "standard":
        cookie["text_size"] = opened.text_size
    if opened.locale:
        cookie["locale"] = opened.locale


@bp.post("/logout")
@public
@writes(keeps_answer=False)
def log_out(session: Session) -> ResponseReturnValue:
    """End the session and show the front door."""
    actor, token_hash = login.actor_or_none(), login.session_digest()
    if actor is not None and token_hash is not None:
        sessions.log_out(session, actor=actor, token_hash=token_hash)
    login.leave()
    return see_other(url_for(".log_in_form"), _("已经退出，下次再见"))


@bp.get("/me/security")
@needs("access.token")
@reads
def security(session: Session) -> ResponseReturnValue:
    """Show one's own logins, tokens and password form."""
    return _security_page(session)


def _security_page(session: Session, secret: str | None = None) -> str:
    """Return the page, with a new token's secret the one time it is made."""
    actor = current_actor()
    return render_template(
        "access/security.html",
        sessions=queries.sessions_of(session, actor=actor, current_hash=login.session_digest()),
        tokens=queries.tokens_of(session, actor=actor),
        secret=secret,
        scope_options=[(name, PERMISSION_WORDS[name]) for name in sorted(actor.permissions)],
        permission_words=PERMISSION_WORDS,
        days_default=rules.TOKEN_DAYS_DEFAULT,
        password_length_min=rules.PASSWORD_LENGTH_MIN,
        works_at_tablets=actor.may("care.redeem") or actor.may("care.reverse"),
        has_staff_pin=tablets.has_staff_pin(session, actor.user_id),
    )


@bp.post("/me/security/password")
@needs("access.token")
@returns_to(security)
@writes(keeps_answer=False)
def change_password(session: Session) -> ResponseReturnValue:
    """Change one's own password; every session ends, this one too."""
    accounts.change_password(session, actor=current_actor(), **body(PasswordChangeIn()))
    login.leave()
    return see_other(url_for(".log_in_form"), _("密码已改，请用新密码登录"))


@bp.post("/me/security/staff-pin")
@needs("access.token")
@returns_to(security)
@writes(keeps_answer=False)
def set_staff_pin(session: Session) -> ResponseReturnValue:
    """Set one's own PIN for shared tablets."""
    tablets.set_staff_pin(session, actor=current_actor(), **body(StaffPinIn()))
    return see_other(url_for(".security"), _("工作密码设好了，共用平板上用它换人"))


@bp.post("/me/security/sessions/<int:session_id>/end")
@needs("access.token")
@writes
def end_session(session: Session, session_id: int) -> ResponseReturnValue:
    """End one of one's own logins."""
    sessions.end_session(session, actor=current_actor(), session_id=session_id)
    return see_other(url_for(".security"), _("那台设备已经退出"))


@bp.post("/me/security/tokens")
@needs("access.token")
@returns_to(security)
@writes(keeps_answer=False)
def issue_token(session: Session) -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    issued = tokens.issue_token(session, actor=current_actor(), **body(TokenIn()))
    return _security_page(session, issued.secret), 201


@bp.post("/me/security/tokens/<int:token_id>/revoke")
@needs("access.token")
@writes
def revoke_token(session: Session, token_id: int) -> ResponseReturnValue:
    """Make one of one's own tokens worthless."""
    tokens.revoke_token(session, actor=current_actor(), token_id=token_id)
    return see_other(url_for(".security"), _("令牌已作废"))


@bp.get("/users")
@needs("access.manage")
@reads
def users(session: Session) -> ResponseReturnValue:
    """Show the community's accounts."""
    asked = query(UsersIn())
    page = queries.users(
        session,
        community_id=current_actor().community_id,
        text=asked["q"],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    is_last = page.next_cursor is None
    return render_template(
        "access/users.html",
        users=page.items,
        q=asked["q"],
        next_url=None if is_last else url_for(".users", q=asked["q"], cursor=page.next_cursor),
        role_words=ROLE_WORDS,
    )


@bp.get("/users/new")
@needs("access.manage")
@reads
def new_user(session: Session) -> ResponseReturnValue:
    """Show the form for a new account."""
    person_id = query(UserFormQuery())["person_id"]
    name = person_id and queries.person_name(
        session, community_id=current_actor().community_id, person_id=person_id
    )
    return render_template(
        "access/new_user.html",
        person_id=person_id if name else None,
        name=name or "",
        password_length_min=rules.PASSWORD_LENGTH_MIN,
    )


@bp.post("/users/new")
@needs("access.manage")
@returns_to(new_user)
@writes(keeps_answer=False)
def create_user(session: Session) -> ResponseReturnValue:
    """Open an account and go to it, to give it a role."""
    actor = current_actor()
    user_id = accounts.create_user(
        session, actor=actor, community_id=actor.community_id, **body(UserIn())
    )
    return see_other(url_for(".user", user_id=user_id), _("账号已开，再给它一个身份"))


@bp.get("/users/<int:user_id>")
@needs("access.manage")
@reads
def user(session: Session, user_id: int) -> ResponseReturnValue:
    """Show one account, its roles and what can be done with it."""
    actor = current_actor()
    places = queries.places(session, actor.community_id)
    return render_template(
        "access/user.html",
        user=queries.user(session, community_id=actor.community_id, user_id=user_id),
        role_options=[
            (role.value, ROLE_WORDS[role]) for role in Role if rules.may_grant(actor.roles, role)
        ],
        place_options=[
            (f"{kind}:{place_id}", name)
            for kind, names in places.items()
            for place_id, name in names.items()
        ],
        place_names={kind: places.get(kind, {}) for kind in ScopeKind},
        role_words=ROLE_WORDS,
        password_length_min=rules.PASSWORD_LENGTH_MIN,
    )


def _back_to_user(user_id: int, notice: str) -> ResponseReturnValue:
    """Return to an account's page with a notice."""
    return see_other(url_for(".user", user_id=user_id), notice)


@bp.post("/users/<int:user_id>/grants")
@needs("access.manage")
@returns_to(user)
@writes
def grant_role(session: Session, user_id: int) -> ResponseReturnValue:
    """Give an account a role."""
    accounts.grant_role(session, actor=current_actor(), user_id=user_id, **body(GrantFormIn()))
    return _back_to_user(user_id, _("身份已给，下次登录起作用"))


@bp.post("/users/<int:user_id>/grants/<int:grant_id>/revoke")
@needs("access.manage")
@writes
def revoke_role(session: Session, user_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role back."""
    accounts.revoke_role(session, actor=current_actor(), user_id=user_id, grant_id=grant_id)
    return _back_to_user(user_id, _("身份已收回"))


@bp.post("/users/<int:user_id>/password")
@needs("access.manage")
@returns_to(user)
@writes(keeps_answer=False)
def set_password(session: Session, user_id: int) -> ResponseReturnValue:
    """Give an account a new password."""
    accounts.set_password(session, actor=current_actor(), user_id=user_id, **body(PasswordSetIn()))
    return _back_to_user(user_id, _("新密码已存，请当面告诉本人"))


@bp.post("/users/<int:user_id>/end-sessions")
@needs("access.manage")
@writes
def end_sessions(session: Session, user_id: int) -> ResponseReturnValue:
    """End every login of an account."""
    accounts.end_all_sessions(session, actor=current_actor(), user_id=user_id)
    return _back_to_user(user_id, _("这个账号在所有设备上都已退出"))


@bp.post("/users/<int:user_id>/deactivate")
@needs("access.manage")
@writes
def deactivate_user(session: Session, user_id: int) -> ResponseReturnValue:
    """Switch an account off."""
    accounts.deactivate_user(session, actor=current_actor(), user_id=user_id)
    return _back_to_user(user_id, _("账号已停用"))


@bp.post("/users/<int:user_id>/activate")
@needs("access.manage")
@writes
def activate_user(session: Session, user_id: int) -> ResponseReturnValue:
    """Switch an account on again."""
    accounts.activate_user(session, actor=current_actor(), user_id=user_id)
    return _back_to_user(user_id, _("账号已启用"))
