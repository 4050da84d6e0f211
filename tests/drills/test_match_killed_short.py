"""Killed while importing and while matching, in a shortened form: one point on each engine."""

import pytest

from tests.drills import match_killed
from tests.drills.match_killed import Point


@pytest.mark.parametrize(
    ("engine_name", "point"),
    [("sqlite", Point.CLAIM_BOOKED), ("postgresql", Point.LINES_POSTED)],
)
def test_a_killed_import_and_a_killed_run_are_done_once(engine_name: str, point: Point) -> None:
    found = match_killed.run(engine_name, times=1, points=(point,))

    assert found.killed == {point.value: 1}
    assert (found.lines, found.matched) == (found.lines_wanted, found.matched_wanted), found
    assert (found.doubled, found.findings) == (0, ())
