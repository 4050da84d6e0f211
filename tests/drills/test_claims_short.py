"""The claims drill in a shortened form, on both engines."""

import pytest

from tests.drills import claims
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_every_case_claimed_at_once_has_one_holder(engine_name: str) -> None:
    found = claims.run(engine_name, officers=6, cases=8)

    assert found.is_exact(officers=6, cases=8), found
