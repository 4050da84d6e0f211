"""What a monthly visit is, and when it counts as late."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

YEAR_MIN, YEAR_MAX = 2000, 2100
NOTE_CHARS_MAX = 1000


class VisitState(StrEnum):
    """Whether the round of a unit is still to be made."""

    PLANNED = "planned"
    DONE = "done"


class Coverage(StrEnum):
    """How a unit stands in a month, on the map."""

    DONE = "done"
    PLANNED = "planned"
    OVERDUE = "overdue"
    UNPLANNED = "unplanned"


class DoorResult(StrEnum):
    """What happened at a door."""

    MET = "met"
    NOT_MET = "not_met"
    DECLINED = "declined"


class ChangeKind(StrEnum):
    """What of a household had changed."""

    PHONE = "phone"
    ROOM = "room"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    def shifted(self, by: int) -> "Month":
        """Return the month so many months later."""
        at = self.year * 12 + self.number - 1 + by
        return Month(at // 12, at % 12 + 1)


def month_of(day: date) -> Month:
    """Return the month in which a day lies."""
    return Month(day.year, day.month)


def coverage_of(state: VisitState | None, due_on: date | None, *, today: date) -> Coverage:
    """Return how a unit stands: late from the day after the last one it was planned for."""
    if state is None or due_on is None:
        return Coverage.UNPLANNED
    if state is VisitState.DONE:
        return Coverage.DONE
    return Coverage.OVERDUE if due_on < today else Coverage.PLANNED


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit in a month: who goes when, and how far they came."""

    micro_grid_id: int
    grid_id: int
    grid_name: str
    building_no: int
    unit_no: int
    label: str
    household_count: int
    people_count: int
    coverage: Coverage
    visit_id: int | None = None
    visitor_id: int | None = None
    visitor_name: str = ""
    due_on: date | None = None
    visited_on: date | None = None
    met_count: int = 0
    not_met_count: int = 0
    change_count: int = 0
    finding_count: int = 0


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month of visits as far as somebody may see it."""

    month: Month
    units: Sequence[UnitLine]

    def count(self, coverage: Coverage) -> int:
        """Return how many units stand so."""
        return sum(one.coverage is coverage for one in self.units)

    @property
    def met_count(self) -> int:
        """How many households were met."""
        return sum(one.met_count for one in self.units)

    @property
    def change_count(self) -> int:
        """How many changes were written into the registers."""
        return sum(one.change_count for one in self.units)


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """Somebody behind a door, as the visitor may see them."""

    id: int
    name: str
    born_on: date | None
    phone_masked: str
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door of a unit: who lives there and what happened at it this month."""

    household_id: int
    room_no: str
    residents: Sequence[ResidentLine]
    result: DoorResult | None = None
    met_name: str = ""
    note: str = ""
    again_on: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Something that had changed, before and after; personal values are masked."""

    id: int
    kind: ChangeKind
    person_id: int
    person_name: str
    old: str
    new: str
    noted_on: date


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Something that was found, and the case that came of it."""

    id: int
    words: str
    case_id: int | None


@dataclass(frozen=True, slots=True)
class VisitView:
    """The round of one unit in one month."""

    id: int
    micro_grid_id: int
    grid_id: int
    grid_name: str
    label: str
    month: Month
    state: VisitState
    coverage: Coverage
    visitor_id: int | None
    visitor_name: str
    due_on: date
    visited_on: date | None
    note: str
    doors: Sequence[DoorLine]
    changes: Sequence[ChangeLine]
    findings: Sequence[FindingLine]

    @property
    def open_doors(self) -> list[DoorLine]:
        """The doors at which nobody was met and nobody declined."""
        done = {DoorResult.MET, DoorResult.DECLINED}
        return [door for door in self.doors if door.result not in done]

    @property
    def met_count(self) -> int:
        """How many households were met."""
        return sum(door.result is DoorResult.MET for door in self.doors)


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with the place where it was made."""

    id: int
    words: str
    micro_grid_id: int
    visit_id: int
    case_id: int | None
