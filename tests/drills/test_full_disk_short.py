"""The full disk in a shortened form, on the engines whose disk can be filled here."""

import pytest

from tests.drills import full_disk


@pytest.mark.parametrize("engine_name", full_disk.engines_here())
def test_a_full_disk_is_told_and_leaves_nothing_half_done(engine_name: str) -> None:
    found = full_disk.run(engine_name, rounds=1, workers=1)

    assert found.is_exact(rounds=1), found
