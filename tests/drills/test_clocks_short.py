"""Jumps of the clock in a shortened form: one time zone far away, on both engines."""

import pytest

from tests.drills import clocks
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_neither_clock_nor_zone_changes_order_results_or_days(engine_name: str) -> None:
    found = clocks.run(engine_name, zones=("Pacific/Apia",), workers=1)

    assert found.is_exact(zones=1), found
