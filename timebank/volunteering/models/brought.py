"""Tables of hours from an older system: a list, its rows, and the entry of each row, once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.volunteering.models.triggers import Refusals, changed, keep_rows, moved, refuse
from timebank.volunteering.rules.brought import (
    ARROWS,
    EVIDENCE_MAX,
    FILE_NAME_MAX,
    MINUTES_MAX,
    REFERENCE_MAX,
    ROWS_MAX,
    SOURCE_KEY_MAX,
    SOURCE_MAX,
    BroughtState,
    Kept,
)

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}
_KNOWN_SOURCE = (
    ("community_id", "source"),
    ("brought_source.community_id", "brought_source.name"),
)


class BroughtSource(Base):
    """An older system from which a community takes hours; each under one spelling.

    ``key`` is what two spellings of one name have in common.
    """

    __tablename__ = "brought_source"
    __table_args__ = (
        UniqueConstraint("community_id", "key", name="uq_brought_source_once"),
        UniqueConstraint("community_id", "name"),
        CheckConstraint("length(key) > 0", name="key_said"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(SOURCE_MAX))
    key: Mapped[str] = mapped_column(String(SOURCE_KEY_MAX))
    added_at: Mapped[datetime]
    added_by_name: Mapped[str] = mapped_column(String(80))


class BroughtBatch(Base):
    """A list of what members had in an older system: brought by one, booked by another."""

    __tablename__ = "brought_batch"
    __table_args__ = (
        CheckConstraint(f"state IN {among(BroughtState)}", name="state_known"),
        ForeignKeyConstraint(*_KNOWN_SOURCE),
        CheckConstraint("length(evidence) > 0", name="evidence_told"),
        CheckConstraint(f"rows BETWEEN 1 AND {ROWS_MAX}", name="rows_bounded"),
        CheckConstraint("minutes >= rows", name="minutes_of_rows"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint(
            "state <> 'booked' OR (decided_by_user_id IS NOT NULL"
            " AND decided_by_user_id <> made_by_user_id)",
            name="booked_by_second",
        ),
        CheckConstraint("state <> 'refused' OR length(reason) > 0", name="refused_with_reason"),
        Index("ix_brought_batch_community", "community_id", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    state: Mapped[BroughtState] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(SOURCE_MAX))
    evidence: Mapped[str] = mapped_column(String(EVIDENCE_MAX))
    file_name: Mapped[str] = mapped_column(String(FILE_NAME_MAX))
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    minutes: Mapped[int]
    made_at: Mapped[datetime]
    made_by_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(String(80))
    act_key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(EVIDENCE_MAX))


class BroughtLine(Base):
    """What one member had there, of one day, under the number that it had."""

    __tablename__ = "brought_line"
    __table_args__ = (
        UniqueConstraint("batch_id", "reference"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MINUTES_MAX}", name="minutes_bounded"),
        CheckConstraint(f"kept IN {among(Kept)}", name="kept_known"),
        CheckConstraint("length(reference) > 0", name="reference_told"),
        Index("ix_brought_line_person", "person_id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("brought_batch.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(String(REFERENCE_MAX))
    minutes: Mapped[int]
    kept: Mapped[Kept] = mapped_column(String(8))
    earned_on: Mapped[date] = mapped_column(Date)


class BroughtEntry(Base):
    """By which entry a row was booked; each number of a source once in a community."""

    __tablename__ = "brought_entry"
    __table_args__ = (
        UniqueConstraint("community_id", "source", "reference", name="uq_brought_entry_once"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("brought_line.id"), unique=True)
    source: Mapped[str] = mapped_column(String(SOURCE_MAX))
    reference: Mapped[str] = mapped_column(String(REFERENCE_MAX))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


class BroughtReturn(Base):
    """That a booked row was wrong: its entry is reversed, once, with the reason."""

    __tablename__ = "brought_return"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="reason_told"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("brought_line.id"), unique=True)
    reversal_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(EVIDENCE_MAX))
    returned_at: Mapped[datetime]
    returned_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    returned_by_name: Mapped[str] = mapped_column(String(80))


_TOLD = (
    *("community_id", "source", "evidence", "file_name", "digest", "rows", "minutes"),
    *("made_at", "made_by_user_id", "made_by_id", "act_key"),
)
_DECIDED = ("state", "decided_at", "decided_by_user_id", "reason")
_LATE = (
    "NOT EXISTS (SELECT 1 FROM brought_batch b WHERE b.id = NEW.batch_id"
    " AND b.community_id = NEW.community_id AND b.state = 'waiting')"
)
_ASTRAY = (
    "NOT EXISTS (SELECT 1 FROM brought_line l JOIN brought_batch b ON b.id = l.batch_id"
    " JOIN ledger_entry e ON e.id = NEW.entry_id WHERE l.id = NEW.line_id AND b.state = 'booked'"
    " AND b.source = NEW.source AND l.reference = NEW.reference AND e.kind = 'hours.brought'"
    " AND b.community_id = NEW.community_id AND e.community_id = NEW.community_id)"
)
_NOT_ITS_OWN = (
    "NOT EXISTS (SELECT 1 FROM brought_entry b JOIN ledger_entry r ON r.reverses_id = b.entry_id"
    " WHERE b.line_id = NEW.line_id AND r.id = NEW.reversal_id"
    " AND b.community_id = NEW.community_id)"
)
_tables = Base.metadata.tables
for _engine in ("sqlite", "postgresql"):
    refuse(
        _tables["brought_batch"],
        Refusals(
            inserts={"brought_batch_begins": "NEW.state <> 'waiting'"},
            updates={
                **moved("brought_batch", ARROWS),
                **changed("brought_batch_told", _TOLD, _engine),
                **changed(
                    "brought_batch_decided", _DECIDED, _engine, only_when="OLD.state <> 'waiting'"
                ),
            },
        ),
        _engine,
    )
keep_rows(_tables["brought_batch"])
make_append_only(_tables["brought_source"])
for _name, _rule, _condition in (
    ("brought_line", "brought_line_late", _LATE),
    ("brought_entry", "brought_entry_astray", _ASTRAY),
    ("brought_return", "brought_return_astray", _NOT_ITS_OWN),
):
    refuse_on_sqlite(_tables[_name], _rule, "BEFORE INSERT", _condition)
    guard_on_postgresql(_tables[_name], _rule, "BEFORE INSERT", raises(_rule, _condition))
    make_append_only(_tables[_name])
