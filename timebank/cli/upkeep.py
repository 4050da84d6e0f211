"""Commands that set up, serve and look after an installation."""

import os
import secrets
import shutil
import socket
import sys
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from waitress import serve as serve_wsgi

from timebank import settings as settings_module
from timebank.access.rules import Role
from timebank.access.service import accounts
from timebank.cli import schema
from timebank.community import queries as community_queries
from timebank.community.service import communities
from timebank.kernel import clock, db, sqlite
from timebank.kernel.actor import Channel, program
from timebank.kernel.db import make_engine
from timebank.notices.service import channels as notice_channels
from timebank.volunteering.service import books

PORT, MANY = click.IntRange(1, 65_535), click.IntRange(1, 64)


def owner_engine() -> Engine:
    """Return an engine that may change the schema: the owner's address when one is set."""
    address = current_app.config["OWNER_DATABASE_URI"]
    return make_engine(address or current_app.config["SQLALCHEMY_DATABASE_URI"])


@click.command("init")
@click.option("--community", "name", help="社区名称 / name of the community")
@click.option("--code", help="社区代码 / short code of the community")
@click.option(
    "--admin", "login_name", help="第一位管理员的登录名 / login of the first administrator"
)
@with_appcontext
def init(name: str | None, code: str | None, login_name: str | None) -> None:
    """建好数据库，登记社区和第一位管理员 / Create the database, the community, the first login."""
    engine = owner_engine()
    schema.upgrade(engine)
    engine.dispose()
    click.echo(f"数据库已到版本 / database is at revision {schema.head()}")
    if not (name and code and login_name):
        return
    password = secrets.token_urlsafe(15)
    db.transaction(lambda session: _found(session, code, name, login_name, password))
    click.echo(f"{login_name}  {password}")


def _found(session: Session, code: str, name: str, login_name: str, password: str) -> None:
    """Register the community and the account of its first administrator."""
    community_id = communities.found_community(session, code=code, name=name)
    keeper = program(community_id=community_id, name="init", channel=Channel.CLI)
    books.open_hours(session, actor=keeper)
    user_id = accounts.create_user(
        session,
        actor=keeper,
        community_id=community_id,
        login_name=login_name,
        password=password,
        person_id=None,
        name=login_name,
    )
    accounts.grant_role(
        session, actor=keeper, user_id=user_id, role=Role.COMMUNITY_ADMIN, scope_kind="community"
    )


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="地址 / address to listen on")
@click.option("--port", type=PORT, default=8000, show_default=True, help="端口 / port")
@click.option("--workers", type=MANY, default=2, show_default=True, help="进程数 / processes")
@click.option(
    "--threads", type=MANY, default=8, show_default=True, help="每个进程的线程数 / threads each"
)
@with_appcontext
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """启动服务 / Serve until stopped."""
    check_is_free(host, port)
    _check_is_made()
    if find_spec("gunicorn") is None:
        serve_here(host=host, port=port, threads=threads)
        return
    command = [
        sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(schema.MIGRATIONS.parent),
        "--bind", f"{host}:{port}", "--worker-class", "gthread",
        "--workers", str(workers), "--threads", str(threads),
    ]  # fmt: skip
    if sys.platform == "linux":
        # A socket for each worker, among which the system shares out: of one for all, whoever is
        # awake takes most connections and keeps them, and the others idle.
        command.append("--reuse-port")
    # This very process becomes the server: whoever ends it ends all of it.
    os.execv(sys.executable, command)  # noqa: S606 - our own words


def serve_here(*, host: str, port: int, threads: int = 8) -> None:
    """Serve from this process with waitress."""
    serve_wsgi(current_app.wsgi_app, host=host, port=port, threads=threads)


def _check_is_made() -> None:
    """Refuse a database of another revision; one that is away now will be asked when it is back."""
    engine = make_engine(current_app.config["SQLALCHEMY_DATABASE_URI"])
    try:
        revision = schema.current(engine)
    except DBAPIError:
        return
    finally:
        engine.dispose()
    if revision != schema.head():
        raise click.ClickException(_other_revision(revision))


def _other_revision(revision: str | None) -> str:
    """Return what to do about a database of another revision, or of none."""
    return (
        f"数据库版本 {revision}，应是 {schema.head()}，请运行 timebank init"
        f" / database is at {revision}, run timebank init"
    )


def check_is_free(host: str, port: int) -> None:
    """Refuse an address that somebody serves already, or nobody can; a second would share it."""
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        message = f"{host}:{port} 不能用 / cannot be used: {error.strerror}"
        raise click.ClickException(message) from None


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """检查哪里不对 / Tell what is wrong with this installation."""
    wrong = [words for words in _complaints() if words]
    for words in wrong:
        click.echo(f"✗ {words}")
    if wrong:
        raise SystemExit(1)
    for name, is_open in notice_channels.told().items():
        state = "已设好 / is set up" if is_open else "没有设 / is not set up"
        click.echo(f"{'✓' if is_open else '·'} {name} {state}")
    click.echo("✓ 都好 / all is well")


def _complaints() -> list[str]:
    """Return what is wrong, in words."""
    complaints = []
    engine = make_engine(current_app.config["SQLALCHEMY_DATABASE_URI"])
    try:
        revision = schema.current(engine)
        if revision != schema.head():
            complaints.append(_other_revision(revision))
        elif lacks := list(dict.fromkeys(schema.lacking(engine))):
            complaints.append(
                f"数据库是别的版本建的，缺 {len(lacks)} 样，如 {lacks[0]}"
                f" / made by another version: {len(lacks)} parts are missing, such as {lacks[0]}"
            )
        complaints += _careless_settings(engine)
    except Exception as error:  # noqa: BLE001 - whatever the engine says is the finding
        complaints.append(f"连不上数据库 / cannot reach the database: {type(error).__name__}")
    finally:
        engine.dispose()
    if engine.dialect.name == "sqlite" and not sqlite.is_sound():
        complaints.append(
            f"SQLite {sqlite.driver.sqlite_version} 有 WAL 缺陷，已改用慢一些的日志"
            " / this SQLite has the WAL-reset bug; the slower journal is used"
        )
    font = Path(current_app.static_folder or "") / "fonts" / "NotoSansSC-subset.ttf"
    if not font.exists():
        complaints.append("缺少打印用的字体 / the font for printing is missing")
    if clock.now().tzinfo is not UTC:
        complaints.append("时钟没有时区 / the clock has no time zone")
    free = shutil.disk_usage(Path.cwd()).free
    if free < 512 * 1024 * 1024:
        complaints.append(f"磁盘只剩 {free // 2**20} MB / little disk is left")
    return complaints


def _careless_settings(engine: Engine) -> list[str]:
    """Return the settings under which PostgreSQL may lose what it has acknowledged."""
    if engine.dialect.name != "postgresql":
        return []  # on SQLite every connection sets its own
    asked = text(
        "SELECT name FROM pg_settings WHERE setting = 'off'"
        " AND name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name"
    )
    with engine.connect() as connection:
        found = connection.scalars(asked).all()
    return [
        f"PostgreSQL 的 {name} 关着，断电会丢账，请打开 / {name} is off: acknowledged entries"
        " may be lost, switch it on"
        for name in found
    ]


@click.group("config")
def config() -> None:
    """设置 / Settings."""


@config.command("secrets")
def config_secrets() -> None:
    """生成一套新的密钥，写进 .env / Make a fresh set of secrets for .env."""
    for name, value in settings_module.new_secrets().items():
        click.echo(f"{name}={value}")


@config.command("check")
@with_appcontext
def config_check() -> None:
    """看看现在的设置 / Show the settings in force, without secrets."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    click.echo(f"database    {url.split('@')[-1]}")
    click.echo(f"production  {current_app.config['IS_PRODUCTION']}")
    click.echo(f"hosts       {', '.join(current_app.config['TRUSTED_HOSTS'] or ['*'])}")
    known = db.read_only(community_queries.communities)
    click.echo(f"communities {', '.join(one.name for one in known) or '-'}")
