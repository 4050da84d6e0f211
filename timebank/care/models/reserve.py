"""Money that came into the reserve, with the bank's paper; taken back by another, once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Table, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class ReserveReceipt(Base):
    """One amount that the reserve's bank account received."""

    __tablename__ = "care_reserve_receipt"
    __table_args__ = (
        CheckConstraint("amount_fen BETWEEN 1 AND 10000000000000", name="amount_positive"),
        CheckConstraint("source <> '' AND document <> ''", name="by_a_paper"),
        CheckConstraint(
            "(reversal_entry_id IS NULL) = (undone_at IS NULL)"
            " AND (reversal_entry_id IS NULL) = (undone_by_user_id IS NULL)"
            " AND (reversal_entry_id IS NULL) = (undo_reason = '')",
            name="undone_whole",
        ),
        CheckConstraint(
            "undone_by_user_id IS NULL OR undone_by_user_id <> noted_by_user_id",
            name="undone_by_another",
        ),
        Index(
            "uq_care_reserve_receipt_document",
            "community_id",
            "document",
            unique=True,
            sqlite_where=text("reversal_entry_id IS NULL"),
            postgresql_where=text("reversal_entry_id IS NULL"),
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    received_on: Mapped[date] = mapped_column(Date)
    amount_fen: Mapped[int]
    source: Mapped[str] = mapped_column(String(80))
    document: Mapped[str] = mapped_column(String(80))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    noted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    noted_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]
    reversal_entry_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    undo_reason: Mapped[str] = mapped_column(Text, default="")
    undone_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_by: Mapped[str] = mapped_column(String(80), default="")
    undone_at: Mapped[datetime | None]


_FIXED = ("community_id", "key", "received_on", "amount_fen", "source", "document", "entry_id")


def _keep(table: Table) -> None:
    """Let what was noted stand; only its undoing is added, once."""
    changed = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in (*_FIXED, "noted_by", "noted_at"))
    for name, moment, condition in (
        (
            "care_reserve_receipt_kept",
            "BEFORE UPDATE",
            f"OLD.reversal_entry_id IS NOT NULL OR {changed}",
        ),
        ("care_reserve_receipt_stays", "BEFORE DELETE", "OLD.id IS NOT NULL"),
    ):
        refuse_on_sqlite(table, name, moment, condition)
        guard_on_postgresql(table, name, moment, raises(name, condition))


_keep(Base.metadata.tables["care_reserve_receipt"])
