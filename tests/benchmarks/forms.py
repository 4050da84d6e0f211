"""How long and how large: the whole benchmark, a quick look, the form that tests the harness."""

import sys
from functools import cache
from pathlib import Path

from tests.benchmarks.harness import BenchSettings
from tests.benchmarks.places import OwnPostgres, TestPostgres


def whole(folder: Path, *, peer_python: str) -> BenchSettings:
    """Return the settings whose results are kept."""
    return BenchSettings(
        folder=folder,
        postgres=cache(lambda: OwnPostgres(folder)),
        peer_python=peer_python,
        seconds=5,
        rounds=9,
        pair_seconds_max=180,
        many=8,
        members=1000,
        batch=100_000,
        batches=(1_000, 10_000, 100_000, 1_000_000),
        small=10_000,
        large=10_000_000,
        proved=(100_000, 1_000_000),
        reads=1000,
    )


def quick(folder: Path, *, peer_python: str) -> BenchSettings:
    """Return the settings for a look in between: shorter rounds, books of 300,000."""
    return BenchSettings(
        folder=folder,
        postgres=cache(lambda: OwnPostgres(folder)),
        peer_python=peer_python,
        seconds=2,
        rounds=3,
        pair_seconds_max=60,
        many=8,
        members=1000,
        batch=20_000,
        batches=(1_000, 10_000, 100_000),
        small=10_000,
        large=300_000,
        proved=(30_000, 300_000),
        reads=500,
    )


def short(folder: Path) -> BenchSettings:
    """Return the settings of the test: every pair runs, and nothing is read off its times."""
    return BenchSettings(
        folder=folder,
        postgres=cache(TestPostgres),
        peer_python=sys.executable,
        seconds=0.05,
        rounds=1,
        pair_seconds_max=1,
        many=2,
        members=8,
        batch=50,
        batches=(10, 50),
        small=60,
        large=200,
        proved=(60, 200),
        reads=5,
        has_peers=False,
        are_forked=True,
    )
