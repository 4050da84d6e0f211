"""Whom a service is for: the switch of benefits, the least age; pure values."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.care.rules.desk import ServiceView, age_on


class WhyNot(StrEnum):
    """Why a service is not for somebody, as far as a screen may say it before they ask."""

    BENEFITS_OFF = "benefits_off"
    TOO_YOUNG = "too_young"
    AGE_UNKNOWN = "age_unknown"
    OTHER_DAYS = "other_days"


@dataclass(frozen=True, slots=True)
class SwitchView:
    """One turn of the switch of a community's benefits."""

    is_off: bool
    reason: str
    set_by: str
    set_at: datetime


def why_not(service: ServiceView, *, born_on: date | None, day: date) -> WhyNot | None:
    """Return why somebody cannot have a service on a day; None when nothing speaks against it."""
    if service.is_switched_off:
        return WhyNot.BENEFITS_OFF
    if service.age_min is None:
        return None
    age = age_on(born_on, day)
    if age is None:
        return WhyNot.AGE_UNKNOWN
    return WhyNot.TOO_YOUNG if age < service.age_min else None
