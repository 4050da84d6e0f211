"""Tables of money beside the three shares: matching pots, income of common parts; and labour."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of, refuse, table_of
from timebank.cofund.rules.projects import Party
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk


class MatchPot(Base):
    """A pot out of which a sponsor matches what residents pay, up to a cap for each project."""

    __tablename__ = "cofund_match_pot"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        one_of("party", Party),
        amount("project_cap_fen"),
        CheckConstraint("party <> 'residents'", name="sponsor"),
        CheckConstraint("permille BETWEEN 1 AND 3000", name="permille"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(80))
    sponsor: Mapped[str] = mapped_column(String(80))
    party: Mapped[Party] = mapped_column(String(16))
    permille: Mapped[int]
    project_cap_fen: Mapped[int]
    pot_account_id: Mapped[int | None] = mapped_column(unique=True)
    sponsor_account_id: Mapped[int | None] = mapped_column(unique=True)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime]


class Match(Base):
    """How much of a pot went to one project: never above the cap it was given."""

    __tablename__ = "cofund_match"
    __table_args__ = (
        UniqueConstraint("pot_id", "project_id"),
        amount("cap_fen"),
        CheckConstraint("matched_fen BETWEEN 0 AND cap_fen", name="within_cap"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    pot_id: Mapped[int] = mapped_column(ForeignKey("cofund_match_pot.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    cap_fen: Mapped[int]
    matched_fen: Mapped[int] = mapped_column(default=0)


class IncomeSource(Base):
    """What earns on common parts, and how its income is split by agreement."""

    __tablename__ = "cofund_income_source"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        one_of("other_party", Party),
        CheckConstraint("other_party <> 'residents'", name="other"),
        CheckConstraint("owners_permille BETWEEN 0 AND 1000", name="split"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(80))
    other_party: Mapped[Party] = mapped_column(String(16))
    owners_permille: Mapped[int]
    document_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime]


class Income(Base):
    """What came in from a source, in the books of those whom it belongs to."""

    __tablename__ = "cofund_income"
    __table_args__ = (
        Index(None, "source_id"),
        amount(),
        CheckConstraint(
            "owners_fen >= 0 AND other_fen >= 0 AND owners_fen + other_fen = amount_fen",
            name="split_exactly",
        ),
        CheckConstraint("(owners_fen > 0) = (owners_entry_id IS NOT NULL)", name="owners_booked"),
        CheckConstraint("(other_fen > 0) = (other_entry_id IS NOT NULL)", name="other_booked"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("cofund_income_source.id"))
    received_on: Mapped[date]
    amount_fen: Mapped[int]
    owners_fen: Mapped[int]
    other_fen: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80), default="")
    owners_entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    other_entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    booked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    booked_at: Mapped[datetime]


class Labour(Base):
    """A task whose service records count as labour given to a project, beside the money."""

    __tablename__ = "cofund_labour"
    __table_args__ = (
        UniqueConstraint("task_id"),
        Index(None, "project_id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    linked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    linked_at: Mapped[datetime]


make_append_only(table_of(Income))
make_append_only(table_of(Labour))
refuse(
    table_of(Match),
    name="match_cap_keeps",
    when="UPDATE",
    condition="NEW.cap_fen <> OLD.cap_fen OR NEW.project_id <> OLD.project_id"
    " OR NEW.pot_id <> OLD.pot_id",
)
