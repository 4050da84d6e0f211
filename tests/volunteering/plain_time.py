"""A time bank reckoned a second time: caps, lots, terms and books in plain Python.

It shares no code with the service, keeps minutes in lists and asks everything anew. Lots are what
one entry brought: the oldest is taken first, a reversal takes its own first and gives back to the
very lots from which its entry took.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.volunteering import plain_caps
from tests.volunteering.plain_caps import Limits, Served

FIRST, SECOND = 90, 30


@dataclass(slots=True)
class Lot:
    """Minutes that one entry brought, and what is left of them."""

    source: str
    on: date
    left: int
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds from a day on."""

    since: date
    limits: Limits
    term_months: int | None


@dataclass(slots=True)
class Service:
    """An approved service, and what it brought."""

    number: int
    served: Served
    own: int
    donation: int


Uses = list[tuple[Lot, int]]


class Shortage(Exception):  # noqa: N818 - no error of ours
    """There are fewer minutes than an act needs."""


@dataclass(slots=True)
class Bank:
    """All accounts of a community."""

    rules: list[Rules]
    lots: dict[str, list[Lot]] = field(default_factory=dict)
    issued: int = 0
    redeemed: int = 0
    expired: int = 0
    pool: int = 0
    debts: dict[int, int] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    warned: dict[tuple[str, date], dict[int, date]] = field(default_factory=dict)

    def of(self, account: str) -> list[Lot]:
        """Return the lots of an account."""
        return self.lots.setdefault(account, [])

    def balance(self, account: str) -> int:
        """Return what is left on an account."""
        return sum(lot.left for lot in self.of(account))

    def in_force(self, day: date) -> Rules:
        """Return what holds on a day."""
        return [one for one in self.rules if one.since <= day][-1]

    def bring(self, account: str, source: str, day: date, minutes: int) -> None:
        """Bring minutes onto an account."""
        if minutes:
            self.of(account).append(Lot(source, day, minutes))

    def take(self, account: str, minutes: int, *, first: str = "") -> Uses:
        """Take minutes off an account, the oldest first.

        Raises:
            Shortage: there are fewer.
        """
        if self.balance(account) < minutes:
            raise Shortage
        uses: Uses = []
        order = sorted(
            enumerate(self.of(account)), key=lambda one: (one[1].source != first, one[1].on, one[0])
        )
        for _, lot in order:
            part = min(lot.left, minutes)
            if part:
                lot.left -= part
                minutes -= part
                uses.append((lot, part))
        return uses

    def approve(self, waiting: list[tuple[int, Served]], today: date) -> None:
        """Credit services, those served earlier first."""
        for number, served in waiting:
            before = [one for one in self.services if one.own]
            mine = [
                Served(one.served.volunteer, one.served.recipient, one.served.on, one.own)
                for one in before
            ]
            # What went to own accounts before counts in full; only the new one is asked anew.
            own, donation = self._share(mine, served, self.in_force(served.on).limits)
            self.services.append(Service(number, served, own, donation))
            self.issued += own + donation
            self.bring(f"member:{served.volunteer}", f"service:{number}", today, own)
            self.bring(f"donation:{served.volunteer}", f"service:{number}", today, donation)

    @staticmethod
    def _share(before: list[Served], served: Served, limits: Limits) -> tuple[int, int]:
        """Return own and donation-only minutes of a service after others, minute by minute."""
        minutes = [
            Served(one.volunteer, one.recipient, one.on, 1)
            for one in before
            for _ in range(one.minutes)
        ]
        own = 0
        for _ in range(served.minutes):
            if not plain_caps._fits(minutes, served, limits):
                break
            minutes.append(served)
            own += 1
        return own, served.minutes - own

    def unapprove(self, number: int, today: date) -> None:
        """Take a service back: what has expired of it comes back first, what was used is owed."""
        (service,) = [one for one in self.services if one.number == number]
        self.services.remove(service)
        volunteer, source = service.served.volunteer, f"service:{number}"
        own = f"member:{volunteer}"
        ended = sum(lot.expired for lot in self.of(own) if lot.source == source)
        self.expired -= ended
        self.bring(own, f"returned:{number}", today, ended)
        owed = 0
        for account, minutes in ((own, service.own), (f"donation:{volunteer}", service.donation)):
            there = min(self.balance(account), minutes)
            self.take(account, there, first=source)
            owed += minutes - there
        self.debts[volunteer] = self.debts.get(volunteer, 0) + owed
        self.issued -= service.own + service.donation

    def give(self, account: str, minutes: int) -> None:
        """Give to the pool."""
        self.take(account, minutes)
        self.pool += minutes

    def grant(self, person: int, minutes: int, today: date, source: str) -> None:
        """Grant from the pool.

        Raises:
            Shortage: it has fewer.
        """
        if self.pool < minutes:
            raise Shortage
        self.pool -= minutes
        self.bring(f"member:{person}", source, today, minutes)

    def send(self, giver: int, receiver: int, minutes: int, today: date, source: str) -> None:
        """Give within the family."""
        self.take(f"member:{giver}", minutes)
        self.bring(f"member:{receiver}", source, today, minutes)

    def redeem(self, person: int, minutes: int) -> Uses:
        """Redeem at a counter; return from where it came."""
        uses = self.take(f"member:{person}", minutes)
        self.redeemed += minutes
        return uses

    def undo(self, uses: Uses) -> None:
        """Undo a redemption: the minutes go back to where they came from."""
        for lot, minutes in uses:
            lot.left += minutes
            self.redeemed -= minutes

    def expire(self, today: date) -> None:
        """Warn, and end what was warned of twice; what is younger waits for what is older."""
        term = self._term(today)
        if term is None:
            return
        for account in [one for one in self.lots if one.startswith("member:")]:
            dues = self._dues(account, *term)
            for due in dues:
                self._warn(account, due, today)
            for due in dues:
                ends = self._ends(account, due)
                if ends is None or ends > today:
                    break
                for lot, minutes in self.take(account, dues[due]):
                    lot.expired += minutes
                    self.expired += minutes

    def _term(self, today: date) -> tuple[int, date] | None:
        """Return months and since when they have stood; nothing when minutes keep for ever."""
        past = [one for one in self.rules if one.since <= today]
        months, since = past[-1].term_months, past[-1].since
        if months is None:
            return None
        for one in reversed(past):
            if one.term_months != months:
                break
            since = one.since
        return months, since

    def _dues(self, account: str, months: int, since: date) -> dict[date, int]:
        """Return what is due when, the soonest first."""
        found: dict[date, int] = {}
        for lot in sorted(self.of(account), key=lambda one: one.on):
            if lot.left:
                due = _later(max(lot.on, since), months)
                found[due] = found.get(due, 0) + lot.left
        return dict(sorted(found.items()))

    def _warn(self, account: str, due: date, today: date) -> None:
        """Give the warning that is due, one a day at most."""
        given = self.warned.setdefault((account, due), {})
        days = (due - today).days
        if FIRST not in given:
            if days <= FIRST:
                given[FIRST] = today
        elif SECOND not in given and days <= SECOND and given[FIRST] < today:
            given[SECOND] = today

    def _ends(self, account: str, due: date) -> date | None:
        """Return when minutes really end."""
        given = self.warned.get((account, due), {})
        if SECOND not in given:
            return None
        return max(due, given[SECOND] + timedelta(days=SECOND))


def _later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a shorter month."""
    for _ in range(months):
        first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        day = first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))
    return day
