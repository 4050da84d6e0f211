"""Tables of what households own and owe, and what the database itself refuses about them.

What is outstanding is never written by hand: it is the amount less what was paid and waived, and
cannot fall below zero; together the households never owe more than the residents agreed to.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of, refuse, table_of
from timebank.cofund.rules.codes import CODE_LENGTH_MAX, INSTALMENTS_MAX
from timebank.cofund.rules.projects import Party
from timebank.cofund.rules.receivables import WaiverState
from timebank.kernel.db import Base, IntPk

AREA_MAX = 10_000_000


class Holding(Base):
    """A dwelling as the register of owners has it: its floor area and who owns it."""

    __tablename__ = "cofund_holding"
    __table_args__ = (
        UniqueConstraint("household_id"),
        Index(None, "community_id"),
        Index(None, "owner_person_id"),
        CheckConstraint(f"area_hundredths BETWEEN 1 AND {AREA_MAX}", name="area"),
        CheckConstraint("owner_name <> ''", name="owner"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    area_hundredths: Mapped[int]
    owner_name: Mapped[str] = mapped_column(String(60))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]


class Receivable(Base):
    """What one household is to pay for one instalment of one project."""

    __tablename__ = "cofund_receivable"
    __table_args__ = (
        UniqueConstraint("community_id", "payment_code"),
        Index(
            None,
            "project_id",
            "household_id",
            "instalment",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
        Index(None, "community_id", "outstanding_fen"),
        Index(None, "household_id"),
        one_of("party", Party),
        amount(),
        CheckConstraint("party = 'residents'", name="residents"),
        CheckConstraint(f"instalment BETWEEN 1 AND {INSTALMENTS_MAX}", name="instalment"),
        CheckConstraint("paid_fen >= 0 AND waived_fen >= 0", name="reductions"),
        CheckConstraint("outstanding_fen >= 0", name="outstanding"),
        CheckConstraint(
            "(cancelled_at IS NULL AND outstanding_fen = amount_fen - paid_fen - waived_fen)"
            " OR (cancelled_at IS NOT NULL AND outstanding_fen = 0 AND paid_fen = 0)",
            name="adds_up",
        ),
        CheckConstraint("cancelled_at IS NULL OR cancel_reason <> ''", name="cancel_reason"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    party: Mapped[Party] = mapped_column(String(16), default=Party.RESIDENTS)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    instalment: Mapped[int]
    amount_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)
    waived_fen: Mapped[int] = mapped_column(default=0)
    outstanding_fen: Mapped[int]
    payment_code: Mapped[str] = mapped_column(String(CODE_LENGTH_MAX))
    due_on: Mapped[date]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    raised_at: Mapped[datetime]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(Text, default="")


class Waiver(Base):
    """A request to let a household off for hardship: asked by one, decided by another."""

    __tablename__ = "cofund_waiver"
    __table_args__ = (
        Index(
            None,
            "receivable_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index(None, "community_id", "state"),
        one_of("state", WaiverState),
        amount(),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_persons"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'approved' OR decided_by IS NOT NULL", name="approver"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    receivable_id: Mapped[int] = mapped_column(ForeignKey("cofund_receivable.id"))
    amount_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[WaiverState] = mapped_column(String(16), default=WaiverState.ASKED)
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_name: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")


_share = (
    "(SELECT s.amount_fen FROM project p"
    " JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed"
    " JOIN agreement_share s ON s.agreement_id = a.id AND s.party = 'residents'"
    " WHERE p.id = NEW.project_id)"
)
_raised = (
    "(SELECT coalesce(sum(r.amount_fen), 0) FROM cofund_receivable r"
    " WHERE r.project_id = NEW.project_id AND r.cancelled_at IS NULL)"
)
refuse(
    table_of(Receivable),
    name="receivable_within_share",
    when="INSERT",
    condition=f"NEW.amount_fen + {_raised} > coalesce({_share}, 0)",
)
refuse(
    table_of(Receivable),
    name="receivable_keeps",
    when="UPDATE",
    condition="OLD.cancelled_at IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen"
    " OR NEW.project_id <> OLD.project_id OR NEW.household_id <> OLD.household_id"
    " OR NEW.payment_code <> OLD.payment_code OR NEW.instalment <> OLD.instalment"
    " OR (NEW.waived_fen <> OLD.waived_fen AND NEW.waived_fen <> (SELECT coalesce("
    "sum(w.amount_fen), 0) FROM cofund_waiver w WHERE w.receivable_id = NEW.id"
    " AND w.state = 'approved'))",
)
refuse(table_of(Receivable), name="receivable_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(
    table_of(Waiver),
    name="waiver_keeps",
    when="UPDATE",
    condition="OLD.state <> 'asked' OR NEW.amount_fen <> OLD.amount_fen"
    " OR NEW.receivable_id <> OLD.receivable_id OR NEW.asked_by <> OLD.asked_by",
)
refuse(table_of(Waiver), name="waiver_stays", when="DELETE", condition="OLD.id IS NOT NULL")
