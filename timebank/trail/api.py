"""The trail for programs."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.trail import queries
from timebank.trail.queries import EventFilter, EventView, LookView
from timebank.trail.schemas import PersonLookOut, TrailEventOut, TrailFilterIn
from timebank.web.api import PageIn, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, reads

api = room_api("trail")


@api.get("/trail-events")
@needs("trail.read")
@reads
@takes(TrailFilterIn, where="query")
@gives_page(TrailEventOut)
def trail_events(
    session: Session, *, limit: int, cursor: str | None = None, **asked: date | str
) -> Page[EventView]:
    """Who did what, newest first."""
    return queries.events(
        session,
        community_id=current_actor().community_id,
        wanted=EventFilter(**asked),  # type: ignore[arg-type]  # the schema has checked each name
        cursor=cursor,
        limit=limit,
    )


@api.get("/me/looks")
@needs("profile.read")
@reads
@takes(PageIn, where="query")
@gives_page(PersonLookOut)
def my_looks(session: Session, *, limit: int, cursor: str | None = None) -> Page[LookView]:
    """Who looked at one's own private fields, newest first."""
    return queries.looks_of(session, actor=current_actor(), cursor=cursor, limit=limit)
