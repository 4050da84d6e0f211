"""What households owed at the end of a day, by household and by age; what was withheld."""

from dataclasses import dataclass
from datetime import date, timedelta

# A bill is due through its day; from then on it is late by so many days at most.
LATE_STEPS = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class HouseholdSums:
    """What one household was asked for, paid, was let off and still owed, fen."""

    household_id: int
    building: int
    unit: int
    room_no: str
    owner_name: str | None
    amount_fen: int
    paid_fen: int
    waived_fen: int
    outstanding_fen: int


@dataclass(frozen=True, slots=True)
class BillSums:
    """The same of many households together."""

    amount_fen: int
    paid_fen: int
    waived_fen: int
    outstanding_fen: int


@dataclass(frozen=True, slots=True)
class Ages:
    """What is owed, by how long it is late, fen."""

    not_due_fen: int
    late_30_fen: int
    late_60_fen: int
    late_90_fen: int
    later_fen: int

    @property
    def total_fen(self) -> int:
        """All that is owed."""
        late = self.late_30_fen + self.late_60_fen + self.late_90_fen + self.later_fen
        return self.not_due_fen + late


@dataclass(frozen=True, slots=True)
class ProjectAges:
    """What the households of a project owe, by age."""

    project_id: int
    number: str
    title: str
    ages: Ages


@dataclass(frozen=True, slots=True)
class HouseholdAges:
    """What one household owes for some projects, by age."""

    household_id: int
    building: int
    unit: int
    room_no: str
    owner_name: str | None
    ages: Ages


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was withheld from a project's builder, and what became of it, fen."""

    project_id: int
    number: str
    title: str
    released_fen: int
    deducted_fen: int
    outstanding_fen: int
    due_on: date | None

    @property
    def withheld_fen(self) -> int:
        """What was withheld in all."""
        return self.released_fen + self.deducted_fen + self.outstanding_fen


def first_days(day: date) -> tuple[date, ...]:
    """Return of each step of lateness the first due day that still belongs to it."""
    return (day, *(day - timedelta(days=step) for step in LATE_STEPS))
