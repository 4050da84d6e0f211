"""Does random acts to the ledger for a long time, other ones each time.

Run ``python -m tests.ledger.long_run --engine postgresql --steps 100000``; with ``--seed`` an
earlier run comes again. A sequence that fails is shrunk to the shortest that still does.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from tests.ledger.ledger_machine import run
from tests.ledger.machine import World, open_world
from tests.ledger.sequences import drawn, shrunk
from tests.make import real
from timebank.kernel.db import make_engine

STEPS = 100
RUNS = 50
TRIES = 3000


def main() -> int:
    """Run until the steps are done or a sequence fails; answer 1 when one does."""
    asked = _arguments()
    first = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    print(f"{asked.engine}: {asked.steps} steps from seed {first}", flush=True)
    done, started = 0, time.monotonic()
    while done < asked.steps:
        # What is rolled back stays in PostgreSQL's files, so each round has files of its own.
        with _world(asked.engine) as world:
            for seed in range(first, first + RUNS):
                if _fails(world, seed):
                    print(f"failed at seed {seed}, after {done} steps")
                    return 1
                done += STEPS
        first += RUNS
        took = (time.monotonic() - started) / done * 1000
        print(f"{done} steps done, {took:.1f} s per 1,000", flush=True)
    return 0


def _fails(world: World, seed: int) -> bool:
    """Whether the sequence of a seed fails; then print the shortest that still does."""
    failure = run(world, drawn(seed, STEPS))
    if failure is None:
        return False
    print(shrunk(failure, lambda acts: run(world, acts), tries=TRIES))
    return True


@contextmanager
def _world(engine_name: str) -> Iterator[World]:
    """The machine's books in a database of its own; nothing is ever committed."""
    with real.real_address(engine_name) as address:
        engine = make_engine(address)
        with Session(engine, expire_on_commit=False) as session:
            yield open_world(session)
            session.rollback()
        engine.dispose()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=real.ENGINES, default="sqlite")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
