"""Reading one's messages, and letting old ones go."""

from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.errors import MessageNotFoundError
from timebank.notices.models.messages import Message
from timebank.notices.queries.messages import MessageView, view_of
from timebank.notices.rules import telling as rules

DROPPED_AT_ONCE = 5000


def read_message(session: Session, *, actor: Actor, message_id: int) -> MessageView:
    """Mark one's message as read and return it; read again, it keeps the first moment.

    Raises:
        MessageNotFoundError: there is none, or it is somebody else's.
    """
    mine = select(Message).where(
        Message.id == message_id,
        Message.person_id == actor.person_id,
        Message.person_id.is_not(None),
    )
    row = session.scalars(mine.with_for_update()).one_or_none()
    if row is None:
        raise MessageNotFoundError
    row.read_at = row.read_at or clock.now()
    session.flush()
    return view_of(row)


def read_all(session: Session, *, actor: Actor, through_id: int) -> int:
    """Mark as read what the actor has seen, up to a message; return how many were unread.

    What arrived while the list was open stays unread.
    """
    if actor.person_id is None:
        return 0
    marked = session.scalars(
        update(Message)
        .where(
            Message.person_id == actor.person_id,
            Message.id <= through_id,
            Message.read_at.is_(None),
        )
        .values(read_at=clock.now())
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())


def drop_old(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job ``notices.drop_old``: remove what was told more than a year ago."""
    old = (
        select(Message.id)
        .where(Message.told_at < clock.now() - rules.KEPT_FOR)
        .order_by(Message.told_at)
        .limit(DROPPED_AT_ONCE)
    )
    session.execute(
        delete(Message).where(Message.id.in_(old)).execution_options(synchronize_session=False)
    )
