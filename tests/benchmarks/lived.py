"""A community that has lived for years: people, service records, redemptions, needs and tasks.

What moves minutes is posted by the ledger's verb for many entries. Records, their history, needs,
tasks and sign-ups are loaded in bulk (``COPY`` on PostgreSQL) into their tables with all triggers
on, as the application's own role: the database judges each row as it would judge the verbs', and
writes the lines of figures itself. ``timebank verify`` is clean afterwards (``test_records``).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any  # rows
from uuid import UUID

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from tests.benchmarks import books
from tests.make.access import make_actor
from tests.make.community import make_community, make_micro_grid
from timebank.community.models import MicroGrid, Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import Base, transaction
from timebank.kernel.ids import new_id
from timebank.ledger.rules.values import Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import folding, posting
from timebank.volunteering.queries import limits
from timebank.volunteering.service import books as hours_books
from timebank.volunteering.service import rolling

YEARS = 8
GRIDS = 40
CHUNK = 10_000
LOGINS = 12
# Of a hundred services so many are redeemed, and one need is posted for so many services.
REDEEMS_PER_HUNDRED, SERVICES_PER_NEED = 30, 20
_SPENT = 60
_TABLES = Base.metadata.tables


@dataclass(frozen=True, slots=True)
class Size:
    """How large a community is."""

    records: int
    volunteers: int
    waiting: int


def size_of(records: int) -> Size:
    """Return a community in which each volunteer has served 250 times, as far as that goes."""
    return Size(records, max(records // 250, 30), min(max(records // 300, 5), 2_000))


@dataclass(frozen=True, slots=True)
class Lived:
    """Who is there, where minutes stand, and who looks."""

    community_id: int
    book_id: int
    volunteers: tuple[int, ...]
    elders: tuple[int, ...]
    accounts: Mapping[int, int]
    issuance: Mapping[int, int]
    redeemed_id: int
    places: tuple[tuple[int, int], ...]
    kinds: tuple[tuple[int, str], ...]
    risky: frozenset[int]
    admin: Actor
    approver: Actor


def settle(session: Session, size: Size) -> Lived:
    """Make the community with its grids, people, accounts and logins."""
    community_id = make_community(session).id
    places = [make_micro_grid(session, community_id, at, at) for at in range(1, GRIDS + 1)]
    admin = make_actor(session, community_id=community_id, login_name="admin")
    approver = make_actor(session, community_id=community_id, login_name="approver")
    hours_books.open_hours(session, actor=admin)
    volunteers = _people(session, community_id, places, count=size.volunteers, born=1958)
    elders = _people(session, community_id, places, count=size.volunteers, born=1944)
    book_id = hours_books.time_book(session, community_id=community_id)
    members = books.open_members(session, community_id, book_id, volunteers)
    issuance = {
        place.grid_id: hours_books.issuance_account(
            session, community_id=community_id, grid_id=place.grid_id
        )
        for place in places
    }
    redeemed_id = books.source_account(session, book_id, "redeemed:1", normal=Side.CREDIT)
    for at, person_id in enumerate(volunteers[:LOGINS]):
        roles = (("volunteer", "own", None),)
        make_actor(
            session,
            community_id=community_id,
            roles=roles,
            person_id=person_id,
            login_name=f"volunteer{at}",
        )
    make_actor(
        session,
        community_id=community_id,
        roles=(("grid_officer", "grid", places[0].grid_id),),
        login_name="officer",
    )
    make_actor(
        session,
        community_id=community_id,
        roles=(("auditor", "community", None),),
        login_name="auditor",
    )
    make_actor(
        session,
        community_id=community_id,
        roles=(("finance", "community", None),),
        login_name="finance",
    )
    kinds = limits.kinds(session, community_id)
    return Lived(
        community_id,
        book_id,
        tuple(volunteers),
        tuple(elders),
        dict(zip(volunteers, members, strict=True)),
        issuance,
        redeemed_id,
        tuple((place.id, place.grid_id) for place in places),
        tuple((kind.id, kind.name) for kind in kinds),
        frozenset(kind.id for kind in kinds if kind.is_risky),
        admin,
        approver,
    )


def _people(
    session: Session, community_id: int, places: Sequence[MicroGrid], *, count: int, born: int
) -> list[int]:
    """Return so many people, spread over the places."""
    rows = [
        {
            "community_id": community_id,
            "name": "居民",
            "pinyin_initials": "jm",
            "card_no": f"{born}{at:07}",
            "micro_grid_id": places[at % len(places)].id,
            "born_on": date(born - 15 + at % 40, 1 + at % 12, 1 + at % 28),
            "is_active": True,
        }
        for at in range(count)
    ]
    added = insert(Person).returning(Person.id, sort_by_parameter_order=True)
    return list(session.scalars(added, rows))


@dataclass(frozen=True, slots=True)
class Act:
    """One service: whose, for whom, of which kind, where, when, and whether it is approved."""

    number: int
    volunteer_id: int
    recipient_id: int
    kind: tuple[int, str]
    place: tuple[int, int]
    started_at: datetime
    minutes: int
    is_approved: bool
    redeems: bool


def acts(lived: Lived, size: Size, *, until: date) -> Iterator[Act]:
    """Yield the services in the order of time; some volunteers serve far more often than others."""
    random, days = Random(size.records), YEARS * 365
    first, busy = until - timedelta(days=days), defaultdict[int, set[int]](set)
    for number in range(1, size.records + size.waiting + 1):
        # What waits is of the last week, beside what was approved of it.
        is_approved = number <= size.records
        day = (number - 1) * (days - 10) // size.records if is_approved else days - 9 + number % 7
        at = int(len(lived.volunteers) * random.random() ** 1.5)
        while at in busy[day]:
            at = (at + 1) % len(lived.volunteers)
        busy[day].add(at)
        begins = clock.day_bounds(first + timedelta(days=day))[0] + timedelta(hours=8)
        yield Act(
            number,
            lived.volunteers[at],
            lived.elders[(at * 3 + random.randrange(5)) % len(lived.elders)],
            random.choice(lived.kinds),
            lived.places[at % GRIDS if random.random() < 0.8 else random.randrange(GRIDS)],
            begins + timedelta(minutes=random.randrange(0, 480, 15)),
            random.randrange(30, 185, 5),
            is_approved,
            random.randrange(100) < REDEEMS_PER_HUNDRED,
        )


def live(session: Session, lived: Lived, chunk: Sequence[Act], held: dict[int, int]) -> None:
    """Write some services as their verbs would have: entries, records, history."""
    entries = {act.number: new_id() for act in chunk if act.is_approved}
    drafts = list(_drafts(lived, chunk, entries, held))
    posting.post_many(session, actor=lived.approver, drafts=drafts)
    load(session, "service_record", [_record(lived, act, entries) for act in chunk])
    load(session, "service_record_event", [row for act in chunk for row in _events(lived, act)])


def _drafts(
    lived: Lived, chunk: Sequence[Act], entries: Mapping[int, UUID], held: dict[int, int]
) -> Iterator[EntryDraft]:
    """Yield what is posted: each approved service, and now and then a redemption after it."""
    for act in chunk:
        if not act.is_approved:
            continue
        account_id, grid_id = lived.accounts[act.volunteer_id], act.place[1]
        held[account_id] = held.get(account_id, 0) + act.minutes
        on = clock.day_of(act.started_at) + timedelta(days=1)
        yield EntryDraft(
            id=entries[act.number],
            book_id=lived.book_id,
            asset=Asset.MINUTES,
            kind="hours.earned",
            effective_on=on,
            transfers=[Transfer(lived.issuance[grid_id], account_id, act.minutes)],
            memo=act.kind[1],
            document=f"service-record:{act.number}",
        )
        if act.redeems and held[account_id] >= _SPENT:
            held[account_id] -= _SPENT
            yield EntryDraft(
                id=new_id(),
                book_id=lived.book_id,
                asset=Asset.MINUTES,
                kind="care.redeemed",
                effective_on=on,
                transfers=[Transfer(account_id, lived.redeemed_id, _SPENT)],
                memo="午餐",
                document=f"slip:{act.number}",
            )


def _record(lived: Lived, act: Act, entries: Mapping[int, UUID]) -> dict[str, Any]:
    """Return the row of a record."""
    ended_at = act.started_at + timedelta(minutes=act.minutes)
    said_at = ended_at + timedelta(minutes=20)
    row: dict[str, Any] = {
        "id": act.number,
        "community_id": lived.community_id,
        "volunteer_id": act.volunteer_id,
        "recipient_id": act.recipient_id,
        "activity": "",
        "kind_id": act.kind[0],
        "started_at": act.started_at,
        "ended_at": ended_at,
        "served_on": clock.day_of(act.started_at),
        "minutes": act.minutes,
        "place": "家里",
        "micro_grid_id": act.place[0],
        "grid_id": act.place[1],
        "notes": "",
        "late_reason": "",
        "state": "confirmed",
        "state_reason": "",
        "revision": 1,
        "code_tries": 0,
        "has_objection": False,
        "recorded_at": ended_at,
        "recorded_by_id": act.volunteer_id,
        "stated_at": ended_at,
        "confirmed_at": said_at,
        "confirmed_how": "login",
        "confirmed_by_id": act.recipient_id,
        "approved_at": None,
        "approved_by_user_id": None,
        "policy_version": None,
        "rate_percent": None,
        "rounding_minutes": None,
        "credited_minutes": None,
        "entry_id": None,
    }
    if act.is_approved:
        row |= {
            "state": "approved",
            "approved_at": said_at + timedelta(days=1),
            "approved_by_user_id": lived.approver.user_id,
            "policy_version": 1,
            "rate_percent": 100,
            "rounding_minutes": 1,
            "credited_minutes": act.minutes,
            "entry_id": entries[act.number],
        }
    return row


def _events(lived: Lived, act: Act) -> Iterator[dict[str, Any]]:
    """Yield the lines of a record's history."""
    at = act.started_at + timedelta(minutes=act.minutes)
    told: list[tuple[str, str, int | None, int | None, datetime]] = []
    told.append(("recorded", "recorded", act.volunteer_id, None, at))
    told.append(("confirmed", "confirmed", act.recipient_id, None, at + timedelta(minutes=20)))
    if act.is_approved:
        user_id = lived.approver.user_id
        told.append(("approved", "approved", None, user_id, at + timedelta(days=1, minutes=20)))
    for kind, state, person_id, user_id, moment in told:
        yield {
            "community_id": lived.community_id,
            "record_id": act.number,
            "at": moment,
            "kind": kind,
            "state": state,
            "user_id": user_id,
            "person_id": person_id,
            "actor_name": "志愿者",
            "note": "",
            "facts": "{}",
        }


def ask(session: Session, lived: Lived, size: Size, *, until: datetime) -> None:
    """Write needs with their tasks and sign-ups: those of the past are over, the last are open."""
    random = Random(size.records + 1)
    count = max(size.records // SERVICES_PER_NEED, 10)
    span = timedelta(days=YEARS * 365)
    rows = [
        _need(lived, random, at, until - span + span * at / count) for at in range(1, count + 1)
    ]
    cutoff = until - timedelta(days=2)
    load(session, "need", [need for need, _ in rows])
    tasks = [
        _task(need, until) for need, choice in rows if need["starts_at"] < cutoff or choice % 3
    ]
    load(session, "task", tasks)
    load(session, "accident_cover", [_cover(lived, until - span, until)])
    load(session, "sign_up", list(_sign_ups(lived, random, tasks)))


def _cover(lived: Lived, since: datetime, until: datetime) -> dict[str, Any]:
    """Return the row of an insurance for everybody, without which nobody gets a risky task."""
    return {
        "community_id": lived.community_id,
        "policy_number": "PDAA2026-37",
        "insurer": "人保财险",
        "from_on": clock.day_of(since),
        "until_on": clock.day_of(until) + timedelta(days=366),
        "noted_at": since,
        "noted_by_name": "高洁",
    }


def _need(lived: Lived, random: Random, at: int, posted_at: datetime) -> tuple[dict[str, Any], int]:
    """Return the row of a need, and a number to choose by."""
    elder = lived.elders[random.randrange(len(lived.elders))]
    place = lived.places[random.randrange(GRIDS)]
    kind_id = random.choice(lived.kinds)[0]
    starts_at = posted_at.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    return {
        "id": at,
        "community_id": lived.community_id,
        "state": "taken_up",
        "state_reason": "",
        "recipient_id": elder,
        "asker": "self",
        "asked_by_id": elder,
        "asked_by_name": "老人",
        "channel": "page",
        "consent": "",
        "revision": 1,
        "kind_id": kind_id,
        "is_urgent": False,
        "starts_at": starts_at,
        "minutes": 60,
        "helpers": 1,
        "weekdays": "",
        "risk": "raised" if kind_id in lived.risky else "low",
        "skills": "[]",
        "languages": "[]",
        "details": "",
        "place": "家里",
        "micro_grid_id": place[0],
        "grid_id": place[1],
        "posted_at": posted_at,
        "decided_at": posted_at + timedelta(hours=2),
        "decided_by_user_id": lived.admin.user_id,
        "decided_by_name": "高洁",
    }, random.randrange(100)


def _task(need: Mapping[str, Any], until: datetime) -> dict[str, Any]:
    """Return the row of a need's task."""
    is_over = need["starts_at"] < until - timedelta(days=2)
    kept = (
        *("id", "community_id", "recipient_id", "kind_id", "is_urgent", "starts_at", "risk"),
        *("skills", "languages", "details", "place", "micro_grid_id", "grid_id"),
    )
    return {name: need[name] for name in kept} | {
        "need_id": need["id"],
        "revision": 1,
        "series_on": clock.day_of(need["starts_at"]),
        "state": ("done" if need["id"] % 10 else "unmet") if is_over else "open",
        "state_reason": "",
        "activity": "",
        "asked_by_id": need["recipient_id"],
        "admission": "direct",
        "ends_at": need["starts_at"] + timedelta(minutes=60),
        "places": 1,
        "taken": 0,
        "posted_at": need["decided_at"],
        "posted_by_user_id": need["decided_by_user_id"],
        "posted_by_name": "高洁",
        "closed_at": need["starts_at"] + timedelta(days=1) if is_over else None,
    }


def _sign_ups(
    lived: Lived, random: Random, tasks: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a sign-up for each task that was done; nobody is in two places at once."""
    taken: set[tuple[int, datetime]] = set()
    for task in tasks:
        volunteer = lived.volunteers[random.randrange(len(lived.volunteers))]
        if task["state"] != "done" or (volunteer, task["starts_at"]) in taken:
            continue
        taken.add((volunteer, task["starts_at"]))
        accepted_at = task["posted_at"] + timedelta(minutes=random.randrange(10, 2000))
        yield {
            "community_id": task["community_id"],
            "task_id": task["id"],
            "volunteer_id": volunteer,
            "starts_at": task["starts_at"],
            "ends_at": task["ends_at"],
            "state": "served",
            "state_reason": "",
            "signed_at": accepted_at,
            "accepted_at": accepted_at,
            "was_moved_up": False,
            "changed_at": task["closed_at"],
            "code_tries": 0,
        }


def load(session: Session, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Load rows in bulk, with every trigger on."""
    if not rows:
        return
    table: Table = _TABLES[name]
    if session.get_bind().dialect.name != "postgresql":
        shaped = [{key: _plain(value) for key, value in row.items()} for row in rows]
        session.execute(insert(table), shaped)
        return
    columns = list(rows[0])
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor().copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def _plain(value: object) -> object:
    """Return a value as SQLAlchemy's types take it; JSON is written by COPY as text."""
    return {"[]": [], "{}": {}}.get(value, value) if isinstance(value, str) else value


def grow(records: int, *, now: datetime) -> Lived:
    """Let a community of so many records live in the application's own database."""
    size = size_of(records)
    lived = transaction(lambda session: settle(session, size))
    chunk: list[Act] = []
    held: dict[int, int] = {}

    def flush() -> None:
        some = tuple(chunk)
        chunk.clear()
        if some:
            transaction(lambda session: live(session, lived, some, held))

    for act in acts(lived, size, until=clock.day_of(now)):
        chunk.append(act)
        if len(chunk) >= CHUNK:
            flush()
            print(f"  {act.number:,} records", flush=True)
    flush()
    transaction(lambda session: ask(session, lived, size, until=now))
    transaction(folding.fold)
    while transaction(
        lambda session: rolling.roll_months(session, community_id=lived.community_id)
    ):
        pass
    return lived


def numbers() -> Iterator[str]:
    """Yield the statements, for the owner, after which the next row gets the next number."""
    for name in ("service_record", "need", "task"):
        sequence = f"pg_get_serial_sequence('{name}', 'id')"
        yield f"SELECT setval({sequence}, (SELECT max(id) FROM {name}))"
    yield "ANALYZE"
