"""Reads of one's own messages."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import Reader
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.notices.models.messages import Message
from timebank.notices.rules.channels import DIGEST_LINES_MAX
from timebank.notices.rules.letters import WeeklyDigest
from timebank.notices.rules.notice import Notice, unpacked
from timebank.web import words

UNREAD_COUNTED_MAX = 100

# Every page asks for it: built once, it takes its value when it runs.
_UNREAD = select(func.count()).select_from(
    select(Message.id)
    .where(Message.person_id == bindparam("of_person"), Message.read_at.is_(None))
    .limit(UNREAD_COUNTED_MAX)
    .subquery()
)


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its reader sees it."""

    id: int
    notice: Notice
    url: str
    told_at: datetime
    read_at: datetime | None

    @property
    def code(self) -> str:
        """The stable name of the kind of notice."""
        return self.notice.code

    @property
    def heading(self) -> str:
        """The line above the sentence, in the reader's language."""
        return words.sentence(self.notice.heading, {})

    @property
    def text(self) -> str:
        """The sentence, in the reader's language."""
        return words.sentence(self.notice.template, self.notice.facts)


def inbox(
    session: Session,
    *,
    actor: Actor,
    unread_only: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[MessageView]:
    """Return the actor's messages, newest first; none for accounts without a person."""
    if actor.person_id is None:
        return Page([])
    found = select(Message).where(Message.person_id == actor.person_id)
    if unread_only:
        found = found.where(Message.read_at.is_(None))
    if cursor:
        found = found.where(Message.id < decode_id(cursor))
    rows = session.scalars(found.order_by(Message.id.desc()).limit(limit + 1)).all()
    return page_of([view_of(row) for row in rows], limit=limit, key=lambda one: [one.id])


def unread_count(session: Reader, actor: Actor) -> int:
    """Return how many messages the actor has not read; counted up to a hundred."""
    if actor.person_id is None:
        return 0
    return session.scalar(_UNREAD, {"of_person": actor.person_id}) or 0


def of_week(since: date, until: date) -> list[ColumnElement[bool]]:
    """Return the conditions of the messages of some days that are unread; no letter of a week."""
    return [
        Message.read_at.is_(None),
        Message.told_at >= clock.day_bounds(since)[0],
        Message.told_at < clock.day_bounds(until)[1],
        Message.code != WeeklyDigest.code,
    ]


def digest_lines(session: Session, row: Message) -> list[str]:
    """Return what the letter of a week tells of, newest first; nothing for other messages."""
    notice = unpacked(row.code, row.facts)
    if not isinstance(notice, WeeklyDigest):
        return []
    wanted = select(Message).where(
        Message.person_id == row.person_id, *of_week(notice.since, notice.until)
    )
    rows = session.scalars(wanted.order_by(Message.id.desc()).limit(DIGEST_LINES_MAX))
    return [f"{view.heading}: {view.text}" for view in map(view_of, rows)]


def view_of(row: Message) -> MessageView:
    """Return a message's row as a value."""
    return MessageView(
        id=row.id,
        notice=unpacked(row.code, row.facts),
        url=row.url,
        told_at=row.told_at,
        read_at=row.read_at,
    )
