"""Random histories of projects against an independent model, as many as wanted.

Run ``python -m tests.drills.cofund_histories --engine postgresql --histories 200``; the short form
is ``tests/cofund/test_endings.py``.
"""

import argparse

from tests.cofund.test_endings import walk
from tests.make import real
from timebank.kernel.db import db


def main() -> None:
    """Live through the histories, each in a transaction that is rolled back."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--engine", choices=real.ENGINES, default="sqlite")
    asked.add_argument("--histories", type=int, default=200)
    asked.add_argument("--steps", type=int, default=30)
    options = asked.parse_args()
    with real.real_app(options.engine) as app, app.app_context():
        for seed in range(options.histories):
            walk(db.session(), seed=seed, steps=options.steps)
            db.session.rollback()
    print(f"{options.histories} histories of {options.steps} steps agree on {options.engine}")


if __name__ == "__main__":
    main()
