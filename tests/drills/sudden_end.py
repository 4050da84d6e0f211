"""The server may be killed at any moment: what was acknowledged stays, and nothing happens twice.

The whole process group gets SIGKILL in the middle of its work, again and again; in some rounds once
more while it is starting. After each round the books are proved; before the proof every key whose
answer nobody saw is sent again.

python -m tests.drills.sudden_end --engine sqlite|postgresql --rounds 100 --during-start 20
"""

import random
import sys
from dataclasses import dataclass, field

from tests.drills.books import Scene
from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.load import Load, Said
from tests.drills.server import Server, prepared
from tests.make import real

SENDERS = 8
START_SECONDS = 2.5  # a start takes about this long; a kill falls anywhere within


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    rounds: int = 0
    kills: int = 0
    kills_during_start: int = 0
    acknowledged: int = 0
    unknown_when_killed: int = 0
    booked_but_unknown: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    unsound_files: int = 0
    said: Said = field(default_factory=Said)

    def is_exact(self, *, rounds: int, during_start: int) -> bool:
        """Whether every round was survived and the books are exact."""
        wrong = (self.lost, self.doubled, len(self.findings), self.unsound_files)
        return (
            self.rounds == rounds + during_start
            and self.kills_during_start == during_start
            and wrong == (0, 0, 0, 0)
            and set(self.said.statuses) <= {0, 201, 503}
        )


def kill_under_load(server: Server, load: Load, *, acks: int, during_start: bool) -> None:
    """Kill the server while it books; in some rounds again while it starts."""
    with load.running():
        load.wait_for(acks)
        server.kill()
        if during_start:
            server.begin(is_cold=True)
            server.ends_within(random.uniform(0, START_SECONDS))
            server.kill()


def check(found: Outcome, place: Ground, scene: Scene, load: Load) -> None:
    """Prove the books between two lives of the server."""
    kept = place.kept(scene)
    unknown = set(load.unknown())
    found.unknown_when_killed += len(unknown)
    found.booked_but_unknown += len(unknown & kept.entry_ids)
    found.lost += kept.misses(load.acknowledged())
    found.doubled += kept.doubles()
    found.findings += kept.findings
    found.unsound_files += not place.is_file_sound()


def run(
    engine_name: str, *, rounds: int, during_start: int, acks: int, workers: int = 2
) -> Outcome:
    """Kill the server as often as asked, and let everything be sent again in the end."""
    with ground(engine_name) as place:
        scene = place.make_scene(projects=SENDERS)
        with prepared(place.settings, workers=workers) as server:
            load = Load(server.port, scene, senders=SENDERS)
            found = Outcome()
            for number in range(rounds + during_start):
                server.start()
                is_during_start = number >= rounds
                kill_under_load(server, load, acks=acks, during_start=is_during_start)
                found.rounds += 1
                found.kills += 1 + is_during_start
                found.kills_during_start += is_during_start
                check(found, place, scene, load)
            server.start()
            load.settle()
            load.hang_up()
            server.stop()
        close_books(found, place, scene, load)
    return found


def close_books(found: Outcome, place: Ground, scene: Scene, load: Load) -> None:
    """Compare the books with what was acknowledged, now that nothing is unknown."""
    check(found, place, scene, load)
    acknowledged = load.acknowledged()
    found.acknowledged = len(acknowledged)
    found.doubled += len(place.kept(scene).entry_ids - acknowledged)
    found.lost += len(load.unknown())
    found.said = load.said()


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__, engines=real.ENGINES)
    arguments.add_argument("--rounds", type=int, default=100)
    arguments.add_argument("--during-start", type=int, default=20)
    arguments.add_argument("--acks", type=int, default=100, help="acknowledged in each round")
    asked = arguments.parse_args()
    found = run(asked.engine, rounds=asked.rounds, during_start=asked.during_start, acks=asked.acks)
    is_exact = found.is_exact(rounds=asked.rounds, during_start=asked.during_start)
    return verdict("sudden end", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
