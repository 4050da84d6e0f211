"""The race over a month that is being closed in a shortened form, on both engines."""

import pytest

from tests.drills import close_race
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_month_is_closed_once_and_nothing_enters_it_after(engine_name: str) -> None:
    found = close_race.run(engine_name, rounds=1)

    assert found.is_exact(rounds=1), found
