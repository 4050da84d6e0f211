"""A gunicorn of its own on a free loopback port, gone when the drill ends."""

import base64
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from tests.drills import forks
from tests.make import real
from timebank.settings import Settings

ROOT = Path(__file__).parent.parent.parent
STARTS_WITHIN_TRIES = 300
STOPS_WITHIN_SECONDS = 15
PORTS = (20_000, 32_000)
COMMAND = "from timebank.__main__ import main; main()"
THE_SERVICE = "wsgi:app"


def free_port() -> int:
    """Return a loopback port that nobody uses now.

    Not one of those that the system gives to callers: while the server is down, somebody who calls
    it again and again could be given its port, and hold it.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_warm() -> bool:
    """Whether servers and commands are forked from a process that has loaded everything.

    So it is in a run of tests; a drill in full starts them as an operator does.
    """
    return real.SHARED_FOLDER in os.environ


def environment(settings: Settings, home: str) -> dict[str, str]:
    """Return the environment in which a server has these settings."""
    return {
        **os.environ,
        "TIMEBANK_HOME": home,
        "TIMEBANK_DATABASE_URL": settings.database_url,
        "TIMEBANK_OWNER_DATABASE_URL": settings.owner_database_url,
        "TIMEBANK_SECRET_KEY": settings.secret_key,
        "TIMEBANK_FIELD_KEY": base64.b64encode(settings.field_key).decode(),
        "TIMEBANK_INDEX_KEY": base64.b64encode(settings.index_key).decode(),
        "TIMEBANK_PASSWORD_PEPPER": settings.password_pepper,
    }


class Server:
    """A gunicorn that may be started, stopped and killed again and again on one port."""

    def __init__(
        self,
        settings: Settings,
        home: str,
        *,
        workers: int = 2,
        threads: int = 8,
        application: str = THE_SERVICE,
        zone: str | None = None,
        sign_of_life: str = "/healthz",
    ) -> None:
        """Choose the port; ``application`` as gunicorn names it, ``zone`` as ``TZ`` has it."""
        self.port, self._sign_of_life = free_port(), sign_of_life
        self._application = application
        # What was loaded in one zone may have kept something of it.
        self._is_warm = is_warm() and zone is None
        self._words = [
            *("--bind", f"127.0.0.1:{self.port}"),
            *("--workers", str(workers), "--threads", str(threads), "--timeout", "60"),
            "--reuse-port",  # as ``timebank serve`` does
            *("--log-level", "warning"),
        ]
        self._environment = environment(settings, home)
        if zone is not None:
            self._environment["TZ"] = zone
        self._said = Path(home) / "said.log"
        self._process: subprocess.Popen[bytes] | forks.Forked | None = None

    def begin(self, *, is_cold: bool = False) -> None:
        """Start it without waiting until it answers.

        ``is_cold``: load everything, where the start itself is what is tried.
        """
        if self._is_warm and not is_cold:
            it = forks.SERVED if self._application == THE_SERVICE else self._application
            words = [it, *self._words]
            self._process = forks.begin_server(words, self._environment, self._said)
            return
        with self._said.open("ab") as said:
            # A session of its own, so that the whole group can be killed and nobody else.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", self._application, *self._words],
                cwd=ROOT,
                env=self._environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.begin()
        if not self.answers():
            raise RuntimeError(self.said())

    def answers(self) -> bool:
        """Wait, for a bounded time, until the server answers; False when it ends first."""
        for _ in range(STARTS_WITHIN_TRIES):
            if is_healthy(self.port, self._sign_of_life):
                return True
            if self.ends_within(0.1):
                return False
        return False

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended by itself after so many seconds."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            return True
        return False

    def kill(self) -> None:
        """End the master and every worker at once, as a power cut would."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()  # where it has not got its group yet
        self._process.wait()

    def stop(self) -> None:
        """Ask it to finish what it does and end."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        if not self.ends_within(STOPS_WITHIN_SECONDS):
            self.kill()

    def said(self) -> str:
        """Return the last of what it wrote to its log."""
        return self._said.read_text(errors="replace")[-2000:]


def is_healthy(port: int, sign_of_life: str = "/healthz") -> bool:
    """Whether the server answers and reaches its database."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", sign_of_life)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def prepared(
    settings: Settings,
    *,
    workers: int = 2,
    threads: int = 8,
    application: str = THE_SERVICE,
    zone: str | None = None,
    sign_of_life: str = "/healthz",
) -> Iterator[Server]:
    """Hand over a server that is not started yet; whatever runs in the end is ended."""
    with tempfile.TemporaryDirectory() as home:
        made = Server(
            settings,
            home,
            workers=workers,
            threads=threads,
            application=application,
            zone=zone,
            sign_of_life=sign_of_life,
        )
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def running(
    settings: Settings,
    *,
    workers: int = 2,
    threads: int = 8,
    application: str = THE_SERVICE,
    sign_of_life: str = "/healthz",
) -> Iterator[int]:
    """Serve an application and hand over its port."""
    with prepared(
        settings,
        workers=workers,
        threads=threads,
        application=application,
        sign_of_life=sign_of_life,
    ) as made:
        made.start()
        yield made.port


@contextmanager
def here(app: Flask) -> Iterator[int]:
    """Serve an application within this process, for a short form; nothing is to be started."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@contextmanager
def working(settings: Settings) -> Iterator["subprocess.Popen[bytes] | forks.Forked"]:
    """Run a worker that does jobs until the block ends."""
    words = ("jobs", "worker", "--forever")
    with tempfile.TemporaryDirectory() as home:
        process = begin_command(words, environment(settings, home), Path(home) / "said.log")
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def begin_command(
    words: Sequence[str], known: dict[str, str], said: Path
) -> "subprocess.Popen[bytes] | forks.Forked":
    """Start one of `timebank`'s commands in these surroundings; what it says is in a file."""
    if is_warm():
        return forks.begin_command(words, known, said)
    with said.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words], cwd=ROOT, env=known, stdout=log, stderr=log
        )
