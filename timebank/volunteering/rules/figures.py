"""What figures of hours are grouped by: the age on the day of the service, and months."""

from datetime import date
from enum import StrEnum


class AgeGroup(StrEnum):
    """How old a volunteer was on the day of the service, as known when it was posted."""

    UNDER_18 = "under_18"
    FROM_18 = "from_18"
    FROM_60 = "from_60"
    FROM_70 = "from_70"
    FROM_80 = "from_80"
    UNKNOWN = "unknown"


# A figure about fewer people or cases than this could point at somebody.
TELLABLE_MIN = 5
# In place of a grid or a centre: whatever it is.
ANYWHERE = -1
# In place of the month in which somebody served before: never.
NEVER = date(1, 1, 1)

# From which age on a group begins, the oldest first.
BEGINS: tuple[tuple[int, AgeGroup], ...] = (
    (80, AgeGroup.FROM_80),
    (70, AgeGroup.FROM_70),
    (60, AgeGroup.FROM_60),
    (18, AgeGroup.FROM_18),
)


def month_begin(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_after(month_on: date, count: int = 1) -> date:
    """Return the first day of the month so many months later; earlier when negative."""
    at = month_on.year * 12 + month_on.month - 1 + count
    return date(at // 12, at % 12 + 1, 1)
