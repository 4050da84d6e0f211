"""Vouchers shown by many at once, over HTTP: each is used exactly as often as it says.

Every sender shows every voucher at the same time under a key of its own; one gets the slip, the
others are told that it has been used.

python -m tests.drills.vouchers --engine sqlite|postgresql [--vouchers 200 --senders 32]
"""

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.drills.counter import make_scene
from tests.drills.ground import Ground, ground, parser, verdict
from tests.drills.server import running
from tests.make.care import BY_PIN
from timebank.care.models.slips import Redemption
from timebank.care.models.vouchers import CareVoucher, CareVoucherUse
from timebank.care.rules.vouchers import VoucherState
from timebank.care.service import vouchers
from timebank.care.service.vouchers import Terms
from timebank.cli.verify import CHECKS
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.ledger.queries import holds as ledger_holds
from timebank.volunteering.queries import passbook
from timebank.volunteering.service import books

VOUCHER_PIN = "508213"
REQUEST_SECONDS = 120
# A person may have ninety-nine of a service a day.
OF_ONE_MEMBER = 50


@dataclass(frozen=True, slots=True)
class Scene:
    """Vouchers for one use each, whose they are, and the token of who serves."""

    community_id: int
    centre_id: int
    member_ids: tuple[int, ...]
    codes: tuple[str, ...]
    token: str


@dataclass(slots=True)
class Outcome:
    """How the drill ended."""

    statuses: Counter[int] = field(default_factory=Counter)
    used_by_one: int = 0
    slips: int = 0
    uses: int = 0
    used_up: int = 0
    minutes_left: int = 0
    open_holds: int = 0
    findings: tuple[str, ...] = ()

    def is_exact(self, *, count: int, senders: int) -> bool:
        """Whether each voucher became one slip, and nothing else did."""
        return (
            self.statuses == Counter({201: count, 409: count * (senders - 1)})
            and (self.used_by_one, self.slips, self.uses, self.used_up) == (count,) * 4
            and (self.minutes_left, self.open_holds, self.findings) == (0, 0, ())
        )


def make(session: Session, *, count: int) -> Scene:
    """Make members whose minutes are all set aside in vouchers."""
    members = -(-count // OF_ONE_MEMBER)
    scene = make_scene(session, lunches=count, members=members)
    codes = tuple(
        vouchers.issue(
            session,
            actor=scene.desk.counter,
            key=new_id(),
            person_id=scene.member_ids[number % members],
            terms=Terms(scene.service_id, 1, clock.today() + timedelta(days=1)),
            pin=VOUCHER_PIN,
            proven=BY_PIN,
        ).code
        for number in range(count)
    )
    return Scene(
        scene.desk.community_id, scene.desk.centre.id, scene.member_ids, codes, scene.token
    )


def show(port: int, scene: Scene, code: str) -> int:
    """Show a voucher under a new key, again while the answer is "later"; return the status."""
    body = json.dumps({"centre_id": scene.centre_id, "code": code, "pin": VOUCHER_PIN})
    headers = {
        "Authorization": f"Bearer {scene.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(new_id()),
    }
    for _ in range(60):
        line = HTTPConnection("127.0.0.1", port, timeout=REQUEST_SECONDS)
        try:
            line.request("POST", "/api/v1/voucher-uses", body, headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, HTTPException):
            continue
        finally:
            line.close()
        if answer.status != 503:
            return answer.status
    return 0


def run(engine_name: str, *, count: int, senders: int) -> Outcome:
    """Let every sender show every voucher at the same time, and count what became of it."""
    with ground(engine_name) as place:
        scene = place.write(lambda session: make(session, count=count))
        start = threading.Barrier(senders)

        def send(port: int) -> list[int]:
            said = []
            for code in scene.codes:
                start.wait(REQUEST_SECONDS * 2)
                said.append(show(port, scene, code))
            return said

        with running(place.settings) as port, ThreadPoolExecutor(senders) as pool:
            answers = list(pool.map(send, [port] * senders))
        found = kept(place, scene)
        for of_one in zip(*answers, strict=True):
            found.statuses += Counter(of_one)
            found.used_by_one += of_one.count(201) == 1
    return found


def kept(place: Ground, scene: Scene) -> Outcome:
    """Return what the database holds."""

    def look(session: Session) -> Outcome:
        found = Outcome()
        for person_id in scene.member_ids:
            facts = {"community_id": scene.community_id, "person_id": person_id}
            found.minutes_left += passbook.balance(session, **facts).posted
            account_id = books.member_account(session, **facts)
            found.open_holds += len(ledger_holds.open_holds(session, account_id))
        used_up = select(func.count()).where(CareVoucher.state == VoucherState.USED)
        found.slips = session.scalar(select(func.count()).select_from(Redemption)) or 0
        found.uses = session.scalar(select(func.count()).select_from(CareVoucherUse)) or 0
        found.used_up = session.scalar(used_up) or 0
        found.findings = tuple(str(one) for _, check in CHECKS for one in check(session, None))
        return found

    return place.read(look)


def main() -> int:
    """Run the drill and say how it ended; 0 when it was exact."""
    arguments = parser(__doc__)
    arguments.add_argument("--vouchers", type=int, default=200)
    arguments.add_argument("--senders", type=int, default=32)
    asked = arguments.parse_args()
    found = run(asked.engine, count=asked.vouchers, senders=asked.senders)
    is_exact = found.is_exact(count=asked.vouchers, senders=asked.senders)
    return verdict("vouchers", asked.engine, found, is_exact=is_exact)


if __name__ == "__main__":
    sys.exit(main())
