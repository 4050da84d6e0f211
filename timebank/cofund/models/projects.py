"""Tables of co-funding, and what the database itself refuses about them.

An agreement counts only once it is sealed, and it is sealed only when its three shares and the
project's cost lines both add up to its total; no project passes to ``agreed`` without one.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of
from timebank.cofund.rules.projects import (
    Basis,
    Method,
    Party,
    ProjectState,
    SpendingState,
    number_of,
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
        CheckConstraint("retention_permille BETWEEN 0 AND 30", name="retention"),
        CheckConstraint("before_acceptance_permille BETWEEN 0 AND 1000", name="before_acceptance"),
        CheckConstraint(
            "(publicised_from IS NULL) = (publicised_to IS NULL)"
            " AND (publicised_to IS NULL OR publicised_to >= publicised_from)",
            name="publicised",
        ),
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
    retention_account_id: Mapped[int | None] = mapped_column(unique=True)
    retention_permille: Mapped[int] = mapped_column(default=0)
    before_acceptance_permille: Mapped[int] = mapped_column(default=1000)
    defect_months: Mapped[int] = mapped_column(default=12)
    publicised_from: Mapped[date | None]
    publicised_to: Mapped[date | None]
    publicity_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    accepted_on: Mapped[date | None]
    defects_until: Mapped[date | None]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    costed_at: Mapped[datetime | None]
    publicised_at: Mapped[datetime | None]
    voting_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    funding_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    retention_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    acceptance_note: Mapped[str] = mapped_column(Text, default="")
    acceptance_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    end_reason: Mapped[str] = mapped_column(Text, default="")

    @property
    def number(self) -> str:
        """The number by which people call it, such as ``2026-07``."""
        return number_of(self.year, self.serial)


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
    quote_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))


class Agreement(Base):
    """One signed version of who pays how much; sealed when its shares add up."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        amount("total_fen"),
        one_of("basis", Basis),
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint("total_fen <= most_fen", name="approved"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    version: Mapped[int]
    vote_id: Mapped[int | None] = mapped_column(ForeignKey("cofund_vote.id"))
    most_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
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
        CheckConstraint("NOT is_from_credit OR receivable_id IS NOT NULL", name="credit"),
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
    match_id: Mapped[int | None] = mapped_column(ForeignKey("cofund_match.id"), index=True)
    is_from_credit: Mapped[bool] = mapped_column(default=False)
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
            "endorsed_by IS NULL OR (endorsed_by <> requested_by"
            " AND (approved_by IS NULL OR endorsed_by <> approved_by))",
            name="three_persons",
        ),
        CheckConstraint("needs_second = (amount_fen >= second_from_fen)", name="second_known"),
        CheckConstraint(
            "NOT needs_second OR state NOT IN ('approved', 'paid') OR endorsed_by IS NOT NULL",
            name="second_approval",
        ),
        CheckConstraint(
            "withheld_fen >= 0 AND withheld_fen * 1000 <= amount_fen * 30", name="withheld"
        ),
        CheckConstraint(
            "(payee_changed_at IS NULL) = (payee_wait_until IS NULL)"
            " AND (payee_changed_at IS NULL"
            " OR (payee_note <> '' AND payee_changed_by IS NOT NULL))",
            name="payee_change",
        ),
        CheckConstraint(
            "payee_changed_by IS NULL OR ((approved_by IS NULL OR approved_by <> payee_changed_by)"
            " AND (endorsed_by IS NULL OR endorsed_by <> payee_changed_by))",
            name="payee_two_persons",
        ),
        CheckConstraint(
            "state <> 'paid' OR payee_wait_until IS NULL OR ended_at >= payee_wait_until",
            name="payee_waited",
        ),
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
    contract_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    payee_account: Mapped[str] = mapped_column(String(60), default="")
    withheld_fen: Mapped[int] = mapped_column(default=0)
    second_from_fen: Mapped[int]
    needs_second: Mapped[bool]
    payee_changed_at: Mapped[datetime | None]
    payee_changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    payee_wait_until: Mapped[datetime | None]
    payee_note: Mapped[str] = mapped_column(Text, default="")
    endorsed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    endorsed_name: Mapped[str] = mapped_column(String(80), default="")
    endorsed_at: Mapped[datetime | None]
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
        UniqueConstraint("entry_id", "party"),
        Index(None, "project_id"),
        one_of("party", Party),
        amount(),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    party: Mapped[Party] = mapped_column(String(16))
    amount_fen: Mapped[int]
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))
