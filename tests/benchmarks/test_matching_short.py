"""The matching benchmark in a shortened form: it runs, and nothing is matched wrong."""

import pytest

from tests.benchmarks import matching


@pytest.mark.parametrize("is_dozen", [True, False])
def test_candidates_are_found_and_none_is_matched_wrong(*, is_dozen: bool) -> None:
    found = matching.measure(300, is_dozen=is_dozen)

    print(found.words())
    assert (found.wrong, found.right > 50) == (0, True)


def test_a_line_opens_among_bills() -> None:
    assert matching.opening_ms("sqlite", count=30) > 0
