"""Tables of what is withheld from builders and of the final settlement."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of, refuse, table_of
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk


class RetentionMove(Base):
    """Withheld money that is to be released or deducted: asked by one, approved by another."""

    __tablename__ = "cofund_retention_move"
    __table_args__ = (
        Index(None, "project_id"),
        Index(None, "community_id", "state"),
        one_of("kind", MoveKind),
        one_of("state", MoveState),
        amount(),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_persons"),
        CheckConstraint("kind <> 'deduct' OR reason <> ''", name="reason"),
        CheckConstraint("is_early = (kind = 'release' AND early_reason <> '')", name="early"),
        CheckConstraint(
            "(state = 'done') = (entry_id IS NOT NULL)"
            " AND (state <> 'done' OR decided_by IS NOT NULL)",
            name="done",
        ),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[MoveKind] = mapped_column(String(8))
    amount_fen: Mapped[int]
    payee: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    is_early: Mapped[bool] = mapped_column(default=False)
    early_reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[MoveState] = mapped_column(String(8), default=MoveState.ASKED)
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_name: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    moved_on: Mapped[date | None]
    entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )


class Settlement(Base):
    """The final account of a project, as it was settled; it never changes."""

    __tablename__ = "cofund_settlement"
    __table_args__ = (
        UniqueConstraint("project_id"),
        CheckConstraint("length(digest) = 64", name="digest"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    settled_on: Mapped[date]
    settled_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled_name: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    document_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))


make_append_only(table_of(Settlement))
refuse(
    table_of(RetentionMove),
    name="retention_move_keeps",
    when="UPDATE",
    condition="OLD.state <> 'asked' OR NEW.amount_fen <> OLD.amount_fen"
    " OR NEW.kind <> OLD.kind OR NEW.project_id <> OLD.project_id"
    " OR NEW.asked_by <> OLD.asked_by"
    " OR (NEW.state = 'done' AND NEW.kind = 'release' AND NOT NEW.is_early"
    " AND NEW.moved_on <= (SELECT p.defects_until FROM project p WHERE p.id = NEW.project_id))",
)
refuse(
    table_of(RetentionMove),
    name="retention_move_in_time",
    when="INSERT",
    condition="NEW.kind = 'release' AND NOT NEW.is_early AND NOT EXISTS (SELECT 1 FROM project p"
    " WHERE p.id = NEW.project_id AND p.defects_until IS NOT NULL)",
)
refuse(
    table_of(RetentionMove),
    name="retention_move_stays",
    when="DELETE",
    condition="OLD.id IS NOT NULL",
)
