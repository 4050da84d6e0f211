"""How credited minutes are shared between a member's own account, donation, and nothing."""

from dataclasses import dataclass
from datetime import date

from timebank.volunteering.rules.policy import Cap, Excess, Policy


@dataclass(frozen=True, slots=True)
class Share:
    """Where the minutes of one service go; ``cap`` is what bound, when something did."""

    own_minutes: int
    donation_minutes: int = 0
    refused_minutes: int = 0
    cap: Cap | None = None

    @property
    def credited_minutes(self) -> int:
        """What is posted, own and donation-only together."""
        return self.own_minutes + self.donation_minutes


@dataclass(frozen=True, slots=True)
class Room:
    """What a volunteer may still earn for themselves before a service; None without a cap."""

    month: int | None
    pair: int | None
    lifetime: int | None


def share(minutes: int, *, room: Room, excess: Excess) -> Share:
    """Return where minutes go when only so much room is left; the narrowest cap binds."""
    left = {Cap.MONTH: room.month, Cap.PAIR: room.pair, Cap.LIFETIME: room.lifetime}
    known = {cap: max(least, 0) for cap, least in left.items() if least is not None}
    cap = min(known, key=lambda one: known[one], default=None)
    if cap is None or known[cap] >= minutes:
        return Share(minutes)
    over = minutes - known[cap]
    if excess is Excess.DONATION:
        return Share(known[cap], donation_minutes=over, cap=cap)
    return Share(known[cap], refused_minutes=over, cap=cap)


Month = tuple[int, int]


def month_of(day: date) -> Month:
    """Return year and month of a day."""
    return day.year, day.month


class Tally:
    """What volunteers have earned for themselves, by month, pair and month, and in all."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.months: dict[tuple[int, Month], int] = {}
        self.pairs: dict[tuple[int, int, Month], int] = {}
        self.totals: dict[int, int] = {}

    def add(
        self, *, volunteer_id: int, recipient_id: int | None, served_on: date, own_minutes: int
    ) -> None:
        """Count minutes that went to a volunteer's own account."""
        self.totals[volunteer_id] = self.totals.get(volunteer_id, 0) + own_minutes
        self.add_to_month(volunteer_id, recipient_id, served_on, own_minutes)

    def add_to_month(
        self, volunteer_id: int, recipient_id: int | None, served_on: date, own_minutes: int
    ) -> None:
        """Count minutes in their month alone; they are in the total already."""
        month = month_of(served_on)
        by_month = (volunteer_id, month)
        self.months[by_month] = self.months.get(by_month, 0) + own_minutes
        if recipient_id is not None:
            pair = (volunteer_id, recipient_id, month)
            self.pairs[pair] = self.pairs.get(pair, 0) + own_minutes

    def room(
        self, *, volunteer_id: int, recipient_id: int | None, served_on: date, policy: Policy
    ) -> Room:
        """Return what a volunteer may still earn for a service on that day."""
        month = month_of(served_on)
        pair_cap = None if recipient_id is None else policy.pair_minutes_max
        return Room(
            month=_left(policy.month_minutes_max, self.months.get((volunteer_id, month), 0)),
            pair=_left(pair_cap, self.pairs.get((volunteer_id, recipient_id or 0, month), 0)),
            lifetime=_left(policy.lifetime_minutes_max, self.totals.get(volunteer_id, 0)),
        )


def _left(cap: int | None, used: int) -> int | None:
    """Return what is left under a cap."""
    return None if cap is None else max(cap - used, 0)
