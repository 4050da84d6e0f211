"""The lines behind a number of hours, newest first."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.reports.queries.tallies import kind_heads, of_filter
from timebank.reports.rules.figures import Places, RowFilter
from timebank.volunteering.models.postings import HoursPosting


@dataclass(frozen=True, slots=True)
class HoursRow:
    """A posting of service: for whom by whom, of which kind, on which day, how many minutes."""

    id: int
    record_id: int
    entry_id: UUID
    on_day: date
    minutes: int
    volunteer_id: int
    volunteer_name: str
    recipient_name: str
    kind_name: str


def hours(
    session: Session,
    *,
    places: Places,
    wanted: RowFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[HoursRow]:
    """Return the postings behind a number; their minutes add up to it."""
    it = HoursPosting
    chosen = select(
        it.id,
        it.record_id,
        it.entry_id,
        it.on_day,
        it.minutes,
        it.volunteer_id,
        it.recipient_id,
        it.kind_id,
    ).where(of_filter(places, wanted))
    if cursor:
        day, row_id = _position(cursor)
        chosen = chosen.where(or_(it.on_day < day, and_(it.on_day == day, it.id < row_id)))
    rows = session.execute(chosen.order_by(it.on_day.desc(), it.id.desc()).limit(limit + 1)).all()
    people = community_queries.persons(
        session,
        {one for row in rows for one in (row.volunteer_id, row.recipient_id) if one is not None},
    )
    names = {key: one.name for key, one in people.items()}
    kinds = {head.key: head.name for head in kind_heads(session, places.community_id)}
    lines = [
        HoursRow(
            id=row.id,
            record_id=row.record_id,
            entry_id=row.entry_id,
            on_day=row.on_day,
            minutes=row.minutes,
            volunteer_id=row.volunteer_id,
            volunteer_name=names.get(row.volunteer_id, ""),
            recipient_name=names.get(row.recipient_id or 0, ""),
            kind_name=kinds.get(row.kind_id, ""),
        )
        for row in rows
    ]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.on_day.isoformat(), one.id])


def _position(cursor: str) -> tuple[date, int]:
    """Return day and number of the last row of the page before.

    Raises:
        BadCursorError: the text is no such cursor.
    """
    day, row_id = paging.decode(cursor, width=2)
    try:
        return date.fromisoformat(str(day)), int(row_id or 0)
    except ValueError as error:
        raise paging.BadCursorError from error
