"""The monthly netting sheet of two communities: lines, sums and digest, as each side sees it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.rules.clearing import MoveKind, Purpose

ONE_DAY = timedelta(days=1)


def first_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def check_month_over(month: date, *, today: date) -> None:
    """Refuse a sheet of a month that still goes on.

    Raises:
        MonthNotOverError
    """
    if today < next_month(month):
        raise errors.MonthNotOverError(field="month")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One move of a month with both its entries, as each book has them; signed as low owes.

    ``low_minutes`` and ``high_minutes`` are what the entry of each book moved on its clearing
    account, in the same sense; None where there is no entry.
    """

    number: int
    moved_on: date
    kind: MoveKind
    low_owes_minutes: int
    position_after: int
    low_entry: str
    high_entry: str
    low_minutes: int | None
    high_minutes: int | None
    transfer_id: int | None = None
    purpose: Purpose | None = None

    @property
    def agrees(self) -> bool:
        """Whether both books say what the move says."""
        return self.low_owes_minutes == self.low_minutes == self.high_minutes


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a sheet as one side sees it: minutes that it owes count up."""

    number: int
    moved_on: date
    kind: MoveKind
    we_owe_minutes: int
    position_after_minutes: int
    our_entry_id: str
    their_entry_id: str
    our_minutes: int | None
    their_minutes: int | None
    agrees: bool
    transfer_id: int | None
    purpose: Purpose | None


def seen_by(line: SheetLine, *, is_low: bool) -> LineView:
    """Return a line as one side sees it."""
    sign = 1 if is_low else -1
    entries, said = (line.low_entry, line.high_entry), (line.low_minutes, line.high_minutes)
    ours, theirs = (None if one is None else sign * one for one in (said if is_low else said[::-1]))
    our_entry, their_entry = entries if is_low else entries[::-1]
    return LineView(
        line.number,
        line.moved_on,
        line.kind,
        sign * line.low_owes_minutes,
        sign * line.position_after,
        our_entry,
        their_entry,
        ours,
        theirs,
        line.agrees,
        line.transfer_id,
        line.purpose,
    )


@dataclass(frozen=True, slots=True)
class SheetSums:
    """What a month moved between two communities, in minutes, signed as low owes."""

    opening_minutes: int
    low_to_high_minutes: int
    high_to_low_minutes: int
    lines: int

    @property
    def closing_minutes(self) -> int:
        """Where the two stand at the end."""
        return self.opening_minutes + self.low_to_high_minutes - self.high_to_low_minutes


def sums_of(opening_minutes: int, lines: Iterable[SheetLine]) -> SheetSums:
    """Return the sums of a month's lines, each way."""
    moves = [line.low_owes_minutes for line in lines]
    return SheetSums(
        opening_minutes,
        sum(one for one in moves if one > 0),
        -sum(one for one in moves if one < 0),
        len(moves),
    )


def digest_of(month: date, sums: SheetSums, lines: Sequence[SheetLine]) -> str:
    """Return the digest of a sheet: of its month, where it begins and ends, and each line."""
    head = f"{month:%Y-%m} {sums.opening_minutes} {sums.closing_minutes}"
    body = [
        f"{one.number} {one.moved_on} {one.kind} {one.low_owes_minutes}"
        f" {one.low_entry} {one.high_entry}"
        for one in lines
    ]
    return hashlib.sha256("\n".join([head, *body]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignatureView:
    """Who signed a sheet for a side, and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SettlementView:
    """What two communities settled by other means than transfers, or mean to."""

    id: int
    minutes: int
    note: str
    is_ours: bool
    proposed_by_name: str
    proposed_at: datetime
    signed_by_name: str
    signed_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the other side."""
        return self.signed_at is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class SheetView:
    """A month between two communities, as one of them sees it; minutes that we owe count up."""

    id: int
    pair_id: int
    our_name: str
    other_name: str
    month: date
    opening_minutes: int
    sent_minutes: int
    received_minutes: int
    closing_minutes: int
    lines: int
    digest: str
    ours: SignatureView | None
    theirs: SignatureView | None

    @property
    def is_settled(self) -> bool:
        """Whether both sides have signed it."""
        return self.ours is not None and self.theirs is not None

    @property
    def net_minutes(self) -> int:
        """What the month added to what we owe."""
        return self.closing_minutes - self.opening_minutes
