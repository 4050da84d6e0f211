"""Tables of events, looks and stored files."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk


class TrailEvent(Base):
    """Somebody did something to something."""

    __tablename__ = "trail_event"
    __table_args__ = (
        Index("ix_trail_event_community_id_at_id", "community_id", "at", "id"),
        Index("ix_trail_event_subject", "community_id", "subject_type", "subject_id"),
        Index("ix_trail_event_actor_user_id", "community_id", "actor_user_id", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(String(500))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: whatever JSON can hold


class PersonLook(Base):
    """Somebody saw private fields of a person, and why; the person can read it."""

    __tablename__ = "person_look"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="reason_given"),
        Index("ix_person_look_person_id_id", "person_id", "id"),
        Index("ix_person_look_community_id_at", "community_id", "at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str | None] = mapped_column(String(64))
    fields: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(200))


class FileContent(Base):
    """The bytes of a file, once for each community, named by their digest."""

    __tablename__ = "file_content"
    __table_args__ = (
        UniqueConstraint("community_id", "sha256"),
        CheckConstraint("size_bytes > 0 AND size_bytes <= 5242880", name="size_in_bounds"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class StoredFile(Base):
    """A file that somebody handed in: its name, kind, purpose and bytes."""

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_content_id", "content_id"),)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("file_content.id"))
    media_type: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(40))
    stored_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    stored_at: Mapped[datetime]


for _model in (TrailEvent, PersonLook):
    _table = _model.__table__
    if isinstance(_table, Table):
        make_append_only(_table)
