"""Values and rules of a centre's view for its manager; no database.

It is about care and work, not about control: who has not been seen is somebody to call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

DAYS = (30, 90, 365)
DAYS_DEFAULT = 90
UNSEEN_DAYS = (30, 45, 60, 90)
UNSEEN_DAYS_DEFAULT = 45
REGULAR_VISITS = 3
REGULAR_DAYS = 365
UNSEEN_MAX = 50
SERVICES_MAX = 20
STAFF_MAX = 50
AHEAD_DAYS = 14
FULL_DAYS_MAX = 400
HOURS_OF_DAY = 24
WEEKDAYS = 7


class Refused(StrEnum):
    """Why nothing was handed over at a counter."""

    OWN_OR_KIN = "own_or_kin"
    MINUTES = "minutes"
    FULL = "full"
    DAY_LIMIT = "day_limit"
    DAY_MINUTES = "day_minutes"
    VOUCHER = "voucher_over"


class RowsOf(StrEnum):
    """Which figure is opened to its slips."""

    HOUR = "hour"
    SERVICE = "service"
    STAFF = "staff"
    STAFF_SIGNED = "staff_signed"
    STAFF_VOIDED = "staff_voided"
    STAFF_VOIDS = "staff_voids"


@dataclass(frozen=True, slots=True)
class HourLoad:
    """How many slips one hour of the day had: by weekday (Monday first), and on its fullest day."""

    hour: int
    by_weekday: tuple[int, ...]
    peak: int
    peak_on: date

    @property
    def slips(self) -> int:
        """All of the hour."""
        return sum(self.by_weekday)


def load_by_hour(counts: Iterable[tuple[date, int, int]]) -> tuple[HourLoad, ...]:
    """Return the load of each hour from counts of ``(day, hour, slips)``, by the clock."""
    weekdays: dict[int, list[int]] = {}
    peaks: dict[int, tuple[int, date]] = {}
    for day, hour, slips in counts:
        weekdays.setdefault(hour, [0] * WEEKDAYS)[day.weekday()] += slips
        peaks[hour] = max(peaks.get(hour, (0, day)), (slips, day))
    return tuple(HourLoad(hour, tuple(weekdays[hour]), *peaks[hour]) for hour in sorted(weekdays))


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """How much of a service was handed over and kept, and to how many people."""

    service_id: int
    name: str
    unit: str
    quantity: int
    minutes: int
    people: int


@dataclass(frozen=True, slots=True)
class NoShows:
    """Bookings of a service that were due: who came, who did not."""

    service_id: int
    name: str
    came: int
    missed: int

    @property
    def due(self) -> int:
        """All that were due."""
        return self.came + self.missed


@dataclass(frozen=True, slots=True)
class StaffWork:
    """What a member of staff did at the counter, and what is worth a question."""

    user_id: int
    name: str
    slips: int
    signed: int
    voided: int
    voids: int
    own_or_kin: int

    def is_unusual(self, whole: "StaffWork") -> bool:
        """Whether shares are far above those of all, or somebody tried to serve their own."""
        return self.own_or_kin > 0 or any(
            mine >= UNUSUAL_MIN and mine * whole.slips > UNUSUAL_TIMES * of_all * self.slips
            for mine, of_all in ((self.signed, whole.signed), (self.voided, whole.voided))
        )


UNUSUAL_MIN, UNUSUAL_TIMES = 3, 2


def all_staff(staff: Iterable[StaffWork]) -> StaffWork:
    """Return the sum over all."""
    rows = list(staff)
    return StaffWork(
        0,
        "",
        *(
            sum(getattr(row, name) for row in rows)
            for name in ("slips", "signed", "voided", "voids", "own_or_kin")
        ),
    )


@dataclass(frozen=True, slots=True)
class Unseen:
    """A regular of the centre who has not come for long; the phone is masked."""

    person_id: int
    name: str
    place_label: str
    phone_masked: str
    visits: int
    last_on: date
    days_away: int


@dataclass(frozen=True, slots=True)
class Short:
    """A service that ran short: full days behind and ahead, who waits in line, what was refused."""

    service_id: int | None
    name: str
    full_days: int
    full_days_ahead: int
    waiting: int
    refused: Mapping[Refused, int]


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Somebody who was not served: who asked for it, for whom, and why it was not to be."""

    id: int
    at: datetime
    person_id: int
    person_name: str
    service_id: int | None
    service_name: str
    reason: Refused
    asked_by: str
    asked_by_user_id: int | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class FullDay:
    """A day on which all of a service, or of some of its slots, was taken."""

    on_day: date
    capacity: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that a manager sees of a centre over some days."""

    centre_id: int
    centre_name: str
    since: date
    through: date
    hours: tuple[HourLoad, ...]
    services: tuple[ServiceUse, ...]
    no_shows: tuple[NoShows, ...]
    staff: tuple[StaffWork, ...]
    unseen: tuple[Unseen, ...]
    short: tuple[Short, ...]

    @property
    def slips(self) -> int:
        """All slips of the days."""
        return sum(one.slips for one in self.staff)

    @property
    def whole_staff(self) -> StaffWork:
        """The sum over all staff."""
        return all_staff(self.staff)
