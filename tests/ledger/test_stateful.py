"""Any sequence of acts does to the ledger what it does to plain books."""

from sqlalchemy.orm import Session

from tests.ledger.ledger_machine import run
from tests.ledger.machine import open_world
from tests.ledger.sequences import drawn, shrunk

# Always the same sequences: what passed once cannot fail by chance. The long run draws others.
SEEDS, STEPS, TRIES = range(50), 100, 300


def test_any_sequence_of_acts_is_that_of_plain_books(session: Session) -> None:
    world = open_world(session)
    for seed in SEEDS:
        failure = run(world, drawn(seed, STEPS))
        if failure is not None:
            failure = shrunk(failure, lambda acts: run(world, acts), tries=TRIES)
            message = f"seed {seed}: {failure}"
            raise AssertionError(message) from failure.error
