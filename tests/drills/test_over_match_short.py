"""The race over one line and one bill in a shortened form, on both engines."""

import pytest

from tests.drills import over_match
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_one_of_sixteen_gets_the_line_and_one_the_bill(engine_name: str) -> None:
    found = over_match.run(engine_name, rounds=1)

    assert found.is_exact(rounds=1), found
