"""Tables of care. Prices and redeemed lines are only added to; the database refuses changes."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.rules.desk import (
    BookingState,
    CentreKind,
    Proof,
    RedemptionState,
    ServiceClass,
)
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed
from timebank.volunteering.models.spending import ALLOWED

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
    """One item of a centre's catalogue."""

    __tablename__ = "care_service"
    __table_args__ = (
        UniqueConstraint("centre_id", "name"),
        CheckConstraint(_one_of("service_class", ServiceClass), name="class_known"),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_in_a_day"),
        CheckConstraint("day_capacity IS NULL OR day_capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("person_day_limit BETWEEN 1 AND 99", name="day_limit_sensible"),
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
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


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
        CheckConstraint("(state = 'booked') = (resolved_at IS NULL)", name="resolved_once"),
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
    at_time: Mapped[str] = mapped_column(String(5), default="")
    quantity: Mapped[int]
    minutes: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hold_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    booked_by: Mapped[str] = mapped_column(String(60))
    booked_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class SlipCounter(Base):
    """The last slip number of a centre's day: gapless, because it rolls back with its slip."""

    __tablename__ = "slip_counter"

    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    last: Mapped[int]


class Redemption(Base):
    """One act at the counter: minutes held, services delivered, minutes captured, slip printed."""

    __tablename__ = "redemption"
    __table_args__ = (
        UniqueConstraint("centre_id", "slip_day", "slip_seq"),
        CheckConstraint(_one_of("state", RedemptionState), name="state_known"),
        CheckConstraint(_one_of("proof", Proof), name="proof_known"),
        CheckConstraint("total_minutes > 0", name="minutes_positive"),
        CheckConstraint(
            "operator_person_id IS NULL OR operator_person_id <> person_id", name="not_for_self"
        ),
        CheckConstraint(
            "(state IN ('captured', 'undone')) = (entry_id IS NOT NULL)", name="captured_by_entry"
        ),
        CheckConstraint(
            "(state = 'undone') = (reversal_entry_id IS NOT NULL)", name="undone_by_reversal"
        ),
        CheckConstraint("state <> 'undone' OR undo_reason <> ''", name="undone_for_a_reason"),
        CheckConstraint("(proof = 'signed') = (signed_slip IS NOT NULL)", name="signed_on_paper"),
        CheckConstraint(
            "relative_id IS NULL OR (relative_id <> person_id AND proof <> 'signed')",
            name="relative_proves_self",
        ),
        UniqueConstraint("community_id", "signed_slip"),
        Index(None, "centre_id", "recorded_at"),
        Index(None, "person_id", "recorded_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    card_id: Mapped[int] = mapped_column(ForeignKey("member_card.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    operator_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    operator_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    operator_name: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    proof: Mapped[str] = mapped_column(String(8))
    signed_slip: Mapped[str | None] = mapped_column(String(30))
    total_minutes: Mapped[int]
    hold_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    reversal_entry_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    slip_day: Mapped[date] = mapped_column(Date)
    slip_seq: Mapped[int]
    recorded_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(60), default="")
    undo_reason: Mapped[str] = mapped_column(Text, default="")


class RedemptionLine(Base):
    """What was handed over: service, quantity and the price version it was reckoned by."""

    __tablename__ = "redemption_line"
    __table_args__ = (
        UniqueConstraint("redemption_id", "service_id"),
        CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sensible"),
        CheckConstraint("unit_minutes > 0", name="minutes_positive"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), index=True)
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"))
    quantity: Mapped[int]
    unit_minutes: Mapped[int]
    queue_number: Mapped[int]


class VisitorLine(Base):
    """What was handed over to somebody of another community, by the code of their transfer."""

    __tablename__ = "visitor_line"
    __table_args__ = (
        UniqueConstraint("transfer_id", "service_id"),
        CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sensible"),
        CheckConstraint("unit_minutes > 0", name="minutes_positive"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"), index=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("clearing_transfer.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), index=True)
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"))
    quantity: Mapped[int]
    unit_minutes: Mapped[int]
    queue_number: Mapped[int]
    slip_number: Mapped[str] = mapped_column(String(24), index=True)
    served_on: Mapped[date] = mapped_column(Date)


def _too_young(*, day: str, age: str) -> str:
    """Return SQL that is true when a person is younger than one may redeem on a day."""
    return (
        f"COALESCE({age}, 0) < (SELECT p.redeem_age_min FROM hours_policy p"  # noqa: S608 - constants
        " WHERE p.community_id = NEW.community_id AND p.state = 'approved'"
        f" AND p.in_force_on <= {day} ORDER BY p.in_force_on DESC LIMIT 1)"
    )


def _refuse_the_young(table: Table, *, lite_day: str, pg_day: str, unless: str) -> None:
    """Let the database refuse what the rules for hours let nobody of that age redeem."""
    name = f"{table.name}_too_young"
    whose = "FROM person v WHERE v.id = NEW.person_id"
    lite_age = (
        f"(SELECT (CAST(strftime('%Y%m%d', {lite_day}) AS integer)"
        f" - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 {whose})"
    )
    pg_age = (
        f"(SELECT (to_char({pg_day}, 'YYYYMMDD')::int"
        f" - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 {whose})"
    )
    lite = f"{unless} AND {_too_young(day=lite_day, age=lite_age)}"
    refuse_on_sqlite(table, name, "BEFORE INSERT", lite)
    pg = f"{unless} AND {_too_young(day=pg_day, age=pg_age)}"
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, pg))


def _refuse_without_consent(table: Table) -> None:
    """Let the database refuse what a relative spends without the consent in force."""
    which = "w.giver_id = NEW.person_id AND w.receiver_id = NEW.relative_id"
    condition = f"NEW.relative_id IS NOT NULL AND NOT {ALLOWED.format(which=which)}"
    name = f"{table.name}_relative"
    refuse_on_sqlite(table, name, "BEFORE INSERT", condition)
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, condition))


for _spent in ("booking", "redemption"):
    _refuse_without_consent(Base.metadata.tables[_spent])
# A booking promises: who was old enough when it was made is served on its day.
_refuse_the_young(
    Base.metadata.tables["booking"],
    lite_day="date(NEW.booked_at, '+8 hours')",
    pg_day="(NEW.booked_at AT TIME ZONE 'Asia/Shanghai')::date",
    unless="true",
)
_refuse_the_young(
    Base.metadata.tables["redemption"],
    lite_day="NEW.slip_day",
    pg_day="NEW.slip_day",
    unless="NEW.booking_id IS NULL",
)
for _model in (CarePrice, RedemptionLine, VisitorLine):
    make_append_only(_model.metadata.tables[_model.__tablename__])
