"""Who came in which month, counted by the month in which they had come before; and its proof."""

from collections.abc import Iterator
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import BigInteger, Date, Integer, Select, except_, func, literal, select, union_all
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.volunteering.models.postings import HoursPosting, HoursRolled, VolunteerBack
from timebank.volunteering.rules.figures import ANYWHERE, NEVER

RULE = "who came in a month, and when they had come before, is counted from the lines"

_it = HoursPosting


def backs(*, community_id: int, begin: date, through_id: int) -> Select[Any]:
    """Return the select of what is kept of the months from one on, from the lines up to one."""
    own = (_it.community_id == community_id, _it.services > 0, _it.id <= through_id)
    grid = func.coalesce(_it.grid_id, 0)
    came = union_all(
        *(
            select(level.label("grid_id"), _it.volunteer_id, _it.month_on).where(*own).distinct()
            for level in (grid, literal(ANYWHERE, Integer))
        )
    ).subquery()
    before = func.lag(came.c.month_on).over(
        partition_by=(came.c.grid_id, came.c.volunteer_id), order_by=came.c.month_on
    )
    each = select(
        came.c.month_on,
        came.c.grid_id,
        func.coalesce(before, literal(NEVER, Date), type_=Date).label("previous_on"),
    ).subquery()
    keys = (each.c.month_on, each.c.grid_id, each.c.previous_on)
    return (
        select(
            literal(community_id, BigInteger).label("community_id"),
            *keys,
            func.count().label("people"),
        )
        .where(each.c.month_on >= begin)
        .group_by(*keys)
    )


def findings(session: Session, community_id: int, rolled: HoursRolled | None) -> Iterator[Finding]:
    """Yield each kept count of who came that is not that of the lines."""
    it = VolunteerBack
    through_id = rolled.through_id if rolled else None
    right = backs(community_id=community_id, begin=NEVER, through_id=through_id or 0)
    stored: Select[Any] = select(
        it.community_id, it.month_on, it.grid_id, it.previous_on, it.people
    ).where(it.community_id == community_id)
    if through_id is None:
        # Months that were kept before a late line came are right, and are made anew with the rest.
        last_id = session.scalar(select(func.max(_it.id)).where(_it.community_id == community_id))
        right = backs(community_id=community_id, begin=NEVER, through_id=last_id or 0)
    sides = [(except_(stored, right), True)]
    if through_id is not None:
        sides.append((except_(right, stored), False))
    for some, is_stored in sides:
        for _own, month_on, grid_id, previous_on, people in session.execute(some):
            told = f"grid {grid_id}, {month_on:%Y-%m} after {previous_on:%Y-%m}: {people}"
            is_value, should_be = (told, "-") if is_stored else ("-", told)
            yield Finding("volunteer_back", told, is_value, should_be, RULE, community_id)
