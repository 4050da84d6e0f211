"""Many counters redeem the same bookings at once: each is redeemed exactly once.

python -m tests.drills.race --engine sqlite|postgresql --bookings 200 --tries 16
"""

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.drills import server
from tests.drills.ground import parser, verdict
from tests.make import real
from tests.make.care import PIN, give_minutes, make_desk, make_member, make_service
from timebank.access.service import tokens
from timebank.care.models.desk import Booking
from timebank.care.models.slips import Redemption
from timebank.care.rules.desk import Proven
from timebank.care.rules.tills import PERSON_DAY_MINUTES
from timebank.care.service import bookings, cards
from timebank.kernel import clock
from timebank.kernel.db import db, read_only, transaction
from timebank.kernel.ids import new_id
from timebank.ledger.queries import holds as ledger_holds
from timebank.volunteering.queries import passbook
from timebank.volunteering.service import books

MINUTES = 60
# Nobody may spend more than this at a counter in a day.
BOOKINGS_OF_MEMBER = PERSON_DAY_MINUTES // MINUTES
REQUEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands ready before the race."""

    community_id: int
    member_ids: tuple[int, ...]
    booking_ids: tuple[int, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the race ended: answers by status, and what the database holds."""

    statuses: Counter[int]
    redemptions: int
    redeemed_bookings: int
    minutes_left: int
    open_holds: int

    def is_exact(self, *, bookings_count: int, tries: int) -> bool:
        """Whether every booking was redeemed once and every other try was told so."""
        expected = Counter({201: bookings_count, 409: bookings_count * (tries - 1)})
        return (
            self.statuses == expected
            and self.redemptions == self.redeemed_bookings == bookings_count
            and self.minutes_left == 0
            and self.open_holds == 0
        )


def make_scene(session: Session, bookings_count: int) -> Scene:
    """Make members with just enough minutes, and their bookings for today."""
    desk = make_desk(session)
    members_count = -(-bookings_count // BOOKINGS_OF_MEMBER)
    service = make_service(
        session,
        desk.admin,
        centre_id=desk.centre.id,
        name="理发（预约）",
        minutes=MINUTES,
        day_capacity=None,
        person_day_limit=BOOKINGS_OF_MEMBER,
    )
    members = [
        make_member(session, desk.counter, name=f"居民{number}", minutes=0)
        for number in range(members_count)
    ]
    made = []
    for number in range(bookings_count):
        member = members[number % members_count]
        give_minutes(session, desk.counter, person_id=member.id, minutes=MINUTES)
        view = bookings.book(
            session,
            actor=desk.counter,
            key=new_id(),
            person_id=member.id,
            service_id=service.id,
            on_day=clock.today(),
        )
        made.append(view.id)
    for member in members:
        cards.set_pin(session, actor=desk.counter, person_id=member.id, pin=PIN, proven=Proven())
    token = tokens.issue_token(
        session, actor=desk.counter, name="drill", scopes=["care.redeem", "care.book"]
    )
    ids = tuple(member.id for member in members)
    return Scene(desk.community_id, ids, tuple(made), token.secret)


def race(port: int, scene: Scene, tries: int) -> Counter[int]:
    """Let as many counters as tries press Enter on every booking at the same time."""
    start = threading.Barrier(tries)

    def counter(_: int) -> Counter[int]:
        answers: Counter[int] = Counter()
        for booking_id in scene.booking_ids:
            start.wait(2 * REQUEST_SECONDS)
            answers[_press(port, scene.token, booking_id)] += 1
        return answers

    with ThreadPoolExecutor(tries) as counters:
        return sum(counters.map(counter, range(tries)), Counter[int]())


def _press(port: int, token: str, booking_id: int) -> int:
    """Redeem a booking under a key of its own and return the status of the answer.

    Each on a fresh connection: the server closes one that waits at the start for too long.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
    connection.request(
        "POST",
        f"/api/v1/bookings/{booking_id}/redeem",
        body=json.dumps({"proof": {"pin": PIN}}),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(new_id()),
        },
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def outcome(session: Session, scene: Scene, statuses: Counter[int]) -> Outcome:
    """Count what the race left in the database."""
    count = select(func.count())
    minutes = 0
    holds = 0
    for person_id in scene.member_ids:
        facts = {"community_id": scene.community_id, "person_id": person_id}
        minutes += passbook.balance(session, **facts).posted
        account_id = books.member_account(session, **facts)
        holds += len(ledger_holds.open_holds(session, account_id))
    return Outcome(
        statuses=statuses,
        redemptions=session.scalar(count.select_from(Redemption)) or 0,
        redeemed_bookings=session.scalar(
            count.select_from(Booking).where(Booking.state == "redeemed")
        )
        or 0,
        minutes_left=minutes,
        open_holds=holds,
    )


def run(engine_name: str, *, bookings_count: int, tries: int) -> Outcome:
    """Race, and once more when midnight came in between: bookings are redeemed on their day."""
    day = clock.today()
    found = _run_once(engine_name, bookings_count=bookings_count, tries=tries)
    if clock.today() == day:
        return found
    return _run_once(engine_name, bookings_count=bookings_count, tries=tries)


def _run_once(engine_name: str, *, bookings_count: int, tries: int) -> Outcome:
    """Prepare a database of its own, serve it, race, and count."""
    with real.real_address(engine_name) as address:
        settings = real.test_settings(address)
        app = real.app_with(settings)
        with app.app_context():
            scene = transaction(lambda session: make_scene(session, bookings_count))
            db.session.remove()
            db.engine.dispose()
            with server.running(settings) as port:
                statuses = race(port, scene, tries)
            found = read_only(lambda session: outcome(session, scene, statuses))
        real.release(app)
    return found


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--bookings", type=int, default=200)
    arguments.add_argument("--tries", type=int, default=16)
    asked = arguments.parse_args()
    found = run(asked.engine, bookings_count=asked.bookings, tries=asked.tries)
    is_exact = found.is_exact(bookings_count=asked.bookings, tries=asked.tries)
    return verdict("race", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
