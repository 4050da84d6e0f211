"""Accounts and tokens on the command line, for those who keep the machine."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from timebank.access import queries, rules
from timebank.access.errors import UserNotFoundError
from timebank.access.queries import UserView
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts, tokens
from timebank.kernel.actor import Actor, Channel, program
from timebank.kernel.db import transaction
from timebank.kernel.errors import DomainError
from timebank.kernel.paging import PAGE_SIZE_MAX
from timebank.web import words

T = TypeVar("T")
_ROLES = click.Choice([role.value for role in Role])
_SCOPES = click.Choice([kind.value for kind in ScopeKind])
_PERMISSIONS = click.Choice(sorted(rules.PERMISSIONS))
_DAY = click.DateTime(["%Y-%m-%d"])


def _keeper(community_id: int) -> Actor:
    """Return the actor under whose name the command line acts."""
    return program(community_id=community_id, name="timebank user", channel=Channel.CLI)


def _do(work: Callable[[Session], T]) -> T:
    """Do the work in one transaction; say a refusal in words and end with 1."""
    try:
        return transaction(work)
    except DomainError as error:
        raise click.ClickException(words.say(error)) from error


def _user(session: Session, login_name: str) -> UserView:
    """Return the account of a login name, whatever its community."""
    found = queries.user_by_login_name(session, rules.tidy_login_name(login_name))
    if found is None:
        raise UserNotFoundError
    return found


@click.group("user")
def user_commands() -> None:
    """账号和身份 / Accounts and their roles."""


@user_commands.command("create")
@click.argument("login_name")
@click.option("--name", required=True, help="姓名 / name")
@click.option("--community", "community_id", type=int, default=1, show_default=True,
              help="社区编号 / number of the community")  # fmt: skip
@click.option("--person", "person_id", type=int, help="居民编号 / number of the person")
@click.option("--password", help="不写就随机生成 / made at random when left out")
@with_appcontext
def create(
    login_name: str, *, name: str, community_id: int, person_id: int | None, password: str | None
) -> None:
    """开一个账号 / Open an account."""
    chosen = password or secrets.token_urlsafe(12)
    user_id = _do(
        lambda session: accounts.create_user(
            session,
            actor=_keeper(community_id),
            community_id=community_id,
            login_name=login_name,
            password=chosen,
            person_id=person_id,
            name=name,
        )
    )
    click.echo(f"✓ {user_id}  {login_name}" + ("" if password else f"  {chosen}"))


@user_commands.command("list")
@click.option("--community", "community_id", type=int, default=1, show_default=True,
              help="社区编号 / number of the community")  # fmt: skip
@click.option("--text", default="", help="姓名或登录名的开头 / beginning of a name")
@with_appcontext
def list_users(*, community_id: int, text: str) -> None:
    """列出账号 / List accounts."""
    cursor: str | None = None
    while True:
        at = cursor
        page = _do(
            lambda session, at=at: queries.users(  # type: ignore[misc]  # mypy reads no default
                session, community_id=community_id, text=text, cursor=at, limit=PAGE_SIZE_MAX
            )
        )
        for one in page.items:
            click.echo(_line(one))
        cursor = page.next_cursor
        if cursor is None:
            return


def _line(user: UserView) -> str:
    """Return an account as one line."""
    roles = ", ".join(
        f"{grant.role}({grant.scope_kind}{'' if grant.scope_id is None else f' {grant.scope_id}'})"
        f"#{grant.id}"
        for grant in user.grants
    )
    mark = "" if user.is_active else "  [停用 / off]"
    return f"{user.id:>6}  {user.login_name:<20} {user.name}  {roles}{mark}"


@user_commands.command("password")
@click.argument("login_name")
@click.option("--password", help="不写就随机生成 / made at random when left out")
@with_appcontext
def password(login_name: str, *, password: str | None) -> None:
    """换密码 / Set a new password."""
    chosen = password or secrets.token_urlsafe(12)

    def work(session: Session) -> None:
        user = _user(session, login_name)
        accounts.set_password(
            session, actor=_keeper(user.community_id), user_id=user.id, password=chosen
        )

    _do(work)
    click.echo(f"✓ {login_name}" + ("" if password else f"  {chosen}"))


@user_commands.command("grant")
@click.argument("login_name")
@click.argument("role", type=_ROLES)
@click.option("--scope", "scope_kind", type=_SCOPES, help="范围 / scope")
@click.option("--place", "scope_id", type=int, help="网格或中心编号 / number of grid or centre")
@click.option("--until", "expires_on", type=_DAY, help="到哪天 / last day")
@with_appcontext
def grant(
    login_name: str,
    role: str,
    *,
    scope_kind: str | None,
    scope_id: int | None,
    expires_on: datetime | None,
) -> None:
    """给一个身份 / Give a role."""

    def work(session: Session) -> int:
        user = _user(session, login_name)
        return accounts.grant_role(
            session,
            actor=_keeper(user.community_id),
            user_id=user.id,
            role=role,
            scope_kind=scope_kind or rules.usual_scope(Role(role)).value,
            scope_id=scope_id,
            expires_on=None if expires_on is None else expires_on.date(),
        ).id

    click.echo(f"✓ {login_name} {role} #{_do(work)}")


@user_commands.command("revoke")
@click.argument("login_name")
@click.argument("grant_id", type=int)
@with_appcontext
def revoke(login_name: str, grant_id: int) -> None:
    """收回一个身份 / Take a role back."""

    def work(session: Session) -> None:
        user = _user(session, login_name)
        accounts.revoke_role(
            session, actor=_keeper(user.community_id), user_id=user.id, grant_id=grant_id
        )

    _do(work)
    click.echo(f"✓ {login_name} #{grant_id}")


@user_commands.command("disable")
@click.argument("login_name")
@with_appcontext
def disable(login_name: str) -> None:
    """停用账号 / Switch an account off."""

    def work(session: Session) -> None:
        user = _user(session, login_name)
        accounts.deactivate_user(session, actor=_keeper(user.community_id), user_id=user.id)

    _do(work)
    click.echo(f"✓ {login_name}")


@user_commands.command("enable")
@click.argument("login_name")
@with_appcontext
def enable(login_name: str) -> None:
    """启用账号 / Switch an account on again."""

    def work(session: Session) -> None:
        user = _user(session, login_name)
        accounts.activate_user(session, actor=_keeper(user.community_id), user_id=user.id)

    _do(work)
    click.echo(f"✓ {login_name}")


@click.group("token")
def token_commands() -> None:
    """给程序用的令牌 / Tokens for programs."""


def _owner(session: Session, login_name: str) -> Actor:
    """Return the owner of tokens as an actor."""
    user = _user(session, login_name)
    actor = queries.actor_of(session, user_id=user.id, channel=Channel.CLI)
    if actor is None:
        raise UserNotFoundError
    return actor


@token_commands.command("issue")
@click.argument("login_name")
@click.option("--name", required=True, help="用来做什么 / what it is for")
@click.option("--may", "scopes", multiple=True, required=True, type=_PERMISSIONS,
              help="能做什么 / a permission")  # fmt: skip
@click.option("--days", type=click.IntRange(1, rules.TOKEN_DAYS_MAX), show_default=True,
              default=rules.TOKEN_DAYS_DEFAULT, help="用几天 / for how many days")  # fmt: skip
@with_appcontext
def issue(login_name: str, *, name: str, scopes: tuple[str, ...], days: int) -> None:
    """做一个令牌，只显示这一次 / Make a token; it is shown this once."""
    issued = _do(
        lambda session: tokens.issue_token(
            session, actor=_owner(session, login_name), name=name, scopes=scopes, days=days
        )
    )
    click.echo(issued.secret)


@token_commands.command("list")
@click.argument("login_name")
@with_appcontext
def list_tokens(login_name: str) -> None:
    """列出一个账号的令牌 / List an account's tokens."""
    found = _do(lambda session: queries.tokens_of(session, actor=_owner(session, login_name)))
    for token in found:
        scopes = " ".join(token.scopes)
        click.echo(f"{token.id:>6}  {token.prefix}…  {token.expires_at:%Y-%m-%d}  {scopes}")


@token_commands.command("revoke")
@click.argument("login_name")
@click.argument("token_id", type=int)
@with_appcontext
def revoke_token(login_name: str, token_id: int) -> None:
    """作废一个令牌 / Make a token worthless."""
    _do(
        lambda session: tokens.revoke_token(
            session, actor=_owner(session, login_name), token_id=token_id
        )
    )
    click.echo(f"✓ #{token_id}")
