"""The counter under bad circumstances, over HTTP: everything happens once, nothing is lost.

storm    keys sent by many senders at once: one redemption for each key, every answer the same
balance  minutes for so many lunches, more tries than that: exactly so many
cut      the line cut at every step of a redemption, then the same press again: charged once
kill     the server killed with -9 between hold and capture, again and again: half of the presses
         redeem what was booked, so that its hold stands alone; each ends in exactly one way

python -m tests.drills.counter [storm|balance|cut|kill] --engine sqlite|postgresql [--rounds 20 …]
"""

import json
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.server import prepared, running
from tests.make.care import PIN, Desk, make_desk, make_member, make_service
from timebank.access.service import tokens
from timebank.care.models.slips import Redemption
from timebank.care.rules.desk import Proven
from timebank.care.service import bookings, cards, tills
from timebank.cli.verify import CHECKS
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.ledger.queries import holds as ledger_holds
from timebank.ledger.rules.values import HoldOutcome
from timebank.volunteering.queries import passbook
from timebank.volunteering.service import books

MINUTES = 30
# How often somebody may have a service in a day, at most.
DAY_LIMIT = 99
REQUEST_SECONDS = 60
CUT = 0
# After how many bytes of the request the line is cut; the last two when all of it was sent, before
# the answer and within it.
CUTS = (0, 40, 200, 10**6, 10**6)
HEARD_BYTES = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """Members with minutes for so many lunches, a service, and a program's token."""

    desk: Desk
    service_id: int
    member_ids: tuple[int, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Press:
    """One press of Enter: its key, for whom, and of which booking, if of one."""

    key: UUID
    person_id: int
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database holds in the end; ``captured`` are holds that ended by being taken."""

    redemptions: int
    minutes_left: int
    open_holds: int
    captured: int
    findings: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """How a drill ended."""

    statuses: Counter[int] = field(default_factory=Counter)
    keys_with_two_answers: int = 0
    expected: int = 0
    kills: int = 0
    # Presses of a killed server that nobody answered, and those that were answered all the same.
    unanswered: int = 0
    answered: int = 0
    kept: Kept | None = None

    @property
    def is_exact(self) -> bool:
        """Whether each key charged once, and nothing else did."""
        kept = self.kept
        return (
            kept is not None
            and (kept.redemptions, kept.captured) == (self.expected, self.expected)
            and (kept.minutes_left, kept.open_holds, kept.findings) == (0, 0, ())
            and self.keys_with_two_answers == 0
        )


def members_for(lunches: int) -> int:
    """Return the fewest members who can share the lunches of a day evenly."""
    return next(one for one in range(-(-lunches // DAY_LIMIT), lunches + 1) if lunches % one == 0)


def make_scene(session: Session, *, lunches: int, members: int) -> Scene:
    """Make members who can pay for all lunches together, to the minute."""
    desk = make_desk(session)
    tills.set_rules(
        session,
        actor=desk.admin,
        centre_id=desk.centre.id,
        person_day_minutes_max=100_000,
        undo_alone_minutes_max=480,
        may_sign_alone=False,
    )
    service = make_service(
        session,
        desk.admin,
        centre_id=desk.centre.id,
        name="小点心",
        minutes=MINUTES,
        day_capacity=None,
        person_day_limit=DAY_LIMIT,
    )
    each = lunches // members
    people = [
        make_member(session, desk.counter, name=f"居民{one}", minutes=each * MINUTES)
        for one in range(members)
    ]
    for person in people:
        cards.set_pin(session, actor=desk.counter, person_id=person.id, pin=PIN, proven=Proven())
    token = tokens.issue_token(session, actor=desk.counter, name="drill", scopes=["care.redeem"])
    return Scene(desk, service.id, tuple(one.id for one in people), token.secret)


def request_of(scene: Scene, asked: Press) -> tuple[str, str, dict[str, str]]:
    """Return path, body and headers of one press of Enter."""
    path = "/api/v1/redemptions"
    body: dict[str, object] = {"proof": {"pin": PIN}}
    if asked.booking_id is None:
        body |= {
            "centre_id": scene.desk.centre.id,
            "person_id": asked.person_id,
            "lines": [{"service_id": scene.service_id, "quantity": 1}],
        }
    else:
        path = f"/api/v1/bookings/{asked.booking_id}/redeem"
    headers = {
        "Authorization": f"Bearer {scene.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(asked.key),
    }
    return path, json.dumps(body), headers


def press(port: int, scene: Scene, asked: Press) -> tuple[int, int]:
    """Redeem once and return the status with the redemption's number; ``CUT`` without an answer."""
    path, body, headers = request_of(scene, asked)
    line = HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        content = answer.read()
    except (OSError, HTTPException):
        return CUT, 0
    finally:
        line.close()
    return answer.status, json.loads(content)["id"] if answer.status == 201 else 0


def settle(port: int, scene: Scene, asked: Press) -> tuple[int, int]:
    """Press until there is an answer that is not "later"."""
    for _ in range(60):
        status, number = press(port, scene, asked)
        if status not in {CUT, 503}:
            return status, number
    return CUT, 0


def kept(place: Ground, scene: Scene) -> Kept:
    """Return what the database holds."""

    def look(session: Session) -> Kept:
        minutes = holds = 0
        for person_id in scene.member_ids:
            facts = {"community_id": scene.desk.community_id, "person_id": person_id}
            minutes += passbook.balance(session, **facts).posted
            account_id = books.member_account(session, **facts)
            holds += len(ledger_holds.open_holds(session, account_id))
        slips = session.scalars(select(Redemption.hold_id)).all()
        ended = (ledger_holds.hold_if_any(session, one) for one in slips)
        captured = [one for one in ended if one is not None and one.outcome == HoldOutcome.CAPTURED]
        wrong = tuple(str(one) for _, check in CHECKS for one in check(session, None))
        return Kept(len(slips), minutes, holds, len(captured), wrong)

    return place.read(look)


def storm(engine_name: str, *, keys: int, senders: int) -> Outcome:
    """Let every sender send every key at the same time."""
    members = members_for(keys)
    with ground(engine_name) as place:
        scene = place.write(lambda session: make_scene(session, lunches=keys, members=members))
        named = [Press(new_id(), scene.member_ids[one % members]) for one in range(keys)]
        start = threading.Barrier(senders)

        def send(port: int) -> list[tuple[int, int]]:
            said = []
            for one in named:
                start.wait(REQUEST_SECONDS * 2)
                said.append(settle(port, scene, one))
            return said

        with running(place.settings) as port, ThreadPoolExecutor(senders) as pool:
            answers = list(pool.map(send, [port] * senders))
        found = Outcome(expected=keys)
        for of_one_key in zip(*answers, strict=True):
            found.statuses += Counter(status for status, _ in of_one_key)
            found.keys_with_two_answers += len(set(of_one_key)) > 1
        found.kept = kept(place, scene)
    return found


def balance(engine_name: str, *, lunches: int, tries: int, senders: int) -> Outcome:
    """Try more lunches than the minutes pay for, many at once, each under a key of its own."""
    members = members_for(lunches)
    with ground(engine_name) as place:
        scene = place.write(lambda session: make_scene(session, lunches=lunches, members=members))
        with running(place.settings) as port, ThreadPoolExecutor(senders) as pool:
            said = pool.map(
                lambda one: settle(port, scene, Press(new_id(), scene.member_ids[one % members]))[
                    0
                ],
                range(tries),
            )
            found = Outcome(statuses=Counter(said), expected=lunches)
        found.kept = kept(place, scene)
        if found.statuses[201] != lunches:
            found.keys_with_two_answers += 1
    return found


def cut(engine_name: str, *, rounds: int) -> Outcome:
    """Cut the line at every step of a redemption, then press the same key again."""
    with ground(engine_name) as place:
        presses = rounds * len(CUTS)
        members = members_for(presses)
        scene = place.write(lambda session: make_scene(session, lunches=presses, members=members))
        found = Outcome(expected=presses)
        with running(place.settings) as port:
            for number in range(presses):
                one = Press(new_id(), scene.member_ids[number % members])
                step = number % len(CUTS)
                hears = step == len(CUTS) - 1
                send_and_cut(port, scene, one, after=CUTS[step], hears=hears)
                answers = {settle(port, scene, one) for _ in range(2)}
                found.statuses += Counter(status for status, _ in answers)
                found.keys_with_two_answers += len(answers) > 1
        found.kept = kept(place, scene)
    return found


def send_and_cut(port: int, scene: Scene, asked: Press, *, after: int, hears: bool) -> None:
    """Send so many bytes of a press, then cut the line; of the answer at most a few are heard."""
    path, body, headers = request_of(scene, asked)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    text = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=REQUEST_SECONDS) as line:
        line.sendall(text[:after])
        if hears:
            line.recv(HEARD_BYTES)


def kill(engine_name: str, *, rounds: int, at_once: int) -> Outcome:
    """Kill the server while it redeems, start it again, and press every key again.

    The first round is left alone: how long it takes says when to kill, once at each part of it.
    """
    with ground(engine_name) as place:
        lunches = (rounds + 1) * at_once
        scene = place.write(lambda session: make_scene(session, lunches=lunches, members=at_once))
        found = Outcome(expected=lunches)
        took = 0.0
        with prepared(place.settings) as server:
            server.start()
            for number in range(rounds + 1):
                asked = place.write(lambda session: presses_of(session, scene))
                killer = threading.Timer(took * (number - 0.5) / rounds, server.kill)
                if number:
                    killer.start()
                began = time.monotonic()
                with ThreadPoolExecutor(at_once) as pool:
                    first = list(pool.map(lambda one: press(server.port, scene, one), asked))
                if number:
                    killer.join()
                    found.kills += 1
                    found.answered += sum(status != CUT for status, _ in first)
                    found.unanswered += sum(status == CUT for status, _ in first)
                    server.start()
                took = took or time.monotonic() - began
                for one in asked:
                    answers = {settle(server.port, scene, one) for _ in range(2)}
                    found.statuses += Counter(status for status, _ in answers)
                    found.keys_with_two_answers += len(answers) > 1
        found.kept = kept(place, scene)
    return found


def presses_of(session: Session, scene: Scene) -> list[Press]:
    """Return a press for every member; every other one has booked, and the minutes are held."""
    asked = []
    for number, person_id in enumerate(scene.member_ids):
        booking_id = None
        if number % 2:
            booking_id = bookings.book(
                session,
                actor=scene.desk.counter,
                key=new_id(),
                person_id=person_id,
                service_id=scene.service_id,
                on_day=clock.today(),
            ).id
        asked.append(Press(new_id(), person_id, booking_id))
    return asked


def main() -> int:
    """Run one drill, or all, and say how each ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("drill", nargs="?", choices=("storm", "balance", "cut", "kill"))
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--keys", type=int, default=200)
    arguments.add_argument("--senders", type=int, default=16)
    arguments.add_argument("--tries", type=int, default=640)
    asked = arguments.parse_args()
    runs = {
        "storm": lambda: storm(asked.engine, keys=asked.keys, senders=asked.senders),
        "balance": lambda: balance(
            asked.engine, lunches=asked.keys, tries=asked.tries, senders=asked.senders
        ),
        "cut": lambda: cut(asked.engine, rounds=asked.rounds),
        "kill": lambda: kill(asked.engine, rounds=asked.rounds, at_once=8),
    }
    wrong = 0
    for name in [asked.drill] if asked.drill else runs:
        found = runs[name]()
        wrong += verdict(f"counter {name}", asked.engine, found, is_exact=found.is_exact)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
