"""Moving to another micro-grid: from which day, one at a time; what was posted stays there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.volunteering.errors import moving as errors

AHEAD_DAYS_MAX = 90
PEOPLE_MAX = 200


class MoveState(StrEnum):
    """Where a move stands: planned until its day, then done, or cancelled before."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


# From its day on it holds; before, it can be taken back.
ARROWS = ((MoveState.PLANNED, MoveState.DONE), (MoveState.PLANNED, MoveState.CANCELLED))


def check_day(day: date, *, today: date) -> None:
    """Refuse a day that is past, or too far ahead.

    Raises:
        MoveDayError
    """
    last = today + timedelta(days=AHEAD_DAYS_MAX)
    if not today <= day <= last:
        raise errors.MoveDayError(field="effective_on", last=last)


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move: who, from where, where to, from when, by whom, why."""

    id: int
    person_id: int
    person_name: str
    from_label: str
    to_micro_grid_id: int
    to_label: str
    to_room_no: str
    effective_on: date
    state: MoveState
    reason: str
    asked_at: datetime
    asked_by_name: str
