"""Commands that set up and look after an installation."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select, text

from tests.drills import server
from tests.make import real
from timebank.access.models import UserAccount
from timebank.cli import upkeep
from timebank.community.models import Community
from timebank.kernel.db import db


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """An application whose database does not exist yet."""
    app = real.app_with(real.test_settings(f"sqlite:///{tmp_path / 'new.db'}"))
    yield app
    real.release(app)


def run(app: Flask, *words: str) -> Result:
    result: Result = app.test_cli_runner().invoke(args=list(words))
    return result


def found(app: Flask) -> Result:
    return run(app, "init", "--code", "JL", "--community", "九龙社区", "--admin", "gaojie")


def test_init_makes_database_community_and_administrator(empty: Flask) -> None:
    result = found(empty)
    assert result.exit_code == 0, result.output
    assert "gaojie" in result.output
    with empty.app_context():
        assert db.session.scalars(select(Community.name)).all() == ["九龙社区"]
        assert db.session.scalar(select(func.count()).select_from(UserAccount)) == 1
        db.session.remove()


def test_doctor_says_what_is_wrong_and_what_to_do(empty: Flask) -> None:
    sick = run(empty, "doctor")
    assert sick.exit_code == 1
    assert "timebank init" in sick.output
    found(empty)
    assert run(empty, "doctor").exit_code == 0


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_address_that_is_taken_is_refused_in_words(empty: Flask, command: str) -> None:
    """Two servers at one address would share what comes, and an old one would answer half of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(empty, command, "--port", str(port))

    assert refused.exit_code == 1
    assert f"127.0.0.1:{port} 不能用" in refused.output


def test_a_database_that_was_not_made_is_not_served_and_told(empty: Flask) -> None:
    """Every page of it would be a failure that tells nobody what to do."""
    refused = run(empty, "serve", "--port", str(server.free_port()))

    assert refused.exit_code == 1
    assert "请运行 timebank init" in refused.output


def test_the_service_has_workers_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    port, said = server.free_port(), tmp_path / "said.log"
    with real.real_address("sqlite") as address:
        known = server.environment(real.test_settings(address), str(tmp_path))
        served = server.begin_command(("serve", "--port", str(port)), known, said)
        try:
            for _ in range(server.STARTS_WITHIN_TRIES):
                if server.is_healthy(port):
                    break
                time.sleep(0.1)
            assert server.is_healthy(port)
        finally:
            served.terminate()
            ended = served.wait(server.STOPS_WITHIN_SECONDS)

    assert ended == 0
    assert said.read_text().count("Booting worker") == 2
    assert not server.is_healthy(port)


def test_doctor_names_settings_that_may_lose_what_was_acknowledged() -> None:
    # The tests' own PostgreSQL is fast rather than careful.
    with real.real_app("postgresql") as app:
        sick = run(app, "doctor")

    assert sick.exit_code == 1
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert f"{name} is off" in sick.output


def test_a_house_is_ready_once_it_has_its_tables(empty: Flask) -> None:
    found(empty)
    assert empty.test_client().get("/readyz").status_code == 200
    with empty.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'old'"))
        db.session.commit()
    answer = empty.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "old" in answer.json["wrong"]["schema"]


def test_demo_data_never_enter_a_house_that_is_lived_in(empty: Flask) -> None:
    run(empty, "init", "--code", "XX", "--community", "别的社区", "--admin", "somebody")
    refused = run(empty, "demo", "--no-serve")
    assert refused.exit_code == 1


def test_demo_that_broke_off_is_not_taken_for_a_whole_one(empty: Flask) -> None:
    found(empty)  # as a loading that was stopped leaves it: the community, and no proof of a year
    refused = run(empty, "demo", "--no-serve")
    assert (refused.exit_code, "TIMEBANK_HOME" in refused.output) == (1, True)


def test_a_database_of_another_version_is_told(empty: Flask) -> None:
    found(empty)
    with empty.app_context():
        db.session.execute(text("ALTER TABLE person_look DROP COLUMN address"))
        db.session.commit()
        db.session.remove()

    sick, refused = run(empty, "doctor"), run(empty, "demo", "--no-serve")

    assert (sick.exit_code, "person_look.address" in sick.output) == (1, True)
    assert (refused.exit_code, "another version" in refused.output) == (1, True)


def test_secrets_are_fresh_each_time() -> None:
    runner = CliRunner()
    first = runner.invoke(upkeep.config, ["secrets"])
    second = runner.invoke(upkeep.config, ["secrets"])
    assert first.output != second.output
    assert first.output.count("TIMEBANK_") == 4


def test_the_door_of_the_command_line_knows_the_commands_and_looks_for_garbage_again() -> None:
    work = (
        "import gc, sys; from timebank.__main__ import main; sys.argv = ['timebank', '--help']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "assert gc.isenabled() and gc.get_freeze_count()"
    )
    told = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, check=True)

    assert "verify" in told.stdout
