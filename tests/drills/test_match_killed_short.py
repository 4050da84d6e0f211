"""Killed while importing and while matching, in a shortened form, on both engines."""

import pytest

from tests.drills import match_killed
from tests.drills.match_killed import Point
from tests.make import real

SHORT = (Point.LINES_POSTED, Point.CLAIM_BOOKED)


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_killed_import_and_a_killed_run_are_done_once(engine_name: str) -> None:
    found = match_killed.run(engine_name, times=1, points=SHORT)

    assert found.killed == {point.value: 1 for point in SHORT}
    assert (found.lines, found.matched) == (found.lines_wanted, found.matched_wanted), found
    assert (found.doubled, found.findings) == (0, ())
