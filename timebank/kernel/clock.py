"""The only reader of the time.

Moments are aware and in UTC; days belong to the community's time zone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

_fixed: ContextVar[datetime | None] = ContextVar("fixed_moment", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    fixed = _fixed.get()
    return fixed if fixed is not None else datetime.now(UTC)


def today() -> date:
    """Return the present day in the community's time zone."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """Return the community's day in which a moment falls."""
    return moment.astimezone(ZONE).date()


def local(moment: datetime) -> datetime:
    """Return the same moment on the community's wall clock."""
    return moment.astimezone(ZONE)


def at_local(day: date, clock: time) -> datetime:
    """Return the UTC moment of a wall-clock time on one of the community's days."""
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of a community day and that of the next one."""
    return at_local(day, time()), at_local(day + timedelta(days=1), time())


@contextmanager
def fixed_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at one moment, for seeding history and for tests."""
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
