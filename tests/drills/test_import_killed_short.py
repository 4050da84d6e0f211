"""Killed while a statement is brought in, in a shortened form: one point on each engine."""

import pytest

from tests.drills import import_killed
from tests.drills.import_killed import Point


@pytest.mark.parametrize(
    ("engine_name", "point"),
    [("sqlite", Point.TRAIL_LEFT), ("postgresql", Point.LINES_WRITTEN)],
)
def test_a_statement_sent_again_after_a_death_stands_once(engine_name: str, point: Point) -> None:
    found = import_killed.run(engine_name, times=1, lines=6, points=(point,))

    assert found.is_exact(times=1, points=(point,)), found
