"""The bank test in a shortened form, on both engines."""

import pytest

from tests.drills import bank
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_every_snapshot_of_all_balances_sums_to_zero(engine_name: str) -> None:
    found = bank.run(engine_name, seconds=0, turns=10)

    assert found.is_exact(snapshots=40), found
