"""What stands on the books of hours: flows of open accounts, what was given, what is left."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    """What one open account took in and gave back in a period, and where it stands now."""

    code: str
    name: str
    account_id: int | None
    came: int
    went: int
    standing: int

    @property
    def net(self) -> int:
        """What came, less what went back."""
        return self.came - self.went


@dataclass(frozen=True, slots=True)
class Cohort:
    """What is left of the minutes that came in one year onto accounts of one restriction."""

    year: int
    restriction: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Given:
    """Minutes that members gave in a period, and what was granted from pools.

    ``gifts_ended`` is what pools got of accounts that were closed.
    """

    gifts_own: int = 0
    gifts_donation: int = 0
    gifts_ended: int = 0
    grants: int = 0
    family: int = 0

    @property
    def gifts(self) -> int:
        """All that pools were given."""
        return self.gifts_own + self.gifts_donation + self.gifts_ended


@dataclass(frozen=True, slots=True)
class Standing:
    """What bounded accounts hold now: members' own, donation-only, pools; held for bookings."""

    own: int = 0
    donation: int = 0
    team: int = 0
    pools: int = 0
    held: int = 0

    @property
    def all(self) -> int:
        """Everything that is on accounts."""
        return self.own + self.donation + self.team + self.pools


@dataclass(frozen=True, slots=True)
class Check:
    """Two ways to the same number."""

    name: str
    left: int
    right: int

    @property
    def is_right(self) -> bool:
        """Whether both ways lead to it."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class Books:
    """What was issued, redeemed, given, expired and taken back, and what stands on accounts."""

    flows: tuple[Flow, ...]
    given: Given
    standing: Standing
    cohorts: tuple[Cohort, ...]
    checks: tuple[Check, ...] = ()

    def of(self, prefix: str) -> Flow:
        """Return the sum of all accounts whose code begins with a word."""
        some = [one for one in self.flows if one.code.split(":")[0] == prefix]
        return Flow(
            prefix,
            some[0].name if some else "",
            some[0].account_id if len(some) == 1 else None,
            sum(one.came for one in some),
            sum(one.went for one in some),
            sum(one.standing for one in some),
        )
