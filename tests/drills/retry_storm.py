"""Many senders send the same keys at once: one effect for each key, and every answer the same.

Afterwards every key comes once more with another amount, and is refused.

python -m tests.drills.retry_storm --engine sqlite|postgresql --keys 200 --senders 16
"""

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.drills.books import AMOUNT_FEN, Kept, Scene, contribution_body
from tests.drills.ground import ground, parser, verdict
from tests.drills.load import Posting, Sender
from tests.drills.server import running

BARRIER_SECONDS = 120
PROJECTS = 8


@dataclass(slots=True)
class Outcome:
    """How the storm ended."""

    statuses: Counter[int] = field(default_factory=Counter)
    statuses_of_other_bodies: Counter[int] = field(default_factory=Counter)
    effects: int = 0
    identical_replays: int = 0
    keys_with_two_answers: int = 0
    doubled: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, keys: int, senders: int) -> bool:
        """Whether each key acted once and every other sender was told the same."""
        return (
            self.statuses == Counter({201: keys * senders})
            and sum(self.statuses_of_other_bodies.values()) == keys
            and set(self.statuses_of_other_bodies) <= {409, 422}
            and self.effects == keys
            and self.identical_replays == keys * (senders - 1)
            and (self.keys_with_two_answers, self.doubled, self.findings) == (0, 0, ())
        )


def storm(
    port: int, scene: Scene, postings: list[Posting], *, senders: int
) -> list[list[tuple[int, bytes]]]:
    """Let every sender send every posting at the same time; return their answers."""
    start = threading.Barrier(senders)

    def send_all(_: int) -> list[tuple[int, bytes]]:
        answers = []
        programs = _senders(port, scene)
        for number, posting in enumerate(postings):
            start.wait(BARRIER_SECONDS)
            answers.append(programs[number % PROJECTS].send(posting))
        for program in programs:
            program.close()
        return answers

    with ThreadPoolExecutor(senders) as pool:
        return list(pool.map(send_all, range(senders)))


def _senders(port: int, scene: Scene) -> list[Sender]:
    """Return one program for each project."""
    return [
        Sender(port, scene.token, f"/api/v1/projects/{project_id}/contributions")
        for project_id in scene.project_ids
    ]


def send_changed(port: int, scene: Scene, postings: list[Posting]) -> Counter[int]:
    """Send every key once more with another amount."""
    programs = _senders(port, scene)
    body = json.dumps(contribution_body(amount_fen=AMOUNT_FEN + 1))
    statuses = Counter(
        programs[number % PROJECTS].send(Posting(posting.key, body))[0]
        for number, posting in enumerate(postings)
    )
    for program in programs:
        program.close()
    return statuses


def outcome(answers: list[list[tuple[int, bytes]]], changed: Counter[int], kept: Kept) -> Outcome:
    """Compare all answers to each key, and count the effects."""
    found = Outcome(statuses_of_other_bodies=changed)
    for of_one_key in zip(*answers, strict=True):
        found.statuses += Counter(status for status, _ in of_one_key)
        different = {content for status, content in of_one_key if status == 201}
        found.keys_with_two_answers += len(different) > 1
        found.identical_replays += of_one_key.count(of_one_key[0]) - 1
    found.effects = len(kept.entry_ids)
    found.doubled = kept.doubles()
    found.findings = kept.findings
    return found


def run(engine_name: str, *, keys: int, senders: int, workers: int = 2) -> Outcome:
    """Send the storm against a server of its own and count."""
    with ground(engine_name) as place:
        scene = place.make_scene(projects=PROJECTS)
        postings = [Posting() for _ in range(keys)]
        with running(place.settings, workers=workers) as port:
            answers = storm(port, scene, postings, senders=senders)
            changed = send_changed(port, scene, postings)
        return outcome(answers, changed, place.kept(scene))


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--keys", type=int, default=200)
    arguments.add_argument("--senders", type=int, default=16)
    asked = arguments.parse_args()
    found = run(asked.engine, keys=asked.keys, senders=asked.senders)
    is_exact = found.is_exact(keys=asked.keys, senders=asked.senders)
    return verdict("retry storm", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
