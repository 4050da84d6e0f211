"""Sums of facts of cases: what is kept of months, what is added since, and the figures they make.

A tally is added to and taken from, so that figures as of one moment follow from those as of another
by what happened between them. Times are kept as sorted runs: a median is one of them, found by
halving, without laying all of them out.
"""

import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from timebank.cases.rules.flow import Step
from timebank.reports.rules.cases import (
    EXCLUDED,
    SHARES,
    By,
    CaseFact,
    CaseFigures,
    Fact,
    Figures,
    Line,
    Rate,
    StepFact,
    StepFigures,
    is_counted,
    keys_of,
    month_key,
)
from timebank.reports.rules.tables import Head

Run = tuple[int, "array[int]"]
# The sides of which months are kept; a month itself is the sum of its grids.
KEPT_SIDES = tuple(by for by in By if by is not By.MONTH)


@dataclass(slots=True)
class Tally:
    """What a group of facts adds up to; each run is sorted minutes, added or taken off."""

    counts: Counter[str] = field(default_factory=Counter)
    runs: dict[Step, list[Run]] = field(default_factory=dict)
    loose: dict[tuple[Step, int], list[int]] = field(default_factory=dict)

    def add_step(self, one: StepFact, sign: int = 1) -> None:
        """Count a step, or take it off."""
        self.counts[f"{one.step}.whole"] += sign
        self.counts[f"{one.step}.part"] += 0 if one.is_late else sign
        if one.minutes is not None:
            self.loose.setdefault((one.step, sign), []).append(one.minutes)

    def add_case(self, one: CaseFact, sign: int = 1) -> None:
        """Count a case, or take it off; what is left out of shares is only counted as such."""
        self.counts["registered"] += sign
        if not is_counted(one):
            self.counts[one.fate.value] += sign
            return
        for name, (part, whole) in SHARES.items():
            self.counts[f"{name}.part"] += sign * int(part(one))
            self.counts[f"{name}.whole"] += sign * int(whole(one))
        self.counts["unreachable"] += sign * one.unreachable
        self.counts["unrated"] += sign * (one.solved + one.unsolved - one.rated)

    def add(self, counts: Mapping[str, int], runs: Mapping[Step, "array[int]"]) -> None:
        """Add what was kept."""
        self.counts.update(counts)
        for step, run in runs.items():
            self.runs.setdefault(step, []).append((1, run))

    def minutes(self, step: Step) -> list[Run]:
        """Return the runs of a step, those that were added one by one sorted."""
        return [
            *self.runs.get(step, ()),
            *(
                (sign, array("I", sorted(found)))
                for (of, sign), found in self.loose.items()
                if of is step
            ),
        ]

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(self.counts.values())


def figures(tally: Tally) -> Figures:
    """Return the figures of a group."""
    counts = tally.counts

    def rate(name: str) -> Rate:
        return Rate(counts[f"{name}.part"], counts[f"{name}.whole"])

    return Figures(
        registered=counts["registered"],
        excluded={fate: counts[fate.value] for fate in EXCLUDED},
        unreachable=counts["unreachable"],
        unrated=counts["unrated"],
        steps={step: _step(rate(step.value), tally.minutes(step)) for step in Step},
        shares={name: rate(name) for name in SHARES},
    )


def _step(on_time: Rate, runs: Sequence[Run]) -> StepFigures:
    """Return the figures of one step."""
    return StepFigures(on_time, at_hundredths(runs, 50), at_hundredths(runs, 90))


def at_hundredths(runs: Sequence[Run], hundredths: int) -> int | None:
    """Return the value that so many hundredths do not go over: a real one of them."""
    many = sum(sign * len(run) for sign, run in runs)
    if not many:
        return None
    wanted = (many * hundredths + 99) // 100
    low, high = 0, max(run[-1] for _, run in runs if run)
    while low < high:
        middle = (low + high) // 2
        if sum(sign * bisect_right(run, middle) for sign, run in runs) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(slots=True)
class Layout:
    """Figures being laid out by one side: all of them, and the rows."""

    by: By
    all: Tally = field(default_factory=Tally)
    rows: dict[str | int, Tally] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def row(self, key: str | int) -> Tally:
        """Return the tally of a row."""
        return self.rows.setdefault(key, Tally())

    def add_step(self, one: StepFact, sign: int = 1) -> None:
        """Count a step, or take it off."""
        self.all.add_step(one, sign)
        for key in keys_of(one, self.by):
            self.row(key).add_step(one, sign)
        self.names.setdefault(one.holder_id or 0, one.holder_name)

    def add_case(self, one: CaseFact, sign: int = 1) -> None:
        """Count a case, or take it off."""
        self.all.add_case(one, sign)
        for key in keys_of(one, self.by):
            self.row(key).add_case(one, sign)

    def figures(self, heads: Iterable[Head]) -> CaseFigures:
        """Return the figures; a row on which nothing stands is left out."""
        lines = tuple(
            Line(head, figures(self.rows[head.key]))
            for head in heads
            if head.key in self.rows and not self.rows[head.key].is_empty
        )
        return CaseFigures(figures(self.all), lines)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something of a month is kept: grid, side, and the row on it."""

    month_on: date
    grid_id: int
    by: By
    key: str


@dataclass(slots=True)
class Kept:
    """What is to be kept of months, by place; names of holders by their key."""

    tallies: dict[Place, Tally] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add_step(self, one: StepFact) -> None:
        """Add a step to every place where it stands."""
        for tally in self._tallies(one, month_of(one)):
            tally.add_step(one)
        self.names[str(one.holder_id or 0)] = one.holder_name

    def add_case(self, one: CaseFact, sign: int = 1) -> None:
        """Add a case to every place where it stands, or take it off."""
        for tally in self._tallies(one, month_of(one)):
            tally.add_case(one, sign)

    def _tallies(self, one: Fact, month_on: date) -> Iterable[Tally]:
        """Yield the tallies in which a fact stands."""
        for by in KEPT_SIDES:
            for key in keys_of(one, by):
                place = Place(month_on, one.about.grid_id, by, str(key))
                yield self.tallies.setdefault(place, Tally())


def month_of(one: Fact) -> date:
    """Return the first day of the month in which a fact belongs."""
    at = one.due_at if isinstance(one, StepFact) else one.registered_at
    return date.fromisoformat(f"{month_key(at)}-01")


def packed(run: "array[int]") -> bytes:
    """Return minutes as bytes, four for each, the low ones first."""
    if sys.byteorder == "big":
        run = array("I", run)
        run.byteswap()
    return run.tobytes()


def unpacked(content: bytes | None) -> "array[int]":
    """Return minutes from bytes."""
    run: array[int] = array("I")
    run.frombytes(content or b"")
    if sys.byteorder == "big":
        run.byteswap()
    return run


def merged(runs: Sequence[Run]) -> "array[int]":
    """Return runs that only add as one."""
    return array("I", sorted(one for _, run in runs for one in run))
