"""Backups under load in a shortened form, on both engines."""

import pytest

from tests.drills import backups
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_backup_made_under_load_holds_one_moment(engine_name: str) -> None:
    found = backups.run(engine_name, copies=1, is_rest_copied=False, workers=1, rest=0.3)

    assert found.is_exact(copies=1), found
