"""What the rules for hours mean for one member today, with the member's own figures."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.queries import members, passbook, policy
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.caps import Room
from timebank.volunteering.rules.policy import Earner, Policy, Standing


@dataclass(frozen=True, slots=True)
class MyRules:
    """What applies to a member: what may still be earned, from when on minutes may be redeemed."""

    policy: Policy
    in_force_on: date
    earner: Earner
    may_earn: bool
    room: Room
    standing: Standing
    may_redeem: bool
    donation_only_minutes: int
    next_version_on: date | None

    @property
    def version(self) -> int:
        """The version in force."""
        return self.policy.version

    @property
    def month_left_minutes(self) -> int | None:
        """What may still be earned this month; None without a cap."""
        left = [one for one in (self.room.month, self.room.lifetime) if one is not None]
        return min(left, default=None)

    @property
    def lifetime_left_minutes(self) -> int | None:
        """What may still be earned in all; None without a cap."""
        return self.room.lifetime

    @property
    def redeem_from_on(self) -> date | None:
        """The day from which the member is old enough to redeem, when that is still to come."""
        age, born_on = self.policy.redeem_age_min, self.standing.born_on
        if age is None or born_on is None:
            return None
        day = rules.reaches_age_on(born_on, age)
        return day if day > clock.today() else None

    @property
    def redeem_lacks_minutes(self) -> int | None:
        """What is still to be earned before anything can be redeemed; None without a minimum."""
        least = self.policy.redeem_minutes_min
        if least is None or self.standing.has_received:
            return None
        return max(least - self.standing.earned_minutes, 0)


def my_rules(session: Session, *, community_id: int, person_id: int) -> MyRules:
    """Return what applies to a member today."""
    today = clock.today()
    calendar = policy.calendar(session, community_id)
    now = calendar.on(today)
    earner = members.earner(session, person_id)
    so_far = members.tally(session, [person_id], since=today.replace(day=1))
    standing = members.standing(session, community_id=community_id, person_id=person_id)
    coming = calendar.coming(today)
    donation = passbook.donation_balance(session, community_id=community_id, person_id=person_id)
    return MyRules(
        policy=now,
        in_force_on=calendar.since(today),
        earner=earner,
        may_earn=_may_earn(earner, now, today),
        room=so_far.room(volunteer_id=person_id, recipient_id=None, served_on=today, policy=now),
        standing=standing,
        may_redeem=rules.may_redeem(standing, now, today),
        donation_only_minutes=donation.available,
        next_version_on=coming[0][0] if coming else None,
    )


def _may_earn(earner: Earner, policy: Policy, today: date) -> bool:
    """Whether service of today would count."""
    try:
        rules.check_earner(earner, served_on=today, policy=policy)
    except DomainError:
        return False
    return True
