"""A backup comes back, is whole or is not there, and never replaces what is in use."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import make_url, select, text, update
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.ledger import earn, make_bank
from timebank.community.models import Community
from timebank.kernel.db import db, make_engine, transaction

NAME = "九龙社区"


@pytest.fixture
def house(engine_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application with a community and its bank, and PostgreSQL's own tools on the path."""
    with real.real_address(engine_name) as address:
        settings = real.test_settings(address)
        if engine_name == "postgresql":
            monkeypatch.setenv("PATH", f"{real.postgres_programs()}:{os.environ['PATH']}")
            owner = make_url(address).set(username="postgres")
            url = owner.render_as_string(hide_password=False)
            settings = replace(settings, owner_database_url=url)
        app = real.app_with(settings)
        write(app, _settle)
        yield app
        real.release(app)


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Flask]]:
    """Opens applications on files that need not be there yet."""
    apps: list[Flask] = []

    def open_at(path: Path) -> Flask:
        apps.append(real.app_with(real.test_settings(f"sqlite:///{path}")))
        return apps[-1]

    yield open_at
    for app in apps:
        real.release(app)


def _settle(session: Session) -> None:
    """Give a small bank some minutes."""
    earn(session, make_bank(session), 100)


def run(app: Flask, *words: str) -> Result:
    result: Result = app.test_cli_runner().invoke(args=list(words))
    return result


def write(app: Flask, work: Callable[[Session], object]) -> None:
    """Commit something and let go of the database."""
    with app.app_context():
        transaction(work)
    leave(app)


def leave(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def rename(name: str) -> Callable[[Session], object]:
    return lambda session: session.execute(update(Community).values(name=name))


def name_of(app: Flask) -> str | None:
    with app.app_context():
        found = db.session.scalar(select(Community.name))
    leave(app)
    return found


def as_owner(app: Flask, statement: str) -> None:
    """Do something behind the application's back."""
    engine = real.owner_engine(app)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_backup_comes_back_and_is_for_its_owner_alone(house: Flask, tmp_path: Path) -> None:
    target, before = tmp_path / "copy", name_of(house)

    saved = run(house, "backup", str(target))
    write(house, rename("改过"))
    restored = run(house, "restore", str(target), "--yes")

    assert saved.exit_code == 0, saved.output
    assert restored.exit_code == 0, restored.output
    assert name_of(house) == before
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_backup_holds_what_was_committed_a_moment_ago(house: Flask, tmp_path: Path) -> None:
    """While others are connected, the newest commits of SQLite stand in its log alone."""
    target = tmp_path / "copy"
    other = make_engine(house.config["SQLALCHEMY_DATABASE_URI"])
    with other.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
        write(house, rename("刚改过"))
        saved = run(house, "backup", str(target))
    other.dispose()
    write(house, rename("后来"))
    restored = run(house, "restore", str(target), "--yes")

    assert (saved.exit_code, restored.exit_code) == (0, 0), saved.output + restored.output
    assert name_of(house) == "刚改过"


def test_a_backup_never_overwrites(house: Flask, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.write_text("precious")

    assert run(house, "backup", str(target)).exit_code == 1
    assert target.read_text() == "precious"


def test_a_torn_backup_is_refused_and_nothing_changes(house: Flask, tmp_path: Path) -> None:
    target, before = tmp_path / "copy", name_of(house)
    run(house, "backup", str(target))
    content = target.read_bytes()
    target.write_bytes(content[: len(content) // 2])

    refused = run(house, "restore", str(target), "--yes")

    assert refused.exit_code == 1
    assert name_of(house) == before


def test_a_backup_of_another_revision_is_refused_with_what_to_do(
    house: Flask, tmp_path: Path
) -> None:
    target, before = tmp_path / "copy", name_of(house)
    as_owner(house, "UPDATE alembic_version SET version_num = 'older'")
    saved = run(house, "backup", str(target))

    refused = run(house, "restore", str(target), "--yes")

    assert saved.exit_code == 0, saved.output
    assert refused.exit_code == 1
    assert "older" in refused.output
    assert "timebank init" in refused.output
    assert name_of(house) == before


def test_nothing_is_restored_into_a_database_in_use(house: Flask, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    run(house, "backup", str(target))
    write(house, rename("改过"))

    with real.owner_engine(house).connect() as somebody:
        somebody.execute(text("SELECT 1"))
        refused = run(house, "restore", str(target), "--yes")
        somebody.detach()
        somebody.connection.close()

    assert refused.exit_code == 1
    assert "请先停服务" in refused.output
    assert name_of(house) == "改过"


def test_a_restore_tells_of_wrong_books(house: Flask, tmp_path: Path) -> None:
    engine = real.owner_engine(house)
    is_file = engine.dialect.name == "sqlite"
    engine.dispose()
    if not is_file:
        as_owner(house, "ALTER TABLE ledger_entry DISABLE TRIGGER ALL")
    else:
        for trigger in _triggers(house):
            as_owner(house, f"DROP TRIGGER {trigger}")
    as_owner(house, "UPDATE ledger_entry SET memo = 'forged'")
    target = tmp_path / "copy"

    saved = run(house, "backup", str(target))
    told = saved if is_file else run(house, "restore", str(target), "--yes")

    assert told.exit_code == 1
    assert "账不对" in told.output


def _triggers(app: Flask) -> list[str]:
    engine = real.owner_engine(app)
    with engine.connect() as connection:
        names = connection.scalars(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger%'"
            )
        )
        found = list(names)
    engine.dispose()
    return found


def test_a_damaged_database_is_replaced_with_its_log(
    opened: Callable[[Path], Flask], tmp_path: Path
) -> None:
    address = tmp_path / "house.db"
    app = opened(address)
    run(app, "init", "--code", "JL", "--community", NAME, "--admin", "gaojie")
    target = tmp_path / "copy"
    run(app, "backup", str(target))
    leave(app)
    address.write_bytes(b"no database at all" * 1000)
    address.with_name("house.db-wal").write_bytes(b"an old log")

    restored = run(app, "restore", str(target), "--yes")

    assert restored.exit_code == 0, restored.output
    assert name_of(app) == NAME


def test_a_restored_file_belongs_to_whom_the_old_one_did(
    opened: Callable[[Path], Flask], tmp_path: Path
) -> None:
    address = tmp_path / "house.db"
    app = opened(address)
    run(app, "init", "--code", "JL", "--community", NAME, "--admin", "gaojie")
    run(app, "backup", str(tmp_path / "copy"))
    leave(app)
    address.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(address, 12345, 12345)
    old = address.stat()

    assert run(app, "restore", str(tmp_path / "copy"), "--yes").exit_code == 0

    new = address.stat()
    assert (new.st_mode, new.st_uid, new.st_gid) == (old.st_mode, old.st_uid, old.st_gid)
    assert new.st_ino != old.st_ino


def test_a_backup_is_restored_where_there_was_nothing(
    opened: Callable[[Path], Flask], tmp_path: Path
) -> None:
    app = opened(tmp_path / "house.db")
    run(app, "init", "--code", "JL", "--community", NAME, "--admin", "gaojie")
    target = tmp_path / "copy"
    run(app, "backup", str(target))
    leave(app)
    other = opened(tmp_path / "elsewhere.db")

    assert run(other, "restore", str(target), "--yes").exit_code == 0

    engine = make_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM community")) == NAME
    engine.dispose()
