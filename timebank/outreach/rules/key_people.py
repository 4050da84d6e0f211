"""Who is looked after in particular, why, and when they should be seen again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

EVERY_DAYS_MIN, EVERY_DAYS_MAX = 1, 366
NOTE_CHARS_MAX = 1000
# Source: Personal Information Protection Law, articles 28 and 31.
CHILD_UNTIL_YEARS = 14


class KeyGroup(StrEnum):
    """The old, the young, and others in need."""

    OLD = "old"
    YOUNG = "young"
    OTHER = "other"


class Reason(StrEnum):
    """Why somebody is looked after."""

    LIVES_ALONE = "lives_alone"
    EMPTY_NEST = "empty_nest"
    VERY_OLD = "very_old"
    FRAIL = "frail"
    CHRONIC_ILLNESS = "chronic_illness"
    DISABLED = "disabled"
    BEREAVED = "bereaved"
    PARENTS_AWAY = "parents_away"
    SINGLE_PARENT = "single_parent"
    NO_GUARDIAN = "no_guardian"
    OUT_OF_SCHOOL = "out_of_school"
    HARDSHIP = "hardship"


_EVERYWHERE = frozenset({Reason.CHRONIC_ILLNESS, Reason.DISABLED, Reason.HARDSHIP})
REASONS_OF: Mapping[KeyGroup, frozenset[Reason]] = {
    KeyGroup.OLD: _EVERYWHERE
    | {
        Reason.LIVES_ALONE,
        Reason.EMPTY_NEST,
        Reason.VERY_OLD,
        Reason.FRAIL,
        Reason.BEREAVED,
    },
    KeyGroup.YOUNG: _EVERYWHERE
    | {Reason.PARENTS_AWAY, Reason.SINGLE_PARENT, Reason.NO_GUARDIAN, Reason.OUT_OF_SCHOOL},
    KeyGroup.OTHER: _EVERYWHERE | {Reason.LIVES_ALONE, Reason.BEREAVED, Reason.SINGLE_PARENT},
}


class Contact(StrEnum):
    """How somebody was seen."""

    HOME = "home"
    PHONE = "phone"
    NOT_MET = "not_met"


def due_after(day: date, every_days: int) -> date:
    """Return by when somebody should be seen again."""
    return day + timedelta(days=every_days)


def due_after_contact(contact: Contact, day: date, *, every_days: int, due_on: date) -> date:
    """Return by when somebody should be seen next: not having met them moves nothing."""
    if contact is Contact.NOT_MET:
        return due_on
    return max(due_on, due_after(day, every_days))


def is_child(born_on: date | None, *, on: date) -> bool:
    """Whether somebody is under fourteen, so that a guardian must have agreed."""
    if born_on is None:
        return False
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return years < CHILD_UNTIL_YEARS


@dataclass(frozen=True, slots=True)
class KeyLine:
    """Somebody on the list; why is not said here, since it is sensitive."""

    id: int
    person_id: int
    name: str
    phone_masked: str
    place_label: str
    grid_id: int | None
    grid_name: str
    group: KeyGroup
    every_days: int
    visitor_id: int
    visitor_name: str
    since_on: date
    ended_on: date | None
    last_seen_on: date | None
    due_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One time that somebody was seen, or not met; the note is shown with the reason only."""

    id: int
    contact: Contact
    on: date
    has_note: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class KeyView:
    """Somebody on the list with the times they were seen; ``reason`` where it may be shown."""

    line: KeyLine
    contacts: Sequence[ContactLine]
    has_note: bool
    consent_on: date | None
    reason: Reason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OwnKeyView:
    """What somebody sees of their own place on the list."""

    group: KeyGroup
    reason: Reason
    every_days: int
    visitor_name: str
    since_on: date
    last_seen_on: date | None
    due_on: date


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many are on the list, how many should have been seen by now, by group."""

    all: Mapping[KeyGroup, int]
    overdue: Mapping[KeyGroup, int]

    @property
    def total(self) -> int:
        """Everybody on the list."""
        return sum(self.all.values())

    @property
    def overdue_total(self) -> int:
        """Everybody who should have been seen by now."""
        return sum(self.overdue.values())
