"""Tables of the people who are looked after. Why, and what was seen, is sealed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed
from timebank.outreach.rules.key_people import (
    EVERY_DAYS_MAX,
    EVERY_DAYS_MIN,
    Contact,
    KeyGroup,
)


class KeyPerson(Base):
    """One time that somebody is on the list; at most one of a person's is open."""

    __tablename__ = "key_person"
    __table_args__ = (
        CheckConstraint(f"key_group IN {among(KeyGroup)}", name="group_known"),
        CheckConstraint(
            f"every_days BETWEEN {EVERY_DAYS_MIN} AND {EVERY_DAYS_MAX}", name="pace_believable"
        ),
        CheckConstraint("ended_on IS NULL OR ended_on >= since_on", name="days_in_order"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="end_has_its_reason"),
        Index(
            "uq_key_person_open",
            "person_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index(None, "community_id", "due_on", "id"),
        Index(None, "visitor_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    key_group: Mapped[KeyGroup] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Sealed)
    note: Mapped[str | None] = mapped_column(Sealed)
    every_days: Mapped[int]
    visitor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    consent_on: Mapped[date | None] = mapped_column(Date)
    since_on: Mapped[date] = mapped_column(Date)
    last_seen_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str | None] = mapped_column(Sealed)


class KeyContact(Base):
    """One time that somebody on the list was seen, or not met; kept as it was written."""

    __tablename__ = "key_contact"
    __table_args__ = (
        CheckConstraint(f"contact IN {among(Contact)}", name="contact_known"),
        Index(None, "key_person_id", "id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key_person_id: Mapped[int] = mapped_column(ForeignKey("key_person.id"))
    contact: Mapped[Contact] = mapped_column(String(8))
    seen_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Sealed)
    recorded_at: Mapped[datetime]
    recorded_by_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id"), index=True
    )


make_append_only(Base.metadata.tables[KeyContact.__tablename__])
