"""A gunicorn of its own on a free loopback port, gone when the drill ends."""

import base64
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from timebank.settings import Settings

ROOT = Path(__file__).parent.parent.parent
STARTS_WITHIN_TRIES = 300
STOPS_WITHIN_SECONDS = 15


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings, home: str) -> dict[str, str]:
    """Return the environment in which a server has these settings."""
    return {
        **os.environ,
        "TIMEBANK_HOME": home,
        "TIMEBANK_DATABASE_URL": settings.database_url,
        "TIMEBANK_SECRET_KEY": settings.secret_key,
        "TIMEBANK_FIELD_KEY": base64.b64encode(settings.field_key).decode(),
        "TIMEBANK_INDEX_KEY": base64.b64encode(settings.index_key).decode(),
        "TIMEBANK_PASSWORD_PEPPER": settings.password_pepper,
    }


@contextmanager
def running(
    settings: Settings,
    *,
    workers: int = 2,
    threads: int = 8,
    application: str = "wsgi:app",
    sign_of_life: str = "/healthz",
) -> Iterator[int]:
    """Serve the application, or another one, and hand over its port."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(workers), "--threads", str(threads), "--timeout", "60"),
        *("--log-level", "warning"),
    ]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment(settings, home), stdout=said, stderr=said
        )
        try:
            if not _answers(server, port, sign_of_life):
                said.seek(0)
                raise RuntimeError(said.read().decode(errors="replace")[-2000:])
            yield port
        finally:
            server.terminate()
            try:
                server.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(server: subprocess.Popen[bytes], port: int, sign_of_life: str) -> bool:
    """Wait, for a bounded time, until the server answers; False when it ends first."""
    for _ in range(STARTS_WITHIN_TRIES):
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", sign_of_life)
            if connection.getresponse().status == 200:
                return True
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
            return False
    return False
