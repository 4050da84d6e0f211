"""The letter of the week: one for whoever wants no letter of each message."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.notices.models.deliveries import Contact
from timebank.notices.models.messages import Message
from timebank.notices.queries.deliveries import reaches
from timebank.notices.queries.messages import of_week
from timebank.notices.rules.channels import week_before
from timebank.notices.rules.letters import WeeklyDigest
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import tell_all

JOB = "notices.tell_weekly"
URL = "/me/messages"


def tell_of_week(session: Session, *, community_id: int) -> int:
    """Tell whoever reads by the week how much of last week is unread; once, however often asked."""
    since, until = week_before(clock.today())
    rows = session.execute(
        select(Contact.person_id, func.count())
        .join(Message, Message.person_id == Contact.person_id)
        .join(Person, Person.id == Contact.person_id)
        .where(
            Contact.community_id == community_id,
            Contact.is_weekly,
            reaches(),
            Person.is_active,
            *of_week(since, until),
        )
        .group_by(Contact.person_id)
        .order_by(Contact.person_id)
    )
    drafts = [
        Draft(
            person_id, WeeklyDigest(since=since, until=until, count=count), f"digest:{until}", URL
        )
        for person_id, count in rows
    ]
    return tell_all(session, actor=program(name=JOB, community_id=community_id), drafts=drafts)


def tell_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``notices.tell_weekly`` in every community."""
    for one in community_queries.communities(session):
        tell_of_week(session, community_id=one.id)
