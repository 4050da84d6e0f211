"""What of a need or a task may be changed once it was told, and whom a change asks again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from timebank.kernel import clock
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.rules.helpers import Helper, is_sex_wanted, missing_skills
from timebank.volunteering.rules.needs import Wishes

SHIFTS_MAX = 6
SHIFT_MINUTES_MIN = 30

# What a change may touch; everything else stands as it was first told.
TASK_FIELDS = (
    "activity",
    "starts_at",
    "ends_at",
    "places",
    "place",
    "micro_grid_id",
    "grid_id",
    "details",
    "risk",
    "sex",
    "skills",
    "languages",
)
NEED_FIELDS = (
    "kind_id",
    "is_urgent",
    "starts_at",
    "minutes",
    "helpers",
    "weekdays",
    "repeat_until_on",
    "risk",
    "sex",
    "skills",
    "languages",
    "details",
    "place",
    "micro_grid_id",
    "grid_id",
)

Value = str | int | bool | list[str] | None


class Along(StrEnum):
    """How far a change of one time of a series goes."""

    ONE = "one"
    FOLLOWING = "following"


class ChangeEvent(StrEnum):
    """What happened, as the trail tells it."""

    NEED_CHANGED = "need_changed"
    TASK_CHANGED = "task_changed"


@dataclass(frozen=True, slots=True)
class TaskEdit:
    """A task as it is to be from now on."""

    starts_at: datetime
    ends_at: datetime
    places: int
    activity: str = ""
    place: str = ""
    micro_grid_id: int | None = None
    details: str = ""
    wishes: Wishes | None = None  # None: what it asks of volunteers stays as it is


@dataclass(frozen=True, slots=True)
class Misfit:
    """Somebody on a task's list whom what it asks from now on does not fit any more."""

    volunteer_id: int
    name: str
    may_go: bool


@dataclass(frozen=True, slots=True)
class Refit:
    """Who was asked again because a task asks for something else, and who was let go."""

    asked_ids: tuple[int, ...] = ()
    let_go_ids: tuple[int, ...] = ()


def no_longer_fits(helper: Helper, *, before: Wishes, after: Wishes) -> bool:
    """Whether somebody lacks what is newly asked; what was lacking before was known and agreed."""
    lacking = {*missing_skills(after.skills, helper)} - {*before.skills}
    is_unwanted = after.sex != before.sex and not is_sex_wanted(after, helper)
    return bool(lacking) or is_unwanted


def asks_again(*, starts_at: datetime, new_starts_at: datetime) -> bool:
    """Whether who promised the old time must be asked for the new one: a promise is for its day."""
    return clock.day_of(starts_at) != clock.day_of(new_starts_at)


def shifts_of(
    starts_at: datetime, ends_at: datetime, *, shifts: int
) -> list[tuple[datetime, datetime]]:
    """Return the beginnings and ends of equal shifts of a time.

    Raises:
        ShiftsUnevenError: it does not part into whole minutes, or shifts are too short.
    """
    minutes, rest = divmod(int((ends_at - starts_at).total_seconds()) // 60, shifts)
    if shifts > 1 and (rest or minutes < SHIFT_MINUTES_MIN):
        raise errors.ShiftsUnevenError(field="shifts", shifts=shifts, minutes=SHIFT_MINUTES_MIN)
    if shifts == 1:
        return [(starts_at, ends_at)]
    ends = [starts_at + timedelta(minutes=minutes * number) for number in range(shifts + 1)]
    return list(pairwise(ends))


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the names of what differs, in the order in which it is told."""
    return [name for name, value in after.items() if before[name] != value]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Both values of a change, who made it, and why."""

    revision: int
    at: datetime
    actor_name: str
    reason: str
    starts_before: datetime
    starts_after: datetime
    ends_before: datetime
    ends_after: datetime
    before: Mapping[str, Value]
    after: Mapping[str, Value]

    @property
    def is_moved(self) -> bool:
        """Whether the time is another."""
        return (self.starts_before, self.ends_before) != (self.starts_after, self.ends_after)
