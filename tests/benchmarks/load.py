"""A light client in a process of its own: some kept connections, each with one request under way.

``python -m tests.benchmarks.load PORT``: a JSON order on standard input, a JSON count on standard
output. It knows no framework and reads no further into an answer than its length, so that little
of the machine is spent on asking.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 30
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
# In a request, the place of a fresh id.
KEY = "{key}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it is sent again and again; each connection takes its paths in turn."""

    method: str
    paths: Sequence[Sequence[str]]  # of each connection
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    expects: int = 200


class UnexpectedAnswerError(Exception):
    """The server said something else than it was asked for."""


class _Line:
    """One kept connection and the answer that is coming in on it."""

    def __init__(self, port: int, requests: Iterator[bytes], expects: int) -> None:
        self.port, self.requests = port, requests
        self.expects = f" {expects} ".encode()
        self.socket = self._open()
        self.received = b""
        self.sent = b""

    def _open(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def send(self) -> None:
        """Send the next request."""
        self.sent = next(self.requests)
        self.socket.sendall(self.sent)

    def is_answered(self) -> bool:
        """Take in what has come and tell whether the answer is whole.

        Raises:
            UnexpectedAnswerError: it is not the one that was expected.
        """
        more = self.socket.recv(262_144)
        self.received += more
        head, found, rest = self.received.partition(_END_OF_HEAD)
        if not more:
            raise UnexpectedAnswerError(self.received[:400])
        if not found:
            return False
        at = head.lower().index(_LENGTH) + len(_LENGTH)
        if len(rest) < int(head[at : at + 12].split(b"\r", 1)[0]):
            return False
        if self.expects not in head[:16]:
            raise UnexpectedAnswerError(self.received[:400])
        self.received = b""
        return True


def _requests(ask: Ask, paths: Sequence[str]) -> Iterator[bytes]:
    """Yield requests for ever."""
    length = len(ask.body.encode())
    sized = {**ask.headers, "Content-Length": str(length)} if ask.body else ask.headers
    named = "".join(f"{name}: {value}\r\n" for name, value in sized.items())
    for path in cycle(paths):
        head = f"{ask.method} {path} HTTP/1.1\r\nHost: localhost\r\n{named}\r\n"
        yield (head + ask.body).replace(KEY, str(uuid4())).encode()


def ask_for_a_while(port: int, ask: Ask, seconds: float) -> float:
    """Keep every connection busy and return how many answers came in a second."""
    lines = [_Line(port, _requests(ask, paths), ask.expects) for paths in ask.paths]
    answered, begun = 0, time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send()
        under_way = len(lines)
        while under_way:
            is_over = time.perf_counter() - begun >= seconds
            for key, _ in selector.select(PATIENCE_SECONDS):
                if key.data.is_answered():
                    answered += 1
                    under_way -= is_over
                    if not is_over:
                        key.data.send()
    took = time.perf_counter() - begun
    for line in lines:
        line.socket.close()
    return answered / took


def rate(port: int, ask: Ask, seconds: float) -> float:
    """Let a process of its own ask; return how many answers came in a second."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load", str(port), str(seconds)],
        cwd=ROOT,
        input=json.dumps(asdict(ask)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    print(ask_for_a_while(int(sys.argv[1]), Ask(**json.load(sys.stdin)), float(sys.argv[2])))
