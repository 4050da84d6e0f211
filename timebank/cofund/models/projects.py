"""Tables of co-funding, and what the database itself refuses about them.

An agreement counts only once it is sealed, and it is sealed only when its three shares and the
project's cost lines both add up to its total; no project passes to ``agreed`` without one.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of, refuse, table_of
from timebank.cofund.rules.projects import (
    TRANSITIONS,
    Basis,
    Method,
    Party,
    ProjectState,
    SpendingState,
)
from timebank.kernel.db import Base, IntPk


class Project(Base):
    """A repair or improvement that three parties pay for."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "serial"),
        Index(None, "community_id", "state"),
        Index(None, "case_id"),
        one_of("state", ProjectState),
        CheckConstraint("serial > 0", name="serial"),
        CheckConstraint("state <> 'cancelled' OR end_reason <> ''", name="cancel_reason"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    serial: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    place_text: Mapped[str] = mapped_column(String(120), default="")
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    due_on: Mapped[date | None]
    state: Mapped[ProjectState] = mapped_column(String(16), default=ProjectState.DRAFT)
    agreement_version: Mapped[int | None]
    cash_account_id: Mapped[int | None] = mapped_column(unique=True)
    cost_account_id: Mapped[int | None] = mapped_column(unique=True)
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    costed_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    funding_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    acceptance_note: Mapped[str] = mapped_column(Text, default="")
    acceptance_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    end_reason: Mapped[str] = mapped_column(Text, default="")

    @property
    def number(self) -> str:
        """The number by which people call it, such as ``2026-07``."""
        return f"{self.year}-{self.serial:02d}"


class ProjectCostLine(Base):
    """One item of a project's costing."""

    __tablename__ = "project_cost_line"
    __table_args__ = (UniqueConstraint("project_id", "position"), amount())

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(80))
    amount_fen: Mapped[int]


class Agreement(Base):
    """One signed version of who pays how much; sealed when its shares add up."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        amount("total_fen"),
        one_of("basis", Basis),
        CheckConstraint("length(digest) = 64", name="digest"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    version: Mapped[int]
    signed_on: Mapped[date]
    basis: Mapped[Basis] = mapped_column(String(16))
    total_fen: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    document_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    is_sealed: Mapped[bool] = mapped_column(default=False)


class AgreementShare(Base):
    """What one party pays under an agreement, and the account that gathers it."""

    __tablename__ = "agreement_share"
    __table_args__ = (
        UniqueConstraint("agreement_id", "party"),
        one_of("party", Party),
        amount(low=0),
        CheckConstraint("weight >= 0", name="weight"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    party: Mapped[Party] = mapped_column(String(16))
    weight: Mapped[int]
    amount_fen: Mapped[int]
    fund_account_id: Mapped[int]


class Contribution(Base):
    """Money of one party that came in, with its ledger entry; undone only by a reversal."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index(None, "project_id", "party"),
        CheckConstraint("receivable_id IS NULL OR party = 'residents'", name="of_residents"),
        one_of("party", Party),
        one_of("method", Method),
        amount(),
        CheckConstraint(
            "(undone_entry_id IS NULL AND undone_at IS NULL)"
            " OR (undone_entry_id IS NOT NULL AND undone_at IS NOT NULL AND undone_reason <> '')",
            name="undone",
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    party: Mapped[Party] = mapped_column(String(16))
    amount_fen: Mapped[int]
    received_on: Mapped[date]
    payer_name: Mapped[str] = mapped_column(String(80))
    method: Mapped[Method] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(80), default="")
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    receivable_id: Mapped[int | None] = mapped_column(
        ForeignKey("cofund_receivable.id"), index=True
    )
    received_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    undone_entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_reason: Mapped[str] = mapped_column(Text, default="")


class SpendingRequest(Base):
    """A bill to be paid from a project's cash: asked with a document, approved by another."""

    __tablename__ = "spending_request"
    __table_args__ = (
        Index(None, "project_id"),
        Index(None, "community_id", "state"),
        one_of("state", SpendingState),
        amount(),
        CheckConstraint("approved_by IS NULL OR approved_by <> requested_by", name="two_persons"),
        CheckConstraint(
            "state NOT IN ('approved', 'paid')"
            " OR (approved_by IS NOT NULL AND hold_id IS NOT NULL)",
            name="approved",
        ),
        CheckConstraint("(state = 'paid') = (entry_id IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'refused' OR end_reason <> ''", name="refused"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    cost_line_id: Mapped[int] = mapped_column(ForeignKey("project_cost_line.id"))
    amount_fen: Mapped[int]
    payee: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(200))
    document_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    state: Mapped[SpendingState] = mapped_column(String(16), default=SpendingState.REQUESTED)
    requested_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_name: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_name: Mapped[str] = mapped_column(String(80), default="")
    approved_at: Mapped[datetime | None]
    hold_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, unique=True)
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    paid_on: Mapped[date | None]
    entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")


class ProjectRefund(Base):
    """What one party got back when a project ended."""

    __tablename__ = "project_refund"
    __table_args__ = (
        UniqueConstraint("project_id", "party"),
        one_of("party", Party),
        amount(),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    party: Mapped[Party] = mapped_column(String(16))
    amount_fen: Mapped[int]
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))


def _arrows() -> str:
    """Return the allowed moves of a project's state as an SQL list."""
    moves = {(state, to) for (state, _), to in TRANSITIONS.items()} | {(s, s) for s in ProjectState}
    return ", ".join(f"'{state}>{to}'" for state, to in sorted(moves))


_NEEDS_AGREEMENT: Sequence[ProjectState] = (
    ProjectState.AGREED,
    ProjectState.FUNDING,
    ProjectState.ACTIVE,
    ProjectState.ACCEPTED,
    ProjectState.CLOSED,
)
_agreed_states = ", ".join(f"'{state}'" for state in _NEEDS_AGREEMENT)
_sealed_agreement = (
    "SELECT 1 FROM agreement a WHERE a.project_id = NEW.id"
    " AND a.version = NEW.agreement_version AND a.is_sealed"
)
_shares_differ = (
    "(SELECT count(*) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> 3"
    " OR (SELECT sum(s.amount_fen) FROM agreement_share s WHERE s.agreement_id = NEW.id)"
    " <> NEW.total_fen"
    " OR coalesce((SELECT sum(l.amount_fen) FROM project_cost_line l"
    " WHERE l.project_id = NEW.project_id), 0) <> NEW.total_fen"
)
_share_of_party = (
    "(SELECT s.amount_fen FROM project p"
    " JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed"
    " JOIN agreement_share s ON s.agreement_id = a.id"
    " WHERE p.id = NEW.project_id AND s.party = NEW.party)"
)
_received_so_far = (
    "(SELECT coalesce(sum(c.amount_fen), 0) FROM contribution c WHERE c.project_id = NEW.project_id"
    " AND c.party = NEW.party AND c.undone_entry_id IS NULL)"
)
refuse(
    table_of(Project),
    name="project_state_moves",
    when="UPDATE",
    condition=f"(OLD.state || '>' || NEW.state) NOT IN ({_arrows()})"
    f" OR (NEW.state IN ({_agreed_states}) AND NOT EXISTS ({_sealed_agreement}))",
)
refuse(table_of(Project), name="project_starts", when="INSERT", condition="NEW.state <> 'draft'")
refuse(table_of(Project), name="project_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(table_of(Agreement), name="agreement_starts", when="INSERT", condition="NEW.is_sealed")
refuse(
    table_of(Agreement),
    name="agreement_adds_up",
    when="UPDATE",
    condition=f"OLD.is_sealed OR {_shares_differ}",
)
refuse(table_of(Agreement), name="agreement_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(
    table_of(AgreementShare),
    name="agreement_share_before_seal",
    when="INSERT",
    condition="EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.is_sealed)",
)
for _when, _verb in (("UPDATE", "keeps"), ("DELETE", "stays")):
    refuse(
        table_of(AgreementShare),
        name=f"agreement_share_{_verb}",
        when=_when,
        condition="OLD.id IS NOT NULL",
    )
refuse(
    table_of(Contribution),
    name="contribution_within_share",
    when="INSERT",
    condition=f"NEW.amount_fen + {_received_so_far} > coalesce({_share_of_party}, 0)",
)
refuse(
    table_of(Contribution),
    name="contribution_keeps",
    when="UPDATE",
    condition="OLD.undone_entry_id IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen"
    " OR NEW.party <> OLD.party OR NEW.project_id <> OLD.project_id"
    " OR NEW.entry_id <> OLD.entry_id OR NEW.received_on <> OLD.received_on",
)
refuse(
    table_of(Contribution), name="contribution_stays", when="DELETE", condition="OLD.id IS NOT NULL"
)
