"""The pages of access: the front door, one's own security, and the community's accounts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.rules import Role, ScopeKind
from timebank.access.schemas import (
    GrantFormIn,
    LogInIn,
    LogInPageIn,
    PasswordChangeIn,
    PasswordSetIn,
    TokenIn,
    UserFormQuery,
    UserIn,
    UsersIn,
)
from timebank.access.service import accounts, sessions, tokens
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

ROLE_WORDS = {
    Role.VOLUNTEER: lazy_gettext("志愿者"),
    Role.ELDER: lazy_gettext("老人"),
    Role.COUNTER: lazy_gettext("柜台人员"),
    Role.CENTRE_MANAGER: lazy_gettext("中心负责人"),
    Role.FINANCE: lazy_gettext("财务"),
    Role.GRID_OFFICER: lazy_gettext("网格员"),
    Role.STEWARD: lazy_gettext("物业管家"),
    Role.COMMUNITY_ADMIN: lazy_gettext("社区管理员"),
    Role.OPERATOR: lazy_gettext("系统维护员"),
    Role.AUDITOR: lazy_gettext("审计员"),
}
PERMISSION_WORDS = {
    "home.read": lazy_gettext("看首页"),
    "profile.read": lazy_gettext("看资料和文件"),
    "hours.read": lazy_gettext("看服务时间"),
    "ledger.read": lazy_gettext("看往来明细"),
    "care.read": lazy_gettext("看养老服务"),
    "cofund.read": lazy_gettext("看三方共筹"),
    "case.open": lazy_gettext("报案件"),
    "case.read": lazy_gettext("看案件"),
    "case.work": lazy_gettext("办案件"),
    "case.close": lazy_gettext("结案件"),
    "person.search": lazy_gettext("找人"),
    "person.unmask": lazy_gettext("看完整的个人信息"),
    "person.register": lazy_gettext("登记居民"),
    "community.import": lazy_gettext("导入资料"),
    "community.read": lazy_gettext("看社区的地方和人员"),
    "need.read": lazy_gettext("看求助"),
    "need.post": lazy_gettext("登记求助"),
    "task.read": lazy_gettext("看志愿任务"),
    "task.join": lazy_gettext("报名志愿任务"),
    "task.manage": lazy_gettext("安排志愿任务"),
    "volunteer.keep": lazy_gettext("核对和查找志愿者"),
    "volunteer.admit": lazy_gettext("同意志愿者加入，登记保险"),
    "hours.record": lazy_gettext("记服务时间"),
    "hours.confirm": lazy_gettext("确认受到的服务"),
    "hours.approve": lazy_gettext("核对服务时间"),
    "hours.unapprove": lazy_gettext("撤回核对"),
    "hours.give": lazy_gettext("把自己的时间捐出去、转给家里人"),
    "hours.appeal": lazy_gettext("申诉，或者替志愿者写申诉"),
    "desk.rules": lazy_gettext("定核对的规则"),
    "check.read": lazy_gettext("看抽查"),
    "check.work": lazy_gettext("做抽查"),
    "check.assign": lazy_gettext("把抽查交给同事"),
    "dispute.decide": lazy_gettext("决定申诉"),
    "dispute.arbitrate": lazy_gettext("一个人仲裁"),
    "pool.read": lazy_gettext("看公益池"),
    "pool.manage": lazy_gettext("开公益池"),
    "grant.request": lazy_gettext("替有困难的人申请时间"),
    "grant.approve": lazy_gettext("批准别人申请的时间"),
    "wallet.assist": lazy_gettext("凭签字单代办同意家庭账"),
    "clearing.read": lazy_gettext("看与别的社区的往来"),
    "clearing.agree": lazy_gettext("代表社区签约定和轧差表"),
    "clearing.accept": lazy_gettext("收别的社区转来的时间"),
    "clearing.send": lazy_gettext("把自己的时间转到别的社区"),
    "clearing.assist": lazy_gettext("凭签字单代办转到别的社区"),
    "policy.read": lazy_gettext("看计时办法"),
    "figures.read": lazy_gettext("看社区数字"),
    "policy.draft": lazy_gettext("起草计时办法和服务种类"),
    "policy.approve": lazy_gettext("批准别人起草的计时办法"),
    "certificate.ask": lazy_gettext("开自己的服务证明"),
    "certificate.withdraw": lazy_gettext("作废服务证明"),
    "paper.serve": lazy_gettext("替居民打对账单、存折，开证明"),
    "paper.manage": lazy_gettext("定证明由谁出具、存折怎么打"),
    "register.export": lazy_gettext("导出给别的登记系统"),
    "register.identify": lazy_gettext("导出时带证件号码"),
    "care.redeem": lazy_gettext("柜台兑换"),
    "care.book": lazy_gettext("预约服务"),
    "care.reverse": lazy_gettext("撤销兑换"),
    "care.manage": lazy_gettext("管服务项目"),
    "cofund.propose": lazy_gettext("提出共筹项目"),
    "cofund.agree": lazy_gettext("定共筹协议"),
    "bank.read": lazy_gettext("看银行账户和流水"),
    "bank.manage": lazy_gettext("登记银行账户"),
    "bank.import": lazy_gettext("导银行对账单"),
    "cofund.receive": lazy_gettext("登记到账"),
    "cofund.request": lazy_gettext("申请付款"),
    "cofund.approve": lazy_gettext("批准付款"),
    "promise.read": lazy_gettext("看办事时限"),
    "promise.draft": lazy_gettext("起草办事时限"),
    "promise.approve": lazy_gettext("批准别人起草的办事时限"),
    "promise.load_year": lazy_gettext("记每年的放假安排"),
    "ledger.audit": lazy_gettext("查账"),
    "trail.read": lazy_gettext("看操作记录"),
    "access.manage": lazy_gettext("管账号"),
    "access.token": lazy_gettext("管自己的登录和令牌"),
}


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
    _enter(opened)
    return see_other(back_to(target))


def _enter(opened: OpenedSession) -> None:
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
