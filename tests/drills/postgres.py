"""A PostgreSQL of the drill's own that may be stopped, killed and started; everything is synced.

The programs come from the wheel that the tests use. They refuse to run as root, so they run as the
wheel's own user when the drill does.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.make import real
from timebank.app import create_app
from timebank.kernel import grants
from timebank.kernel.db import make_engine

DATABASE = "timebank"
STARTS_WITHIN_TRIES = 600
PAUSE_SECONDS = 0.05
CONF = """
listen_addresses = ''
max_connections = 100
fsync = on
synchronous_commit = on
full_page_writes = on
log_min_messages = warning
"""


@dataclass(slots=True)
class Cluster:
    """One data folder with its server; ``home`` holds the sockets and the log as well."""

    home: Path
    data: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def address(self, *, role: str = "postgres", database: str = DATABASE) -> str:
        """Return the address of a database on this server."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.home}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's own programs."""
        subprocess.run(
            [str(real.postgres_programs() / program), *arguments],
            check=True,
            capture_output=True,
            **_as_user(),
        )

    def make(self, *, wal: Path | None = None) -> None:
        """Make an empty data folder, with its log of changes elsewhere when asked."""
        elsewhere = [] if wal is None else [f"--waldir={wal}"]
        words = ("--auth=trust", "--username=postgres", "--encoding=utf8", "--locale=C")
        self.run("initdb", *words, *elsewhere, "-D", str(self.data))
        self.configure(CONF)

    def configure(self, lines: str) -> None:
        """Add settings; they hold from the next start."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(lines)

    def begin(self) -> None:
        """Start the server without waiting until it answers."""
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(real.postgres_programs() / "postgres"),
                    "-D",
                    str(self.data),
                    "-k",
                    str(self.home),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as_user(),
            )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.begin()
        for _ in range(STARTS_WITHIN_TRIES):
            if self.answers():
                return
            time.sleep(PAUSE_SECONDS)
        raise RuntimeError(self.said())

    def answers(self) -> bool:
        """Whether the server lets somebody in."""
        try:
            with psycopg.connect(f"host={self.home} user=postgres dbname=postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def said(self) -> str:
        """Return the last of the server's log."""
        return (self.home / "log").read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Stop in good order, if it runs."""
        self._end(signal.SIGINT)

    def stop_immediately(self) -> None:
        """Stop without finishing anything, as ``pg_ctl stop -m immediate`` does."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait()

    def kill(self) -> None:
        """End the postmaster and all its children at once, as a power cut would."""
        assert self._process is not None
        family = [self._process.pid, *_children(self._process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        for _ in range(STARTS_WITHIN_TRIES):
            if not any(Path(f"/proc/{pid}").exists() for pid in family):
                return
            time.sleep(PAUSE_SECONDS)


def _children(pid: int) -> list[int]:
    """Return a process's children; where nobody tells, they end by themselves a little later."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in told.read_text().split()] if told.exists() else []


def _as_user() -> dict[str, Any]:
    """Return how a program is run as the wheel's own user, when this is root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "pgserver", "group": "pgserver", "extra_groups": []}


def own(path: Path) -> None:
    """Give a folder to the user that runs the programs, and to nobody else."""
    path.chmod(0o700)
    if os.geteuid() == 0:
        shutil.chown(path, "pgserver", "pgserver")


@contextmanager
def homes() -> Iterator[Path]:
    """Hand over a scratch folder with a short name: the path of a socket has its limit."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    real.postgres_programs()
    own(home)
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running() -> Iterator[Cluster]:
    """Hand over a running server with the application's tables, stopped in the end."""
    with homes() as home:
        cluster = Cluster(home, home / "data")
        cluster.make()
        cluster.start()
        try:
            furnish(cluster)
            yield cluster
        finally:
            cluster.stop()


def furnish(cluster: Cluster) -> None:
    """Make the application's role, its database and all tables."""
    create_app(real.test_settings("sqlite://"))  # the application knows every table
    with psycopg.connect(
        f"host={cluster.home} user=postgres dbname=postgres", autocommit=True
    ) as admin:
        admin.execute(f"CREATE ROLE {grants.APP_ROLE} LOGIN")
        admin.execute(f"CREATE DATABASE {DATABASE}")
    engine = make_engine(cluster.address())
    real.build_schema(engine)
    engine.dispose()


def app_address(cluster: Cluster) -> str:
    """Return the address under which the application comes: it owns no table."""
    return cluster.address(role=grants.APP_ROLE)
