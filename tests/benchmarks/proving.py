"""The proof of the books: how many transfers in a second, and whether its memory stays flat."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any  # answers as JSON has them

from tests.benchmarks import growing, places
from tests.benchmarks.clients import clients
from tests.benchmarks.growing import Books
from tests.benchmarks.harness import BenchSettings, Limit, Pair, Sides

RATES = {"postgresql": 250_000, "sqlite": 100_000}
FLAT = 1.15


def pairs(settings: BenchSettings) -> Iterable[Pair]:
    """Yield the pairs of proving."""
    small, large = settings.proved
    for engine_name in places.ENGINES:
        yield Pair(
            name="prove.rate",
            what=f"timebank verify, {large:,} transfers",
            against="(absolute)",
            engine=engine_name,
            unit="transfers/s",
            limit=Limit(RATES[engine_name]),
            prepare=partial(_rate, settings, engine_name),
        )
        yield Pair(
            name="prove.read",
            what=f"timebank verify, {large:,} transfers",
            against="every row that is proved read once by the bare driver",
            engine=engine_name,
            unit="transfers/s",
            limit=None,
            prepare=partial(_beside_reading, settings, engine_name),
        )
        yield Pair(
            name="prove.memory",
            what=f"timebank verify, peak memory, {large:,} transfers",
            against=f"the same, {small:,} transfers",
            engine=engine_name,
            unit="MiB",
            limit=Limit(FLAT, is_most=True),
            prepare=partial(_memory, settings, engine_name),
            rounds=1,
            is_warmed=False,
        )


@contextmanager
def _rate(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    count = settings.proved[1]
    kept = growing.kept(settings, engine_name, count)
    yield Sides(ours=lambda: float(count / _proved(settings, kept)["seconds"]))


@contextmanager
def _beside_reading(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    """Prove and read in turn: what others do to the machine meanwhile falls on both."""
    count = settings.proved[1]
    kept = growing.kept(settings, engine_name, count)
    spec = {"role": "read_everything", "address": kept.address}
    with clients(settings, [spec]) as reader:
        yield Sides(
            ours=lambda: float(count / _proved(settings, kept)["seconds"]),
            peer=lambda: reader.rate({"count": count}),
        )


@contextmanager
def _memory(settings: BenchSettings, engine_name: str) -> Iterator[Sides]:
    facts: dict[str, Any] = {}

    def peak(count: int) -> float:
        answer = _proved(settings, growing.kept(settings, engine_name, count))
        before, most = answer["before_kib"] / 1024, answer["peak_kib"] / 1024
        facts[f"mib_grown_at_{count}"] = round(most - before, 1)
        return float(most)

    small, large = settings.proved
    yield Sides(ours=partial(peak, large), peer=partial(peak, small), facts=facts)


def _proved(settings: BenchSettings, kept: Books) -> dict[str, Any]:
    """Prove books in a process of its own, so that its memory is its own too."""
    with clients(settings, [{"role": "prove", "address": kept.address}]) as one:
        (answer,) = one.ask({})
    assert answer["wrong"] == 0
    return answer
