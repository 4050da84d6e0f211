"""How much memory this process has had at most, and the processes that it has started.

The kernel's own account of children that have ended (``ru_maxrss``) begins with what their parent
had: it would count us twice. So the most that each has is read off while it runs.
"""

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROC = Path("/proc")
EVERY_SECONDS = 0.05


class Children:
    """The most memory that each child has been seen with, in KiB."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._seen: dict[int, int] = {}

    def look(self) -> None:
        """Look at all children that run a program of their own by now."""
        ours = _words(os.getpid())
        for task in (PROC / "self" / "task").iterdir():
            for name in _read(task / "children").split():
                child = int(name)
                if _words(child) not in {b"", ours}:  # else it still is a copy of us
                    self._seen[child] = max(self._seen.get(child, 0), _most_kib(child))

    def most_kib(self) -> int:
        """The most of all together."""
        return sum(self._seen.values())


@contextmanager
def children_watched() -> Iterator[Children]:
    """Look at the children again and again; where the system does not tell of them, at none."""
    watched, is_over = Children(), threading.Event()
    if not (PROC / "self" / "task" / str(os.getpid()) / "children").exists():
        yield watched
        return

    def watch() -> None:
        while not is_over.wait(EVERY_SECONDS):
            watched.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield watched
    finally:
        is_over.set()
        watcher.join()


def most_kib() -> int:
    """The most memory that this process has had since it began, in KiB."""
    return _most_kib(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _most_kib(pid: int) -> int:
    """Return what the system says of a process; 0 where it says nothing."""
    lines = _read(PROC / str(pid) / "status").splitlines()
    return next((int(one.split()[1]) for one in lines if one.startswith(b"VmHWM:")), 0)


def _words(pid: int) -> bytes:
    """Return with which words a process was started."""
    return _read(PROC / str(pid) / "cmdline")


def _read(path: Path) -> bytes:
    """Return what the system says there; nothing of a process or thread that is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
