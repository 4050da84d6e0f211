"""Whom a service is for: the switch of benefits, least age, classes of hardship; pure values."""

from collections.abc import Iterable
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


class HardshipClass(StrEnum):
    """A class of hardship, by the reason for which somebody is on the list of the looked after."""

    HARDSHIP = "hardship"
    FRAIL = "frail"
    DISABLED = "disabled"
    LIVES_ALONE = "lives_alone"
    EMPTY_NEST = "empty_nest"
    BEREAVED = "bereaved"


EVERY_CLASS = (1 << len(HardshipClass)) - 1


def mask_of_classes(classes: Iterable[HardshipClass]) -> int:
    """Return classes as bits, in the order above; 0 for everybody."""
    chosen = set(classes)
    return sum(1 << bit for bit, one in enumerate(HardshipClass) if one in chosen)


def classes_of(mask: int) -> tuple[HardshipClass, ...]:
    """Return the classes in a mask."""
    return tuple(one for bit, one in enumerate(HardshipClass) if mask >> bit & 1)


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
