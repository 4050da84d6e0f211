"""What the figures mean: whose first page is where, what comes first, what is too small to tell."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from timebank.access.rules import Role
from timebank.volunteering.rules.figures import TELLABLE_MIN

# Who holds several roles is led to the first of these that is theirs.
FIRST_PAGES: tuple[tuple[Role, str], ...] = (
    (Role.COMMUNITY_ADMIN, "reports.today"),
    (Role.AUDITOR, "reports.today"),
    (Role.COUNTER, "care.counter"),
    (Role.CENTRE_MANAGER, "care.counter"),
    (Role.FINANCE, "cofund.projects"),
    (Role.GRID_OFFICER, "cases.cases"),
    (Role.STEWARD, "cases.cases"),
    (Role.OPERATOR, "access.users"),
)
RESIDENTS_PAGE = "volunteering.my_time"

URGENT_MAX = 3
WAITING_MAX = timedelta(days=3)
MONTHS_SHOWN = 12


def first_page(roles: Collection[str]) -> str:
    """Return the endpoint at which somebody with these roles begins the day."""
    for role, endpoint in FIRST_PAGES:
        if role in roles:
            return endpoint
    return RESIDENTS_PAGE


class UrgentKind(StrEnum):
    """What can ask for attention, the most pressing first."""

    BOOKS_WRONG = "books_wrong"
    CASE_LATE = "case_late"
    DISPUTES_LATE = "disputes_late"
    RECORDS_WAITING = "records_waiting"
    OBJECTIONS = "objections"
    SPENDING_WAITING = "spending_waiting"
    CASES_LATE = "cases_late"
    BOOKINGS_TODAY = "bookings_today"


@dataclass(frozen=True, slots=True)
class Urgent:
    """Something that asks for attention; a single case is named and says since when it is late."""

    kind: UrgentKind
    count: int
    case_id: int | None = None
    title: str = ""
    step: str = ""
    late_minutes: int = 0


def first_things(found: Iterable[Urgent]) -> tuple[Urgent, ...]:
    """Return the few things to look at first; what there is none of asks for nothing."""
    order = list(UrgentKind)
    real = [one for one in found if one.count > 0]
    return tuple(sorted(real, key=lambda one: order.index(one.kind))[:URGENT_MAX])


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of the steps that were settled in a month were settled in time."""

    step: str
    in_time: int
    settled: int


@dataclass(frozen=True, slots=True)
class DoorFigures:
    """One micro-grid: its door and its open cases, the late ones among them."""

    micro_grid_id: int
    building_no: int
    unit_no: int
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class GridFigures:
    """One grid with its doors."""

    grid_id: int
    name: str
    doors: tuple[DoorFigures, ...]

    @property
    def open(self) -> int:
        """How many cases are open in the grid."""
        return sum(door.open for door in self.doors)

    @property
    def overdue(self) -> int:
        """How many of them are late."""
        return sum(door.overdue for door in self.doors)

    @property
    def buildings(self) -> tuple[str, ...]:
        """The grid's building numbers with runs drawn together, such as ``("1–4", "7")``."""
        return number_ranges(door.building_no for door in self.doors)


@dataclass(frozen=True, slots=True)
class MonthHours:
    """Minutes that came into the books and that were redeemed in one month."""

    year: int
    month: int
    earned_minutes: int
    redeemed_minutes: int


@dataclass(frozen=True, slots=True)
class GridHours:
    """What was earned in one grid, month by month; without a grid's number, outside all of them.

    ``account_id`` is where its rows stand; None before the first.
    """

    grid_id: int | None
    name: str
    account_id: int | None
    months: tuple[int, ...]

    @property
    def minutes(self) -> int:
        """Earned in all months shown."""
        return sum(self.months)


@dataclass(frozen=True, slots=True)
class HoursByGrid:
    """The last twelve months, and what each grid earned in them."""

    months: tuple[tuple[int, int], ...]
    grids: tuple[GridHours, ...]

    @property
    def shown(self) -> tuple[GridHours, ...]:
        """The grids, and what was earned outside them where there is anything."""
        return tuple(one for one in self.grids if one.grid_id is not None or one.minutes)

    @property
    def totals(self) -> tuple[int, ...]:
        """Earned in all grids together, month by month."""
        return tuple(map(sum, zip(*(one.months for one in self.grids), strict=True)))

    @property
    def minutes(self) -> int:
        """Earned in all grids and months together."""
        return sum(one.minutes for one in self.grids)


@dataclass(frozen=True, slots=True)
class HoursFigures:
    """What residents hold, and how it came and went in the last twelve months."""

    outstanding_minutes: int
    held_minutes: int
    months: tuple[MonthHours, ...]

    @property
    def earned_minutes(self) -> int:
        """Earned in the months shown, less what was taken back in them."""
        return sum(month.earned_minutes for month in self.months)

    @property
    def redeemed_minutes(self) -> int:
        """Redeemed in the months shown, less what was undone in them."""
        return sum(month.redeemed_minutes for month in self.months)

    @property
    def months_to_redeem(self) -> int | None:
        """For how many whole months what is held lasts at this pace; None without a pace."""
        if self.redeemed_minutes <= 0:
            return None
        return self.outstanding_minutes * len(self.months) // self.redeemed_minutes


@dataclass(frozen=True, slots=True)
class BookFigures:
    """One book's check: by how much its accounts do not cancel out."""

    code: str
    name: str
    difference: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody: how many, and how many of them for too long."""

    count: int
    too_long: int


@dataclass(frozen=True, slots=True)
class SpendingWaiting:
    """Spending requests that nobody has approved yet."""

    count: int
    too_long: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ProjectSums:
    """The sums of all projects that were not cancelled, fen."""

    count: int
    agreed_fen: int
    received_fen: int
    spent_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class ProofFigures:
    """The last proof of the books: when, of how many entries, and how many rows were wrong."""

    proved_at: datetime
    entries: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All sums of a community at one moment."""

    community_name: str
    urgent: tuple[Urgent, ...]
    grids: tuple[GridFigures, ...]
    rates: tuple[Rate, ...]
    hours: HoursFigures
    books: tuple[BookFigures, ...]
    proof: ProofFigures | None
    redeemed_difference_minutes: int
    records: Waiting
    objections: int
    spending: SpendingWaiting
    bookings_today: int
    projects: ProjectSums

    @property
    def open_cases(self) -> int:
        """How many cases are open."""
        return sum(grid.open for grid in self.grids)

    @property
    def overdue_cases(self) -> int:
        """How many of them are late."""
        return sum(grid.overdue for grid in self.grids)

    @property
    def micro_grids(self) -> int:
        """How many micro-grids there are."""
        return sum(len(grid.doors) for grid in self.grids)

    @property
    def wrong_checks(self) -> int:
        """How many of the checks of the books fail."""
        return wrong_checks(self.books, self.redeemed_difference_minutes)


def wrong_checks(books: Iterable[BookFigures], redeemed_difference_minutes: int) -> int:
    """Return how many books do not cancel out, and whether counter and book differ."""
    return sum(book.difference != 0 for book in books) + (redeemed_difference_minutes != 0)


@dataclass(frozen=True, slots=True)
class Shared:
    """A sum over people; told only when enough of them stand behind it."""

    people: int | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class CasesClosed:
    """Cases closed in a year, and those of them whose every step was in time."""

    closed: int | None
    in_time: int | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What everybody may know; None stands for what is too small to tell."""

    community_code: str
    community_name: str
    subdistrict: str
    product_name: str
    phone: str
    year: int
    given: Shared
    redeemed: Shared
    projects: ProjectSums
    cases: CasesClosed


def shared(*, people: int, minutes: int) -> Shared:
    """Return a sum over people, or nothing of it when they are too few."""
    return Shared(people, minutes) if people >= TELLABLE_MIN else Shared(None, None)


def cases_closed(*, closed: int, in_time: int) -> CasesClosed:
    """Return the closed cases, or nothing of them when they are too few."""
    return CasesClosed(closed, in_time) if closed >= TELLABLE_MIN else CasesClosed(None, None)


def last_months(today: date) -> list[tuple[int, int]]:
    """Return the twelve months that end with today's as ``(year, month)``, oldest first."""
    last = today.year * 12 + today.month - 1
    return [(at // 12, at % 12 + 1) for at in range(last - MONTHS_SHOWN + 1, last + 1)]


def number_ranges(numbers: Iterable[int]) -> tuple[str, ...]:
    """Return numbers with runs drawn together: ``("1–4", "7")``."""
    runs = [
        [number for _, number in run]
        for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0])
    ]
    return tuple(_run_text(run) for run in runs)


def _run_text(run: Sequence[int]) -> str:
    """Return one run of numbers."""
    return str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}"
