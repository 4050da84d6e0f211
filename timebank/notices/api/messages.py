"""One's messages, for programs."""

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.notices.api.frame import api
from timebank.notices.queries import messages as queries
from timebank.notices.queries.messages import MessageView
from timebank.notices.schemas import InboxIn, NoticeOut, ReadAllIn, ReadAllOut
from timebank.notices.service import reading
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/notices")
@needs("profile.read")
@reads
@takes(InboxIn, where="query")
@gives_page(NoticeOut)
def notices(
    session: Session, *, limit: int, unread_only: bool, cursor: str | None = None
) -> Page[MessageView]:
    """One's messages, newest first."""
    return queries.inbox(
        session, actor=current_actor(), unread_only=unread_only, cursor=cursor, limit=limit
    )


@api.post("/notices/<int:message_id>/read")
@needs("profile.read")
@writes
@gives(NoticeOut)
def read_notice(session: Session, message_id: int) -> MessageView:
    """Mark one message as read."""
    return reading.read_message(session, actor=current_actor(), message_id=message_id)


@api.post("/notices/read")
@needs("profile.read")
@writes
@takes(ReadAllIn)
@gives(ReadAllOut)
def read_notices(session: Session, *, through_id: int) -> dict[str, int]:
    """Mark as read everything up to a message."""
    return {"count": reading.read_all(session, actor=current_actor(), through_id=through_id)}
