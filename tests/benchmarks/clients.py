"""The parent's side: clients are processes of their own, all told at once to begin a round."""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol  # Any: orders and answers as JSON has them

from tests.benchmarks import serving
from tests.benchmarks.harness import BenchSettings

ROOT = Path(__file__).parent.parent.parent
STOPS_WITHIN_SECONDS = 15
WORKER = "tests.benchmarks.worker"

Order = Mapping[str, Any]


class ClientError(Exception):
    """A client ended before it answered; its own words are on standard error."""


class Client(Protocol):
    """One process that answers orders."""

    def tell(self, order: Order) -> None:
        """Give it an order."""

    def hear(self) -> dict[str, Any]:
        """Wait for its answer.

        Raises:
            ClientError: it has ended.
        """


class Clients:
    """Some processes that do rounds of the same work side by side."""

    def __init__(self, each: Sequence[Client]) -> None:
        self._each = each

    def ask(self, order: Order) -> list[dict[str, Any]]:
        """Give all the same order and return what each answers."""
        for client in self._each:
            client.tell(order)
        return [client.hear() for client in self._each]

    def rate(self, order: Order) -> float:
        """Return how many acts all of them did in a second."""
        answers = self.ask(order)
        acts = sum(answer["acts"] for answer in answers)
        return float(acts / max(answer["seconds"] for answer in answers))


@contextmanager
def clients(
    settings: BenchSettings,
    specs: Sequence[Order],
    *,
    module: str = WORKER,
    python: str = sys.executable,
) -> Iterator[Clients]:
    """Start a client for each specification, and end them all."""
    with ExitStack() as stack:
        each: list[Client] = []
        for spec in specs:
            opened: AbstractContextManager[Client] = (
                _forked(module) if settings.are_forked else _started(module, python)
            )
            each.append(stack.enter_context(opened))
            each[-1].tell(spec)
        for client in each:
            client.hear()
        yield Clients(each)


class _Program:
    """A program started afresh; orders and answers are lines of its input and output."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, order: Order) -> None:
        """Write a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Read a line from it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ClientError
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def _started(module: str, python: str) -> Iterator[_Program]:
    """Start a program, and close its input, which ends it; insist when it does not."""
    process = subprocess.Popen(
        [python, "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _Program(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class _Fork:
    """A copy of this process, which has everything loaded already."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def tell(self, order: Order) -> None:
        """Send it an order."""
        self._line.send(order)

    def hear(self) -> dict[str, Any]:
        """Wait for what it sends."""
        try:
            answer: dict[str, Any] = self._line.recv()
        except EOFError as error:
            raise ClientError from error
        return answer


@contextmanager
def _forked(module: str) -> Iterator[_Fork]:
    """Fork, for the short form, where starting programs would take most of the time."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    open_role = import_module(module).open_role
    process = context.Process(target=serving.serve_forked, args=(theirs, ours, open_role))
    process.start()
    theirs.close()
    try:
        yield _Fork(ours)
    finally:
        ours.close()
        process.join(STOPS_WITHIN_SECONDS)
        process.kill()
        process.join()
