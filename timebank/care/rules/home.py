"""Values and rules of services at home: who comes, and how much was done between two moments."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Delivery(StrEnum):
    """Where and by whom a service is done."""

    AT_CENTRE = "at_centre"
    BY_PROVIDER = "by_provider"
    BY_VOLUNTEER = "by_volunteer"


# So long may a visit last over a unit before the next one counts.
GRACE_MINUTES = 5
OPEN_DAYS_MAX = 14  # how long staff may still end a visit that was begun


@dataclass(frozen=True, slots=True)
class HomeVisitView:
    """A booking at somebody's home, with what is known of the visit.

    ``done_units`` is what it may be redeemed for as things stand: by the clock, or by the record.
    """

    booking_id: int
    person_id: int
    person_name: str
    phone_masked: str
    place_label: str
    service_name: str
    unit: str
    centre_id: int
    on_day: date
    at_time: str
    quantity: int
    minutes: int
    delivery: str
    duration_minutes: int
    need_id: int | None
    need_state: str
    record_id: int | None
    record_state: str
    record_minutes: int
    volunteer_name: str
    started_at: datetime | None
    started_by: str
    ended_at: datetime | None
    done_units: int
    slip_id: int | None = None

    @property
    def by_volunteer(self) -> bool:
        """Whether a volunteer comes."""
        return self.delivery == Delivery.BY_VOLUNTEER

    @property
    def is_under_way(self) -> bool:
        """Whether somebody is there now."""
        return self.started_at is not None and self.ended_at is None

    @property
    def may_begin(self) -> bool:
        """Whether the provider may confirm that they are there."""
        return not self.by_volunteer and self.started_at is None

    @property
    def may_end(self) -> bool:
        """Whether the elder may confirm what was done."""
        if self.ended_at is not None:
            return False
        return self.record_state == "approved" if self.by_volunteer else self.is_under_way


def units_done(*, minutes: int, unit_minutes: int, booked: int) -> int:
    """Return how many units were done in so many minutes: at least one, at most what was booked."""
    counted = max(0, minutes - GRACE_MINUTES)
    return min(booked, max(1, -(-counted // unit_minutes)))


def minutes_between(started_at: datetime, ended_at: datetime) -> int:
    """Return the whole minutes from one moment to another."""
    return int((ended_at - started_at).total_seconds()) // 60
