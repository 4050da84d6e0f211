"""One transfer in a transaction of its own, beside pgbench, the bare driver and a Django ledger."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any  # specifications as JSON has them

from sqlalchemy import make_url

from tests.benchmarks import books, hordak, places, raw
from tests.benchmarks.books import Scene
from tests.benchmarks.clients import clients
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of posting."""
    verb = "post one transfer, committed"
    yield Pair(
        name="post.pgbench",
        what=f"{verb}, 1 client",
        against="pgbench -M prepared, one statement, same triggers",
        engine="postgresql",
        unit="acts/s",
        limit=Limit(0.35),
        prepare=partial(_beside_pgbench, settings),
    )
    yield Pair(
        name="post.one_source",
        what=f"{verb}, {settings.many} client processes, one issuance account",
        against=f"the same, {settings.many} issuance accounts",
        engine="postgresql",
        unit="acts/s",
        limit=Limit(0.9),
        prepare=partial(_one_source, settings),
    )
    for count in (1, settings.many) if settings.has_peers else ():
        yield Pair(
            name=f"post.hordak_{count}",
            what=f"{verb}, {count} client process{'es' if count > 1 else ''}",
            against="django-hordak, select_for_update and balance guard, same clients",
            engine="postgresql",
            unit="acts/s",
            limit=Limit(12),
            prepare=partial(_beside_hordak, settings, count),
        )
    yield Pair(
        name="post.raw",
        what=f"{verb}, 1 client",
        against="bare driver, same rows, BEGIN IMMEDIATE..COMMIT, no triggers",
        engine="sqlite",
        unit="acts/s",
        limit=Limit(0.55),
        prepare=partial(_beside_raw, settings),
    )


@contextmanager
def scene_on(
    settings: BenchSettings, engine_name: str, *, sources: int = 1
) -> Iterator[tuple[str, Scene]]:
    """A database of its own with a scene; hands over the application's address of it."""
    with places.fresh_database(settings, engine_name) as address:
        scene = places.within(
            address,
            partial(books.make_scene, sources=sources, members=settings.members),
        )
        yield places.as_application(address), scene


def post_specs(address: str, scene: Scene, source_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the specifications of clients that post, each from its source."""
    return [
        {
            "role": "post",
            "address": address,
            "scene": scene.document(),
            "source_id": source_id,
            "seed": seed,
        }
        for seed, source_id in enumerate(source_ids)
    ]


@contextmanager
def _beside_pgbench(settings: BenchSettings) -> Iterator[Sides]:
    with (
        scene_on(settings, "postgresql") as (address, scene),
        clients(settings, post_specs(address, scene, scene.sources)) as ours,
    ):
        yield Sides(
            ours=lambda: ours.rate({"seconds": settings.seconds}),
            peer=_pgbench(settings, address, books.pgbench_script(scene, scene.sources[0])),
        )


def _pgbench(settings: BenchSettings, address: str, script: str) -> Callable[[], float]:
    """Return one round of pgbench: transactions in a second, connecting left out."""
    url = make_url(address)
    path = settings.folder / "transfer.pgbench.sql"
    path.write_text(script)
    command = [
        *(str(settings.postgres().bin_folder() / "pgbench"), "-n", "-M", "prepared"),
        *("-c", "1", "-j", "1", "-T", str(max(1, round(settings.seconds))), "-f", str(path)),
        *("-h", str(url.query["host"]), "-U", url.username or "", url.database or ""),
    ]

    def work() -> float:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.search(r"tps = ([0-9.]+)", said)
        assert found is not None
        assert "failed transactions: 0 " in said
        return float(found[1])

    return work


@contextmanager
def _one_source(settings: BenchSettings) -> Iterator[Sides]:
    with (
        scene_on(settings, "postgresql", sources=settings.many) as (address, scene),
        clients(settings, post_specs(address, scene, scene.sources[:1] * settings.many)) as one,
        clients(settings, post_specs(address, scene, scene.sources)) as each,
    ):
        order = {"seconds": settings.seconds}
        yield Sides(ours=lambda: one.rate(order), peer=lambda: each.rate(order))


@contextmanager
def _beside_hordak(settings: BenchSettings, count: int) -> Iterator[Sides]:
    with (
        scene_on(settings, "postgresql") as (address, scene),
        clients(settings, post_specs(address, scene, scene.sources * count)) as ours,
        hordak.clients_of(settings, count) as theirs,
    ):
        order = {"seconds": settings.seconds}
        yield Sides(ours=lambda: ours.rate(order), peer=lambda: theirs.rate(order))


@contextmanager
def _beside_raw(settings: BenchSettings) -> Iterator[Sides]:
    with (
        scene_on(settings, "sqlite") as (address, scene),
        places.empty_database(settings, "sqlite") as bare,
        clients(settings, post_specs(address, scene, scene.sources)) as ours,
    ):
        raw.make_bare(bare, scene)
        spec = {
            "role": "write_raw",
            "address": address,
            "path": make_url(bare).database,
            "scene": scene.document(),
            "seed": 0,
        }
        order = {"seconds": settings.seconds}
        with clients(settings, [spec]) as theirs:
            yield Sides(ours=lambda: ours.rate(order), peer=lambda: theirs.rate(order))
