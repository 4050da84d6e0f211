"""The parent's side of the Django ledger: its database, its accounts, its clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # specifications as JSON has them

from sqlalchemy import make_url

from tests.benchmarks import places
from tests.benchmarks.clients import Clients, clients
from tests.benchmarks.harness import BenchSettings

PEER = "tests.benchmarks.hordak_peer"


@contextmanager
def clients_of(settings: BenchSettings, count: int) -> Iterator[Clients]:
    """Some clients of django-hordak on a database of its own, on the same server as ours."""
    with places.empty_database(settings, "postgresql") as address:
        url = make_url(address)
        place: dict[str, Any] = {
            "host": url.query["host"],
            "user": url.username,
            "database": url.database,
        }
        spec = {"role": "open", "members": settings.members, **place}
        with clients(settings, [spec], module=PEER, python=settings.peer_python) as opener:
            (found,) = opener.ask({})
        specs = [{"role": "post", "seed": seed, **found, **place} for seed in range(count)]
        with clients(settings, specs, module=PEER, python=settings.peer_python) as peers:
            yield peers
