"""Pairs that are measured in turn, and what came of them.

A pair is two works on one scene: ours and a peer's. One round of a work returns its figure, in the
pair's unit; the ratio is always ours divided by the peer's, round by round, so that whatever the
machine does meanwhile falls on both.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol  # Any: facts as JSON takes them

ROUNDS_MIN = 3

# Does one round and returns its figure.
Work = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a ratio must reach: at least, or at most."""

    figure: float
    is_most: bool = False

    def is_reached(self, ratio: float) -> bool:
        """Whether a ratio is as good as that."""
        return ratio <= self.figure if self.is_most else ratio >= self.figure

    def __str__(self) -> str:
        return f"{'<=' if self.is_most else '>='} {self.figure:g}"


@dataclass(slots=True)
class Sides:
    """The works of a pair on a prepared scene; without a peer the figure itself is judged.

    ``facts`` is filled while the rounds are run and goes into the JSON as it is.
    """

    ours: Work
    peer: Work | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the table: ``prepare`` sets the scene and takes it away again."""

    name: str
    what: str
    against: str
    engine: str
    unit: str
    limit: Limit | None
    prepare: Callable[[], AbstractContextManager[Sides]]
    rounds: int | None = None
    is_warmed: bool = True


class Postgres(Protocol):
    """A PostgreSQL server whose administrator we are."""

    def __hash__(self) -> int:
        """Each server is itself."""

    def address(self, database: str, *, role: str | None = None) -> str:
        """The address of one of its databases."""

    def bin_folder(self) -> Path:
        """The folder of its programs."""


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """How long and how large: the whole, the quick, or the short form that tests the harness.

    Clients are ``many`` where there is more than one; they are programs of their own, or forks.
    ``peer_python`` is the interpreter in which the peers are installed that are Python packages.
    """

    folder: Path
    postgres: Callable[[], Postgres]
    peer_python: str
    seconds: float
    rounds: int
    pair_seconds_max: float
    many: int
    members: int
    batch: int
    batches: tuple[int, ...]
    small: int
    large: int
    proved: tuple[int, int]
    reads: int
    has_peers: bool = True
    are_forked: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a pair: figures of all rounds, the ratio's median, least and most."""

    pair: Pair
    ours: tuple[float, ...]
    peer: tuple[float, ...]
    facts: Mapping[str, Any]

    @property
    def ratios(self) -> list[float]:
        """The ratio of each round, or the figures themselves where there is no peer."""
        if not self.peer:
            return list(self.ours)
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def is_reached(self) -> bool | None:
        """Whether the limit is reached; None where there is none."""
        return None if self.pair.limit is None else self.pair.limit.is_reached(self.ratio)

    def document(self) -> dict[str, Any]:
        """Return the outcome as JSON."""
        pair = self.pair
        return {
            **{name: getattr(pair, name) for name in ("name", "what", "against", "engine", "unit")},
            "ratio": {"median": self.ratio, "min": min(self.ratios), "max": max(self.ratios)},
            "ours": {"median": median(self.ours), "rounds": self.ours},
            "peer": {"median": median(self.peer), "rounds": self.peer} if self.peer else None,
            "limit": None if pair.limit is None else asdict(pair.limit),
            "is_reached": self.is_reached,
            "facts": dict(self.facts),
        }


def measure(pair: Pair, settings: BenchSettings) -> Outcome:
    """Warm up both sides once, then let them take turns: A B A B, for a bounded time."""
    with pair.prepare() as sides:
        if pair.is_warmed:
            for _ in _turn(sides):
                pass
        ours: list[float] = []
        peer: list[float] = []
        ends_at = time.monotonic() + settings.pair_seconds_max
        for done in range(pair.rounds or settings.rounds):
            if done >= ROUNDS_MIN and time.monotonic() > ends_at:
                break
            figures = list(_turn(sides))
            ours.append(figures[0])
            peer.extend(figures[1:])
        return Outcome(pair, tuple(ours), tuple(peer), sides.facts)


def _turn(sides: Sides) -> Iterator[float]:
    """Yield our figure, then the peer's."""
    yield sides.ours()
    if sides.peer is not None:
        yield sides.peer()


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * 10_000) * len(ordered) // 10_000) - 1)]
