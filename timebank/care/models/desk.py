"""Tables of care. Prices and redeemed lines are only added to; the database refuses changes."""

from datetime import date, datetime
from enum import StrEnum
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

from timebank.care.rules.desk import (
    BookingState,
    CentreKind,
    ServiceClass,
)
from timebank.care.rules.eligibility import EVERY_CLASS
from timebank.care.rules.home import Delivery
from timebank.care.rules.weekdays import EVERY_DAY
from timebank.kernel.db import Base, IntPk
from timebank.kernel.sealed import Sealed

_DIGEST_CHARS = 64


def _one_of(column: str, choices: type[StrEnum]) -> str:
    """Return the CHECK that a column holds one of an enumeration's values."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} IN ({values})"


class CareCentre(Base):
    """A place where minutes are redeemed: the care centre, the canteen."""

    __tablename__ = "care_centre"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        CheckConstraint(_one_of("kind", CentreKind), name="kind_known"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), default="")
    open_text: Mapped[str] = mapped_column(String(60), default="", server_default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class CareService(Base):
    """One item of a centre's catalogue.

    ``weekdays`` has a bit for each day of the week, Monday the lowest; it holds from
    ``weekdays_from`` on, or ever since. ``for_classes`` has one for each class of hardship that it
    is for; 0 for everybody.
    """

    __tablename__ = "care_service"
    __table_args__ = (
        UniqueConstraint("centre_id", "name"),
        CheckConstraint(_one_of("service_class", ServiceClass), name="class_known"),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_in_a_day"),
        CheckConstraint("day_capacity IS NULL OR day_capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("person_day_limit BETWEEN 1 AND 99", name="day_limit_sensible"),
        CheckConstraint("age_min BETWEEN 1 AND 120", name="age_sensible"),
        CheckConstraint(_one_of("delivery", Delivery), name="delivery_known"),
        CheckConstraint(f"weekdays BETWEEN 1 AND {EVERY_DAY}", name="weekdays_known"),
        CheckConstraint(f"for_classes BETWEEN 0 AND {EVERY_CLASS}", name="classes_known"),
        CheckConstraint(
            "(delivery = 'by_volunteer') = (kind_id IS NOT NULL)", name="volunteers_need_a_kind"
        ),
        CheckConstraint("delivery = 'at_centre' OR needs_booking", name="home_is_booked"),
        CheckConstraint("delivery <> 'by_volunteer' OR NOT is_benefit", name="help_is_no_benefit"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    name: Mapped[str] = mapped_column(String(40))
    service_class: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(Text, default="")
    place_text: Mapped[str] = mapped_column(String(60), default="")
    unit: Mapped[str] = mapped_column(String(8))
    duration_minutes: Mapped[int]
    day_capacity: Mapped[int | None]
    person_day_limit: Mapped[int] = mapped_column(default=1)
    needs_booking: Mapped[bool] = mapped_column(default=False)
    is_benefit: Mapped[bool] = mapped_column(default=False)
    age_min: Mapped[int | None]
    for_classes: Mapped[int] = mapped_column(default=0, server_default="0")
    delivery: Mapped[str] = mapped_column(String(12), default=Delivery.AT_CENTRE)
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("service_kind.id"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    weekdays: Mapped[int] = mapped_column(default=EVERY_DAY, server_default=str(EVERY_DAY))
    weekdays_from: Mapped[date | None] = mapped_column(Date)


class CarePrice(Base):
    """A version of a service's price.

    ``money_note_fen`` is what the reserve pays the provider for one benefit, such as a meal.
    """

    __tablename__ = "care_price"
    __table_args__ = (
        UniqueConstraint("service_id", "version"),
        UniqueConstraint("service_id", "valid_from"),
        CheckConstraint("minutes BETWEEN 1 AND 100000", name="minutes_positive"),
        CheckConstraint("money_note_fen IS NULL OR money_note_fen >= 0", name="money_not_negative"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"))
    version: Mapped[int]
    minutes: Mapped[int]
    money_note_fen: Mapped[int | None]
    valid_from: Mapped[date] = mapped_column(Date)


class CareDay(Base):
    """How much of a service is taken on one day; the CHECK holds the capacity in any race."""

    __tablename__ = "care_day"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("capacity IS NULL OR taken <= capacity", name="taken_within_capacity"),
        CheckConstraint("queued >= 0", name="queued_not_negative"),
    )

    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    taken: Mapped[int]
    capacity: Mapped[int | None]
    queued: Mapped[int] = mapped_column(default=0)


class CarePersonDay(Base):
    """How much of a service one person takes on one day; the CHECK holds the limit."""

    __tablename__ = "care_person_day"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("taken <= capacity", name="taken_within_capacity"),
    )

    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    taken: Mapped[int]
    capacity: Mapped[int]


class MemberCard(Base):
    """A member's card: the QR token (sealed for printing, found by its digest) and the PIN."""

    __tablename__ = "member_card"
    __table_args__ = (
        UniqueConstraint("community_id", "card_no", "serial"),
        Index(
            "uq_member_card_active_person",
            "person_id",
            unique=True,
            sqlite_where=text("is_active"),
            postgresql_where=text("is_active"),
        ),
        CheckConstraint("serial >= 1", name="serial_positive"),
        CheckConstraint("pin_tries >= 0", name="tries_not_negative"),
        CheckConstraint("is_active = (closed_at IS NULL)", name="active_until_closed"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    card_no: Mapped[str] = mapped_column(String(16))
    serial: Mapped[int]
    token: Mapped[str] = mapped_column(Sealed)
    token_digest: Mapped[str] = mapped_column(String(_DIGEST_CHARS), unique=True)
    photo_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    pin_hash: Mapped[str | None] = mapped_column(String(128))
    pin_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    issued_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(Text, default="")


class OneTimeCode(Base):
    """Six digits that the elder makes on their own page: five minutes, once."""

    __tablename__ = "one_time_code"

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(_DIGEST_CHARS))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Booking(Base):
    """A service booked for a day; its minutes are held until it is resolved, once."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(_one_of("state", BookingState), name="state_known"),
        CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sensible"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("places BETWEEN 1 AND quantity", name="places_sensible"),
        CheckConstraint("(state = 'booked') = (resolved_at IS NULL)", name="resolved_once"),
        ForeignKeyConstraint(["slot_id", "service_id"], ["care_slot.id", "care_slot.service_id"]),
        Index(None, "slot_id", "on_day"),
        Index(None, "centre_id", "on_day", "state"),
        Index(None, "person_id", "on_day"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"))
    on_day: Mapped[date] = mapped_column(Date)
    slot_id: Mapped[int | None]
    rules_id: Mapped[int | None] = mapped_column(ForeignKey("care_booking_rules.id"))
    at_time: Mapped[str] = mapped_column(String(5), default="")
    quantity: Mapped[int]
    places: Mapped[int] = mapped_column(default=1, server_default="1")
    minutes: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hold_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    booked_by: Mapped[str] = mapped_column(String(60))
    booked_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
