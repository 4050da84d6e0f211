"""In whose hands cases were and are, and what became of each step: both follow from the events."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.custody import Desk
from timebank.cases.rules.flow import Level, Step
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    raises,
    refuse_on_sqlite,
)

_IS_OPEN = text("to_seq IS NULL")


class CaseCustody(Base):
    """One stretch of a case in the same hands; the open one ends when the case changes hands."""

    __tablename__ = "case_custody"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        CheckConstraint("position >= 1 AND from_seq >= 1", name="counted_from_one"),
        CheckConstraint(f"desk IN {among(Desk)}", name="desk_known"),
        CheckConstraint(f"level IN {among(Level)}", name="level_known"),
        CheckConstraint(
            "(to_seq IS NULL) = (to_at IS NULL)"
            " AND (to_seq IS NULL OR (to_seq > from_seq AND to_at >= from_at))",
            name="ended_in_order",
        ),
        CheckConstraint("desk = 'worker' OR user_id IS NULL", name="desk_is_nobody"),
        Index(
            "uq_case_custody_open",
            "case_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index(None, "community_id", "user_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    position: Mapped[int]
    desk: Mapped[Desk] = mapped_column(String(12))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(80), default="")
    level: Mapped[Level] = mapped_column(String(12))
    from_seq: Mapped[int]
    from_at: Mapped[datetime]
    to_seq: Mapped[int | None]
    to_at: Mapped[datetime | None]


class CaseResult(Base):
    """What became of one step of one round, and whose result it is; written once.

    ``done_at`` is null for a step that was late when the case ended without it.
    """

    __tablename__ = "case_result"
    __table_args__ = (
        UniqueConstraint("case_id", "round", "step"),
        CheckConstraint(f"step IN {among(Step)}", name="step_known"),
        CheckConstraint("round >= 1 AND segment >= 1", name="counted_from_one"),
        CheckConstraint("done_at IS NOT NULL OR is_late", name="undone_is_late"),
        CheckConstraint("done_at IS NULL OR (done_at > due_at) = is_late", name="late_after_due"),
        Index(None, "community_id", "due_at"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    round: Mapped[int]
    step: Mapped[Step] = mapped_column(String(16))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    is_late: Mapped[bool]
    segment: Mapped[int]
    event_seq: Mapped[int]


make_append_only(Base.metadata.tables["case_result"])

# A stretch keeps whose it was and from when; it ends once.
_CUSTODY = Base.metadata.tables["case_custody"]
_KEPT = ("case_id", "position", "desk", "user_id", "level", "from_seq", "from_at")


def _rewritten(differs: str) -> str:
    """Return the condition that a stretch is rewritten; ``differs`` is the engine's own word."""
    kept = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in _KEPT)
    return f"OLD.to_seq IS NOT NULL OR {kept}"


refuse_on_sqlite(_CUSTODY, "case_custody_kept", "BEFORE UPDATE", _rewritten("IS NOT"))
refuse_on_sqlite(_CUSTODY, "case_custody_kept", "BEFORE DELETE", "1")
guard_on_postgresql(
    _CUSTODY,
    "case_custody_kept",
    "BEFORE UPDATE",
    raises("case_custody_kept", _rewritten("IS DISTINCT FROM")),
)
guard_on_postgresql(
    _CUSTODY, "case_custody_stays", "BEFORE DELETE", raises("case_custody_kept", "true")
)
