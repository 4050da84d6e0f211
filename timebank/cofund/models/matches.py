"""Which obligation each claimed part of a bank line met, and the runs that match many.

A match stands beside the allocation of the same entry. Who has paid for whom is not written
anywhere else: it follows from the matches that people confirmed and nobody has undone.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import one_of, refuse, table_of
from timebank.cofund.rules.matching import MatchKind, RunState
from timebank.kernel.db import Base, IntPk

_STANDS = text("undone_at IS NULL")


def _once(column: str) -> Index:
    """Return the index by which one thing is met by at most one match that stands."""
    return Index(
        f"uq_cofund_claimed_{column}_stands",
        column,
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )


class ClaimedPart(Base):
    """A part of a bank line that met an obligation."""

    __tablename__ = "cofund_claimed"
    __table_args__ = (
        one_of("kind", MatchKind),
        _once("contribution_id"),
        _once("spending_request_id"),
        _once("refund_id"),
        _once("retention_move_id"),
        _once("income_id"),
        Index(None, "claim_id"),
        Index(None, "line_id"),
        Index(
            "ix_cofund_claimed_payer",
            "community_id",
            "payer",
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index(
            "ix_cofund_claimed_payer_name",
            "community_id",
            "payer_name",
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        CheckConstraint("amount_fen > 0", name="amount_fen"),
        CheckConstraint(
            "(contribution_id IS NOT NULL) = (kind IN ('receivable', 'share', 'recorded'))",
            name="contribution",
        ),
        CheckConstraint(
            "(spending_request_id IS NOT NULL) = (kind IN ('spending', 'paid'))", name="spending"
        ),
        CheckConstraint("(refund_id IS NOT NULL) = (kind = 'refund')", name="refund"),
        CheckConstraint("(retention_move_id IS NOT NULL) = (kind = 'released')", name="released"),
        CheckConstraint("(income_id IS NOT NULL) = (kind = 'common_income')", name="income"),
        CheckConstraint(
            "kind NOT IN ('credit', 'credit_back') OR household_id IS NOT NULL", name="credit"
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"))
    claim_id: Mapped[UUID] = mapped_column(Uuid)
    entry_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("bank_allocation.entry_id"), unique=True
    )
    kind: Mapped[MatchKind] = mapped_column(String(16))
    amount_fen: Mapped[int]
    label: Mapped[str] = mapped_column(String(160))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    spending_request_id: Mapped[int | None] = mapped_column(ForeignKey("spending_request.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("project_refund.id"))
    retention_move_id: Mapped[int | None] = mapped_column(ForeignKey("cofund_retention_move.id"))
    income_id: Mapped[int | None] = mapped_column(ForeignKey("cofund_income.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    # Blind indexes: equal payers meet, and nothing can be read from them. Blank: nothing learned.
    payer: Mapped[str] = mapped_column(String(64), default="")
    payer_name: Mapped[str] = mapped_column(String(64), default="")
    subject: Mapped[str] = mapped_column(String(80), default="")
    matched_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class MatchRun(Base):
    """A run of the program over the lines that wait, and how far it is."""

    __tablename__ = "cofund_match_run"
    __table_args__ = (
        one_of("state", RunState),
        Index(
            "uq_cofund_match_run_running",
            "community_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        CheckConstraint("seen BETWEEN 0 AND total", name="seen"),
        CheckConstraint("matched + raised <= seen", name="counted"),
        CheckConstraint("(state = 'running') = (done_at IS NULL)", name="done_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    state: Mapped[RunState] = mapped_column(String(8), default=RunState.RUNNING)
    through_line_id: Mapped[int]
    at_line_id: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    seen: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    raised: Mapped[int] = mapped_column(default=0)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    started_name: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


_KEPT = ("line_id", "claim_id", "entry_id", "kind", "amount_fen", "community_id", "subject")
_CHANGED = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in _KEPT)
refuse(
    table_of(ClaimedPart),
    name="claimed_part_keeps",
    when="UPDATE",
    condition=f"OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR {_CHANGED}",
)
refuse(
    table_of(ClaimedPart), name="claimed_part_stays", when="DELETE", condition="OLD.id IS NOT NULL"
)
