"""Tables of services and activities held, and of who came."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed
from timebank.outreach.rules.occasions import (
    Audience,
    GuestState,
    Line,
    OccasionKind,
    OccasionState,
)


def _only_of(column: str, kind: OccasionKind) -> str:
    """Return the CHECK that a column speaks of one kind only."""
    return f"{column} IS NULL OR kind = '{kind.value}'"


class Occasion(Base):
    """One service or activity, from the plan on. Who fell out with whom is sealed."""

    __tablename__ = "occasion"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(OccasionKind)}", name="kind_known"),
        CheckConstraint(f"line IN {among(Line)}", name="line_known"),
        CheckConstraint(f"audience IN {among(Audience)}", name="audience_known"),
        CheckConstraint(f"state IN {among(OccasionState)}", name="state_known"),
        CheckConstraint("(state = 'held') = (attended_count IS NOT NULL)", name="held_is_counted"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="why_not_held"),
        CheckConstraint("seats >= 1 AND attended_count >= 0", name="counts_believable"),
        CheckConstraint(_only_of("checked_count", OccasionKind.POPULATION_CHECK), name="checked"),
        CheckConstraint(_only_of("found_count", OccasionKind.POPULATION_CHECK), name="found"),
        CheckConstraint(_only_of("copy_count", OccasionKind.PUBLICITY), name="copies"),
        CheckConstraint(_only_of("hazard", OccasionKind.HAZARD_CHECK), name="hazard"),
        CheckConstraint(_only_of("parties", OccasionKind.MEDIATION), name="parties"),
        CheckConstraint("(hazard IS NULL) = (recheck_on IS NULL)", name="hazard_is_rechecked"),
        CheckConstraint("(rechecked_on IS NULL) = (is_cleared IS NULL)", name="recheck_says"),
        CheckConstraint("agreement IS NULL OR parties IS NOT NULL", name="agreement_of_parties"),
        Index(None, "community_id", "on_day", "id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[OccasionKind] = mapped_column(String(20))
    line: Mapped[Line | None] = mapped_column(String(12))
    audience: Mapped[Audience | None] = mapped_column(String(8))
    state: Mapped[OccasionState] = mapped_column(String(12), default=OccasionState.PLANNED)
    title: Mapped[str] = mapped_column(String(60))
    on_day: Mapped[date] = mapped_column(Date)
    time_text: Mapped[str] = mapped_column(String(40), default="")
    place: Mapped[str] = mapped_column(String(60), default="")
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"), index=True)
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"), index=True)
    seats: Mapped[int | None]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    attended_count: Mapped[int | None]
    walk_in_count: Mapped[int] = mapped_column(default=0)
    report: Mapped[str] = mapped_column(Text, default="")
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    checked_count: Mapped[int | None]
    found_count: Mapped[int | None]
    copy_count: Mapped[int | None]
    hazard: Mapped[str | None] = mapped_column(Text)
    recheck_on: Mapped[date | None] = mapped_column(Date)
    rechecked_on: Mapped[date | None] = mapped_column(Date)
    is_cleared: Mapped[bool | None]
    parties: Mapped[str | None] = mapped_column(Sealed)
    agreement: Mapped[str | None] = mapped_column(Sealed)


class OccasionGuest(Base):
    """Somebody who signed up, and whether they came."""

    __tablename__ = "occasion_guest"
    __table_args__ = (
        UniqueConstraint("occasion_id", "person_id"),
        CheckConstraint(f"state IN {among(GuestState)}", name="state_known"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    occasion_id: Mapped[int] = mapped_column(ForeignKey("occasion.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[GuestState] = mapped_column(String(12))
    signed_up_at: Mapped[datetime]
