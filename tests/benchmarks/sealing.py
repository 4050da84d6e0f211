"""Gathering entries into a block under one root, beside plain hashing of the same leaves."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.benchmarks import growing, places
from tests.benchmarks.clients import clients
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of sealing."""
    count = settings.proved[0]
    for engine_name in places.ENGINES:
        yield Pair(
            name="seal.job",
            what=f"seal {count:,} entries into a block, database and all",
            against="hashlib over as many leaves, in memory",
            engine=engine_name,
            unit="leaves/s",
            limit=Limit(0.5),
            prepare=partial(_job, settings, engine_name),
        )
    yield Pair(
        name="seal.tree",
        what=f"the root of {count:,} leaves as the job computes it",
        against="hashlib over the same leaves, in memory",
        engine="-",
        unit="leaves/s",
        limit=Limit(0.5),
        prepare=partial(_tree, settings),
    )


@contextmanager
def _job(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    """Seal a fresh copy of the same books in each round; copying is not counted."""
    count = settings.proved[0]
    kept = growing.kept(settings, engine_name, count)
    spec = {"role": "seal", "scene": kept.grown.scene.document()}

    def seal() -> float:
        with (
            places.copied(settings, kept.address) as address,
            clients(settings, [{**spec, "address": address}]) as one,
        ):
            return one.rate({"count": count})

    with clients(settings, [{"role": "hash_plainly", "address": "sqlite://"}]) as plain:
        yield Sides(ours=seal, peer=lambda: plain.rate({"count": count}))


@contextmanager
def _tree(settings: BenchSettings) -> Iterator[Sides]:
    order = {"count": settings.proved[0]}
    specs = [{"role": role, "address": "sqlite://"} for role in ("hash_tree", "hash_plainly")]
    with clients(settings, specs[:1]) as tree, clients(settings, specs[1:]) as plain:
        yield Sides(ours=lambda: tree.rate(order), peer=lambda: plain.rate(order))
