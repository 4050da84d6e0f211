"""The worker's deaths in a shortened form, on both engines."""

import pytest

from tests.drills import worker_dies
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_job_acts_once_wherever_its_worker_dies(engine_name: str) -> None:
    found = worker_dies.run(engine_name, times=1)

    assert found.is_exact(times=1), found
