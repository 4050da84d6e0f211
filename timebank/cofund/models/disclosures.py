"""Tables of what was made public of money: frozen versions, decisions, and objections to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import one_of, refuse, table_of
from timebank.cofund.rules.disclosures import DisclosureKind
from timebank.cofund.rules.policy import RANGES
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}
_LEAST, _MOST = RANGES["disclosure_days"]


class Disclosure(Base):
    """The figures of a project or of a month as they were frozen; the row never changes."""

    __tablename__ = "cofund_disclosure"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "serial"),
        UniqueConstraint("project_id", "version"),
        UniqueConstraint("community_id", "month_on", "version"),
        one_of("kind", DisclosureKind),
        CheckConstraint(
            "(kind = 'project') = (project_id IS NOT NULL)"
            " AND (kind = 'month') = (month_on IS NOT NULL)",
            name="subject",
        ),
        CheckConstraint("serial > 0 AND version > 0", name="numbers"),
        CheckConstraint("length(digest) = 64 AND length(seal_head) = 64", name="digests"),
        CheckConstraint("seal_number > 0", name="sealed"),
        CheckConstraint(f"days BETWEEN {_LEAST} AND {_MOST}", name="days"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    serial: Mapped[int]
    kind: Mapped[DisclosureKind] = mapped_column(String(8))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    month_on: Mapped[date | None]
    version: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    seal_number: Mapped[int]
    seal_head: Mapped[str] = mapped_column(String(64))
    days: Mapped[int]
    made_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    made_name: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]


class DisclosureDecision(Base):
    """What a second person decided about a frozen version: released from a day, or returned."""

    __tablename__ = "cofund_disclosure_decision"
    __table_args__ = (
        UniqueConstraint("disclosure_id"),
        Index(None, "community_id", "disclosure_id"),
        CheckConstraint("is_released = (from_on IS NOT NULL)", name="released"),
        CheckConstraint("is_released OR reason <> ''", name="reason"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    disclosure_id: Mapped[int] = mapped_column(ForeignKey("cofund_disclosure.id"))
    is_released: Mapped[bool]
    from_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]


class DisclosureObjection(Base):
    """What somebody has against a released version, as the case that answers it."""

    __tablename__ = "cofund_disclosure_objection"
    __table_args__ = (UniqueConstraint("case_id"), Index(None, "disclosure_id"), _APPEND_ONLY)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    disclosure_id: Mapped[int] = mapped_column(ForeignKey("cofund_disclosure.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    noted_at: Mapped[datetime]


for _model in (Disclosure, DisclosureDecision, DisclosureObjection):
    make_append_only(table_of(_model))
refuse(
    table_of(DisclosureDecision),
    name="disclosure_by_two",
    when="INSERT",
    condition="NOT EXISTS (SELECT 1 FROM cofund_disclosure d WHERE d.id = NEW.disclosure_id"
    " AND d.community_id = NEW.community_id AND d.made_by <> NEW.decided_by)",
)
refuse(
    table_of(DisclosureObjection),
    name="disclosure_objected_when_up",
    when="INSERT",
    condition="NOT EXISTS (SELECT 1 FROM cofund_disclosure_decision r"
    " WHERE r.disclosure_id = NEW.disclosure_id AND r.is_released)",
)
