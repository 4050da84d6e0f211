"""Builders for rules of hours: a version drafted, simulated and approved by two people."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.volunteering import DAY, Street, at
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import policy as verbs


def make_second_admin(session: Session, street: Street) -> Actor:
    """Return another administrator of the community, who may approve what the first drafts."""
    return make_actor(session, community_id=street.community.id, name="刘洋")


def make_draft(session: Session, street: Street, policy: Policy, *, in_force_on: date = DAY) -> int:
    """Return the version of a draft, written two days before it is to be in force."""
    with clock.fixed_at(_before(in_force_on)):
        return verbs.draft_policy(
            session, actor=street.admin, policy=policy, in_force_on=in_force_on
        )


def make_policy(
    session: Session, street: Street, policy: Policy, *, in_force_on: date = DAY
) -> int:
    """Return the version of a policy that is in force from a day on."""
    second = make_second_admin(session, street)
    number = make_draft(session, street, policy, in_force_on=in_force_on)
    with clock.fixed_at(_before(in_force_on)):
        verbs.simulate_policy(session, actor=street.admin, number=number)
        verbs.approve_policy(session, actor=second, number=number)
    return number


def _before(day: date) -> datetime:
    """Return a moment two days before a day."""
    return at("10:00", day - timedelta(days=2))
