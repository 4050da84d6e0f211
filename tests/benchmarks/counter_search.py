"""How long the counter looks for somebody among many members, in every way of looking.

python -m tests.benchmarks.counter_search --engine sqlite|postgresql --members 100000
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from tests.drills.ground import Ground, ground, parser
from tests.make.care import Desk, make_desk
from timebank.care.models.desk import MemberCard
from timebank.care.queries import cards
from timebank.community import rules
from timebank.community.models import Person
from timebank.kernel import clock

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英兰玉华红梅建国志海"
LIMIT_MS = 50
ROWS_AT_ONCE = 2_000
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """How long one way of looking took: median and worst of its rounds, in milliseconds."""

    way: str
    median_ms: float
    worst_ms: float
    hits: int


def members(desk: Desk, count: int) -> Iterable[tuple[dict[str, object], dict[str, object]]]:
    """Return rows of people with their cards, with names as common as real ones."""
    chance = random.Random(7)
    for number in range(count):
        person_id = 1_000_000 + number
        length = chance.choice((1, 2, 2, 2))
        name = chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=length))
        phone = f"139{number:08d}"
        card_no = f"JL-{number + 1000:05d}"
        yield (
            {
                "id": person_id,
                "community_id": desk.community_id,
                "name": name,
                "pinyin_initials": rules.pinyin_initials(name),
                "card_no": card_no,
                "phone": phone,
                "phone_index": rules.phone_index(phone),
                "phone_tail_index": rules.phone_tail_index(phone[-4:]),
                "is_active": True,
            },
            {
                "community_id": desk.community_id,
                "person_id": person_id,
                "card_no": card_no,
                "serial": 1,
                "token": f"T{number:032d}",
                "token_digest": cards.token_digest(f"T{number:032d}"),
                "pin_tries": 0,
                "is_active": True,
                "issued_at": clock.now(),
                "close_reason": "",
            },
        )


def fill(session: Session, count: int) -> Desk:
    """Make a counter and as many members."""
    desk = make_desk(session)
    people: list[dict[str, object]] = []
    their_cards: list[dict[str, object]] = []
    for person, card in members(desk, count):
        people.append(person)
        their_cards.append(card)
        if len(people) == ROWS_AT_ONCE:
            session.execute(insert(Person), people)
            session.execute(insert(MemberCard), their_cards)
            people, their_cards = [], []
    if people:
        session.execute(insert(Person), people)
        session.execute(insert(MemberCard), their_cards)
    session.execute(text("ANALYZE"))
    return desk


def asked(count: int, chance: random.Random) -> dict[str, str]:
    """Return what somebody types or scans, by the way in which they look."""
    number = chance.randrange(count)
    return {
        "card": f"JL-{number + 1000:05d}",
        "card, last digits": f"{number + 1000:05d}",
        "QR": f"T{number:032d}",
        "phone tail": f"{number % 10_000:04d}",
        "phone": f"139{number:08d}",
        "name": chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2)),
        "part of a name": "".join(chance.choices(GIVEN, k=2)),
        "initials": "".join(chance.choices("wlzcyhsxgmj", k=3)),
        "one sign": chance.choice(FAMILY + GIVEN),
        "one initial": chance.choice("wlzcyhsxgmj"),
        "nobody": "龘龘龘",
    }


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Return milliseconds and what the work returned."""
    began = time.perf_counter()
    hits = work()
    return (time.perf_counter() - began) * 1000, hits


def look(session: Session, desk: Desk, count: int, rounds: int) -> list[Found]:
    """Look in every way, some rounds, and return how long it took."""
    chance = random.Random(11)
    spent: dict[str, list[float]] = {}
    hits: dict[str, int] = {}
    for _ in range(rounds):
        for way, typed in asked(count, chance).items():
            took, found = timed(
                lambda typed=typed: len(cards.find_people(session, desk.counter, typed))  # type: ignore[misc]  # mypy reads no default
            )
            spent.setdefault(way, []).append(took)
            hits[way] = hits.get(way, 0) + found
    return [
        Found(way, statistics.median(times), max(times), hits[way]) for way, times in spent.items()
    ]


def run(engine_name: str, *, count: int, rounds: int = ROUNDS) -> list[Found]:
    """Fill a database of its own and look for people in it."""
    with ground(engine_name) as place:
        desk = place.write(lambda session: fill(session, count))
        return measured(place, desk, count, rounds)


def measured(place: Ground, desk: Desk, count: int, rounds: int) -> list[Found]:
    """Return how long each way took, after a first round that warms up."""
    return place.read(
        lambda session: (look(session, desk, count, 2), look(session, desk, count, rounds))[1]
    )


def main() -> int:
    """Measure and say so; 0 when every way's median is within the limit."""
    arguments = parser(__doc__)
    arguments.add_argument("--members", type=int, default=100_000)
    given = arguments.parse_args()
    found = run(given.engine, count=given.members)
    for one in found:
        print(f"{given.engine} {one.way:20} {one.median_ms:7.1f} ms, worst {one.worst_ms:7.1f} ms")
    return int(any(one.median_ms > LIMIT_MS for one in found))


if __name__ == "__main__":
    sys.exit(main())
