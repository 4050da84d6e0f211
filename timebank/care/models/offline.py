"""Tables of serving without network: keys, devices, signed tokens, their uses, numbered slips."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models.benefits import keep_benefits_off
from timebank.care.rules.offline import (
    DEVICE_MINUTES_MAX,
    DEVICE_USES_MAX,
    Conflict,
    SlipState,
    TokenState,
    UseState,
)
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed

_DIGEST_CHARS = 64


class OfflineKey(Base):
    """A community's signing key: the private part sealed, the public part for devices."""

    __tablename__ = "care_offline_key"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 255", name="number_fits"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    number: Mapped[int]
    private: Mapped[str] = mapped_column(Sealed)
    public: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]


class OfflineDevice(Base):
    """A device that a manager lets serve without network, within a day's allowance."""

    __tablename__ = "care_offline_device"
    __table_args__ = (
        CheckConstraint(f"minutes_max BETWEEN 1 AND {DEVICE_MINUTES_MAX}", name="minutes_sensible"),
        CheckConstraint(f"uses_max BETWEEN 1 AND {DEVICE_USES_MAX}", name="uses_sensible"),
        ForeignKeyConstraint(["till_id", "centre_id"], ["care_till.id", "care_till.centre_id"]),
        Index(None, "centre_id", "revoked_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    till_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    secret: Mapped[str] = mapped_column(Sealed)
    minutes_max: Mapped[int]
    uses_max: Mapped[int]
    expires_on: Mapped[date] = mapped_column(Date)
    registered_by: Mapped[str] = mapped_column(String(80))
    registered_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(80), default="")


class OfflineToken(Base):
    """A signed paper for one use: somebody's service on some days, at the price of its making."""

    __tablename__ = "care_offline_token"
    __table_args__ = (
        CheckConstraint(f"state IN {among(TokenState)}", name="state_known"),
        CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sensible"),
        CheckConstraint("minutes BETWEEN 1 AND 65535", name="minutes_fit"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_once"),
        Index(None, "centre_id", "first_on"),
        Index(None, "person_id", "state"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    serial: Mapped[str] = mapped_column(String(16), unique=True)
    token: Mapped[str] = mapped_column(Sealed)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"))
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    quantity: Mapped[int]
    minutes: Mapped[int]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8))
    consent: Mapped[str] = mapped_column(String(8))
    issued_by: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str] = mapped_column(Text, default="")


class OfflineUse(Base):
    """A use that a device brought: booked, or a conflict that somebody decides; never lost."""

    __tablename__ = "care_offline_use"
    __table_args__ = (
        UniqueConstraint("device_id", "client_id"),
        CheckConstraint(f"state IN {among(UseState)}", name="state_known"),
        CheckConstraint(
            f"conflict IS NULL OR conflict IN {among(Conflict)}", name="conflict_known"
        ),
        CheckConstraint("(state = 'charged') = (conflict IS NULL)", name="conflict_named"),
        CheckConstraint(
            "(state = 'charged') = (redemption_id IS NOT NULL)", name="charged_by_slip"
        ),
        CheckConstraint("(state = 'debt') = (entry_id IS NOT NULL)", name="owed_by_entry"),
        CheckConstraint("state <> 'debt' OR person_id IS NOT NULL", name="owed_by_somebody"),
        CheckConstraint(
            "state <> 'written_off' OR (second_by_user_id IS NOT NULL"
            " AND decided_by_user_id IS NOT NULL AND second_by_user_id <> decided_by_user_id)",
            name="written_off_by_two",
        ),
        Index(None, "community_id", "state"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("care_offline_device.id"))
    client_id: Mapped[UUID] = mapped_column(Uuid)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(_DIGEST_CHARS))
    token_id: Mapped[int | None] = mapped_column(ForeignKey("care_offline_token.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    minutes: Mapped[int]
    used_at: Mapped[datetime]
    used_on: Mapped[date] = mapped_column(Date)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(12))
    conflict: Mapped[str | None] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(Text, default="")
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redemption.id"), unique=True)
    entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    second_by: Mapped[str] = mapped_column(String(80), default="")
    second_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="")


class PaperSlip(Base):
    """A slip of paper with a printed number, for when nothing else works; entered once."""

    __tablename__ = "care_paper_slip"
    __table_args__ = (
        UniqueConstraint("centre_id", "number"),
        UniqueConstraint("community_id", "code"),
        CheckConstraint(f"state IN {among(SlipState)}", name="state_known"),
        CheckConstraint("(state = 'used') = (redemption_id IS NOT NULL)", name="used_by_slip"),
        CheckConstraint("(state = 'spoiled') = (spoil_reason <> '')", name="spoiled_for_a_reason"),
        Index(None, "centre_id", "state"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(8))
    printed_by: Mapped[str] = mapped_column(String(80))
    printed_at: Mapped[datetime]
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redemption.id"), unique=True)
    spoil_reason: Mapped[str] = mapped_column(Text, default="")


# A use that is settled stays so, and what a device told is never told otherwise afterwards.
_USE = Base.metadata.tables["care_offline_use"]
_CHANGED = (
    "OLD.state IN ('charged', 'debt', 'written_off') OR NEW.client_id <> OLD.client_id"
    " OR NEW.device_id <> OLD.device_id OR NEW.minutes <> OLD.minutes OR NEW.digest <> OLD.digest"
)
for _moment, _name, _condition in (
    ("BEFORE UPDATE", "care_offline_use_settled", _CHANGED),
    ("BEFORE DELETE", "care_offline_use_kept", "OLD.id IS NOT NULL"),
):
    refuse_on_sqlite(_USE, _name, _moment, _condition)
    guard_on_postgresql(_USE, _name, _moment, raises(_name, _condition))
_TOKEN = Base.metadata.tables["care_offline_token"]
_SPENT = (
    "OLD.state <> 'issued' OR NEW.minutes <> OLD.minutes OR NEW.person_id <> OLD.person_id"
    " OR NEW.serial <> OLD.serial"
)
refuse_on_sqlite(_TOKEN, "care_offline_token_spent", "BEFORE UPDATE", _SPENT)
guard_on_postgresql(
    _TOKEN, "care_offline_token_spent", "BEFORE UPDATE", raises("care_offline_token_spent", _SPENT)
)
keep_benefits_off(_TOKEN)
