"""Tables of pools: what was given to them, and what was granted from them to people in need."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.volunteering.rules.gifts import GIFT_MAX, GrantState, Need, Source


class HoursPool(Base):
    """A pool of minutes for people in need; its account is ``pool:{id}``."""

    __tablename__ = "hours_pool"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        CheckConstraint("length(name) > 0", name="named"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(Text, default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    opened_at: Mapped[datetime]
    opened_by_name: Mapped[str] = mapped_column(String(80))


class PoolGift(Base):
    """Minutes that a member gave to a pool."""

    __tablename__ = "pool_gift"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {GIFT_MAX}", name="minutes_in_range"),
        CheckConstraint(f"source IN {among(Source)}", name="source_known"),
        Index(None, "person_id", "pool_id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("hours_pool.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source: Mapped[Source] = mapped_column(String(10))
    minutes: Mapped[int]
    given_on: Mapped[date] = mapped_column(Date)
    given_at: Mapped[datetime]
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


class PoolGrant(Base):
    """Minutes for somebody in need: requested by one, granted by another."""

    __tablename__ = "pool_grant"
    __table_args__ = (
        CheckConstraint(f"state IN {among(GrantState)}", name="state_known"),
        CheckConstraint(f"need IN {among(Need)}", name="need_known"),
        CheckConstraint(f"minutes BETWEEN 1 AND {GIFT_MAX}", name="minutes_in_range"),
        CheckConstraint("case_id IS NOT NULL OR reason <> ''", name="has_ground"),
        CheckConstraint(
            "(state = 'granted') = (entry_id IS NOT NULL)", name="granted_means_posted"
        ),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint(
            "state <> 'granted' OR (decided_by_user_id IS NOT NULL"
            " AND requested_by_user_id IS NOT NULL)",
            name="granted_by_two",
        ),
        CheckConstraint(
            "state <> 'granted' OR (decided_by_user_id <> requested_by_user_id)",
            name="granter_not_requester",
        ),
        CheckConstraint(
            "state <> 'granted' OR decided_by_id IS NULL OR requested_by_id IS NULL"
            " OR decided_by_id <> requested_by_id",
            name="granter_another_person",
        ),
        CheckConstraint("requested_by_id <> person_id", name="requester_not_recipient"),
        CheckConstraint("decided_by_id <> person_id", name="granter_not_recipient"),
        Index("ix_pool_grant_queue", "community_id", "state", "id"),
        Index(None, "pool_id", "state", "id"),
        Index(None, "case_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("hours_pool.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    minutes: Mapped[int]
    need: Mapped[Need] = mapped_column(String(12))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[GrantState] = mapped_column(String(12))
    hold_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    requested_at: Mapped[datetime]
    requested_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    requested_by_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


_ASKED = (
    "community_id",
    "pool_id",
    "person_id",
    "minutes",
    "need",
    "case_id",
    "reason",
    "hold_id",
    "requested_at",
    "requested_by_user_id",
    "requested_by_id",
)
_CHANGED = " OR ".join(
    f"COALESCE(CAST(NEW.{name} AS text), '') <> COALESCE(CAST(OLD.{name} AS text), '')"
    for name in _ASKED
)
_RULES = {
    "pool_grant_decided": "OLD.state <> 'requested'",
    "pool_grant_asked": _CHANGED,
}


def _guard_grants(table: Table) -> None:
    """Let a grant begin as a request, be decided once, and stay as it was asked for."""
    for name, condition in _RULES.items():
        refuse_on_sqlite(table, name, "BEFORE UPDATE", condition)
    refuse_on_sqlite(table, "pool_grant_begins", "BEFORE INSERT", "NEW.state <> 'requested'")
    refuse_on_sqlite(table, "pool_grant_kept", "BEFORE DELETE", "1")
    refuse_on_sqlite(
        table,
        "pool_grant_kept",
        "BEFORE INSERT",
        "EXISTS (SELECT 1 FROM pool_grant g WHERE g.id = NEW.id OR g.hold_id = NEW.hold_id)",
    )
    body = "\n".join(raises(name, condition) for name, condition in _RULES.items())
    guard_on_postgresql(table, "pool_grant_guard", "BEFORE UPDATE", body)
    begins = raises("pool_grant_begins", "NEW.state <> 'requested'")
    guard_on_postgresql(table, "pool_grant_begins", "BEFORE INSERT", begins)
    guard_on_postgresql(
        table, "pool_grant_kept", "BEFORE DELETE", raises("pool_grant_kept", "true")
    )


_tables = Base.metadata.tables
make_append_only(_tables["pool_gift"])
_guard_grants(_tables["pool_grant"])
