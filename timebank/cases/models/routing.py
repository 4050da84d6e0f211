"""Rules by which new cases are handed out, in versions; who got each case and why; leave."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.routing import Ground, RoutingState, WorkerRole
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite

_IS_ON = text("state = 'on'")


class RoutingVersion(Base):
    """One version of the rules: drafted, tried, switched on by a second person."""

    __tablename__ = "routing_version"
    __table_args__ = (
        UniqueConstraint("community_id", "version"),
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint(f"state IN {among(RoutingState)}", name="state_known"),
        CheckConstraint(
            "state NOT IN ('on', 'off') OR (tested_at IS NOT NULL AND on_at IS NOT NULL"
            " AND on_by_user_id IS NOT NULL AND drafted_by_user_id IS NOT NULL)",
            name="on_after_test_by_two",
        ),
        CheckConstraint("on_by_user_id <> drafted_by_user_id", name="switcher_not_drafter"),
        CheckConstraint("on_by_id <> drafted_by_id", name="switcher_another_person"),
        CheckConstraint(
            "tested_at IS NULL OR (tested_cases >= tested_differences AND tested_differences >= 0)",
            name="tested_counts",
        ),
        Index(
            "uq_routing_version_on",
            "community_id",
            unique=True,
            sqlite_where=_IS_ON,
            postgresql_where=_IS_ON,
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version: Mapped[int]
    state: Mapped[RoutingState] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200), default="")
    drafted_at: Mapped[datetime]
    drafted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(80))
    tested_at: Mapped[datetime | None]
    tested_cases: Mapped[int | None]
    tested_differences: Mapped[int | None]
    on_at: Mapped[datetime | None]
    on_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    on_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_by_name: Mapped[str] = mapped_column(String(80), default="")
    off_at: Mapped[datetime | None]


class RoutingRule(Base):
    """One rule of a version; a column that is null asks nothing."""

    __tablename__ = "routing_rule"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint(
            f"category IS NULL OR category IN {among(Category)}", name="category_known"
        ),
        CheckConstraint(f"source IS NULL OR source IN {among(Source)}", name="source_known"),
        CheckConstraint(f"to_role IS NULL OR to_role IN {among(WorkerRole)}", name="role_known"),
        CheckConstraint("(to_role IS NULL) <> (to_user_id IS NULL)", name="one_taker"),
        CheckConstraint(
            "grid_id IS NOT NULL OR micro_grid_id IS NOT NULL OR category IS NOT NULL"
            " OR source IS NOT NULL OR is_urgent IS NOT NULL",
            name="asks_something",
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("routing_version.id"))
    position: Mapped[int]
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    category: Mapped[Category | None] = mapped_column(String(16))
    source: Mapped[Source | None] = mapped_column(String(16))
    is_urgent: Mapped[bool | None]
    to_role: Mapped[WorkerRole | None] = mapped_column(String(24))
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class CaseRoute(Base):
    """Who was given a case when it came in, and why; written once."""

    __tablename__ = "case_route"
    __table_args__ = (
        UniqueConstraint("case_id"),
        CheckConstraint(f"ground IN {among(Ground)}", name="ground_known"),
        CheckConstraint("(user_id IS NULL) = (ground = 'nobody')", name="somebody_or_nobody"),
        CheckConstraint(
            "(instead_of_name IS NULL) = (away_first_on IS NULL)"
            " AND (instead_of_name IS NULL) = (away_last_on IS NULL)",
            name="deputy_whole",
        ),
        Index(None, "user_id", "case_id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    routed_at: Mapped[datetime]
    ground: Mapped[Ground] = mapped_column(String(12))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(80))
    user_role: Mapped[WorkerRole | None] = mapped_column(String(24))
    version: Mapped[int | None]
    position: Mapped[int | None]
    instead_of_name: Mapped[str | None] = mapped_column(String(80))
    away_first_on: Mapped[date | None] = mapped_column(Date)
    away_last_on: Mapped[date | None] = mapped_column(Date)


class WorkerAbsence(Base):
    """Leave of somebody who works cases; it only ever ends earlier, once, and never in the past."""

    __tablename__ = "worker_absence"
    __table_args__ = (
        CheckConstraint("user_id <> deputy_user_id", name="deputy_another"),
        CheckConstraint("made_on <= first_on AND first_on <= last_on", name="days_in_order"),
        CheckConstraint(
            "(back_on IS NULL AND back_made_on IS NULL) OR"
            " (back_on IS NOT NULL AND back_made_on IS NOT NULL"
            " AND back_on >= back_made_on AND back_on <= last_on)",
            name="back_not_in_the_past",
        ),
        Index(None, "community_id", "last_on"),
        Index(None, "user_id", "last_on"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    deputy_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(80), default="")
    made_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime]
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(80))
    back_on: Mapped[date | None] = mapped_column(Date)
    back_made_on: Mapped[date | None] = mapped_column(Date)
    back_by_name: Mapped[str] = mapped_column(String(80), default="")


make_append_only(Base.metadata.tables["case_route"])

# A leave that was written keeps who, whose deputy and when; it may be ended early, once.
_ABSENCE = Base.metadata.tables["worker_absence"]
_KEPT = ("user_id", "deputy_user_id", "first_on", "last_on", "made_on", "made_at")


def _rewritten(differs: str) -> str:
    """Return the condition that a leave is rewritten; ``differs`` is the engine's own word."""
    kept = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in _KEPT)
    return f"OLD.back_on IS NOT NULL OR {kept}"


refuse_on_sqlite(_ABSENCE, "worker_absence_kept", "BEFORE UPDATE", _rewritten("IS NOT"))
refuse_on_sqlite(_ABSENCE, "worker_absence_kept", "BEFORE DELETE", "1")
guard_on_postgresql(
    _ABSENCE,
    "worker_absence_kept",
    "BEFORE UPDATE",
    raises("worker_absence_kept", _rewritten("IS DISTINCT FROM")),
)
guard_on_postgresql(
    _ABSENCE, "worker_absence_stays", "BEFORE DELETE", raises("worker_absence_kept", "true")
)
