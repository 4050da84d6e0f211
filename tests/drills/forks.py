"""Servers and commands forked from a process that has loaded everything.

Loading the service takes five seconds of a processor, and a run of tests starts some sixty servers
and commands. Here they begin where one started by hand is when it has loaded: the same gunicorn and
the same command, in a process and a session of its own, that may be killed like any other.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from flask import Flask

from tests.make import real
from timebank import settings as settings_module
from timebank.app import main

SERVED = "tests.drills.forks:served()"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.drills.warm"])


class Forked:
    """A forked process, asked and told as ``subprocess`` does it."""

    def __init__(self, process: ForkServerProcess) -> None:
        """Keep the process, which runs already."""
        self._process = process
        assert process.pid is not None
        self.pid: int = process.pid

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends, for a bounded time when asked; return its exit code."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def begin_server(words: Sequence[str], environment: Mapping[str, str], said: Path) -> Forked:
    """Start gunicorn with these words."""
    return _begin(_serve, words, environment, said)


def begin_command(words: Sequence[str], environment: Mapping[str, str], said: Path) -> Forked:
    """Start one of `timebank`'s commands."""
    return _begin(_command, words, environment, said)


def _begin(
    work: Callable[[list[str], dict[str, str], str], None],
    words: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
) -> Forked:
    process = _processes.Process(target=work, args=(list(words), dict(environment), str(said)))
    process.start()
    return Forked(process)


def _serve(words: list[str], environment: dict[str, str], said: str) -> None:
    from gunicorn.app.wsgiapp import run

    _stand_alone(["gunicorn", *words], environment, said)
    run()


def _command(words: list[str], environment: dict[str, str], said: str) -> None:
    _stand_alone(["timebank", *words], environment, said)
    main()


def _stand_alone(words: list[str], environment: dict[str, str], said: str) -> None:
    """Become a process as one that was started by hand: its session, words, surroundings, log."""
    os.setsid()
    with Path(said).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words


def served() -> Flask:
    """The service, loaded already where there was a process to fork; the surroundings name all."""
    return real.app_with(settings_module.load())
