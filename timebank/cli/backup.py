"""Commands that keep the data safe: a copy made while the service goes on, and the way back.

A backup has its name only once it is whole, on the disk and, on SQLite, its books are proved. A
restore happens at once or not at all; what is proved can be restored, what is in use cannot.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from timebank.cli import schema
from timebank.cli.upkeep import owner_engine
from timebank.cli.verify import CHECKS
from timebank.kernel import sqlite
from timebank.kernel.db import make_engine

IN_USE_AFTER_MS = 1000
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@with_appcontext
def backup(target: Path) -> None:
    """备份，不用停机 / Back up while the service goes on."""
    if target.exists():
        raise _exists_already(target)
    engine = owner_engine()
    with _beside(target) as draft:
        revision = _write_file(engine, draft) if _is_file(engine) else _write_dump(engine, draft)
        _keep_as(draft, target)
    engine.dispose()
    click.echo(f"✓ {target} {target.stat().st_size // 1024} KB {revision}")


def _write_file(engine: Engine, draft: Path) -> str | None:
    """Write one moment of a live SQLite database into a file; return its revision."""
    with _raw(engine) as cursor:
        cursor.execute("VACUUM INTO ?", (str(draft),))
    return _check_file(draft)


def _write_dump(engine: Engine, draft: Path) -> str | None:
    """Dump one moment of a live PostgreSQL database; return its revision."""
    address = _plain_address(engine)
    _run_tool("pg_dump", "--format=custom", f"--file={draft}", f"--dbname={address}")
    return _check_dump(draft)


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="不再询问 / do not ask")
@with_appcontext
def restore(source: Path, *, yes: bool) -> None:
    """从备份恢复，先停服务 / Restore a backup; stop the service first."""
    if not yes:
        click.confirm("现在的数据会被备份里的替换 / this replaces the present data", abort=True)
    engine = owner_engine()
    if _is_file(engine):
        _restore_file(source, engine)
    else:
        _restore_dump(source, engine)
    engine.dispose()
    click.echo("✓ 已恢复，账已核过 / restored, and the books are proved")


def _is_file(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Hand over a file beside the target that only its owner can read; it is gone afterwards."""
    draft = target.with_name(f"{target.name}.part")
    _forget(draft)
    draft.touch(mode=0o600)
    try:
        yield draft
    finally:
        _forget(draft)


def _forget(path: Path) -> None:
    """Remove a SQLite file with its companions; a log left behind would be played into the next."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _keep_as(draft: Path, target: Path) -> None:
    """Give a finished file its name, once it is on the disk; never over a file that is there."""
    _sync(draft)
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise _exists_already(target) from error
    draft.replace(target)
    _sync(target.parent)


def _exists_already(target: Path) -> click.ClickException:
    return click.ClickException(f"{target} 已存在，换个名字 / exists already")


def _sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _raw(engine: Engine) -> Iterator[Any]:  # Any: the driver's cursor
    """Hand over the driver's own cursor, outside any transaction."""
    raw = engine.raw_connection()
    try:
        yield raw.cursor()
    finally:
        raw.close()


def _check_file(path: Path) -> str | None:
    """Refuse a SQLite file that is damaged or whose books are wrong; return its revision."""
    engine = make_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            verdict = connection.scalar(text("PRAGMA integrity_check"))
        if verdict != "ok":
            raise click.ClickException(f"备份已损坏 / the backup is damaged: {verdict}")
        revision = schema.current(engine)
        if revision == schema.head():  # how to prove older books, only their program knows
            _check_books(engine)
        _leave_wal(engine)
    except (DatabaseError, sqlite.driver.DatabaseError) as error:
        raise click.ClickException(f"备份已损坏 / the backup is damaged: {error}") from error
    finally:
        engine.dispose()
    return revision


def _leave_wal(engine: Engine) -> None:
    """Put everything into the one file, so that it can be moved without its companions.

    Raises:
        sqlite.driver.OperationalError: somebody else has the database open.
    """
    with _raw(engine) as cursor:
        cursor.execute(f"PRAGMA busy_timeout={IN_USE_AFTER_MS}")
        cursor.execute("PRAGMA journal_mode=DELETE").fetchall()


def _check_revision(revision: str | None) -> None:
    """Refuse a backup that another version of the program made."""
    if revision != schema.head():
        raise click.ClickException(
            f"备份是版本 {revision} 的，这里的程序是 {schema.head()}。请用当时的程序恢复，"
            f"再用新程序运行 timebank init / the backup is of revision {revision}, this program of"
            f" {schema.head()}: restore it with the program of its time, then run timebank init"
        )


def _check_books(engine: Engine) -> None:
    """Refuse books that the proof finds wrong."""
    with Session(engine) as session:
        for name, check in CHECKS:
            wrong = next(iter(check(session, None)), None)
            if wrong is not None:
                raise click.ClickException(
                    f"账不对 / the books are wrong: {name}, {wrong.table} {wrong.row}"
                )


def _restore_file(source: Path, engine: Engine) -> None:
    """Put a proved copy of a SQLite backup in the place of the database, all at once."""
    target = Path(engine.url.database or "")
    with _beside(target) as draft:
        shutil.copyfile(source, draft)
        _check_revision(_check_file(draft))
        _sync(draft)
        _close_old(engine, target)
        _own_like(draft, target)
        draft.replace(target)
        _sync(target.parent)


def _close_old(engine: Engine, target: Path) -> None:
    """Make sure that nobody has the old database open, and that it leaves no log behind."""
    if not target.exists():
        return
    try:
        _leave_wal(engine)
    except sqlite.driver.OperationalError as error:
        raise click.ClickException(
            f"数据库还有程序在用，请先停服务 / the database is in use, stop the service: {error}"
        ) from error
    except sqlite.driver.DatabaseError:
        click.echo("原来的数据库已损坏 / the old database is damaged")
    engine.dispose()
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)


def _own_like(draft: Path, target: Path) -> None:
    """Give a file the owner and the rights of the one it replaces: the service has to use it."""
    if not target.exists():
        return
    old, new = target.stat(), draft.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.chown(draft, old.st_uid, old.st_gid)
    draft.chmod(old.st_mode & 0o777)


def _check_dump(path: Path) -> str | None:
    """Refuse a dump that cannot be read to its end; return its revision."""
    _run_tool("pg_restore", f"--file={os.devnull}", str(path))
    only = ("--data-only", "--table=alembic_version", "--file=-")
    rows = _run_tool("pg_restore", *only, str(path)).splitlines()
    start = next((at for at, row in enumerate(rows) if row.startswith("COPY ")), None)
    return None if start is None else rows[start + 1]


def _restore_dump(source: Path, engine: Engine) -> None:
    """Replace the tables by those of a dump, in one transaction, and prove the books."""
    _check_revision(_check_dump(source))
    with engine.begin() as connection:
        schema.ensure_role(connection)
        others = connection.scalar(_OTHERS)
    if others:
        raise click.ClickException(
            f"数据库还有 {others} 个连接在用，请先停服务"
            f" / {others} connections use the database, stop the service"
        )
    all_or_nothing = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
    address = _plain_address(engine)
    _run_tool("pg_restore", *all_or_nothing, "--no-owner", f"--dbname={address}", str(source))
    _check_books(engine)


def _plain_address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run_tool(name: str, *arguments: str) -> str:
    """Run one of PostgreSQL's own tools and return what it wrote."""
    path = shutil.which(name)
    if path is None:
        raise click.ClickException(
            f"找不到 {name}，请装 PostgreSQL 客户端 / {name} is not installed"
        )
    done = subprocess.run(  # noqa: S603 - our own words
        [path, *arguments], check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise click.ClickException(f"{name} 没有办成 / {name} failed")
    return done.stdout
