"""Tables of the monthly visits: one row for each unit and month, and what was met behind doors."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed
from timebank.outreach.rules.visits import (
    YEAR_MAX,
    YEAR_MIN,
    ChangeKind,
    DoorResult,
    VisitState,
)


class UnitVisit(Base):
    """The visit of one unit in one month, from the plan on."""

    __tablename__ = "unit_visit"
    __table_args__ = (
        UniqueConstraint("micro_grid_id", "year", "month"),
        CheckConstraint(f"year BETWEEN {YEAR_MIN} AND {YEAR_MAX}", name="year_believable"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month_exists"),
        CheckConstraint(f"state IN {among(VisitState)}", name="state_known"),
        CheckConstraint("(state = 'done') = (visited_on IS NOT NULL)", name="done_has_its_day"),
        Index(None, "community_id", "year", "month"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    year: Mapped[int]
    month: Mapped[int]
    state: Mapped[VisitState] = mapped_column(String(8), default=VisitState.PLANNED)
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date] = mapped_column(Date)
    visited_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Sealed)
    done_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


class VisitDoor(Base):
    """What happened at one door; ``note`` is sealed since it speaks of people."""

    __tablename__ = "visit_door"
    __table_args__ = (
        UniqueConstraint("visit_id", "household_id"),
        CheckConstraint(f"result IN {among(DoorResult)}", name="result_known"),
        CheckConstraint("(result = 'not_met') = (again_on IS NOT NULL)", name="not_met_goes_again"),
        CheckConstraint("met_person_id IS NULL OR result = 'met'", name="met_somebody"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("unit_visit.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    result: Mapped[DoorResult] = mapped_column(String(8))
    met_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    note: Mapped[str | None] = mapped_column(Sealed)
    again_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime]


class VisitChange(Base):
    """What had changed in a household, before and after, written down with consent; kept."""

    __tablename__ = "visit_change"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(ChangeKind)}", name="kind_known"),
        CheckConstraint("has_consent", name="consent_given"),
        CheckConstraint("(kind = 'newcomer') = (old_value IS NULL)", name="newcomer_has_no_past"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("unit_visit.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(String(8))
    old_value: Mapped[str | None] = mapped_column(Sealed)
    new_value: Mapped[str] = mapped_column(Sealed)
    has_consent: Mapped[bool]
    noted_at: Mapped[datetime]
    noted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


make_append_only(Base.metadata.tables[VisitChange.__tablename__])


class VisitFinding(Base):
    """What was found on the way; the case that came of it, once there is one."""

    __tablename__ = "visit_finding"
    __table_args__ = (
        UniqueConstraint("case_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("unit_visit.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    found_at: Mapped[datetime]
