"""A centre's view: hours by weekday, and what of a colleague's work is worth a question."""

from datetime import date

from timebank.care.rules import overview as rules
from timebank.care.rules.overview import StaffWork

MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)


def test_hours_are_told_by_weekday_with_their_fullest_day() -> None:
    noon, evening = rules.load_by_hour([(MONDAY, 18, 1), (MONDAY, 11, 5), (TUESDAY, 11, 9)])

    assert (noon.hour, noon.slips, noon.peak, noon.peak_on) == (11, 14, 9, TUESDAY)
    assert noon.by_weekday == (5, 9, 0, 0, 0, 0, 0)
    assert (evening.hour, evening.slips) == (18, 1)
    assert rules.load_by_hour([]) == ()


def _work(slips: int, *, signed: int = 0, voided: int = 0, own: int = 0) -> StaffWork:
    return StaffWork(1, "赵敏", slips, signed, voided, 0, own)


def test_unusual_is_who_is_far_above_all_or_tried_to_serve_their_own() -> None:
    usual = _work(900, signed=30, voided=9)
    for mine, is_unusual in (
        (_work(100, signed=3), False),
        (_work(100, signed=12), True),
        (_work(10, signed=2), False),
        (_work(100, voided=5), True),
        (_work(100, own=1), True),
    ):
        assert mine.is_unusual(rules.all_staff([usual, mine])) is is_unusual
