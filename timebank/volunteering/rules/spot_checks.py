"""Spot checks: who is drawn, by a seed that anybody can draw with again; pure values.

Half of a draw is chance alone, so that no kind of record is out of reach; the other half goes
more often where the risk was higher. Only whole numbers decide, so that every machine draws alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from timebank.volunteering.errors import spot_checks as errors

DRAWN_MAX = 60  # in one week: nobody can phone more
CANDIDATES_MAX = 50_000
WEEKS_BACK = 4  # a week whose draw was missed is made up for this long
WEEK = timedelta(days=7)
SETTLED_AFTER = timedelta(hours=1)
POINTS_PER_LOT = 10
CENT = 100
SEED_BYTES = 16


class DrawnBy(StrEnum):
    """By which half of the draw."""

    CHANCE = "chance"
    RISK = "risk"


class CheckState(StrEnum):
    """Where a check stands."""

    DRAWN = "drawn"
    TAKEN = "taken"
    DONE = "done"


class CheckHow(StrEnum):
    """How it was checked."""

    PHONE = "phone"
    VISIT = "visit"
    PAPER = "paper"


class CheckResult(StrEnum):
    """What the check found."""

    AS_RECORDED = "as_recorded"
    DIFFERS = "differs"
    NOT_HAPPENED = "not_happened"
    UNREACHABLE = "unreachable"


WRONG = (CheckResult.DIFFERS, CheckResult.NOT_HAPPENED)
CHECK_MOVES: Mapping[tuple[CheckState, CheckState], str] = {
    (CheckState.DRAWN, CheckState.TAKEN): "somebody has taken it on, or was asked to",
    (CheckState.TAKEN, CheckState.TAKEN): "it was handed to another colleague",
    (CheckState.TAKEN, CheckState.DONE): "the result is written, once",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be drawn, and its risk when it was approved."""

    record_id: int
    points: int


def drawn_count(candidates: int, *, percent: int, least: int) -> int:
    """Return how many of so many are drawn: the share, rounded up, at least ``least``."""
    share = -(-candidates * percent // CENT)
    return min(candidates, DRAWN_MAX, max(share, least))


def draw(
    candidates: Iterable[Candidate], *, seed: str, percent: int, least: int
) -> dict[int, DrawnBy]:
    """Return the drawn records; the same seed and candidates give the same in any order.

    Chance has the larger half.
    """
    known = sorted(candidates, key=lambda one: one.record_id)
    count = drawn_count(len(known), percent=percent, least=least)
    by_chance = sorted(known, key=lambda one: _number(seed, "chance", one.record_id))
    chosen = {one.record_id: DrawnBy.CHANCE for one in by_chance[: count - count // 2]}
    left = [one for one in known if one.record_id not in chosen]
    by_risk = sorted(left, key=lambda one: _best_lot(seed, one))
    chosen.update({one.record_id: DrawnBy.RISK for one in by_risk[: count // 2]})
    return chosen


def _best_lot(seed: str, one: Candidate) -> int:
    """Return the best of a record's lots: it holds one, and one more for every ten points."""
    lots = 1 + one.points // POINTS_PER_LOT
    return min(_number(seed, f"risk:{lot}", one.record_id) for lot in range(lots))


def _number(seed: str, purpose: str, record_id: int) -> int:
    """Return the number that a record has in one lottery."""
    return int.from_bytes(sha256(f"{seed}:{purpose}:{record_id}".encode()).digest())


def weeks_due(today: date) -> list[date]:
    """Return the Mondays of the latest complete weeks, oldest first."""
    this_monday = today - timedelta(days=today.weekday())
    return [this_monday - WEEK * back for back in range(WEEKS_BACK, 0, -1)]


def check_checker(
    *,
    hands: tuple[frozenset[int], frozenset[int]],
    checker: tuple[int | None, int | None],
    kin_ids: Iterable[int],
) -> None:
    """Refuse who had a hand in a record, stands in it, or is kin of somebody in it.

    ``hands`` are accounts and persons; ``checker`` is ``(user_id, person_id)``.

    Raises:
        ChecksOwnWorkError, ChecksKinError
    """
    users, persons = hands
    if checker[0] in users or checker[1] in persons:
        raise errors.ChecksOwnWorkError
    if persons & set(kin_ids):
        raise errors.ChecksKinError


def check_result(result: CheckResult, *, actual_minutes: int | None, minutes: int) -> int | None:
    """Return the minutes that were found where they differ; none for any other result.

    Raises:
        DifferenceMissingError: a difference without its figure.
    """
    if result is not CheckResult.DIFFERS:
        return None
    if actual_minutes is None or actual_minutes == minutes:
        raise errors.DifferenceMissingError(field="actual_minutes")
    return actual_minutes


@dataclass(frozen=True, slots=True)
class SpotCheckView:
    """A spot check as staff see it."""

    id: int
    record_id: int
    week_on: date
    drawn_by: DrawnBy
    points: int
    state: CheckState
    kind_name: str
    volunteer_id: int
    volunteer_name: str
    recipient_id: int | None
    served_name: str
    micro_grid_label: str
    started_at: datetime
    ended_at: datetime
    served_on: date
    minutes: int
    record_state: str
    checker_user_id: int | None
    checker_name: str
    taken_at: datetime | None
    how: CheckHow | None
    result: CheckResult | None
    actual_minutes: int | None
    words: str
    done_at: datetime | None
    reversal_id: UUID | None

    @property
    def is_wrong(self) -> bool:
        """Whether the check found the record wrong."""
        return self.result in WRONG


class MonthChecks(NamedTuple):
    """The checks of one month by the week that was drawn: how many, and what they found."""

    month_on: date
    drawn: int
    done: int
    right: int
    differing: int
    not_happened: int
    unreachable: int
    taken_back: int

    @property
    def wrong(self) -> int:
        """How many were not as recorded."""
        return self.differing + self.not_happened

    @property
    def right_percent(self) -> int | None:
        """The share of those right among those that could be told; None when there were none."""
        told = self.right + self.wrong
        return self.right * CENT // told if told else None


def total(months: Sequence[MonthChecks]) -> MonthChecks:
    """Return the sums of several months."""
    first = months[0].month_on if months else date.min
    sums = [sum(column) for column in zip(*(one[1:] for one in months), strict=True)]
    return MonthChecks(first, *(sums or [0] * 7))
