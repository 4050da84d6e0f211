"""Tables of what was handed over: slips with their lines, and visits from other communities.

A slip is only added to; the database refuses what the rules refuse: who is too young, a relative
without consent, a day that is closed.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models.benefits import (
    OF_SLIP,
    keep_age,
    keep_benefits_off,
    keep_days,
    keep_help_free,
)
from timebank.care.models.desk import CarePrice
from timebank.care.models.tills import guard_days
from timebank.care.rules.desk import Proof, RedemptionState
from timebank.care.rules.tills import InsteadKind
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed
from timebank.volunteering.models.spending import ALLOWED


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
        CheckConstraint(f"state IN {among(RedemptionState)}", name="state_known"),
        CheckConstraint(f"proof IN {among(Proof)}", name="proof_known"),
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
        CheckConstraint("(proof = 'card') = (photo_file_id IS NOT NULL)", name="card_with_photo"),
        CheckConstraint("(proof = 'voucher') = (token_id IS NOT NULL)", name="voucher_by_token"),
        CheckConstraint(
            "(state = 'undone') = (undo_day IS NOT NULL)"
            " AND (state = 'undone') = (undo_till_id IS NOT NULL)",
            name="undone_on_a_day",
        ),
        CheckConstraint(
            "undo_second_user_id IS NULL OR undo_second_user_id <> undone_by_user_id",
            name="undone_by_two",
        ),
        CheckConstraint(
            f"instead_kind IS NULL OR instead_kind IN {among(InsteadKind)}", name="instead_known"
        ),
        CheckConstraint("(instead_kind IS NULL) = (instead_name IS NULL)", name="instead_named"),
        CheckConstraint("served_on IS NULL OR served_on <= slip_day", name="served_before"),
        ForeignKeyConstraint(["till_id", "centre_id"], ["care_till.id", "care_till.centre_id"]),
        UniqueConstraint("community_id", "signed_slip"),
        Index(None, "centre_id", "recorded_at"),
        Index(None, "person_id", "recorded_at"),
        Index(None, "till_id", "slip_day"),
        Index(None, "undo_till_id", "undo_day"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    card_id: Mapped[int] = mapped_column(ForeignKey("member_card.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    till_id: Mapped[int]
    table_key: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    operator_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    operator_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    operator_name: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    proof: Mapped[str] = mapped_column(String(8))
    signed_slip: Mapped[str | None] = mapped_column(String(30))
    photo_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    token_id: Mapped[int | None] = mapped_column(ForeignKey("care_offline_token.id"), unique=True)
    instead_name: Mapped[str | None] = mapped_column(Sealed)
    instead_kind: Mapped[str | None] = mapped_column(String(8))
    served_on: Mapped[date | None] = mapped_column(Date)
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
    undone_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_second_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undo_second: Mapped[str] = mapped_column(String(60), default="")
    undo_day: Mapped[date | None] = mapped_column(Date)
    undo_till_id: Mapped[int | None] = mapped_column(ForeignKey("care_till.id"))
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
        Index(None, "till_id", "served_on"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"), index=True)
    till_id: Mapped[int] = mapped_column(ForeignKey("care_till.id"))
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
guard_days(Base.metadata.tables["redemption"], Base.metadata.tables["visitor_line"])
for _given in ("booking", "redemption_line", "visitor_line"):
    keep_benefits_off(Base.metadata.tables[_given])
keep_age(Base.metadata.tables["booking"], day="NEW.on_day")
# What was booked was promised to somebody of the age for it.
keep_age(
    Base.metadata.tables["redemption_line"],
    day=OF_SLIP.format(column="slip_day"),
    whose="(SELECT r.person_id FROM redemption r WHERE r.id = NEW.redemption_id"
    " AND r.booking_id IS NULL)",
)
keep_help_free(Base.metadata.tables["care_service"], Base.metadata.tables["care_price"])
keep_days(Base.metadata.tables["booking"], day="NEW.on_day")
keep_days(
    Base.metadata.tables["booking"],
    day="NEW.on_day",
    moment="BEFORE UPDATE",
    unless="NEW.on_day = OLD.on_day",
)
keep_days(Base.metadata.tables["visitor_line"], day="NEW.served_on")
keep_days(
    Base.metadata.tables["redemption_line"],
    day="(SELECT COALESCE(r.served_on, r.slip_day) FROM redemption r"
    " WHERE r.id = NEW.redemption_id)",
    unless="EXISTS (SELECT 1 FROM redemption r WHERE r.id = NEW.redemption_id"
    " AND r.booking_id IS NOT NULL)",
)
