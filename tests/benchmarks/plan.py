"""Three years of a community's hours, decided beforehand: who earns, who spends, from which lots.

Each member acts once in a round, in an order that turns from round to round; so the lines of an
account lie as far apart in the tables as they do in life. The same size gives the same history.
"""

import random
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.kernel import clock

DAYS = 3 * 365
ACTS_OF_MEMBER = 200
EARNED, SPENT, REVERSED = range(3)
_REVERSED_SHARE, _SPENT_SHARE = 0.01, 0.3
_STRIDE = 7_919  # a prime, so that a round visits every member
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835 | 1
_RANDOM_BITS = 74


@dataclass(slots=True)
class Plan:
    """What happens, act by act; members, lots and acts are counted from 0."""

    count: int
    members: int
    ends_at: datetime
    kinds: "array[int]" = field(default_factory=lambda: array("B"))
    amounts: "array[int]" = field(default_factory=lambda: array("H"))
    # Of an act: its lot, or what it reverses.
    lot_or_first: "array[int]" = field(default_factory=lambda: array("q"))
    # What an act took: from where its takes begin to where those of the next one do.
    takes_begin: "array[int]" = field(default_factory=lambda: array("q", [0]))
    take_lots: "array[int]" = field(default_factory=lambda: array("q"))
    take_amounts: "array[int]" = field(default_factory=lambda: array("H"))
    # Of a lot: what is left when all is done.
    left: "array[int]" = field(default_factory=lambda: array("H"))
    posted: "array[int]" = field(default_factory=lambda: array("q"))

    def member(self, act: int) -> int:
        """Return whose turn it is."""
        number, place = divmod(act, self.members)
        return (place * _STRIDE + number * 104_729) % self.members

    def moment(self, act: int) -> datetime:
        """Return when an act was recorded."""
        return self.ends_at - timedelta(days=DAYS) * ((self.count - act) / self.count)

    def entry_id(self, act: int) -> UUID:
        """Return the id of an act's entry: of version 7, like those that clients make."""
        spread = (act + 1) * _SPREAD & ((1 << _RANDOM_BITS) - 1)
        high, low = spread >> 62, spread & ((1 << 62) - 1)
        milliseconds = int(self.moment(act).timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)

    def takes(self, act: int) -> Iterator[tuple[int, int, int]]:
        """Yield number, lot and amount of what an act took."""
        for at in range(self.takes_begin[act], self.takes_begin[act + 1]):
            yield at, self.take_lots[at], self.take_amounts[at]


def members_of(count: int) -> int:
    """Return how many members there are, so that each acts as often in books of any size."""
    members = max(8, count // ACTS_OF_MEMBER)
    return members + 1 if members % _STRIDE == 0 else members


def make_plan(count: int, ends_on: date) -> Plan:
    """Decide what happens in all acts up to a day."""
    plan = Plan(count, members_of(count), clock.day_bounds(ends_on)[1] - timedelta(seconds=1))
    plan.posted.extend([0] * plan.members)
    pick = random.Random(count)
    lots: defaultdict[int, list[int]] = defaultdict(list)
    earned_last: dict[int, int] = {}
    for act in range(count):
        member = plan.member(act)
        first = earned_last.pop(member, None)
        dice = pick.random()
        if first is not None and dice < _REVERSED_SHARE:
            _reverse(plan, member, first, lots[member])
        elif plan.posted[member] > 0 and dice < _SPENT_SHARE:
            _spend(plan, member, 30 * (1 + int(dice * 1000) % 8), lots[member])
        else:
            _earn(plan, member, 15 + int(dice * 100_000) % 226, lots[member])
            earned_last[member] = act
        plan.takes_begin.append(len(plan.take_lots))
    return plan


def _earn(plan: Plan, member: int, amount: int, lots: list[int]) -> None:
    """Bring minutes onto a member's account as a lot of their own."""
    lots.append(len(plan.left))
    _note(plan, EARNED, amount, len(plan.left))
    plan.left.append(amount)
    plan.posted[member] += amount


def _spend(plan: Plan, member: int, wanted: int, lots: list[int]) -> None:
    """Take minutes from the oldest lots."""
    amount = min(wanted, plan.posted[member])
    _note(plan, SPENT, amount, -1)
    plan.posted[member] -= amount
    while amount:
        part = min(amount, plan.left[lots[0]])
        _take(plan, lots[0], part)
        amount -= part
        if plan.left[lots[0]] == 0:
            lots.pop(0)


def _reverse(plan: Plan, member: int, first: int, lots: list[int]) -> None:
    """Undo what the member earned just before; its lot is the youngest and untouched."""
    amount = plan.amounts[first]
    _note(plan, REVERSED, amount, first)
    plan.posted[member] -= amount
    _take(plan, lots.pop(), amount)


def _note(plan: Plan, kind: int, amount: int, lot_or_first: int) -> None:
    plan.kinds.append(kind)
    plan.amounts.append(amount)
    plan.lot_or_first.append(lot_or_first)


def _take(plan: Plan, lot: int, amount: int) -> None:
    plan.take_lots.append(lot)
    plan.take_amounts.append(amount)
    plan.left[lot] -= amount
