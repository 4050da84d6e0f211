"""Whether a member's minutes may be redeemed today, as the rules for hours say."""

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.queries import limits, members
from timebank.volunteering.rules.policy import check_redeemer


def check_may_redeem(session: Session, *, community_id: int, person_id: int) -> None:
    """Refuse a member who is too young to redeem, or has earned too little.

    Raises:
        RedeemAgeUnknownError, TooYoungToRedeemError, TooLittleToRedeemError
    """
    today = clock.today()
    policy = limits.policy(session, community_id, on=today)
    if policy.redeem_age_min is None and policy.redeem_minutes_min is None:
        return
    standing = members.standing(session, community_id=community_id, person_id=person_id)
    check_redeemer(standing, policy=policy, today=today)
