"""A million cases in a city's history: how long lists, boards and figures take.

``python -m tests.benchmarks.cases_million [--cases N] [--small N] [--rounds N] [--only WORD]``

Over HTTP as ``records``: a gunicorn of two workers on the benchmark's own durable PostgreSQL, one
request at a time. Cases are lived through the verbs, some dozens over five years in eight grids,
and copied as the owner with triggers off (hashes are copied too and prove nothing here). Both
cities have the same open cases and differ in their history, as a city closes what it opens: the
same rows are shown. Then the job keeps the months.
Both cities are built once and kept (``--fresh`` builds them anew). The 95th
percentile must stay within 300 ms and must grow no faster than the rows that are shown.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from tests.benchmarks import forms, places, records
from tests.benchmarks.harness import BenchSettings
from tests.benchmarks.records import Line, Page
from tests.drills import server
from tests.make import real
from tests.make.access import make_actor
from tests.make.cases import Grid, do, whistle
from tests.make.community import make_community, make_micro_grid
from timebank.access.models import UserAccount
from timebank.app import create_app
from timebank.cases.rules.flow import Category, Command, Source
from timebank.cases.service import intake
from timebank.cases.service.intake import Intake
from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.reports.models import CaseMonth
from timebank.reports.service import case_months

LIVED = 240
MONTHS = 60
OPEN = 12
# Of each open case so many copies, however long the history: some 2,500 cases are open.
OPEN_COPIES = 208
GRIDS, UNITS = 8, 5
_CATEGORIES = tuple(Category)
# What a copy has in place of an id: far behind the lived ones, and like them in the order of time.
_STEP = 10_000
_COPIED = {
    "case_file": ("id", "master_id"),
    "case_event": ("id", "case_id"),
    "case_result": ("id", "case_id"),
    "case_custody": ("id", "case_id"),
    "case_whistle": ("id", "case_id"),
    "case_route": ("id", "case_id"),
    "case_reminder": ("id", "case_id"),
}


@dataclass(frozen=True, slots=True)
class City:
    """Where a city is served, and who is logged in there."""

    port: int
    held: Mapping[str, str]


def pages() -> list[Page]:
    """Return the pages whose speed is promised."""
    figures = ("grid", "micro_grid", "source", "category", "holder", "department", "month")
    return [
        Page("my cases", ("officer",), ("/cases", "/cases/phone")),
        Page(
            "open cases", ("admin", "officer"), ("/cases?tab=open", "/cases?tab=open&is_late=true")
        ),
        Page("all cases", ("admin",), ("/cases?tab=all", "/cases?tab=all&category=parking")),
        Page("duty board", ("admin",), ("/figures/cases/board",)),
        Page("six roles", ("admin",), ("/six-roles",)),
        Page("whistle board", ("admin",), ("/case-whistles",)),
        Page("figures", ("admin", "officer"), tuple(f"/figures/cases?by={by}" for by in figures)),
        Page("month report", ("admin",), ("/figures/cases/month",)),
        Page(
            "rows of figures",
            ("admin",),
            tuple(
                f"/figures/cases/rows?name={name}&part={part}"
                for name in ("resolve", "closed", "registered")
                for part in ("part", "whole")
            ),
        ),
    ]


def live(session: Session) -> None:
    """Live some cases through the verbs, the last of them still open."""
    community = make_community(session, code="MC")
    doors = [
        make_micro_grid(session, community.id, grid, grid * 3 + unit // 2, unit + 1)
        for grid in range(1, GRIDS + 1)
        for unit in range(UNITS)
    ]
    admin = make_actor(session, community_id=community.id, name="高洁")
    officers = {
        grid_id: make_actor(
            session,
            community_id=community.id,
            roles=(("grid_officer", "grid", grid_id),),
            name=f"网格员{grid_id}",
        )
        for grid_id in {door.grid_id for door in doors}
    }
    for name, actor in (("admin", admin), ("officer", officers[doors[0].grid_id])):
        session.get_one(UserAccount, actor.user_id).login_name = name
    random, now = Random(7), clock.now()
    for number in range(LIVED):
        is_open = number >= LIVED - OPEN
        days = number % 3 if is_open else 8 + (LIVED - number) * MONTHS * 30 // LIVED
        door = random.choice(doors)
        grid = Grid(community.id, door.grid_id, door.id, officers[door.grid_id], admin, admin)
        with clock.fixed_at(now - timedelta(days=days, minutes=random.randrange(600))):
            begun = clock.now()
            said = Intake(
                random.choice([Source.PATROL, Source.ASSIGNED]),
                random.choice(_CATEGORIES), f"第 {number} 件", "", door.id,
            )  # fmt: skip
            case_id = intake.register_case(session, actor=grid.officer, intake=said).id
        _go(session, grid, case_id, begun, random, is_open=is_open, is_whistled=number % 20 == 0)


def _go(
    session: Session,
    grid: Grid,
    case_id: int,
    at: datetime,
    random: Random,
    *,
    is_open: bool,
    is_whistled: bool,
) -> None:
    """Bring a case to its end, now and then late; an open one only half the way."""
    acts = [(Command.RESPOND, 80), (Command.CLAIM, 80)]
    if not is_open:
        acts += [(Command.RESOLVE, 5_000), (Command.FEED_BACK, 3_000)]
    for command, most in acts:
        at += timedelta(minutes=random.randrange(2, most))
        if at > clock.now():
            return
        with clock.fixed_at(at):
            do(session, grid.officer, case_id, command)
            if command is Command.CLAIM and is_whistled and is_open:
                whistle(session, grid, case_id)


def multiply(connection: Connection, cases: int) -> None:
    """Copy what was lived until there are so many cases."""
    times = cases // LIVED
    ended = "state IN ('closed', 'cancelled', 'rejected', 'merged')"
    connection.exec_driver_sql("SET session_replication_role = replica")
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE copies AS SELECT id AS of_id, k FROM case_file"
        f" CROSS JOIN generate_series(1, {max(times, OPEN_COPIES)}) AS k"
        f" WHERE k <= CASE WHEN {ended} THEN {times} ELSE {OPEN_COPIES} END"
    )
    for table, (own, of_case) in _COPIED.items():
        case = "id" if table == "case_file" else of_case
        values = ", ".join(_value(table, name, own, of_case) for name in _names(connection, table))
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(_names(connection, table))}) OVERRIDING SYSTEM VALUE"
            f" SELECT {values} FROM {table} t JOIN copies ON copies.of_id = t.{case}"
            " ORDER BY t.id, k"
        )
        last = f"(SELECT max(id) FROM {table})"
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"
        )
    connection.exec_driver_sql("UPDATE case_counter SET last_number = last_number + 3000000")
    connection.exec_driver_sql("DROP TABLE copies")
    connection.exec_driver_sql("SET session_replication_role = origin")


def _names(connection: Connection, table: str) -> list[str]:
    """Return the columns of a table."""
    found = connection.exec_driver_sql(
        f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [str(row[0]) for row in found]


def _value(table: str, name: str, own: str, of_case: str) -> str:
    """Return what a copy has in a column."""
    if name in {own, of_case}:
        return f"t.{name}::bigint * {_STEP} + k"
    if table == "case_file" and name == "serial":
        return f"t.serial * {_STEP} + k"
    if table == "case_file" and name == "number":
        return "'M' || t.id || '-' || k"
    return f"t.{name}"


def kept(settings: BenchSettings, cases: int, *, is_fresh: bool = False) -> str:
    """Return the owner's address of a city with so many cases, built when it is new."""
    name = f"cases_{cases}_{records.fingerprint(__file__)}"
    server_of = settings.postgres()
    known = places.run_as_admin(server_of, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    if known and not is_fresh:
        return str(server_of.address(name))
    made = f"{name}_new"
    for stale in (name, made):
        places.run_as_admin(server_of, f"DROP DATABASE IF EXISTS {stale} WITH (FORCE)")
    places.run_as_admin(server_of, f"CREATE DATABASE {made}")
    _build(str(server_of.address(made)), cases)
    places.run_as_admin(server_of, f"ALTER DATABASE {made} RENAME TO {name}")
    return str(server_of.address(name))


def _build(address: str, cases: int) -> None:
    """Make a city with so many cases whose months are kept."""
    places.build(address)
    app = create_app(real.test_settings(places.as_application(address)))
    with app.app_context():
        transaction(live)
        with places.owner(address) as engine, engine.begin() as connection:
            multiply(connection, cases)
        with places.owner(address) as engine, engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("VACUUM ANALYZE"))
        begun = time.perf_counter()
        while not transaction(_keep_on):
            pass
        spent = time.perf_counter() - begun
        rows = len(db.session().scalars(select(CaseMonth.id)).all())
        print(f"{cases:,} cases: months kept in {spent:.0f} s, {rows:,} rows", flush=True)
        db.session.remove()
        db.engine.dispose()


def _keep_on(session: Session) -> bool:
    """Let the job work once."""
    community_id = session.scalars(select(Community.id).where(Community.code == "MC")).one()
    return case_months.keep_on(session, community_id=community_id)


@contextmanager
def served(address: str) -> Iterator[City]:
    """Serve a city with its people logged in."""
    settings = real.test_settings(places.as_application(address))
    app = create_app(settings)
    with app.app_context():
        held = records.cookies(app)
        db.session.remove()
        db.engine.dispose()
    with server.running(settings) as port:
        yield City(port, held)


def lines_of(asked: argparse.Namespace) -> Iterator[Line]:
    """Yield each page beside itself in the small city, one right after the other."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    settings = forms.whole(asked.folder.resolve(), peer_python=sys.executable)
    small, large = (
        kept(settings, cases, is_fresh=asked.fresh) for cases in (asked.small, asked.cases)
    )
    with served(small) as first, served(large) as second:
        for page in pages():
            if asked.only in page.what:
                before, after = (
                    records.page_taken(city.port, page, city.held, asked.rounds, settings.folder)
                    for city in (first, second)
                )
                yield Line(page.what, after, before)


def main() -> int:
    """Measure both cities; 1 when a limit was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=records.ROUNDS)
    parser.add_argument("--only", default="", help="a word of the pages that are measured")
    parser.add_argument("--fresh", action="store_true", help="build the cities anew")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--json", type=Path, default=Path("var/bench/cases_million.json"))
    asked = parser.parse_args()
    lines = list(lines_of(asked))
    print(*records.table(lines), sep="\n")
    told = {one.what: [one.large.p50_ms, one.large.p95_ms, one.growth] for one in lines}
    asked.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return int(not all(one.is_reached for one in lines))


if __name__ == "__main__":
    sys.exit(main())
