"""The way back to a moment in a shortened form."""

from tests.drills import point_in_time


def test_the_moment_before_a_mistake_comes_back_exactly() -> None:
    found = point_in_time.run(acks=10, workers=1, rest=0.3)

    assert found.is_exact(acks=10), found
