"""Builders for promises: a version in force, a case by it."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.cases import Grid
from timebank.cases.rules.flow import Step
from timebank.cases.rules.policy import Limit, Pace, Policy, Unit
from timebank.cases.service import promises
from timebank.kernel import clock

WORKING = Policy(
    version=1,
    limits={
        Step.RESPOND: Limit(Step.RESPOND, 1, Unit.HOUR, Pace.WORKING, urgent_amount=1),
        Step.CLAIM: Limit(Step.CLAIM, 1, Unit.HOUR, Pace.WORKING),
        Step.RESOLVE: Limit(Step.RESOLVE, 3, Unit.DAY, Pace.WORKING, urgent_amount=1),
        Step.FEED_BACK: Limit(Step.FEED_BACK, 5, Unit.DAY, Pace.WORKING),
    },
)


def make_promises(session: Session, grid: Grid, policy: Policy, *, on: date) -> int:
    """Return a version that is in force from a day on, approved by a second person before it."""
    second = make_actor(session, community_id=grid.community_id, name="孙丽")
    before = clock.at_local(on - timedelta(days=1), datetime.min.time())
    with clock.fixed_at(before):
        number = promises.draft_promises(
            session, actor=grid.admin, policy=policy, in_force_on=on, note="试行"
        )
        promises.approve_promises(session, actor=second, number=number)
    return number
