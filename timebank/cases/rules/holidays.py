"""The years that come with the house: days off and make-up workdays, as the notices say.

Source: 国务院办公厅关于2025年部分节假日安排的通知; 国务院办公厅关于2026年部分节假日安排的通知.
Later years are loaded when their notice is out; until then a deadline that reaches them says so.
"""

from datetime import date, timedelta

from timebank.cases.rules.workdays import Year


def _days(*runs: tuple[date, int]) -> frozenset[date]:
    """Return all the days of runs, each given by its first day and its length."""
    return frozenset(first + timedelta(days=n) for first, length in runs for n in range(length))


HOUSE_YEARS = (
    Year(
        year=2025,
        version=1,
        source="国务院办公厅关于2025年部分节假日安排的通知",
        rest_on=_days(
            (date(2025, 1, 1), 1),
            (date(2025, 1, 28), 8),
            (date(2025, 4, 4), 3),
            (date(2025, 5, 1), 5),
            (date(2025, 5, 31), 3),
            (date(2025, 10, 1), 8),
        ),
        work_on=frozenset(
            {
                date(2025, 1, 26),
                date(2025, 2, 8),
                date(2025, 4, 27),
                date(2025, 9, 28),
                date(2025, 10, 11),
            }
        ),
    ),
    Year(
        year=2026,
        version=1,
        source="国务院办公厅关于2026年部分节假日安排的通知",
        rest_on=_days(
            (date(2026, 1, 1), 3),
            (date(2026, 2, 15), 9),
            (date(2026, 4, 4), 3),
            (date(2026, 5, 1), 5),
            (date(2026, 6, 19), 3),
            (date(2026, 9, 25), 3),
            (date(2026, 10, 1), 7),
        ),
        work_on=frozenset(
            {
                date(2026, 1, 4),
                date(2026, 2, 14),
                date(2026, 2, 28),
                date(2026, 5, 9),
                date(2026, 9, 20),
                date(2026, 10, 10),
            }
        ),
    ),
)
