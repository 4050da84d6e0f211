"""Programs that send contributions without rest and never forget a key before it is answered.

A sender keeps its connection. What was answered 201 is acknowledged; what was cut off or answered
503 may have happened or not, and is sent again under the same key until it is acknowledged.
"""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Self
from uuid import UUID

from tests.drills.books import Scene, contribution_body
from timebank.kernel.ids import new_id

REQUEST_SECONDS = 90
PAUSE_SECONDS = 0.05
IDLE_SECONDS = 1.5  # gunicorn hangs up after two
SETTLE_TRIES = 600
WAIT_TRIES = 2400
CUT = 0  # the status of a request whose answer nobody saw


@dataclass(slots=True)
class Said:
    """What was answered: by status, why "later", and what is wrong with those answers."""

    statuses: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0

    def __iadd__(self, other: "Said") -> Self:
        """Add what another sender was told."""
        # Copies, because a sender that is still at work may add to its own meanwhile.
        self.statuses += Counter(dict(other.statuses))
        self.reasons += Counter(dict(other.reasons))
        self.without_retry_after += other.without_retry_after
        return self


@dataclass(frozen=True, slots=True)
class Posting:
    """A contribution as it is sent: sent again, it has the same key and the same body."""

    key: UUID = field(default_factory=new_id)
    body: str = field(default_factory=lambda: json.dumps(contribution_body()))


class Sender:
    """One program with one connection."""

    def __init__(self, port: int, token: str, path: str) -> None:
        """Point it at a server; nothing is sent yet."""
        self.port = port
        self.path = path
        self.said = Said()
        self.acknowledged: set[UUID] = set()
        self.unknown: list[Posting] = []
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection: HTTPConnection | None = None
        self._idle_since = math.inf

    def send(self, posting: Posting) -> tuple[int, bytes]:
        """Send one contribution; the status is ``CUT`` when no answer came.

        The server hangs up on a line that was idle for too long; then the call is made once more.
        """
        line = self._line()
        idle_since, self._idle_since = self._idle_since, math.inf
        headers = {**self._headers, "Idempotency-Key": str(posting.key)}
        try:
            line.request("POST", self.path, posting.body, headers)
            answer = line.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            self.close()
            was_idle = time.monotonic() - idle_since > IDLE_SECONDS
            return self.send(posting) if was_idle else (CUT, b"")
        if answer.status == 503:
            self.said.reasons[json.loads(content)["code"]] += 1
            self.said.without_retry_after += answer.getheader("Retry-After") is None
        if answer.will_close:
            self.close()
        else:
            self._idle_since = time.monotonic()
        return answer.status, content

    def _line(self) -> HTTPConnection:
        """Return the line that is open, or a new one."""
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
            self._idle_since = math.inf
        return self._connection

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def step(self) -> bool:
        """Send what is still unknown, else something new; whether it was acknowledged."""
        posting = self.unknown.pop() if self.unknown else Posting()
        status, _ = self.send(posting)
        self.said.statuses[status] += 1
        if status == 201:
            self.acknowledged.add(posting.key)
            return True
        if status in {CUT, 503}:
            self.unknown.append(posting)
        return False

    def settle(self) -> None:
        """Send again whatever is unknown, until it is acknowledged or the tries are used up."""
        for _ in range(SETTLE_TRIES):
            if not self.unknown:
                return
            if not self.step():
                time.sleep(PAUSE_SECONDS)


class Load:
    """Some senders at once, each on a project of its own while there are enough.

    Who gets an answer sends the next at once, or after ``rest`` seconds.
    """

    def __init__(self, port: int, scene: Scene, *, senders: int, rest: float = 0) -> None:
        """Make the senders; nothing is sent yet."""
        self._rest = rest
        paths = [f"/api/v1/projects/{one}/contributions" for one in scene.project_ids]
        self.senders = [
            Sender(port, scene.token, paths[number % len(paths)]) for number in range(senders)
        ]
        self._stopped = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send while the block runs."""
        self._stopped.clear()
        threads = [threading.Thread(target=self._send, args=(one,)) for one in self.senders]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _send(self, sender: Sender) -> None:
        """Send until told to stop; who gets no answer waits a moment before the next try."""
        while not self._stopped.is_set():
            pause = self._rest if sender.step() else PAUSE_SECONDS
            if pause:
                self._stopped.wait(pause)

    def wait_for(self, more: int) -> None:
        """Wait, for a bounded time, until so many more are acknowledged."""
        goal = self.acknowledged_count() + more
        self.wait_until(lambda: self.acknowledged_count() >= goal)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait, for a bounded time, until something is so."""
        for _ in range(WAIT_TRIES):
            if is_so():
                return
            time.sleep(PAUSE_SECONDS)
        message = f"the load stands still at {self.acknowledged_count()}: {self.said().statuses}"
        raise RuntimeError(message)

    def settle(self) -> None:
        """Let every sender send its unknown keys again."""
        threads = [threading.Thread(target=one.settle) for one in self.senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def hang_up(self) -> None:
        """Close every connection."""
        for sender in self.senders:
            sender.close()

    def acknowledged_count(self) -> int:
        """Return how many postings were acknowledged so far."""
        return sum(len(sender.acknowledged) for sender in self.senders)

    def acknowledged(self) -> set[UUID]:
        """Return the keys of all postings that were acknowledged."""
        return set().union(*(sender.acknowledged for sender in self.senders))

    def unknown(self) -> list[UUID]:
        """Return the keys of which nobody knows whether they were booked."""
        return [posting.key for sender in self.senders for posting in sender.unknown]

    def said(self) -> Said:
        """Return what all senders were told."""
        return total(sender.said for sender in self.senders)


def total(parts: Iterator[Said] | Sequence[Said]) -> Said:
    """Return the sum of what several senders were told."""
    found = Said()
    for part in parts:
        found += part
    return found
