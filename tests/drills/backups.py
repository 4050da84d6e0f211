"""A backup made while people work comes back elsewhere: one moment, exact and proved.

While programs book without rest, `timebank backup` is run some times and `timebank restore` puts
each copy into another database. A copy must hold everything acknowledged before it began, nothing
that was never sent, and books that are proved; the last one, made at rest, is equal row by row.

python -m tests.drills.backups --engine sqlite|postgresql --copies 5
"""

import os
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url

from tests.drills import books
from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.load import Load
from tests.drills.server import begin_command, environment, prepared
from tests.make import real
from timebank.kernel.db import make_engine
from timebank.settings import Settings

SENDERS = 8


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    copies: int = 0
    rows: list[int] = field(default_factory=list)
    missing: int = 0
    invented: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    booked_meanwhile: list[int] = field(default_factory=list)
    is_last_equal: bool | None = None
    refused: list[str] = field(default_factory=list)

    def is_exact(self, *, copies: int) -> bool:
        """Whether every copy holds one moment, and the last one everything."""
        return (
            self.copies == copies
            and (self.missing, self.invented, self.doubled) == (0, 0, 0)
            and (self.findings, self.refused) == ([], [])
            and self.is_last_equal is not False
        )


def command(settings: Settings, home: Path, *words: str) -> str:
    """Run one of `timebank`'s commands with these settings; return what is wrong."""
    known = environment(with_owner(settings), str(home))
    if not settings.database_url.startswith("sqlite"):
        known["PATH"] = f"{real.postgres_programs()}{os.pathsep}{known['PATH']}"
    said = home / f"{words[0]}.log"
    code = begin_command(words, known, said).wait()
    return "" if code == 0 else f"{words[0]}: {said.read_text()[-500:]}"


def with_owner(settings: Settings) -> Settings:
    """Return settings by which commands come as the owner of the tables."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return settings
    owner = url.set(username="postgres").render_as_string(hide_password=False)
    return replace(settings, owner_database_url=owner)


def sent(load: Load) -> set[UUID]:
    """Return every key that was sent, now that nobody is sending."""
    return load.acknowledged() | set(load.unknown())


def copy_under_load(found: Outcome, place: Ground, scene: books.Scene, load: Load) -> None:
    """Back up while everybody books, restore elsewhere and compare."""
    with tempfile.TemporaryDirectory() as folder, ground(place.engine_name) as elsewhere:
        target, home = Path(folder) / "copy", Path(folder)
        with load.running():
            load.wait_for(SENDERS)
            before = load.acknowledged()
            found.refused += filter(None, [command(place.settings, home, "backup", str(target))])
            load.wait_for(1)
            found.booked_meanwhile.append(load.acknowledged_count() - len(before))
        words = ("restore", str(target), "--yes")
        found.refused += filter(None, [command(elsewhere.settings, home, *words)])
        kept = elsewhere.kept(scene)
    found.copies += 1
    found.rows.append(kept.rows)
    found.missing += kept.misses(before)
    found.invented += len(kept.entry_ids - sent(load))
    found.doubled += kept.doubles()
    found.findings += kept.findings


def copy_at_rest(found: Outcome, place: Ground) -> None:
    """Back up when nobody books: the copy is equal in every row."""
    with tempfile.TemporaryDirectory() as folder, ground(place.engine_name) as elsewhere:
        target, home = Path(folder) / "copy", Path(folder)
        found.refused += filter(None, [command(place.settings, home, "backup", str(target))])
        words = ("restore", str(target), "--yes")
        found.refused += filter(None, [command(elsewhere.settings, home, *words)])
        found.is_last_equal = fingerprint(place) == fingerprint(elsewhere)


def fingerprint(place: Ground) -> str:
    """Return the digest of every row of a database."""
    engine = make_engine(
        with_owner(place.settings).owner_database_url or place.settings.database_url
    )
    digest = books.fingerprint(engine)
    engine.dispose()
    return digest


def run(
    engine_name: str,
    *,
    copies: int,
    is_rest_copied: bool = True,
    workers: int = 2,
    rest: float = 0,
) -> Outcome:
    """Make copies under load, and one at rest when asked."""
    found = Outcome()
    with ground(engine_name) as place:
        scene = place.make_scene(projects=SENDERS)
        with prepared(place.settings, workers=workers) as server:
            server.start()
            load = Load(server.port, scene, senders=SENDERS, rest=rest)
            for _ in range(copies):
                copy_under_load(found, place, scene, load)
            load.settle()
            load.hang_up()
        if is_rest_copied:
            copy_at_rest(found, place)
    return found


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--copies", type=int, default=5)
    asked = arguments.parse_args()
    found = run(asked.engine, copies=asked.copies)
    is_exact = found.is_exact(copies=asked.copies)
    return verdict("backups", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
