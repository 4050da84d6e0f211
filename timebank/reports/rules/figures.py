"""What figures of a community mean: periods, places, people, shares, needs, months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from timebank.kernel.actor import Reach
from timebank.reports.errors import PeriodError, PlaceOutOfReachError
from timebank.reports.rules.tables import Cell, Head, companions
from timebank.volunteering.rules.figures import TELLABLE_MIN, month_after, month_begin
from timebank.volunteering.rules.needs import Outcome

MONTHS_DEFAULT = 12
MONTHS_MAX = 120
# In hundredths of those for whom somebody was found: the middle one, and nine of ten.
_MEDIAN, _SLOW = 50, 90
# Nobody who has served within so many months has lapsed.
LAPSED_AFTER_MONTHS = 6
# Which part of the volunteers is looked at for concentration: one in ten, at least one.
TOP_PART = 10
PAIRS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, from the first day of the first to the last day of the last."""

    first: date
    last: date

    @property
    def months(self) -> list[date]:
        """The first days of the months, in order."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        return [month_after(self.first, at) for at in range(count)]

    @property
    def after(self) -> date:
        """The first day after it."""
        return month_after(self.last)

    @property
    def ends_on(self) -> date:
        """Its last day."""
        return self.after - timedelta(days=1)

    @property
    def lapsed_before(self) -> date:
        """Whoever has served last before this month has lapsed at the end of the period."""
        return month_after(self.last, 1 - LAPSED_AFTER_MONTHS)

    def change(
        self, first_on: date | None, lines: Sequence["Coming"], *, since: date
    ) -> tuple[int, int, int]:
        """Return how one volunteer's being active, new and lapsed differs from what is kept.

        ``lines`` are the months from ``since`` on; what was before is kept as it is.
        """
        began_before = first_on is not None and first_on < since
        served = sum(one.services for one in lines if one.month_on >= self.first) > 0
        so = self._stands(began_before, [one.month_on for one in lines if one.approvals])
        kept = self._stands(began_before, [one.month_on for one in lines if one.kept])
        return (served - kept[0], (so[1] and served) - kept[1], so[2] - kept[2])

    def _stands(self, began_before: bool, months: Sequence[date]) -> tuple[bool, bool, bool]:  # noqa: FBT001 - one fact of two
        """Return whether who came in these months is active, new, has lapsed."""
        came = any(one >= self.first for one in months)
        begun = began_before or any(one < self.lapsed_before for one in months)
        is_new = came and not began_before and min(months) >= self.first
        return came, is_new, begun and not any(one >= self.lapsed_before for one in months)


@dataclass(frozen=True, slots=True)
class Coming:
    """What a volunteer did in a month: net services, approvals, and approvals that are kept."""

    month_on: date
    services: int
    approvals: int
    kept: int


def period(today: date, *, first: date | None, last: date | None) -> Period:
    """Return the months that were asked for; the twelve that end with today's when none were.

    Raises:
        PeriodError: they are in the wrong order or too many.
    """
    last = month_begin(last or today)
    first = month_begin(first) if first else month_after(last, 1 - MONTHS_DEFAULT)
    if first > last or month_after(first, MONTHS_MAX) <= last:
        raise PeriodError(field="first")
    return Period(first, last)


@dataclass(frozen=True, slots=True)
class Places:
    """Of which places figures are told: all of the community, or some of its grids and centres."""

    community_id: int
    is_whole: bool
    grid_ids: frozenset[int] = frozenset()
    centre_ids: frozenset[int] = frozenset()
    sees_people: bool = False


def places(
    *, community_id: int, reach: Reach, people: Reach, grid_id: int | None, centre_id: int | None
) -> Places:
    """Return the places within reach, narrowed to one grid or centre when it is named.

    ``people`` is how far its holder may see who stands behind a figure: it must go as far.

    Raises:
        PlaceOutOfReachError: the named place lies outside.
    """
    sees = people.is_wide or (
        not reach.is_wide
        and reach.grid_ids <= people.grid_ids
        and reach.centre_ids <= people.centre_ids
    )
    if grid_id is None and centre_id is None:
        return Places(community_id, reach.is_wide, reach.grid_ids, reach.centre_ids, sees)
    if not reach.covers(grid_id=grid_id, centre_id=centre_id) or None not in (grid_id, centre_id):
        raise PlaceOutOfReachError
    grids = frozenset() if grid_id is None else frozenset({grid_id})
    centres = frozenset() if centre_id is None else frozenset({centre_id})
    return Places(
        community_id, is_whole=False, grid_ids=grids, centre_ids=centres, sees_people=sees
    )


@dataclass(frozen=True, slots=True)
class People:
    """How many volunteers; None where they are too few to tell."""

    active: int | None
    new: int | None
    lapsed: int | None


@dataclass(frozen=True, slots=True)
class PeopleLine:
    """Volunteers of one age group or grid."""

    head: Head
    people: People


def told_people(lines: Sequence[PeopleLine], *, hides: bool) -> tuple[PeopleLine, ...]:
    """Return counts as they may be told: small ones, and what gives them away, are left out."""
    if not hides:
        return tuple(lines)
    columns = [
        told_counts([getattr(line.people, name) or 0 for line in lines])
        for name in ("active", "new", "lapsed")
    ]
    return tuple(
        PeopleLine(line.head, People(*counts))
        for line, counts in zip(lines, zip(*columns, strict=True), strict=True)
    )


def told_counts(counts: Sequence[int]) -> list[int | None]:
    """Return counts of people; below five, and the one beside a single such one, None."""
    hidden = {at for at, count in enumerate(counts) if 0 < count < TELLABLE_MIN}
    cells = {at: Cell(count, count) for at, count in enumerate(counts)}
    hidden |= companions(range(len(counts)), cells, hidden)
    return [None if at in hidden else count for at, count in enumerate(counts)]


def told(count: int, *, hides: bool) -> int | None:
    """Return one count as it may be told."""
    return None if hides and 0 < count < TELLABLE_MIN else count


@dataclass(frozen=True, slots=True)
class Volunteers:
    """Active, new and lapsed volunteers, in all, by age group and by grid of the service."""

    all: People
    ages: tuple[PeopleLine, ...]
    grids: tuple[PeopleLine, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How hours are spread over the volunteers of a period.

    ``rank_sum`` adds each one's minutes times the place from the least to the most.
    """

    volunteers: int
    minutes: int
    top_volunteers: int
    top_minutes: int
    rank_sum: int

    def told(self, *, hides: bool) -> "Spread":
        """Return it as it may be told: nothing of few, and the busiest only where they are five."""
        if not hides or self.top_volunteers >= TELLABLE_MIN:
            return self
        if self.volunteers < TELLABLE_MIN:
            return Spread(0, 0, 0, 0, 0)
        return Spread(self.volunteers, self.minutes, 0, 0, self.rank_sum)

    @property
    def gini_permille(self) -> int:
        """Gini's coefficient in thousandths: 0 all alike, 1000 all by one of very many."""
        whole = self.volunteers * self.minutes
        if whole <= 0:
            return 0
        return (2 * self.rank_sum - (self.volunteers + 1) * self.minutes) * 1000 // whole


@dataclass(frozen=True, slots=True)
class Pair:
    """A volunteer and a recipient, and their minutes in the period."""

    volunteer_id: int
    volunteer_name: str
    recipient_id: int
    recipient_name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one centre has of the hours."""

    head: Head
    minutes: int


@dataclass(frozen=True, slots=True)
class Concentration:
    """Whether few do most: the spread, the largest pairs, and the centres."""

    spread: Spread
    pairs: tuple[Pair, ...]
    centres: tuple[Share, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class NeedCounts:
    """Needs posted in a period, what became of them, and how long until somebody was found."""

    posted: int | None = 0
    met: int | None = 0
    unmet: int | None = 0
    cancelled: int | None = 0
    waiting: int | None = 0
    matched: int | None = 0
    median_minutes: int | None = None
    slow_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class SomeNeeds:
    """Needs of one kind, grid and outcome, and the waits of those found, in minutes."""

    kind_id: int | None
    grid_id: int | None
    outcome: Outcome
    count: int
    waits: Sequence[int]


def counts_of(found: Iterable[SomeNeeds]) -> NeedCounts:
    """Return the counts of needs with the middle wait and that of nine in ten: each a real one."""
    by_outcome = dict.fromkeys(Outcome, 0)
    waits: list[int] = []
    for one in found:
        by_outcome[one.outcome] += one.count
        waits += one.waits
    waits.sort()
    median, slow = (
        waits[(len(waits) * hundredths + 99) // 100 - 1] if waits else None
        for hundredths in (_MEDIAN, _SLOW)
    )
    return NeedCounts(
        posted=sum(by_outcome.values()),
        met=by_outcome[Outcome.MET],
        unmet=by_outcome[Outcome.UNMET],
        cancelled=by_outcome[Outcome.CANCELLED],
        waiting=by_outcome[Outcome.WAITING],
        matched=len(waits),
        median_minutes=median,
        slow_minutes=slow,
    )


def told_needs(counts: NeedCounts) -> NeedCounts:
    """Return the counts of needs as they may be told to who may not see people."""
    parts = told_counts(
        [counts.met or 0, counts.unmet or 0, counts.cancelled or 0, counts.waiting or 0]
    )
    matched = told(counts.matched or 0, hides=True)
    return replace(
        counts,
        posted=told(counts.posted or 0, hides=True),
        met=parts[0],
        unmet=parts[1],
        cancelled=parts[2],
        waiting=parts[3],
        matched=matched,
        median_minutes=counts.median_minutes if matched else None,
        slow_minutes=counts.slow_minutes if matched else None,
    )


@dataclass(frozen=True, slots=True)
class NeedLine:
    """The needs of one kind or grid."""

    head: Head
    counts: NeedCounts


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs in all, by kind and by grid."""

    all: NeedCounts
    kinds: tuple[NeedLine, ...]
    grids: tuple[NeedLine, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a month beside the month before and the same month a year before."""

    name: str
    unit: str
    now: int | None
    before: int | None
    year_before: int | None

    @property
    def change(self) -> int | None:
        """The difference to the month before."""
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def year_change(self) -> int | None:
        """The difference to the same month a year before."""
        known = self.now is not None and self.year_before is not None
        return (self.now or 0) - (self.year_before or 0) if known else None


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which postings stand behind a number."""

    period: Period
    kind_id: int | None = None
    grid_id: int | None = None  # 0: outside of all grids
    centre_id: int | None = None  # 0: at no centre
    age_group: str | None = None
    volunteer_id: int | None = None
    recipient_id: int | None = None
