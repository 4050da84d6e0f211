"""The storm of retries in a shortened form, on both engines."""

import pytest

from tests.drills import retry_storm
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_key_sent_by_many_at_once_acts_once(engine_name: str) -> None:
    found = retry_storm.run(engine_name, keys=6, senders=6, workers=1)

    assert found.is_exact(keys=6, senders=6), found
