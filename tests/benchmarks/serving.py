"""The child's side of a client: it does rounds of its work when told to, until its input ends.

Orders and answers are lines of JSON. This module knows no framework: peers of other worlds use it.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any  # orders and answers as JSON has them

Answer = dict[str, Any]
Role = Callable[[Mapping[str, Any]], Answer]


def serve(open_role: Callable[[Mapping[str, Any]], Role]) -> None:
    """Open a role with the first line, then answer each further line."""
    role = open_role(json.loads(sys.stdin.readline()))
    _say({"is_ready": True})
    for line in sys.stdin:
        _say(role(json.loads(line)))


def serve_forked(line: Any, theirs: Any, open_role: Callable[[Mapping[str, Any]], Role]) -> None:
    """Serve on a pipe to the process that this one is a copy of, until that closes its end."""
    theirs.close()
    role = open_role(line.recv())
    line.send({"is_ready": True})
    with suppress(EOFError):
        while True:
            line.send(role(line.recv()))


def _say(answer: Answer) -> None:
    print(json.dumps(answer), flush=True)


def for_a_while(act: Callable[[], object]) -> Role:
    """Return the role that repeats an act for the seconds of an order."""

    def work(order: Mapping[str, Any]) -> Answer:
        acts = 0
        begun = time.perf_counter()
        ends_at = begun + order["seconds"]
        while time.perf_counter() < ends_at:
            act()
            acts += 1
        return {"acts": acts, "seconds": time.perf_counter() - begun}

    return work
