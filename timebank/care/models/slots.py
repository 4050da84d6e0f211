"""Tables of booking ahead: slots and their days, rules in versions, the line, what was charged."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models.benefits import keep_age, keep_benefits_off, keep_days
from timebank.care.rules.slots import (
    CANCEL_HOURS_MAX,
    OFFER_HOURS_MAX,
    SLOT_CAPACITY_MAX,
    ChargeKind,
    WaitingState,
)
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite

_WAITS = text("state IN ('in_line', 'place_offered')")


class CareSlot(Base):
    """A time of day at which so many can be served, on some days of the week."""

    __tablename__ = "care_slot"
    __table_args__ = (
        UniqueConstraint("service_id", "at_time"),
        UniqueConstraint("id", "service_id"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays_known"),
        CheckConstraint(f"capacity BETWEEN 0 AND {SLOT_CAPACITY_MAX}", name="capacity_sensible"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"))
    at_time: Mapped[str] = mapped_column(String(5))
    weekdays: Mapped[int]
    capacity: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class CareSlotDay(Base):
    """How many places of a slot are gone on one day; the CHECK holds the capacity in any race."""

    __tablename__ = "care_slot_day"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("taken <= capacity", name="taken_within_capacity"),
    )

    slot_id: Mapped[int] = mapped_column(ForeignKey("care_slot.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    taken: Mapped[int]
    capacity: Mapped[int]


class CareBookingRules(Base):
    """What a service asks of those who book it, in versions with days, like its prices."""

    __tablename__ = "care_booking_rules"
    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        UniqueConstraint("service_id", "valid_from"),
        CheckConstraint(f"cancel_hours BETWEEN 0 AND {CANCEL_HOURS_MAX}", name="hours_sensible"),
        CheckConstraint("late_percent BETWEEN 0 AND 100", name="late_part"),
        CheckConstraint("no_show_percent BETWEEN 0 AND 100", name="no_show_part"),
        CheckConstraint(f"offer_hours BETWEEN 1 AND {OFFER_HOURS_MAX}", name="offer_sensible"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"))
    version: Mapped[int]
    cancel_hours: Mapped[int]
    late_percent: Mapped[int | None]
    no_show_percent: Mapped[int]
    offer_hours: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    set_by: Mapped[str] = mapped_column(String(80))


class CareWaiting(Base):
    """Somebody in line for a full day or slot; an offer keeps the place until it ends."""

    __tablename__ = "care_waiting"
    __table_args__ = (
        ForeignKeyConstraint(["slot_id", "service_id"], ["care_slot.id", "care_slot.service_id"]),
        CheckConstraint(f"state IN {among(WaitingState)}", name="state_known"),
        CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sensible"),
        CheckConstraint("places BETWEEN 1 AND quantity", name="places_sensible"),
        CheckConstraint(
            "(state IN ('in_line', 'place_offered')) = (resolved_at IS NULL)", name="resolved_once"
        ),
        CheckConstraint("state <> 'place_offered' OR offered_until IS NOT NULL", name="offer_ends"),
        CheckConstraint("(state = 'place_taken') = (booking_id IS NOT NULL)", name="taken_booked"),
        Index(
            "uq_care_waiting_open",
            "person_id",
            "service_id",
            "on_day",
            text("coalesce(slot_id, 0)"),
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(None, "service_id", "on_day", "state"),
        Index(None, "state", "offered_until"),
        Index(None, "person_id", "on_day"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"))
    slot_id: Mapped[int | None]
    on_day: Mapped[date] = mapped_column(Date)
    quantity: Mapped[int]
    places: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    offered_until: Mapped[datetime | None]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    resolved_at: Mapped[datetime | None]


class CareCharge(Base):
    """Minutes taken of a booking that was missed or cancelled late; waived by a reversal, once."""

    __tablename__ = "care_charge"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(ChargeKind)}", name="kind_known"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="part_of_it"),
        CheckConstraint(
            "(reversal_entry_id IS NULL) = (waived_at IS NULL)"
            " AND (reversal_entry_id IS NULL OR waived_reason <> '')",
            name="waived_for_a_reason",
        ),
        Index(None, "centre_id", "charged_at"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    rules_id: Mapped[int] = mapped_column(ForeignKey("care_booking_rules.id"))
    kind: Mapped[str] = mapped_column(String(16))
    minutes: Mapped[int]
    percent: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    charged_at: Mapped[datetime]
    reversal_entry_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[str] = mapped_column(String(80), default="")
    waived_reason: Mapped[str] = mapped_column(Text, default="")


make_append_only(Base.metadata.tables["care_booking_rules"])
_charges = Base.metadata.tables["care_charge"]
_REFUSED = {
    "care_charge_over": (
        "BEFORE INSERT",
        (
            "NEW.minutes > (SELECT b.minutes FROM booking b WHERE b.id = NEW.booking_id)"
            " OR NOT EXISTS (SELECT 1 FROM booking b WHERE b.id = NEW.booking_id"
            " AND b.state IN ('no_show', 'cancelled'))"
        ),
    ),
    "care_charge_fixed": (
        "BEFORE UPDATE",
        (
            "OLD.reversal_entry_id IS NOT NULL OR NEW.minutes <> OLD.minutes"
            " OR NEW.booking_id <> OLD.booking_id OR NEW.entry_id <> OLD.entry_id"
        ),
    ),
    "care_charge_kept": ("BEFORE DELETE", "TRUE"),
}
for _name, (_moment, _condition) in _REFUSED.items():
    refuse_on_sqlite(_charges, _name, _moment, _condition)
    guard_on_postgresql(_charges, _name, _moment, raises(_name, _condition))

_waiting = Base.metadata.tables["care_waiting"]
keep_benefits_off(_waiting)
keep_age(_waiting, day="NEW.on_day")
keep_days(_waiting, day="NEW.on_day")
