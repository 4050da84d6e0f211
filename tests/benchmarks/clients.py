"""The parent's side: clients are processes of their own, all told at once to begin a round."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # orders and answers as JSON has them

ROOT = Path(__file__).parent.parent.parent
STOPS_WITHIN_SECONDS = 15
WORKER = "tests.benchmarks.worker"


class ClientError(Exception):
    """A client ended before it answered; its own words are on standard error."""


class Clients:
    """Some processes that do rounds of the same work side by side."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes
        for process in processes:
            _hear(process)

    def ask(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give all the same order and return what each answers."""
        for process in self._processes:
            _tell(process, order)
        return [_hear(process) for process in self._processes]

    def rate(self, order: Mapping[str, Any]) -> float:
        """Return how many acts all of them did in a second."""
        answers = self.ask(order)
        acts = sum(answer["acts"] for answer in answers)
        return float(acts / max(answer["seconds"] for answer in answers))


@contextmanager
def clients(
    specs: Sequence[Mapping[str, Any]], *, module: str = WORKER, python: str = sys.executable
) -> Iterator[Clients]:
    """Start a client for each specification, and end them all."""
    processes = [
        subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in specs
    ]
    try:
        for process, spec in zip(processes, specs, strict=True):
            _tell(process, spec)
        yield Clients(processes)
    finally:
        for process in processes:
            _end(process)


def _tell(process: subprocess.Popen[str], order: Mapping[str, Any]) -> None:
    """Write one line to a client."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Read one line from a client.

    Raises:
        ClientError: it has ended.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ClientError
    answer: dict[str, Any] = json.loads(line)
    return answer


def _end(process: subprocess.Popen[str]) -> None:
    """Close a client's input, which ends it; insist when it does not."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
