"""Reads on long books beside the same on short ones: what is shown must not grow with history."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median

from tests.benchmarks import books, growing, places
from tests.benchmarks.clients import Clients, clients
from tests.benchmarks.growing import Books
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides, percentile

# One read in so many is of an account that minutes come from, where the days are summed.
SOURCE_EVERY = 20


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of reading."""
    sizes = (f"{settings.large:,} transfers", f"{settings.small:,} transfers")
    for engine_name in places.ENGINES:
        yield Pair(
            name="read.account",
            what=f"balance and last {books.LINES} lines, p99, {sizes[0]}",
            against=f"the same, {sizes[1]}",
            engine=engine_name,
            unit="ms",
            limit=Limit(1.5, is_most=True),
            prepare=partial(_beside_short, settings, engine_name, _accounts),
        )
        yield Pair(
            name="read.figures",
            what=f"hours by grid and month for a year, {sizes[0]}",
            against=f"the same, {sizes[1]}",
            engine=engine_name,
            unit="ms",
            limit=Limit(2, is_most=True),
            prepare=partial(_beside_short, settings, engine_name, _figures),
        )


Reader = Callable[[BenchSettings, Books, Clients], Callable[[], float]]


@contextmanager
def _beside_short(settings: BenchSettings, engine_name: str, reader: Reader) -> Iterator[Sides]:
    """Read long and short books in turn, each with a client of its own."""
    found = [
        growing.kept(settings, engine_name, count) for count in (settings.large, settings.small)
    ]
    with (
        clients(settings, [_spec(found[0])]) as large,
        clients(settings, [_spec(found[1])]) as small,
    ):
        yield Sides(
            ours=reader(settings, found[0], large),
            peer=reader(settings, found[1], small),
            facts={"cache": "warm", "reads_per_round": settings.reads},
        )


def _spec(kept: Books) -> dict[str, object]:
    """Return the client that reads on the last day of the books."""
    return {
        "role": "read",
        "address": kept.address,
        "scene": kept.grown.scene.document(),
        "on": kept.grown.ends_on.isoformat(),
    }


def _accounts(settings: BenchSettings, kept: Books, one: Clients) -> Callable[[], float]:
    """Return one round: the same accounts each time, so that the warm-up warms them."""
    pick = random.Random(settings.reads)
    scene = kept.grown.scene
    chosen = [
        pick.choice(scene.members if at % SOURCE_EVERY else scene.sources)
        for at in range(settings.reads)
    ]

    def work() -> float:
        (answer,) = one.ask({"account_ids": chosen})
        return percentile(answer["milliseconds"], 0.99)

    return work


def _figures(settings: BenchSettings, _kept: Books, one: Clients) -> Callable[[], float]:
    """Return one round: the page's read some times over."""

    def work() -> float:
        (answer,) = one.ask({"times": max(3, settings.reads // 20)})
        return float(median(answer["milliseconds"]))

    return work
