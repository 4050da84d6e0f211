"""A million service records: how long lists, statement, review, needs, tasks and figures take.

``python -m tests.benchmarks.records [--records N] [--small N] [--rounds N] [--json FILE]``

Over HTTP, with the page's whole way: a gunicorn of two workers on the benchmark's own durable
PostgreSQL, one kept connection, one request at a time, as a person waits for it. Each page is asked
for again and again with other members and other places in its list; the 95th percentile must stay
within 300 ms, and must not be larger beside a community of 100,000 records than the rows shown are.
Beside it stands what a request costs of a core, which says the same on a machine that others use.
Both communities are built once and kept (``--fresh`` builds them anew). The small one grows through
every trigger, the large one is ten of it (``multiplied``).
"""

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any  # JSON
from urllib.parse import quote

from flask import Flask
from sqlalchemy import make_url, select, text

from tests.benchmarks import forms, lived, multiplied, places
from tests.benchmarks.harness import BenchSettings, percentile
from tests.drills import server
from tests.make import real
from tests.make.access import log_in
from timebank.access import queries as access_queries
from timebank.access.models import UserAccount
from timebank.app import create_app
from timebank.kernel import clock, paging
from timebank.kernel.actor import Channel
from timebank.kernel.db import db

LIMIT_MS = 300.0
# What the same page may take more of beside a small community, where it shows as many rows.
GROWTH_MAX = 1.5
# Below so many milliseconds a difference is no growth but the machine.
NOISE_MS = 15.0
ROUNDS = 40
# From more records on a community is made of a smaller one.
MULTIPLIED_FROM = 200_000
ROW = re.compile(rb"<tr|<li|<details class=\"passbook")
WHERE = "HTTP, 2 workers, one request at a time"


@dataclass(frozen=True, slots=True)
class Page:
    """What is measured: as whom, and at which addresses in turn."""

    what: str
    who: tuple[str, ...]
    paths: tuple[str, ...]


def pages(size: lived.Size) -> list[Page]:
    """Return the pages whose speed is promised."""
    months = ("", "?first=2026-01&last=2026-06", "?first=2024-01&last=2025-12")
    logins = min(lived.LOGINS, size.volunteers)
    members = tuple(f"volunteer{at}" for at in range(logins))
    deep = tuple(_cursor(size.records * at // 10) for at in (1, 5, 9))
    staff = ("/records", "/records?state=approved", "/records?state=confirmed")
    return [
        Page("records, staff", ("admin", "officer"), staff),
        Page("records, staff, far down", ("admin",), tuple(f"/records?cursor={c}" for c in deep)),
        Page("records, member", members, ("/records",)),
        Page("my time", members, ("/me",)),
        Page("statement", members, ("/me/statement",)),
        Page("review queue", ("admin", "officer"), ("/review",)),
        Page("needs, staff", ("admin", "officer"), ("/needs", "/needs?state=taken_up")),
        Page("tasks, staff", ("admin", "officer"), ("/tasks", "/tasks?state=done")),
        Page("tasks, member", members, ("/me/tasks", "/tasks")),
        Page("figures", ("admin", "officer"), _each("/figures", months)),
        Page("figures: hours", ("admin", "officer"), _each("/figures/hours", months)),
        Page(
            "figures: hours by age and grid",
            ("auditor",),
            ("/figures/hours?rows=age&columns=grid", "/figures/hours?rows=kind&columns=age"),
        ),
        Page("figures: hours, few told", ("finance",), ("/figures/hours",)),
        Page("figures: volunteers", ("admin", "officer"), _each("/figures/volunteers", months)),
        Page("figures: needs", ("admin", "officer"), _each("/figures/needs", months)),
        Page("figures: books", ("auditor",), _each("/figures/books", months)),
        Page(
            "figures: rows of hours",
            ("admin",),
            ("/figures/hours/rows", "/figures/hours/rows?age_group=from_80&kind_id=1"),
        ),
        Page(
            "figures: rows of volunteers",
            ("admin",),
            tuple(f"/figures/volunteers/rows?which={one}" for one in ("active", "new", "lapsed")),
        ),
        Page(
            "figures: month report", ("admin",), ("/figures/month", "/figures/month?month=2025-05")
        ),
    ]


def _each(path: str, queries: Sequence[str]) -> tuple[str, ...]:
    """Return a path with each of some queries."""
    return tuple(f"{path}{one}" for one in queries)


def _cursor(row_id: int) -> str:
    """Return the cursor of a list by row."""
    return paging.encode([row_id])


@dataclass(frozen=True, slots=True)
class Taken:
    """How long a page took in one community, in milliseconds, and how many rows it showed.

    ``web_ms`` and ``engine_ms`` are what a request costs of a core, in the web server and in the
    database: they stay the same while others use the machine.
    """

    p50_ms: float
    p95_ms: float
    rows: int
    web_ms: float = 0.0
    engine_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table."""

    what: str
    large: Taken
    small: Taken

    @property
    def growth(self) -> float:
        """How much longer it takes in the large community, by the middle of all requests."""
        return self.large.p50_ms / self.small.p50_ms

    @property
    def cost_growth(self) -> float:
        """How much more of a core it costs in the large community."""
        small = self.small.web_ms + self.small.engine_ms
        return (self.large.web_ms + self.large.engine_ms) / max(small, 1.0)

    @property
    def rows_growth(self) -> float:
        """How many more rows it shows there."""
        return max(self.large.rows, 1) / max(self.small.rows, 1)

    @property
    def is_reached(self) -> bool:
        """Whether it is fast enough and grows no faster than its rows."""
        is_steady = self.growth <= GROWTH_MAX * max(self.rows_growth, 1.0)
        is_noise = self.large.p50_ms - self.small.p50_ms <= NOISE_MS
        return self.large.p95_ms <= LIMIT_MS and (is_steady or is_noise)


def kept(settings: BenchSettings, records: int, *, is_fresh: bool = False) -> str:
    """Return the owner's address of a community with so many records, built when it is new."""
    name = f"lived_{records}_{fingerprint(lived.__file__, multiplied.__file__)}"
    server_of = settings.postgres()
    known = places.run_as_admin(server_of, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    if known and not is_fresh:
        return str(server_of.address(name))
    for stale in (name, f"{name}_new"):
        places.run_as_admin(server_of, f"DROP DATABASE IF EXISTS {stale} WITH (FORCE)")
    if records > MULTIPLIED_FROM and records % multiplied.TIMES == 0:
        smaller = kept(settings, records // multiplied.TIMES)
        return _multiplied(server_of, smaller, name)
    made = f"{name}_new"
    places.run_as_admin(server_of, f"CREATE DATABASE {made}")
    address = str(server_of.address(made))
    places.build(address)
    print(f"building {records:,} records", flush=True)
    app = create_app(real.test_settings(places.as_application(address)))
    with app.app_context():
        lived.grow(records, now=clock.now())
        db.session.remove()
        db.engine.dispose()
    with places.owner(address) as engine, engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in lived.numbers():
            alone.execute(text(statement))
    places.run_as_admin(server_of, f"ALTER DATABASE {made} RENAME TO {name}")
    return str(server_of.address(name))


def _multiplied(server_of: Any, smaller: str, name: str) -> str:
    """Return the address of ten times a smaller community."""
    made = f"{name}_new"
    template = make_url(smaller).database
    places.run_as_admin(server_of, f"CREATE DATABASE {made} TEMPLATE {template}")
    with places.owner(str(server_of.address(made))) as engine:
        multiplied.multiply(engine)
    places.run_as_admin(server_of, f"ALTER DATABASE {made} RENAME TO {name}")
    return str(server_of.address(name))


def fingerprint(*sources: str) -> str:
    """Return what changes with the tables and with the programs that write into them."""
    digest = hashlib.sha256()
    for path in ("migrations/versions/0001_foundation.postgresql.sql", *sources):
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:10]


def cookies(app: Flask) -> dict[str, str]:
    """Log everybody in, and return what their browsers send."""
    found = {}
    session = db.session()
    for user_id, name in session.execute(select(UserAccount.id, UserAccount.login_name)).all():
        actor = access_queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
        assert actor is not None
        client = app.test_client()
        log_in(client, session, actor)
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        found[name] = f"{cookie.key}={cookie.value}"
    return found


def measured(
    address: str, size: lived.Size, *, folder: Path, rounds: int, only: str
) -> dict[str, Taken]:
    """Return what each page takes in one community."""
    settings = real.test_settings(places.as_application(address))
    app = create_app(settings)
    with app.app_context():
        held = cookies(app)
        db.session.remove()
        db.engine.dispose()
    with server.running(settings) as port:
        wanted = [page for page in pages(size) if only in page.what]
        return {page.what: page_taken(port, page, held, rounds, folder) for page in wanted}


def _spent(folder: Path | None) -> tuple[float, float]:
    """Return the seconds of a core that the web server and the database have used by now."""
    if folder is None:
        return _used_by(os.getpid()), 0.0
    postmaster = int((folder / "postgresql" / "postmaster.pid").read_text().split()[0])
    return _used_by(os.getpid()), _used_by(postmaster)


def _used_by(pid: int) -> float:
    """Return the seconds of a core that the programs below one have used; Linux keeps them."""
    found = 0.0
    for child in _read(f"/proc/{pid}/task/{pid}/children").split():
        told = _read(f"/proc/{child}/stat").rpartition(")")[2].split()
        ticks = sum(map(int, told[11:13]))
        found += ticks / os.sysconf("SC_CLK_TCK") + _used_by(int(child))
    return found


def _read(path: str) -> str:
    """Return a small file; nothing of a program that has ended meanwhile."""
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return ""


def page_taken(
    port: int, page: Page, held: Mapping[str, str], rounds: int, folder: Path | None = None
) -> Taken:
    """Ask for a page again and again, as everybody and at every address in turn."""
    asked = [(who, path) for path in page.paths for who in page.who]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    took: list[float] = []
    rows, before = 0, _spent(folder)
    for number in range(-2 * len(asked), max(rounds, len(asked))):
        if number == 0:
            before = _spent(folder)
        who, path = asked[number % len(asked)]
        begun = time.perf_counter()
        connection.request("GET", quote(path, safe="/?=&"), headers={"Cookie": held[who]})
        answer = connection.getresponse()
        body = answer.read()
        spent = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, (path, answer.status)
        if number >= 0:
            took.append(spent)
            rows += len(ROW.findall(body))
    connection.close()
    web_ms, engine_ms = (
        round((then - now) * 1000 / len(took), 1)
        for then, now in zip(_spent(folder), before, strict=True)
    )
    return Taken(
        p50_ms=round(percentile(took, 0.5), 1),
        p95_ms=round(percentile(took, 0.95), 1),
        rows=rows // len(took),
        web_ms=web_ms,
        engine_ms=engine_ms,
    )


def table(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the results as lines of text."""
    yield (
        f"{'page':<32}{'p50':>9}{'p95':>9}{'rows':>7}   {'p50 of the small one':>22}  growth"
        f"{'web':>9}{'engine':>9}  growth"
    )
    for one in lines:
        mark = "" if one.is_reached else "  NOT REACHED"
        yield (
            f"{one.what:<32}{one.large.p50_ms:>7.1f}ms{one.large.p95_ms:>7.1f}ms"
            f"{one.large.rows:>7}   {one.small.p50_ms:>12.1f}ms {one.small.rows:>4} rows"
            f"  x{one.growth:.2f}{one.large.web_ms:>9.1f}{one.large.engine_ms:>9.1f}"
            f"  x{one.cost_growth:.2f}{mark}"
        )


def document(lines: Sequence[Line], facts: Mapping[str, Any], sizes: Sequence[int]) -> Any:
    """Return the run as JSON."""
    told = [{**asdict(one), "growth": one.growth, "is_reached": one.is_reached} for one in lines]
    limits = {"p95_ms_max": LIMIT_MS, "growth_max": GROWTH_MAX, "noise_ms": NOISE_MS}
    return {"where": WHERE, "records": sizes, "limits": limits, "machine": facts, "pages": told}


def main() -> int:
    """Measure both communities; 1 when a limit was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="a word of the pages that are measured")
    parser.add_argument("--fresh", action="store_true", help="build the communities anew")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--json", type=Path, default=Path("var/bench/records.json"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    settings = forms.whole(asked.folder.resolve(), peer_python=sys.executable)
    sizes = (asked.small, asked.records)
    small, large = (
        measured(
            kept(settings, records, is_fresh=asked.fresh),
            lived.size_of(records),
            folder=settings.folder,
            rounds=asked.rounds,
            only=asked.only,
        )
        for records in sizes
    )
    lines = [Line(what, large[what], small[what]) for what in large]
    print(*table(lines), sep="\n")
    written = document(lines, places.facts(settings), sizes)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return int(not all(one.is_reached for one in lines))


if __name__ == "__main__":
    sys.exit(main())
