"""When things are due, found the slow way: minute by minute over a wall calendar.

Written without a look at the code under test and sharing none of it: no zone library (the
community is eight hours ahead, all year), no spans, no arithmetic on lengths; a minute either
counts or does not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

AHEAD = timedelta(hours=8)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wall:
    """A calendar on the wall: days off, days worked although off, office minutes."""

    off: Collection[date]
    made_up: Collection[date]
    office: Sequence[tuple[int, int]]

    def works(self, day: date) -> bool:
        if day in self.made_up:
            return True
        return day.isoweekday() <= 5 and day not in self.off

    def counts(self, wall_minute: datetime) -> bool:
        """Whether the minute that begins then is office time."""
        of_day = wall_minute.hour * 60 + wall_minute.minute
        is_open = any(begin <= of_day < end for begin, end in self.office)
        return is_open and self.works(wall_minute.date())


def after_minutes(
    wall: Wall,
    start: datetime,
    minutes: int,
    *,
    working: bool,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> datetime:
    """Step from minute to minute; those that are paused or not worked do not count."""
    now, counted = start + AHEAD, 0
    while counted < minutes:
        is_paused = any(begin <= now - AHEAD < end for begin, end in pauses)
        if not is_paused and (not working or wall.counts(now)):
            counted += 1
        now += MINUTE
    return now - AHEAD


def civil(wall: Wall, start: datetime, days: int, *, working: bool, rolls: str) -> datetime:
    """Cross off day after day; the first does not count and the last ends at midnight."""
    day, left = (start + AHEAD).date(), days
    while left:
        day += DAY
        if not working or wall.works(day):
            left -= 1
    if not working:
        while (rolls == "rest_days" and not wall.works(day)) or (
            rolls == "holidays" and day in wall.off
        ):
            day += DAY
    midnight = datetime(day.year, day.month, day.day, tzinfo=start.tzinfo) + DAY
    return midnight - AHEAD
