"""One's messages: the list, opening one, marking all as read."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.notices.pages.frame import bp
from timebank.notices.queries import messages as queries
from timebank.notices.schemas import InboxIn, ReadAllIn
from timebank.notices.service import reading
from timebank.web.doors import body, current_actor, needs, query, reads, see_other, writes

PAGE_SIZE = 20  # in large letters a message takes half a screen


@bp.get("/me/messages")
@needs("profile.read")
@reads
def my_messages(session: Session) -> ResponseReturnValue:
    """Show one's messages, newest first."""
    asked = {"limit": PAGE_SIZE, **query(InboxIn(exclude=("limit",), unknown="exclude"))}
    page = queries.inbox(session, actor=current_actor(), **asked)
    return render_template(
        "notices/messages.html",
        messages=page.items,
        unread_only=asked["unread_only"],
        has_unread=any(one.read_at is None for one in page.items),
        is_first_page="cursor" not in asked,
        next_url=page.next_cursor
        and url_for(".my_messages", cursor=page.next_cursor, unread_only=asked["unread_only"]),
    )


@bp.post("/me/messages/<int:message_id>/open")
@needs("profile.read")
@writes
def open_message(session: Session, message_id: int) -> ResponseReturnValue:
    """Mark a message as read and go to what it is about."""
    message = reading.read_message(session, actor=current_actor(), message_id=message_id)
    return see_other(message.url)


@bp.post("/me/messages/read")
@needs("profile.read")
@writes
def read_all(session: Session) -> ResponseReturnValue:
    """Mark as read what the list showed."""
    reading.read_all(session, actor=current_actor(), **body(ReadAllIn()))
    return see_other(url_for(".my_messages"), _("都标成读过了"))
