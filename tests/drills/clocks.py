"""The server's clock may jump and its time zone may be any: order, results and days stay right.

Between postings the clock is set on and back by days, to half an hour around midnight where the
community's day is another than that of UTC; the process runs in one time zone after the other.
Every posting has its community's day, tomorrow is refused, a reversal made by the server stands on
the community's day, and the books read in the order in which they were posted.

python -m tests.drills.clocks --engine sqlite|postgresql
"""

import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.drills import books
from tests.drills.books import Scene
from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.load import Posting, Sender
from tests.drills.odd_server import say
from tests.drills.server import prepared
from timebank.kernel import clock

ZONES = ("UTC", "America/New_York", "Asia/Shanghai", "Pacific/Apia")
# Days after today, and the community's time: on, back, on across midnight, back again.
JUMPS = (
    (2, time(0, 30)),
    (3, time(23, 30)),
    (1, time(23, 30)),
    (2, time(0, 30)),
    (1, time(0, 30)),
    (3, time(0, 30)),
)
SLACK = timedelta(minutes=25)


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    zones: int = 0
    postings: int = 0
    refused_tomorrows: int = 0
    reversals: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong_lines: int = 0
    wrong_moments: int = 0
    different_books: int = 0
    findings: list[str] = field(default_factory=list)

    def is_exact(self, *, zones: int) -> bool:
        """Whether every zone gave the same books, and those that were expected."""
        return (
            self.zones == zones
            and self.postings == self.refused_tomorrows == zones * len(JUMPS)
            and self.reversals == zones
            and set(self.statuses) == {200, 201, 422}
            and (self.wrong_lines, self.wrong_moments, self.different_books) == (0, 0, 1)
            and self.findings == []
        )


@dataclass(slots=True)
class Town:
    """A server whose clock the drill sets, and a program that books there."""

    said: Path
    sender: Sender
    today: date
    expected: list[books.Line] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)

    def set_clock(self, days: int, at: time) -> date:
        """Set the server's clock to a time of the community; return its day."""
        day = self.today + timedelta(days=days)
        wanted = clock.at_local(day, at)
        say(self.said, str((wanted - clock.now()).total_seconds()))
        self.moments.append(wanted)
        return day

    def book(self, found: Outcome, day: date) -> None:
        """Book today, then try to book tomorrow."""
        for received_on in (day, day + timedelta(days=1)):
            body = books.contribution_body() | {"received_on": received_on.isoformat()}
            status, content = self.sender.send(Posting(body=json.dumps(body)))
            found.statuses[status] += 1
            found.postings += status == 201
            found.refused_tomorrows += status == 422 and b"received_on" in content
        self._expect(books.RECEIVED, day, books.AMOUNT_FEN)

    def undo(self, found: Outcome, day: date, contribution_id: int) -> None:
        """Take a contribution back: the server itself says on which day that stands."""
        self.sender.path = f"/api/v1/contributions/{contribution_id}/undo"
        status, _ = self.sender.send(Posting(body=json.dumps({"reason": "重复登记"})))
        found.statuses[status] += 1
        found.reversals += status == 200
        self._expect(books.REVERSED, day, -books.AMOUNT_FEN)

    def _expect(self, kind: str, day: date, amount: int) -> None:
        balance = (self.expected[-1].balance_after if self.expected else 0) + amount
        days_on = (day - self.today).days
        self.expected.append(books.Line(kind, days_on, amount, balance))


def jump(found: Outcome, place: Ground, scene: Scene, town: Town) -> None:
    """Book at every jump of the clock, and undo the first contribution at the last."""
    for days, at in JUMPS:
        town.book(found, town.set_clock(days, at))
    first_id = place.read(lambda session: books.first_contribution(session, scene))
    days, at = JUMPS[0]
    town.undo(found, town.set_clock(days, at), first_id)


def compare(found: Outcome, place: Ground, scene: Scene, town: Town) -> tuple[books.Line, ...]:
    """Read the books in their order, compare them with what was expected, and return them."""
    lines, recorded = place.read(
        lambda session: books.lines_in_order(session, scene, since=town.today)
    )
    found.wrong_lines += lines != tuple(town.expected)
    late = [
        at
        for at, wanted in zip(recorded, town.moments, strict=False)
        if not wanted <= at <= wanted + SLACK
    ]
    found.wrong_moments += len(late) + abs(len(recorded) - len(town.moments))
    found.findings += place.kept(scene).findings
    return lines


def run(engine_name: str, *, zones: tuple[str, ...], workers: int = 2) -> Outcome:
    """Jump in every zone, each on new books."""
    found = Outcome()
    seen = set()
    for zone in zones:
        with ground(engine_name) as place, tempfile.TemporaryDirectory() as folder:
            scene, said = place.make_scene(projects=1), Path(folder) / "seconds"
            say(said, "0")
            odd = f"tests.drills.odd_server:with_clock({str(said)!r})"
            with prepared(place.settings, application=odd, zone=zone, workers=workers) as server:
                server.start()
                path = f"/api/v1/projects/{scene.project_ids[0]}/contributions"
                town = Town(said, Sender(server.port, scene.token, path), clock.today())
                jump(found, place, scene, town)
                town.sender.close()
            seen.add(compare(found, place, scene, town))
            found.zones += 1
    found.different_books = len(seen)
    return found


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    asked = parser(__doc__).parse_args()
    found = run(asked.engine, zones=ZONES)
    return verdict("clocks", asked.engine, found, is_exact=found.is_exact(zones=len(ZONES)))


if __name__ == "__main__":
    sys.exit(main())
