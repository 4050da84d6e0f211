"""Many entries in one act, beside the same rows loaded in bulk; and how it grows."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

from tests.benchmarks import places, posting, raw
from tests.benchmarks.books import Scene
from tests.benchmarks.clients import Clients, clients
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of batches."""
    loads = {"postgresql": "COPY", "sqlite": "executemany"}
    for engine_name in places.ENGINES:
        yield Pair(
            name="batch.load",
            what=f"post {settings.batch:,} entries in one act",
            against=f"{loads[engine_name]} of transfers, headers and lots into bare tables",
            engine=engine_name,
            unit="entries/s",
            limit=Limit(0.5),
            prepare=partial(_beside_load, settings, engine_name),
        )
        least, most = settings.batches[0], settings.batches[-1]
        yield Pair(
            name="batch.linear",
            what=f"time per entry, {most:,} entries in one act",
            against=f"the same, {least:,} entries",
            engine=engine_name,
            unit="us/entry",
            limit=Limit(1.25, is_most=True),
            prepare=partial(_growing, settings, engine_name),
            rounds=1,
            is_warmed=False,
        )


@contextmanager
def _posting_many(
    settings: BenchSettings, engine_name: str
) -> Iterator[tuple[Clients, str, Scene]]:
    """One client that posts batches; hands over its address and scene too."""
    with posting.scene_on(settings, engine_name) as (address, scene):
        spec = {"role": "post_many", "address": address, "scene": scene.document()}
        with clients(settings, [spec]) as ours:
            yield ours, address, scene


@contextmanager
def _beside_load(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    with ExitStack() as stack:
        ours, address, scene = stack.enter_context(_posting_many(settings, engine_name))
        bare = stack.enter_context(places.empty_database(settings, engine_name))
        raw.make_bare(bare, scene)
        spec = {
            "role": "load_bare",
            "address": address,
            "bare_address": bare,
            "scene": scene.document(),
        }
        theirs = stack.enter_context(clients(settings, [spec]))
        order = {"count": settings.batch}
        yield Sides(ours=lambda: ours.rate(order), peer=lambda: theirs.rate(order))


@contextmanager
def _growing(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    """The last size beside the first; sizes in between go into the facts."""
    with _posting_many(settings, engine_name) as (ours, *_):
        took: dict[int, float] = {}
        facts: dict[str, float] = {}

        def grow() -> float:
            for count in settings.batches:
                tries = [1e6 / ours.rate({"count": count}) for _ in range(_times(settings, count))]
                took[count] = median(tries)
                facts[f"us_per_entry_at_{count}"] = round(took[count], 2)
            return took[settings.batches[-1]]

        yield Sides(ours=grow, peer=lambda: took[settings.batches[0]], facts=facts)


def _times(settings: BenchSettings, count: int) -> int:
    """Return how often a size is tried: small ones until they are as much work as a large one."""
    return max(1, min(10, settings.batch // count))
