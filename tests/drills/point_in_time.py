"""PostgreSQL goes back to the moment before a mistake: base backup, archived log, a target time.

While programs book, a base backup is taken; later everybody pauses and the moment is noted; then
booking goes on, and somebody with the owner's rights deletes what was received. A server made from
the base backup and the archive must hold exactly what stood there at the noted moment, be proved,
and take new postings.

python -m tests.drills.point_in_time --acks 200
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.drills import postgres
from tests.drills.books import Kept
from tests.drills.ground import ground_at, parser, verdict
from tests.drills.load import Load
from tests.drills.postgres import DATABASE, PAUSE_SECONDS, STARTS_WITHIN_TRIES, Cluster
from tests.drills.server import prepared

SENDERS = 8
ARCHIVING = """
archive_mode = on
archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'
"""
RECOVERY = """
archive_mode = off
restore_command = 'cp {archive}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
"""
# What somebody does who has the owner's rights and is in a hurry.
MISTAKE = ("ALTER TABLE contribution DISABLE TRIGGER ALL", "DELETE FROM contribution")


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rows_at_the_moment: int = 0
    rows_after_the_mistake: int = 0
    rows_restored: int = 0
    missing: int = 0
    too_many: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    booked_again: int = 0
    seconds: float = 0.0

    def is_exact(self, *, acks: int) -> bool:
        """Whether exactly the noted moment came back, and life goes on from there."""
        return (
            self.rows_at_the_moment == self.rows_restored
            and self.rows_at_the_moment >= 2 * acks
            and self.rows_after_the_mistake == 0
            and (self.missing, self.too_many, self.doubled, self.findings) == (0, 0, 0, [])
            and self.booked_again >= acks
        )


def book(load: Load, *, acks: int, base: tuple[Cluster, Path] | None = None) -> int:
    """Let everybody book; take a base backup meanwhile, when one is wanted."""
    before = load.acknowledged_count()
    with load.running():
        load.wait_for(acks)
        if base is not None:
            cluster, folder = base
            where = ("-h", str(cluster.home), "-U", "postgres", "-D", str(folder))
            cluster.run("pg_basebackup", "--checkpoint=fast", *where)
            load.wait_for(acks)
    load.settle()
    return load.acknowledged_count() - before


def moment(cluster: Cluster) -> str:
    """Return the database's time, when nobody is booking."""
    with _owner(cluster) as owner:
        row = owner.execute("SELECT clock_timestamp()::text").fetchone()
    assert row is not None
    return str(row[0])


def make_mistake(cluster: Cluster) -> None:
    """Delete everything that was received, past the seals."""
    with _owner(cluster) as owner:
        for statement in MISTAKE:
            owner.execute(statement.encode())


@contextmanager
def _owner(cluster: Cluster) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(f"host={cluster.home} user=postgres dbname={DATABASE}") as connection:
        yield connection


def restore(cluster: Cluster, base: Path, archive: Path, noted: str) -> Cluster:
    """Start a server on the base backup and let it follow the archive up to the moment."""
    restored = Cluster(cluster.home, base)
    restored.configure(RECOVERY.format(archive=archive, moment=noted))
    signal = base / "recovery.signal"
    signal.touch()
    postgres.own(signal)
    restored.start()
    for _ in range(STARTS_WITHIN_TRIES):
        with _owner(restored) as owner:
            if owner.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return restored
        time.sleep(PAUSE_SECONDS)
    raise RuntimeError(restored.said())


def compare(found: Outcome, before: Kept, after: Kept) -> None:
    """Compare what came back with what stood there at the moment."""
    found.rows_at_the_moment, found.rows_restored = before.rows, after.rows
    found.missing = len(before.entry_ids - after.entry_ids)
    found.too_many = len(after.entry_ids - before.entry_ids)
    found.doubled += after.doubles()
    found.findings += after.findings


def run(*, acks: int, workers: int = 2, rest: float = 0) -> Outcome:
    """Make the mistake and go back to the moment before it, under one web server."""
    found = Outcome()
    with postgres.homes() as home:
        cluster = archiving_cluster(home)
        try:
            postgres.furnish(cluster)
            place = ground_at(postgres.app_address(cluster))
            scene = place.make_scene(projects=SENDERS)
            with prepared(place.settings, workers=workers) as server:
                server.start()
                load = Load(server.port, scene, senders=SENDERS, rest=rest)
                book(load, acks=acks, base=(cluster, home / "base"))
                before, noted = place.kept(scene), moment(cluster)
                book(load, acks=acks)
                make_mistake(cluster)
                found.rows_after_the_mistake = place.kept(scene).rows
                cluster.stop()  # in good order, so that the last piece of the log is archived
                cluster = go_back(found, cluster, noted)
                compare(found, before, place.kept(scene))
                found.booked_again = book(load, acks=acks)
                load.hang_up()
            found.findings += place.kept(scene).findings
        finally:
            cluster.stop()
    return found


def archiving_cluster(home: Path) -> Cluster:
    """Start a new server that archives its log of changes."""
    archive = home / "archive"
    archive.mkdir()
    postgres.own(archive)
    cluster = Cluster(home, home / "data")
    cluster.make()
    cluster.configure(ARCHIVING.format(archive=archive))
    cluster.start()
    return cluster


def go_back(found: Outcome, cluster: Cluster, noted: str) -> Cluster:
    """Put a server made from backup and archive in the place of the one with the mistake."""
    began = time.perf_counter()
    restored = restore(cluster, cluster.home / "base", cluster.home / "archive", noted)
    found.seconds = time.perf_counter() - began
    return restored


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__, engines=("postgresql",))
    arguments.add_argument("--acks", type=int, default=200, help="acknowledged in each part")
    asked = arguments.parse_args()
    found = run(acks=asked.acks)
    is_exact = found.is_exact(acks=asked.acks)
    return verdict("point in time", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
