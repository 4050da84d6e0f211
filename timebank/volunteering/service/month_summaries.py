"""Pointing out last month's page to every member whose minutes moved, exactly once."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import spans
from timebank.volunteering.models.month_summaries import MonthNotice
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules import month_summaries as rules
from timebank.volunteering.service.tidings_of_hours import of_gifts, of_month

JOB = "volunteering.month_notices"


def give_notices(session: Session, *, community_id: int) -> int:
    """Give a community's notices of last month that are not given yet; return how many."""
    month = rules.month_before(rules.month_of(clock.today()))
    book_id = ledger_accounts.book_id(session, community_id=community_id, code=passbook.BOOK)
    count, after_id = 0, 0
    while book_id is not None:
        people = spans.persons_moved(
            session,
            book_id=book_id,
            since=month,
            through=rules.last_day(month),
            after_id=after_id,
            limit=rules.MEMBERS_AT_ONCE,
        )
        if people:
            count += _give(session, community_id, people, month=month)
        if len(people) < rules.MEMBERS_AT_ONCE:
            break
        after_id = people[-1]
    return count


def _give(session: Session, community_id: int, people: list[int], *, month: date) -> int:
    """Give some members their notice; who has it already is passed over."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(MonthNotice)
    rows = [
        {
            "community_id": community_id,
            "person_id": person_id,
            "month": month,
            "given_on": clock.today(),
            "given_at": clock.now(),
        }
        for person_id in people
    ]
    added = add.values(rows).on_conflict_do_nothing(
        index_elements=[MonthNotice.person_id, MonthNotice.month]
    )
    count = len(session.scalars(added.returning(MonthNotice.id)).all())
    actor = program(community_id=community_id, name=JOB)
    of_month(session, actor=actor, person_ids=people, month=month)
    return count


def give_notices_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.month_notices`` in every community."""
    for community_id in session.scalars(select(Community.id).order_by(Community.id)).all():
        give_notices(session, community_id=community_id)
        month = rules.month_before(rules.month_of(clock.today()))
        of_gifts(session, actor=program(community_id=community_id, name=JOB), month=month)
