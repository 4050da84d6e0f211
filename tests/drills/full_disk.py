"""The disk runs full while people work: they are told so, go on reading, and nothing is half done.

The database stands on a small file system of its own that is filled to the last byte and freed
again; where that takes rights that nobody has, SQLite is told not to grow instead. The web server
is never restarted.

python -m tests.drills.full_disk --engine sqlite|postgresql --rounds 3
"""

import os
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.drills import postgres
from tests.drills.books import Scene
from tests.drills.database_crash import Reader, readers, reading
from tests.drills.ground import Ground, ground_at, parser, verdict
from tests.drills.load import Load, total
from tests.drills.odd_server import say
from tests.drills.server import prepared
from tests.make import real

SENDERS = 8
FULL_ANSWERS = 25  # this many times somebody is told that the disk is full before it is freed
SQLITE_MB = 32
POSTGRESQL_MB = 192
BLOCK = b"\0" * 4096
SAYS_FULL = "storage_full"


class Disk(ABC):
    """Where a database stands, and how its space is taken away and given back."""

    application = "wsgi:app"

    @abstractmethod
    def fill(self) -> None:
        """Leave no space at all."""

    @abstractmethod
    def free(self) -> None:
        """Give the space back."""


class SmallDisk(Disk):
    """A small file system in memory, mounted for the drill."""

    def __init__(self, home: Path) -> None:
        """Take the folder where it is mounted."""
        self.home = home
        self._ballast = home / "ballast"

    def fill(self) -> None:
        """Write until nothing fits any more."""
        with suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            while file.write(BLOCK) == len(BLOCK):
                pass

    def free(self) -> None:
        """Remove what was written."""
        self._ballast.unlink()


class PageLimit(Disk):
    """A limit to the pages of a SQLite file, which the drill's server asks for."""

    def __init__(self, home: Path) -> None:
        """Keep the limit in a file."""
        self._said = home / "pages"
        self.application = f"tests.drills.odd_server:with_pages({str(self._said)!r})"
        self.free()

    def fill(self) -> None:
        """Let the file be no larger than it is."""
        say(self._said, "1")

    def free(self) -> None:
        """Let the file be as large as SQLite's files may be."""
        say(self._said, "4294967294")


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    acknowledged: int = 0
    programs: Counter[int] = field(default_factory=Counter)
    readers: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    unsound_files: int = 0

    def is_exact(self, *, rounds: int) -> bool:
        """Whether writers were told why, readers noticed nothing, and the books are exact."""
        wrong = (self.lost, self.doubled, self.without_retry_after, self.unsound_files)
        return (
            self.rounds == rounds
            and (wrong, self.findings) == ((0, 0, 0, 0), [])
            and set(self.programs) == {201, 503}
            and SAYS_FULL in self.reasons
            and set(self.reasons) <= {SAYS_FULL, "unavailable"}
            and set(self.readers) == {200}
        )


def can_mount() -> bool:
    """Whether a small file system may be mounted here."""
    with (
        suppress(OSError, subprocess.SubprocessError),
        tempfile.TemporaryDirectory() as folder,
        _mounted(Path(folder), megabytes=1),
    ):
        return True
    return False


def engines_here() -> tuple[str, ...]:
    """Return the engines whose disk can be filled here: PostgreSQL's only by mounting one."""
    return real.ENGINES if can_mount() else ("sqlite",)


@contextmanager
def _mounted(home: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a small file system on a folder."""
    if os.geteuid() != 0:
        raise PermissionError
    size = f"size={megabytes}m,mode=0755"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(home)], check=True, capture_output=True
    )
    try:
        yield home
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


@contextmanager
def small_ground(engine_name: str) -> Iterator[tuple[Ground, Disk]]:
    """Open a new database whose disk can be filled."""
    with ExitStack() as opened:
        if engine_name == "sqlite":
            home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            is_mounted = can_mount()
            if is_mounted:
                opened.enter_context(_mounted(home, megabytes=SQLITE_MB))
            place = ground_at(f"sqlite:///{home / 'house.db'}")
            shutil.copy(real.template("sqlite"), home / "house.db")
            yield place, SmallDisk(home) if is_mounted else PageLimit(home)
            return
        yield opened.enter_context(_small_postgres())


@contextmanager
def _small_postgres() -> Iterator[tuple[Ground, Disk]]:
    """Run a PostgreSQL whose tables are on a small disk, and its log of changes on another.

    Where the log of changes has no space, PostgreSQL stops altogether: that is the crash drill.
    """
    with (
        postgres.homes() as home,
        tempfile.TemporaryDirectory() as folder,
        _mounted(Path(folder), megabytes=POSTGRESQL_MB) as small,
    ):
        data, wal = small / "data", home / "wal"
        for path in (data, wal):
            path.mkdir()
            postgres.own(path)
        cluster = postgres.Cluster(home, data)
        cluster.make(wal=wal)
        cluster.start()
        try:
            postgres.furnish(cluster)
            yield ground_at(postgres.app_address(cluster)), SmallDisk(small)
        finally:
            cluster.stop()


def fill_and_free(load: Load, disk: Disk) -> None:
    """Fill the disk under load, see that people are told, and free it."""
    load.wait_for(SENDERS)
    told = load.said().reasons[SAYS_FULL]
    disk.fill()
    load.wait_until(lambda: load.said().reasons[SAYS_FULL] >= told + FULL_ANSWERS)
    disk.free()
    load.wait_for(SENDERS)


def run(engine_name: str, *, rounds: int, workers: int = 2) -> Outcome:
    """Fill and free the disk as often as asked, under one web server."""
    found = Outcome()
    with small_ground(engine_name) as (place, disk):
        scene = place.make_scene(projects=SENDERS)
        with prepared(place.settings, application=disk.application, workers=workers) as server:
            server.start()
            load = Load(server.port, scene, senders=SENDERS)
            watchers = readers(server.port, place, scene)
            with reading(watchers), load.running():
                for _ in range(rounds):
                    fill_and_free(load, disk)
                    found.rounds += 1
            load.settle()
            load.hang_up()
        _close_books(found, place, scene, load, watchers)
    return found


def _close_books(
    found: Outcome, place: Ground, scene: Scene, load: Load, watchers: list[Reader]
) -> None:
    """Compare the books with what was acknowledged."""
    kept, acknowledged, told = place.kept(scene), load.acknowledged(), load.said()
    looked = total(one.said for one in watchers)
    found.acknowledged = len(acknowledged)
    found.programs, found.readers, found.reasons = told.statuses, looked.statuses, told.reasons
    found.without_retry_after = told.without_retry_after + looked.without_retry_after
    found.lost = kept.misses(acknowledged) + len(load.unknown())
    found.doubled = kept.doubles() + len(kept.entry_ids - acknowledged)
    found.findings += kept.findings
    found.unsound_files = int(not place.is_file_sound())


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds)
    return verdict("full disk", asked.engine, found, is_exact=found.is_exact(rounds=asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
