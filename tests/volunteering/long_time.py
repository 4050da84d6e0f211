"""Does random acts to a time bank for a long time, other ones each time.

``python -m tests.volunteering.long_time [--engine NAME] [--examples N] [--steps N]``: a sequence
that fails is shrunk by hypothesis to the shortest that still does, and printed.
"""

import argparse
import sys

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.make import real
from tests.volunteering.time_machine import machine_of, open_world
from timebank.kernel.db import db


def main() -> int:
    """Run on one engine or on both; a failure ends it with its traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=real.ENGINES, action="append")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=60)
    asked = parser.parse_args()
    long = settings(
        max_examples=asked.examples,
        stateful_step_count=asked.steps,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for engine_name in asked.engine or real.ENGINES:
        with real.real_app(engine_name) as app, app.app_context():
            world = open_world(db.session())
            run_state_machine_as_test(machine_of(world), settings=long)
            db.session.rollback()
        print(f"{engine_name}: {asked.examples} runs of up to {asked.steps} acts", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
