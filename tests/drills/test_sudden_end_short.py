"""The server's sudden end in a shortened form, on both engines."""

import pytest

from tests.drills import sudden_end
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_what_was_acknowledged_survives_a_killed_server(engine_name: str) -> None:
    found = sudden_end.run(engine_name, rounds=0, during_start=1, acks=10, workers=1)

    assert found.is_exact(rounds=0, during_start=1), found
    assert found.acknowledged >= 10
