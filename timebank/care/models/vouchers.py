"""Tables of vouchers: what was set aside for later, each use of it, each hand it went to."""

from datetime import date, datetime
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
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.models.benefits import keep_age, keep_benefits_off
from timebank.care.rules.vouchers import USES_MAX, VoucherState
from timebank.care.rules.weekdays import EVERY_DAY
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed


class CareVoucher(Base):
    """A service set aside for so many uses within some days; its minutes are held, use by use.

    ``person_id`` is whose minutes they are, ``holder_id`` who may come with it. ``weekdays`` has a
    bit for each day, Monday first.
    """

    __tablename__ = "care_voucher"
    __table_args__ = (
        CheckConstraint(f"state IN {among(VoucherState)}", name="state_known"),
        CheckConstraint(f"uses BETWEEN 1 AND {USES_MAX}", name="uses_sensible"),
        CheckConstraint("used BETWEEN 0 AND uses + returned", name="used_within_uses"),
        CheckConstraint("returned BETWEEN 0 AND used", name="returned_of_used"),
        CheckConstraint("(state = 'used') = (used = uses + returned)", name="used_up"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="open_until_ended"),
        CheckConstraint("unit_minutes > 0", name="minutes_positive"),
        CheckConstraint(f"weekdays BETWEEN 1 AND {EVERY_DAY}", name="weekdays_known"),
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("pin_tries >= 0", name="tries_not_negative"),
        UniqueConstraint("community_id", "code"),
        Index(None, "person_id", "state"),
        Index(None, "holder_id", "state"),
        Index(None, "state", "last_on"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    code: Mapped[str] = mapped_column(String(12))
    qr_text: Mapped[str] = mapped_column(Sealed)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("care_service.id"), index=True)
    price_id: Mapped[int] = mapped_column(ForeignKey("care_price.id"))
    unit_minutes: Mapped[int]
    uses: Mapped[int]
    used: Mapped[int]
    returned: Mapped[int] = mapped_column(default=0)
    weekdays: Mapped[int]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    pin_hash: Mapped[str] = mapped_column(String(128))
    pin_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    issued_by: Mapped[str] = mapped_column(String(60))
    issued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class CareVoucherUse(Base):
    """One use of a voucher, with the slip that it became."""

    __tablename__ = "care_voucher_use"
    __table_args__ = (
        UniqueConstraint("voucher_id", "number"),
        CheckConstraint("number >= 1", name="number_sensible"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("care_voucher.id"))
    number: Mapped[int]
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), unique=True)
    used_on: Mapped[date] = mapped_column(Date)
    used_at: Mapped[datetime]


class CareVoucherMove(Base):
    """A voucher that went from one hand of the family to another."""

    __tablename__ = "care_voucher_move"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="to_another"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("care_voucher.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    moved_at: Mapped[datetime]


_OUTSIDE = (
    "NEW.holder_id <> NEW.person_id"
    " AND NOT EXISTS (SELECT 1 FROM kinship k"
    " WHERE (k.person_id = NEW.person_id AND k.relative_id = NEW.holder_id)"
    " OR (k.person_id = NEW.holder_id AND k.relative_id = NEW.person_id))"
    " AND NOT EXISTS (SELECT 1 FROM person a JOIN person b ON b.household_id = a.household_id"
    " WHERE a.id = NEW.person_id AND b.id = NEW.holder_id)"
)
_MOVED = f"NEW.holder_id <> OLD.holder_id AND {_OUTSIDE}"
_OF_USE = "FROM care_voucher v WHERE v.id = NEW.voucher_id"
_BEYOND = (
    f"NEW.number > (SELECT v.uses + v.returned {_OF_USE})"
    f" OR NEW.used_on < (SELECT v.first_on {_OF_USE})"
    f" OR NEW.used_on > (SELECT v.last_on {_OF_USE})"
)


def _refuse(table: Table, name: str, moment: str, condition: str) -> None:
    """Let both engines refuse by name."""
    refuse_on_sqlite(table, name, moment, condition)
    guard_on_postgresql(table, name, moment, raises(name, condition))


_VOUCHERS = Base.metadata.tables["care_voucher"]
_refuse(_VOUCHERS, "care_voucher_family", "BEFORE INSERT", _OUTSIDE)
_refuse(_VOUCHERS, "care_voucher_handed", "BEFORE UPDATE", _MOVED)
_refuse(Base.metadata.tables["care_voucher_use"], "care_voucher_beyond", "BEFORE INSERT", _BEYOND)
for _model in (CareVoucherUse, CareVoucherMove):
    make_append_only(_model.metadata.tables[_model.__tablename__])
keep_benefits_off(Base.metadata.tables["care_voucher"])
keep_age(Base.metadata.tables["care_voucher"], day="NEW.first_on")
