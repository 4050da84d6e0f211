"""The table of messages."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.sealed import Sealed
from timebank.notices.rules.telling import KEY_CHARS_MAX, URL_CHARS_MAX


class Message(Base):
    """One notice for one person; its facts are sealed, for they tell of somebody's life."""

    __tablename__ = "message"
    __table_args__ = (
        # The key stands first: what is no longer so is found by it alone.
        UniqueConstraint("key", "person_id"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint("length(key) > 0", name="key_given"),
        CheckConstraint(
            "url LIKE '/%' AND substr(url, 2, 1) NOT IN ('/', '\\')", name="url_is_a_path"
        ),
        Index(None, "person_id", "id"),
        Index(
            "ix_message_unread",
            "person_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_message_unspread",
            "id",
            postgresql_where=text("NOT is_spread"),
            sqlite_where=text("NOT is_spread"),
        ),
        Index(None, "told_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int]
    person_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(KEY_CHARS_MAX))
    code: Mapped[str] = mapped_column(String(60))
    facts: Mapped[str] = mapped_column(Sealed())
    url: Mapped[str] = mapped_column(String(URL_CHARS_MAX))
    told_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    is_spread: Mapped[bool] = mapped_column(default=False)  # its deliveries are written down
