"""Keeping the sums of finished months, from which figures of many years are read at once."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.volunteering.models.postings import (
    KEPT,
    ROLL_LOCK,
    HoursPosting,
    HoursRolled,
    VolunteerBack,
    VolunteerThrough,
)
from timebank.volunteering.queries.backs import backs
from timebank.volunteering.queries.postings import month_sums, through
from timebank.volunteering.rules.figures import NEVER, month_after, month_begin

# So many months in one transaction, so that nobody waits long to approve something.
MONTHS_AT_ONCE = 12

_it = HoursPosting


def roll_months(session: Session, *, community_id: int) -> int:
    """Keep the sums of months that are over, oldest first; return how many were kept."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(ROLL_LOCK + community_id)))
    rolled = session.get(HoursRolled, community_id, populate_existing=True)
    first = rolled.before_on if rolled else _first_month(session, community_id)
    this_month = month_begin(clock.today())
    if first is None or first > this_month:
        return 0
    end = min(this_month, month_after(first, MONTHS_AT_ONCE))
    if first < end:
        rolled = _keep(session, community_id, first, end)
    if rolled is not None and end == this_month:
        _keep_backs(session, rolled, first)
    return (end.year - first.year) * 12 + end.month - first.month


def _keep(session: Session, community_id: int, first: date, end: date) -> HoursRolled:
    """Keep the sums of the months from one to before another."""
    for kept in KEPT:
        sums = month_sums(kept, community_id=community_id).where(
            _it.month_on >= first, _it.month_on < end
        )
        names = [column.key or "" for column in sums.selected_columns]
        session.execute(insert(kept).from_select(names, sums))
    _keep_through(session, community_id, first, end)
    rolled = session.get(HoursRolled, community_id) or HoursRolled(community_id=community_id)
    rolled.before_on = end
    session.add(rolled)
    session.flush()
    return rolled


def _keep_backs(session: Session, rolled: HoursRolled, first: date) -> None:
    """Keep who came in which month until now, from a month on; all of them when none is kept.

    The present month is kept as far as it has come, and anew whenever there is more of it.
    """
    community_id, it = rolled.community_id, VolunteerBack
    own = _it.community_id == community_id
    last_id = session.scalar(select(func.max(_it.id)).where(own))
    if last_id is None or last_id == rolled.through_id:
        return
    begin = NEVER if rolled.through_id is None else first
    session.execute(delete(it).where(it.community_id == community_id, it.month_on >= begin))
    sums = backs(community_id=community_id, begin=begin, through_id=last_id)
    names = [column.key or "" for column in sums.selected_columns]
    session.execute(insert(it).from_select(names, sums))
    rolled.through_id = last_id
    session.flush()


def _keep_through(session: Session, community_id: int, first: date, end: date) -> None:
    """Keep what each volunteer had done by the end of each month, from the month before it."""
    month = first
    while month < end:
        sums = through(community_id=community_id, month_on=month)
        names = [column.key or "" for column in sums.selected_columns]
        session.execute(insert(VolunteerThrough).from_select(names, sums))
        month = month_after(month)


def _first_month(session: Session, community_id: int) -> date | None:
    """Return the first month in which anything was posted; None before."""
    return session.scalar(select(func.min(_it.month_on)).where(_it.community_id == community_id))


def roll_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``volunteering.roll_months`` in every community that has postings."""
    for one in community_queries.communities(session):
        roll_months(session, community_id=one.id)
