"""When whom is reminded of a step: before it is due, when it is late, and when it stays late.

A notch is reached by comparing moments, so that a job that ran late, twice, or by two workers at
once gives the same reminders.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from timebank.cases.rules.clocks import SOON_AT_MOST, SOON_SHARE


class Notch(StrEnum):
    """How far a clock has run: soon due, late, or late by as much again as was promised."""

    SOON = "soon"
    LATE = "late"
    STILL_LATE = "still_late"


class Told(StrEnum):
    """Who is told."""

    HOLDER = "holder"
    GRID_HEAD = "grid_head"
    DUTY_OFFICER = "duty_officer"


# Each notch is told to one level more.
TOLD: Mapping[Notch, tuple[Told, ...]] = {
    Notch.SOON: (Told.HOLDER,),
    Notch.LATE: (Told.HOLDER, Told.GRID_HEAD),
    Notch.STILL_LATE: (Told.HOLDER, Told.GRID_HEAD, Told.DUTY_OFFICER),
}
STILL_AFTER_MOST = timedelta(days=1)


def notches(*, started_at: datetime, due_at: datetime, now: datetime) -> list[Notch]:
    """Return the notches that a clock has reached, the earliest first."""
    length = max(due_at - started_at, timedelta(0))
    soon = due_at - max(min(SOON_AT_MOST, length), length / SOON_SHARE)
    still = due_at + min(length, STILL_AFTER_MOST)
    reached = [
        (Notch.SOON, now >= soon),
        (Notch.LATE, now > due_at),
        (Notch.STILL_LATE, now > still),
    ]
    return [notch for notch, is_reached in reached if is_reached]


def looks_ahead() -> timedelta:
    """Return how long before it is due a step can be soon; longer limits are looked at as well."""
    return timedelta(days=36)
