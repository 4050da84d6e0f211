"""The table of visits at home: begun and ended by the elder's own yes, or proved by a record."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models import slips as _of_slips  # noqa: F401 - its table is guarded here
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class CareHomeVisit(Base):
    """One booking at somebody's home: a provider who comes, or a need for a volunteer.

    A volunteer's record stands behind one visit at most: what an elder pays for was done once.
    """

    __tablename__ = "care_home_visit"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (done_units IS NULL)", name="ends_with_units"),
        CheckConstraint(
            "ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at)",
            name="ends_after_start",
        ),
        CheckConstraint("done_units BETWEEN 1 AND 99", name="units_sensible"),
        CheckConstraint(
            "CASE WHEN need_id IS NULL THEN record_id IS NULL AND start_proof IS NOT NULL"
            " ELSE start_proof IS NULL AND (record_id IS NULL) = (ended_at IS NULL) END",
            name="proved_one_way",
        ),
        Index(None, "community_id", "started_at"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"), unique=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("service_record.id"), unique=True)
    start_proof: Mapped[str | None] = mapped_column(String(8))
    started_at: Mapped[datetime | None]
    started_by: Mapped[str] = mapped_column(String(80), default="")
    started_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(80), default="")
    ended_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done_units: Mapped[int | None]


_visits = Base.metadata.tables["care_home_visit"]
_slips = Base.metadata.tables["redemption"]
_BOOKED = "(SELECT b.quantity FROM booking b WHERE b.id = NEW.booking_id)"
_REFUSED = (
    (_visits, "care_home_visit_over", "BEFORE UPDATE", f"NEW.done_units > {_BOOKED}"),
    (
        _visits,
        "care_home_visit_fixed",
        "BEFORE UPDATE",
        (
            "OLD.ended_at IS NOT NULL OR NEW.booking_id <> OLD.booking_id"
            " OR (OLD.started_at IS NOT NULL AND NEW.started_at <> OLD.started_at)"
        ),
    ),
    (_visits, "care_home_visit_kept", "BEFORE DELETE", "TRUE"),
    (
        _slips,
        "redemption_at_home",
        "BEFORE INSERT",
        (
            "NEW.booking_id IS NOT NULL AND EXISTS (SELECT 1 FROM booking b"
            " JOIN care_service s ON s.id = b.service_id"
            " WHERE b.id = NEW.booking_id AND s.delivery <> 'at_centre') AND NOT EXISTS"
            " (SELECT 1 FROM care_home_visit h WHERE h.booking_id = NEW.booking_id"
            " AND h.ended_at IS NOT NULL)"
        ),
    ),
)
for _table, _name, _moment, _condition in _REFUSED:
    refuse_on_sqlite(_table, _name, _moment, _condition)
    guard_on_postgresql(_table, _name, _moment, raises(_name, _condition))
