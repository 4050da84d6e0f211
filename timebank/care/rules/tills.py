"""Values and rules of the tills: limits, who may undo alone, a day that is closed; no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LOCK_MINUTES = 3
LOCK_MINUTES_MAX = 60
PERSON_DAY_MINUTES = 720
# Undoing takes two, unless a centre says up to how many minutes one may do it alone.
UNDO_ALONE_MINUTES = 0
TABLE_MAX = 12
TILL_NAME = "1 号窗口"
# A day of so long ago is asked for its close; what comes later stands on a day of now.
LOOKS_BACK_DAYS = 14
AHEAD_DAYS_MAX = 7


class CloseState(StrEnum):
    """Where the close of a till's day stands."""

    COUNTED = "counted"
    CLOSED = "closed"


class SignedHow(StrEnum):
    """Who signed a day: another person, or the one who counted, alone, where that is allowed."""

    SECOND = "second"
    ALONE = "alone"


class AskedState(StrEnum):
    """What became of a request to undo a slip that waits for a second person."""

    WAITING = "waiting"
    AGREED = "agreed"
    DROPPED = "dropped"


class InsteadKind(StrEnum):
    """What somebody did who came in the member's place."""

    EATS = "eats"
    FETCHES = "fetches"
    CARES = "cares"


@dataclass(frozen=True, slots=True)
class RulesView:
    """What a centre allows at its tills; ``version`` 0 is what holds until somebody sets it."""

    version: int = 0
    person_day_minutes_max: int = PERSON_DAY_MINUTES
    undo_alone_minutes_max: int = UNDO_ALONE_MINUTES
    may_sign_alone: bool = False
    set_by: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TillView:
    """A till of a centre."""

    id: int
    centre_id: int
    number: int
    name: str
    lock_minutes: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class Instead:
    """Who came in the member's place, by name, and what for."""

    name: str
    kind: InsteadKind


@dataclass(frozen=True, slots=True)
class Second:
    """A second person who says yes at the counter by their own PIN."""

    user_id: int
    pin: str


@dataclass(frozen=True, slots=True)
class Hand:
    """Who has a hand in an undoing: the account and the name."""

    user_id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Hands:
    """Who undoes, and who says yes besides, where that is asked."""

    first: Hand
    second: Hand | None


@dataclass(frozen=True, slots=True)
class UndoRequestView:
    """Somebody asks that a slip be undone; another says yes from their own page."""

    id: int
    redemption_id: int
    centre_id: int
    slip_number: str
    person_name: str
    minutes: int
    state: str
    reason: str
    asked_by: str
    asked_by_user_id: int
    asked_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What the service knows of a till's day.

    ``voids`` were undone on their own day and count no more in ``minutes``; ``late_voids`` are
    undone on this day and stand on the slips of earlier ones.
    """

    slips: int
    minutes: int
    visits: int
    visit_minutes: int
    money_fen: int
    voids: int
    void_minutes: int
    late_voids: int
    late_void_minutes: int

    @property
    def papers(self) -> int:
        """How many slips the drawer should hold."""
        return self.slips + self.visits

    @property
    def all_minutes(self) -> int:
        """What those slips add up to, less what was undone on the day."""
        return self.minutes + self.visit_minutes


@dataclass(frozen=True, slots=True)
class LateSlip:
    """A slip that stands on another day than it was served on, because that one was closed."""

    redemption_id: int
    slip_number: str
    slip_day: date
    served_on: date
    minutes: int


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What a till handed over of one service on a day, undone ones left out."""

    service_name: str
    unit: str
    quantity: int
    minutes: int
    money_fen: int


@dataclass(frozen=True, slots=True)
class CloseView:
    """The close of a till's day."""

    id: int
    centre_id: int
    centre_name: str
    till_id: int
    till_name: str
    on_day: date
    state: str
    figures: DayFigures
    found_slips: int
    found_minutes: int
    difference_reason: str
    counted_by: str
    counted_by_user_id: int | None
    counted_at: datetime
    signed_how: str | None
    signed_by: str
    signed_at: datetime | None

    @property
    def is_closed(self) -> bool:
        """Whether nothing enters this day any more."""
        return self.state == CloseState.CLOSED

    @property
    def difference_slips(self) -> int:
        """Slips in the drawer over, or short of, what the service knows."""
        return self.found_slips - self.figures.papers

    @property
    def difference_minutes(self) -> int:
        """Minutes on the drawer's slips over, or short of, what the service knows."""
        return self.found_minutes - self.figures.all_minutes


def needs_second(*, minutes: int, limit_minutes: int, is_day_closed: bool) -> bool:
    """Whether undoing takes a second person: over the limit, or when its day is closed."""
    return is_day_closed or minutes > limit_minutes


def has_difference(figures: DayFigures, *, found_slips: int, found_minutes: int) -> bool:
    """Whether what was counted is not what the service knows."""
    return (found_slips, found_minutes) != (figures.papers, figures.all_minutes)


def partial(booked: int, taken: int | None) -> int:
    """Return how many of a booking were taken: all, or some that the elder still wanted.

    Raises:
        ValueError: more than booked, or none.
    """
    if taken is None:
        return booked
    if not 1 <= taken <= booked:
        message = f"{taken} of {booked}"
        raise ValueError(message)
    return taken


def seats(text: str) -> tuple[int, ...]:
    """Return who sits at a table as the address writes it, each once: ``12,45,3``."""
    return tuple(dict.fromkeys(int(part) for part in text.split(",") if part))[:TABLE_MAX]


def seats_text(person_ids: Sequence[int]) -> str:
    """Return who sits at a table in its written form."""
    return ",".join(map(str, dict.fromkeys(person_ids)))


def days_of_slip(served_on: date, today: date) -> Iterator[date]:
    """Yield the days on which a late slip may stand, in their order; the first open one has it.

    Its own day, unless that is long ago or of a month that is over and settled; then today on.
    """
    is_recent = today - timedelta(days=LOOKS_BACK_DAYS) <= served_on < today
    if is_recent and (served_on.year, served_on.month) == (today.year, today.month):
        yield served_on
    for ahead in range(AHEAD_DAYS_MAX):
        yield today + timedelta(days=ahead)
