"""What figures of cases mean: who belongs to a period, what is a part of what, what is left out.

On-time figures belong to the month in which a step was due, all others to that in which the case
was registered. Everything follows from facts that are only ever appended, as of a moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.cases.rules.flow import Category, Source, Step
from timebank.kernel import clock
from timebank.reports.errors import AsOfError
from timebank.reports.rules.tables import Head

# Below so many a share says more than it knows: it is told as "3 of 4".
PERCENT_MIN = 10


class By(StrEnum):
    """By what figures of cases are laid out."""

    GRID = "grid"
    MICRO_GRID = "micro_grid"
    SOURCE = "source"
    CATEGORY = "category"
    HOLDER = "holder"
    DEPARTMENT = "department"
    MONTH = "month"


class Fate(StrEnum):
    """Where a case stood as of the moment."""

    OPEN = "open"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    MERGED = "merged"


EXCLUDED = (Fate.REJECTED, Fate.CANCELLED, Fate.MERGED)


@dataclass(frozen=True, slots=True)
class About:
    """What a case is about and where: by this figures are laid out."""

    case_id: int
    number: str
    title: str
    grid_id: int
    micro_grid_id: int
    source: Source
    category: Category
    departments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StepFact:
    """One step of one round that was due in the period: done, or past due and not done.

    ``minutes`` is how long it took in its policy's clock without pauses; None when it is not done.
    """

    about: About
    round: int
    step: Step
    due_at: datetime
    is_late: bool
    minutes: int | None
    holder_id: int | None = None
    holder_name: str = ""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One case that was registered in the period, and what had happened to it."""

    about: About
    registered_at: datetime
    fate: Fate
    was_closed: bool = False
    reopened: bool = False
    returned: bool = False
    paused: bool = False
    extended: bool = False
    escalated: bool = False
    solved: int = 0
    unsolved: int = 0
    content: int = 0
    rated: int = 0
    unreachable: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole; nothing is no share."""

    part: int = 0
    whole: int = 0

    @property
    def is_small(self) -> bool:
        """Whether it is told as so many of so many."""
        return 0 < self.whole < PERCENT_MIN

    @property
    def permille(self) -> int | None:
        """The share in thousandths, rounded half up; None of nothing."""
        return (self.part * 2000 + self.whole) // (2 * self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step: how often in time, and how long it took in the middle and for nine of ten."""

    on_time: Rate
    median: int | None
    slow: int | None


def is_counted(one: CaseFact) -> bool:
    """Whether a case is among those that shares are taken of."""
    return one.fate not in EXCLUDED


# Part and whole of each share of registered cases, in the order in which they are told.
SHARES: Mapping[str, tuple[Callable[[CaseFact], int], Callable[[CaseFact], int]]] = {
    "closed": (lambda one: one.fate is Fate.CLOSED, is_counted),
    "solved": (lambda one: one.solved, lambda one: one.solved + one.unsolved),
    "satisfied": (lambda one: one.content, lambda one: one.rated),
    "reopened": (lambda one: one.reopened, lambda one: one.was_closed or one.reopened),
    "returned": (lambda one: one.returned, is_counted),
    "paused": (lambda one: one.paused, is_counted),
    "extended": (lambda one: one.extended, is_counted),
    "escalated": (lambda one: one.escalated, is_counted),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of cases."""

    registered: int
    excluded: Mapping[Fate, int]
    unreachable: int
    unrated: int
    steps: Mapping[Step, StepFigures]
    shares: Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one grid, source, holder, month …"""

    head: Head
    figures: Figures


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """The figures of a period in all and by one side."""

    all: Figures
    lines: tuple[Line, ...]


Fact = StepFact | CaseFact


def keys_of(one: Fact, by: By) -> Sequence[str | int]:
    """Return on which rows of a side a fact stands; nobody's steps stand under 0.

    A case stands on the row of each department that was called to it, and cases have no one holder.
    """
    if by is By.HOLDER:
        return [one.holder_id or 0] if isinstance(one, StepFact) else []
    if by is By.DEPARTMENT:
        return one.about.departments
    if by is By.MONTH:
        return [month_key(one.due_at if isinstance(one, StepFact) else one.registered_at)]
    about = one.about
    keys: Mapping[By, str | int] = {
        By.GRID: about.grid_id,
        By.MICRO_GRID: about.micro_grid_id,
        By.SOURCE: about.source.value,
        By.CATEGORY: about.category.value,
    }
    return [keys[by]]


def month_key(moment: datetime | date) -> str:
    """Return the community's month of a moment or a day as 2026-11."""
    day = clock.day_of(moment) if isinstance(moment, datetime) else moment
    return f"{day:%Y-%m}"


def as_of(asked: datetime | None, *, now: datetime) -> datetime | None:
    """Return the moment that was asked for; None for the present.

    Raises:
        AsOfError: it is still to come.
    """
    if asked is not None and asked > now:
        raise AsOfError(field="as_of")
    return asked


class Part(StrEnum):
    """Which facts behind a share are wanted."""

    PART = "part"
    REST = "rest"
    WHOLE = "whole"


STEP_NAMES = tuple(step.value for step in Step)
OTHER_NAMES = ("registered", *(fate.value for fate in EXCLUDED))
NAMES = (*STEP_NAMES, *SHARES, *OTHER_NAMES)


def behind(
    name: str, part: Part, *, steps: Sequence[StepFact], cases: Sequence[CaseFact]
) -> list[Fact]:
    """Return the facts behind one figure."""
    if name in STEP_NAMES:
        wanted = [one for one in steps if one.step.value == name]
        late = {Part.PART: False, Part.REST: True}
        return [one for one in wanted if part is Part.WHOLE or one.is_late is late[part]]
    if name == "registered":
        return list(cases)
    if name in SHARES:
        of_part, of_whole = SHARES[name]
        found = [one for one in cases if is_counted(one) and of_whole(one)]
        if part is Part.PART:
            return [one for one in found if of_part(one)]
        if part is Part.REST:
            return [one for one in found if int(of_part(one)) < int(of_whole(one))]
        return list(found)
    return [one for one in cases if one.fate.value == name]
