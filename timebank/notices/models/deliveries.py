"""Tables of how people want to be reached, and of what was sent to them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.sealed import Sealed
from timebank.notices.rules.channels import CODE_TRIES_MAX, TRIES_MAX, Channel, DeliveryState

_MAIL_ON = "channel = 'mail' AND is_on"
_OPEN = "state IN ('waiting', 'failed')"


def _one_of(column: str, choices: type[StrEnum]) -> str:
    """Return the CHECK that a column holds one of an enumeration's values."""
    return f"{column} IN ({', '.join(repr(choice.value) for choice in choices)})"


class Contact(Base):
    """That a person wants a channel or does not any more; the address only while they do.

    ``is_weekly`` says that one letter a week tells of all messages, instead of a letter each.

    Nothing goes to an address before ``confirmed_at``; ``code_due_at`` is when its code is sent.
    """

    __tablename__ = "notice_contact"
    __table_args__ = (
        UniqueConstraint("person_id", "channel"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint(_one_of("channel", Channel), name="channel_known"),
        CheckConstraint(
            "(address IS NOT NULL) = (channel = 'mail' AND is_on)", name="address_only_in_use"
        ),
        CheckConstraint("is_on = (ended_at IS NULL)", name="ended_means_off"),
        CheckConstraint(f"NOT is_weekly OR ({_MAIL_ON})", name="weekly_by_mail"),
        CheckConstraint(
            f"({_MAIL_ON}) = (confirmed_at IS NOT NULL OR code_until IS NOT NULL)"
            " AND (confirmed_at IS NULL OR code_until IS NULL)",
            name="address_confirmed_or_asked",
        ),
        CheckConstraint(
            "code_due_at IS NULL OR code_until IS NOT NULL", name="code_due_while_open"
        ),
        CheckConstraint(f"code_tries BETWEEN 0 AND {CODE_TRIES_MAX}", name="code_tries_bounded"),
        Index(
            "ix_notice_contact_code",
            "code_due_at",
            postgresql_where=text("code_due_at IS NOT NULL"),
            sqlite_where=text("code_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int]
    person_id: Mapped[int]
    channel: Mapped[Channel] = mapped_column(String(8))
    is_on: Mapped[bool]
    address: Mapped[str | None] = mapped_column(Sealed())
    consent_version: Mapped[int]
    consented_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    code_until: Mapped[datetime | None]
    code_due_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    is_weekly: Mapped[bool] = mapped_column(default=False, server_default=false())


class Delivery(Base):
    """One message on one channel; ``key`` names it to the receiver, who can drop repeats."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "channel"),
        CheckConstraint(_one_of("channel", Channel), name="channel_known"),
        CheckConstraint(_one_of("state", DeliveryState), name="state_known"),
        CheckConstraint(f"tries BETWEEN 0 AND {TRIES_MAX}", name="tries_bounded"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_moment"),
        CheckConstraint(f"lease_until IS NULL OR {_OPEN}", name="lease_while_open"),
        CheckConstraint("state <> 'parked' OR problem <> ''", name="parked_for_a_reason"),
        Index(
            "ix_notice_delivery_due",
            "due_at",
            "id",
            postgresql_where=text(_OPEN),
            sqlite_where=text(_OPEN),
        ),
        Index(None, "community_id", "state", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(String(8))
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    state: Mapped[DeliveryState] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(80), default="")
