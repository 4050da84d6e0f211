"""Tables of lists for other registers: each record is handed over once, and corrected once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite
from timebank.volunteering.rules.registers import REASON_MAX, ROWS_MAX

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class RegisterBatch(Base):
    """A list that was handed over: its period, how many records, by whom and why."""

    __tablename__ = "register_batch"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("since_on <= through_on", name="period_in_order"),
        CheckConstraint(f"rows BETWEEN 1 AND {ROWS_MAX}", name="hands_over_something"),
        CheckConstraint("corrections BETWEEN 0 AND rows", name="corrections_among_rows"),
        CheckConstraint("length(reason) > 0", name="reason_told"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    number: Mapped[int]
    since_on: Mapped[date] = mapped_column(Date)
    through_on: Mapped[date] = mapped_column(Date)
    rows: Mapped[int]
    corrections: Mapped[int]
    shows_id_numbers: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    made_at: Mapped[datetime]
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(80))
    act_key: Mapped[UUID] = mapped_column(Uuid, unique=True)


class RegisterItem(Base):
    """A record in a batch: new, or as one that holds no longer."""

    __tablename__ = "register_item"
    __table_args__ = (
        UniqueConstraint("record_id", "is_correction"),
        Index(None, "batch_id", "id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("register_batch.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    is_correction: Mapped[bool]


_NEXT = (
    "NEW.number <> 1 + COALESCE((SELECT max(b.number) FROM register_batch b"
    " WHERE b.community_id = NEW.community_id), 0)"
)
# New ones are approved; corrected ones were handed over before and are approved no longer.
_UNFIT = (
    "NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id"
    " AND r.community_id = NEW.community_id AND r.state = CASE WHEN NEW.is_correction"
    " THEN 'unapproved' ELSE 'approved' END) OR (NEW.is_correction AND NOT EXISTS"
    " (SELECT 1 FROM register_item i WHERE i.record_id = NEW.record_id AND NOT i.is_correction))"
)
_tables = Base.metadata.tables
for _name, _rule, _condition in (
    ("register_batch", "register_batch_next", _NEXT),
    ("register_item", "register_item_unfit", _UNFIT),
):
    refuse_on_sqlite(_tables[_name], _rule, "BEFORE INSERT", _condition)
    guard_on_postgresql(_tables[_name], _rule, "BEFORE INSERT", raises(_rule, _condition))
    make_append_only(_tables[_name])
