"""What people were told, for tests."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.notices.models.messages import Message
from timebank.notices.queries.messages import view_of


def codes_of(session: Session, person_id: int | None) -> list[str]:
    """The codes of a person's messages, oldest first."""
    found = select(Message.code).where(Message.person_id == person_id).order_by(Message.id)
    return list(session.scalars(found))


def last_text(session: Session, person_id: int | None) -> str:
    """The sentence that a person was told last."""
    found = select(Message).where(Message.person_id == person_id).order_by(Message.id.desc())
    row = session.scalars(found.limit(1)).one()
    return view_of(row).text
