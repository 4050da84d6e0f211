"""Departments that can be whistled, and each one's part in a case."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.whistling import Called, CalledState
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    raises,
    refuse_on_sqlite,
)


class CaseDepartment(Base):
    """A department that reports in when the community whistles; struck off, never removed."""

    __tablename__ = "case_department"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        CheckConstraint("length(name) > 0", name="named"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str] = mapped_column(String(120), default="")
    contact: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class CaseWhistle(Base):
    """One department's part in one case: called, there, accepted or declined, done, let go."""

    __tablename__ = "case_whistle"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint(f"state IN {among(CalledState)}", name="state_known"),
        CheckConstraint("arrive_due_at > notified_at", name="due_after_call"),
        CheckConstraint(
            "(arrived_at IS NULL OR arrived_at >= notified_at)"
            " AND (answered_at IS NULL OR answered_at >= notified_at)"
            " AND (ended_at IS NULL OR ended_at >= notified_at)",
            name="moments_in_order",
        ),
        CheckConstraint(
            "(state IN ('declined', 'completed', 'withdrawn')) = (ended_at IS NOT NULL)",
            name="ended_at_its_end",
        ),
        CheckConstraint(
            "state NOT IN ('accepted', 'finished', 'completed') OR arrived_at IS NOT NULL",
            name="there_before_work",
        ),
        CheckConstraint(
            "state NOT IN ('finished', 'completed') OR finished_at IS NOT NULL",
            name="finished_before_release",
        ),
        CheckConstraint(
            "(caller_score IS NULL OR caller_score BETWEEN 1 AND 5)"
            " AND (department_score IS NULL OR department_score BETWEEN 1 AND 5)",
            name="scores_in_range",
        ),
        CheckConstraint(
            "ended_at IS NOT NULL OR (caller_score IS NULL AND department_score IS NULL)",
            name="assessed_at_its_end",
        ),
        Index(None, "community_id", "state", "arrive_due_at"),
        Index(None, "community_id", "notified_at"),
        Index(None, "department_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    position: Mapped[int]
    department_id: Mapped[int] = mapped_column(ForeignKey("case_department.id"))
    is_lead: Mapped[bool]
    state: Mapped[CalledState] = mapped_column(String(12))
    notified_at: Mapped[datetime]
    arrive_due_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    caller_score: Mapped[int | None]
    department_score: Mapped[int | None]

    def as_called(self) -> Called:
        """Return the row as the rules' value."""
        return Called(
            position=self.position,
            department_id=self.department_id,
            is_lead=self.is_lead,
            state=CalledState(self.state),
            notified_at=self.notified_at,
            arrive_due_at=self.arrive_due_at,
            arrived_at=self.arrived_at,
            answered_at=self.answered_at,
            finished_at=self.finished_at,
            ended_at=self.ended_at,
            caller_score=self.caller_score,
            department_score=self.department_score,
        )


class CaseCallLink(Base):
    """A link by which a department answers for its part; only the digest of its secret is kept.

    A part has one link that holds; a new one, or whoever stops it, ends it before its time.
    """

    __tablename__ = "case_call_link"
    __table_args__ = (
        UniqueConstraint("token_digest"),
        CheckConstraint("expires_at > made_at", name="lasts"),
        CheckConstraint("stopped_at IS NULL OR stopped_at >= made_at", name="moments_in_order"),
        Index(
            "uq_case_call_link_holds",
            "whistle_id",
            unique=True,
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    whistle_id: Mapped[int] = mapped_column(ForeignKey("case_whistle.id"))
    token_digest: Mapped[str] = mapped_column(String(64))
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


# A link that was stopped stays so, and nothing else of it changes.
_LINK = Base.metadata.tables["case_call_link"]


def _revived(differs: str) -> str:
    """Return the condition that more than its end is written; ``differs`` as with a part."""
    kept = ("community_id", "whistle_id", "token_digest", "made_by_user_id", "made_at")
    is_kept = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in (*kept, "expires_at"))
    return f"{is_kept} OR (OLD.stopped_at IS NOT NULL AND OLD.stopped_at {differs} NEW.stopped_at)"


refuse_on_sqlite(_LINK, "case_call_link_kept", "BEFORE UPDATE", _revived("IS NOT"))
refuse_on_sqlite(_LINK, "case_call_link_kept", "BEFORE DELETE", "1")
guard_on_postgresql(
    _LINK,
    "case_call_link_kept",
    "BEFORE UPDATE",
    raises("case_call_link_kept", _revived("IS DISTINCT FROM")),
)
guard_on_postgresql(
    _LINK, "case_call_link_stays", "BEFORE DELETE", raises("case_call_link_kept", "true")
)
# A part stays: what ended is only assessed, each way once, and nothing is removed.
_WHISTLE = Base.metadata.tables["case_whistle"]


def _rewritten(differs: str) -> str:
    """Return the condition that a part is rewritten; ``differs`` is the engine's own word."""
    kept = ("case_id", "position", "department_id", "notified_at", "arrive_due_at")
    is_kept = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in kept)
    return (
        f"{is_kept} OR (OLD.ended_at IS NOT NULL AND OLD.state <> NEW.state)"
        f" OR (OLD.caller_score IS NOT NULL AND OLD.caller_score {differs} NEW.caller_score)"
        " OR (OLD.department_score IS NOT NULL"
        f" AND OLD.department_score {differs} NEW.department_score)"
    )


refuse_on_sqlite(_WHISTLE, "case_whistle_kept", "BEFORE UPDATE", _rewritten("IS NOT"))
refuse_on_sqlite(_WHISTLE, "case_whistle_kept", "BEFORE DELETE", "1")
guard_on_postgresql(
    _WHISTLE,
    "case_whistle_kept",
    "BEFORE UPDATE",
    raises("case_whistle_kept", _rewritten("IS DISTINCT FROM")),
)
guard_on_postgresql(
    _WHISTLE, "case_whistle_stays", "BEFORE DELETE", raises("case_whistle_kept", "true")
)
# No case has a result while a department is at work on it.
_CASES = Base.metadata.tables["case_file"]
_AT_WORK = (
    "NEW.state = 'resolved' AND OLD.state <> 'resolved' AND EXISTS (SELECT 1 FROM case_whistle w"
    " WHERE w.case_id = NEW.id AND w.ended_at IS NULL)"
)
refuse_on_sqlite(_CASES, "case_file_whistled", "BEFORE UPDATE", _AT_WORK)
guard_on_postgresql(
    _CASES, "case_file_whistled", "BEFORE UPDATE", raises("case_file_whistled", _AT_WORK)
)
