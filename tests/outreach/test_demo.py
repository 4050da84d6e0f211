"""The demo's activities add up to what the community publishes."""

from timebank.cli.demo.occasions import ROWS
from timebank.outreach.rules.occasions import Audience, Line, OccasionKind


def _times(key: object) -> int:
    return sum(row.times for row in ROWS if key in {row.line, row.audience, row.kind})


def test_the_sums_are_those_that_are_published() -> None:
    assert [_times(key) for key in (Line.MEDICAL, Line.ELDER_CARE, Line.EDUCATION)] == [68, 52, 36]
    assert [_times(key) for key in (Audience.OLD, Audience.YOUNG)] == [32, 28]
    assert _times(Audience.OTHERS) > 50
    assert _times(OccasionKind.CLEAN_UP) == 24
