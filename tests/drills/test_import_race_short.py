"""The race of imports in a shortened form, on both engines."""

import pytest

from tests.drills import import_race
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_lines_of_overlapping_files_at_once_stand_once(engine_name: str) -> None:
    found = import_race.run(engine_name, rounds=2)

    assert found.is_exact(rounds=2), found
