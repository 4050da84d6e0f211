"""What a member should do before minutes end or a cap bites."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.queries import expiry
from timebank.volunteering.queries.own_rules import MyRules
from timebank.volunteering.rules import advice as rules
from timebank.volunteering.rules.advice import Tip


def my_tips(session: Session, *, community_id: int, person_id: int, mine: MyRules) -> Sequence[Tip]:
    """Return what a member should do, the most pressing first."""
    dues = expiry.my_expiry(session, community_id=community_id, person_id=person_id)
    return rules.tips(
        ends=[(due.ends_on, due.minutes) for due in dues],
        donation_only_minutes=mine.donation_only_minutes,
        month=(mine.policy.month_minutes_max, mine.room.month),
        lifetime=(mine.policy.lifetime_minutes_max, mine.room.lifetime),
        today=clock.today(),
    )
