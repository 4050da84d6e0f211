"""Values and rules of booking ahead: slots, until when one cancels free, the waiting list."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from timebank.care.rules.weekdays import EVERY_DAY, has_day
from timebank.kernel import clock

SLOT_CAPACITY_MAX = 500
SLOTS_MAX = 40
CANCEL_HOURS_MAX = 168
OFFER_HOURS = 4
OFFER_HOURS_MAX = 72
DAYS_SHOWN = 14
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class WaitingState(StrEnum):
    """Where somebody stands who waits for a place."""

    IN_LINE = "in_line"
    OFFERED = "place_offered"
    TAKEN = "place_taken"
    LAPSED = "place_lapsed"
    LEFT = "left_line"


OPEN_WAITING = (WaitingState.IN_LINE, WaitingState.OFFERED)


class ChargeKind(StrEnum):
    """Why minutes of a booking are taken although nothing was served."""

    MISSED = "missed_charge"
    LATE = "late_charge"


@dataclass(frozen=True, slots=True)
class SlotView:
    """A time of day at which a service is served, and on a day how much of it is left.

    ``weekdays`` and ``service_days`` are masks, Monday is the lowest bit; it is served on the days
    that both have.
    """

    id: int
    service_id: int
    at_time: str
    weekdays: int
    capacity: int
    is_active: bool
    taken: int = 0
    waiting: int = 0
    service_days: int = EVERY_DAY

    @property
    def left(self) -> int:
        """How many places are free on the day that was asked for."""
        return max(0, self.capacity - self.taken)

    def runs_on(self, day: date) -> bool:
        """Whether it is served on this day of the week."""
        return self.is_active and has_day(self.weekdays & self.service_days, day)


@dataclass(frozen=True, slots=True)
class BookingRulesView:
    """What a service asks of those who book it; ``version`` 0 holds until somebody sets it.

    ``late_percent`` None lets residents not cancel late at all: they ring up the centre.
    """

    id: int | None = None
    version: int = 0
    cancel_hours: int | None = None
    late_percent: int | None = None
    no_show_percent: int = 0
    offer_hours: int = OFFER_HOURS
    valid_from: date | None = None
    set_by: str = ""


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Somebody who waits for a place, or was offered one."""

    id: int
    person_id: int
    person_name: str
    service_id: int
    service_name: str
    centre_id: int
    centre_name: str
    slot_id: int | None
    on_day: date
    at_time: str
    quantity: int
    state: str
    asked_at: datetime
    offered_until: datetime | None
    relative_id: int | None
    booking_id: int | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.state in OPEN_WAITING

    @property
    def is_offered(self) -> bool:
        """Whether a place is kept for them now."""
        return self.state == WaitingState.OFFERED


@dataclass(frozen=True, slots=True)
class ChargeView:
    """Minutes taken of a booking that was not served."""

    id: int
    booking_id: int
    person_id: int
    person_name: str
    service_name: str
    on_day: date
    kind: str
    minutes: int
    percent: int
    charged_at: datetime
    waived_by: str
    waived_reason: str


def begins_at(day: date, at_time: str) -> datetime:
    """Return the moment at which a booking begins; without a time it is the day itself."""
    if not at_time:
        return clock.at_local(day, time())
    hour, minute = at_time.split(":")
    return clock.at_local(day, time(int(hour), int(minute)))


def free_until(rules: BookingRulesView, *, day: date, at_time: str) -> datetime:
    """Return until when a booking can be cancelled for nothing.

    Where nobody set rules it is the end of the day before.
    """
    if rules.cancel_hours is None:
        return clock.at_local(day, time())
    return begins_at(day, at_time) - timedelta(hours=rules.cancel_hours)


def share(minutes: int, percent: int) -> int:
    """Return a part of minutes in whole minutes, what is left over being the elder's."""
    return minutes * percent // 100


def offer_ends(now: datetime, *, hours: int, begins: datetime, day: date) -> datetime:
    """Return until when a place is kept for who was first in line: never past its beginning.

    A booking without a time of day may be taken until its day is over.
    """
    last = begins
    if begins == clock.at_local(day, time()):
        last = clock.at_local(day + timedelta(days=1), time())
    return min(now + timedelta(hours=hours), last)
