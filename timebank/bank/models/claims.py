"""What of a line is claimed, by which entry, and what the database itself refuses about it.

``bank_unclaimed`` has one row for each line, made with it. What is left of the line is moved by
the allocations' own triggers and by nothing else, and never falls below zero: whatever happens at
the same moment, no more is claimed of a line than it brought.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.bank.models.statements import BankLine
from timebank.bank.rules.amounts import FEN_MAX
from timebank.bank.rules.claims import WITHHELD_PERCENT_MAX, Purpose, Reason
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, listen, raises, refuse_on_sqlite


class BankUnclaimed(Base):
    """What nobody has claimed of a line yet, and what holds it up."""

    __tablename__ = "bank_unclaimed"
    __table_args__ = (
        CheckConstraint("unallocated_fen >= 0", name="not_over"),
        CheckConstraint(
            f"unallocated_fen * 100 <= size_fen * (100 + {WITHHELD_PERCENT_MAX})", name="withheld"
        ),
        CheckConstraint(f"size_fen BETWEEN 1 AND {FEN_MAX}", name="size_fen"),
        CheckConstraint("version >= 0", name="version"),
        CheckConstraint(f"reason IS NULL OR reason IN {among(Reason)}", name="reason"),
        CheckConstraint(
            "(reason IS NULL) = (raised_at IS NULL) AND (reason IS NULL) = (due_on IS NULL)",
            name="raised",
        ),
        Index(
            "ix_bank_unclaimed_open",
            "community_id",
            "line_id",
            sqlite_where=text("unallocated_fen > 0"),
            postgresql_where=text("unallocated_fen > 0"),
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    size_fen: Mapped[int]
    unallocated_fen: Mapped[int]
    version: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    is_held: Mapped[bool] = mapped_column(default=False)
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    owner_name: Mapped[str] = mapped_column(String(80), default="")
    raised_at: Mapped[datetime | None]
    due_on: Mapped[date | None] = mapped_column(Date)


class BankAllocation(Base):
    """A part of a line and the entry that took it out of what is unclaimed."""

    __tablename__ = "bank_allocation"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        UniqueConstraint("undone_entry_id"),
        Index(None, "line_id"),
        Index(None, "community_id", "claim_id"),
        CheckConstraint(f"purpose IN {among(Purpose)}", name="purpose"),
        CheckConstraint(
            f"amount_fen <> 0 AND (amount_fen < 0) = (purpose = '{Purpose.WITHHELD}')"
            f" AND amount_fen BETWEEN -{FEN_MAX} AND {FEN_MAX}",
            name="amount_fen",
        ),
        CheckConstraint(
            "(undone_entry_id IS NULL AND undone_at IS NULL AND undone_reason = '')"
            " OR (undone_entry_id IS NOT NULL AND undone_at IS NOT NULL AND undone_reason <> '')",
            name="undone",
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"))
    claim_id: Mapped[UUID] = mapped_column(Uuid)
    purpose: Mapped[Purpose] = mapped_column(String(16))
    amount_fen: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))
    is_automatic: Mapped[bool] = mapped_column(default=False)
    score: Mapped[int] = mapped_column(default=0)
    # Why: code, points and facts of each term. Any: whatever JSON can hold.
    terms: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    claimed_name: Mapped[str] = mapped_column(String(80))
    claimed_at: Mapped[datetime]
    undone_entry_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("ledger_entry.id"))
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_name: Mapped[str] = mapped_column(String(80), default="")
    undone_at: Mapped[datetime | None]
    undone_reason: Mapped[str] = mapped_column(Text, default="")


_tables = Base.metadata.tables
_lines, _unclaimed = _tables[BankLine.__tablename__], _tables["bank_unclaimed"]
_allocations = _tables["bank_allocation"]

_OPEN = (
    "INSERT INTO bank_unclaimed (line_id, community_id, size_fen, unallocated_fen, version, note,"
    " is_held, owner_name) VALUES (NEW.id, NEW.community_id, abs(NEW.amount_fen),"
    " abs(NEW.amount_fen), 0, '', {no}, '');"
)
# What held a line up is over when nothing of it is left.
_SETTLED = "unallocated_fen = NEW.amount_fen"
_TAKE = (
    "UPDATE bank_unclaimed SET unallocated_fen = unallocated_fen - NEW.amount_fen,"
    " version = version + 1,"
    + ",".join(
        f" {column} = CASE WHEN {_SETTLED} THEN {then} ELSE {column} END"
        for column, then in (
            ("reason", "NULL"),
            ("raised_at", "NULL"),
            ("due_on", "NULL"),
            ("owner_user_id", "NULL"),
            ("owner_name", "''"),
            ("note", "''"),
            ("is_held", "{no}"),
        )
    )
    + " WHERE line_id = NEW.line_id;"
)
_GIVE_BACK = (
    "UPDATE bank_unclaimed SET unallocated_fen = unallocated_fen + NEW.amount_fen,"
    " version = version + 1 WHERE line_id = NEW.line_id;"
)
_IS_UNDONE = "OLD.undone_entry_id IS NULL AND NEW.undone_entry_id IS NOT NULL"

for _table, _name, _moment, _act, _when in (
    (_lines, "bank_line_opens", "AFTER INSERT", _OPEN, ""),
    (_allocations, "bank_allocation_takes", "AFTER INSERT", _TAKE, ""),
    (_allocations, "bank_allocation_gives_back", "AFTER UPDATE", _GIVE_BACK, _IS_UNDONE),
):
    listen(
        _table,
        f"CREATE TRIGGER {_name} {_moment} ON {_table.name}"
        + (f" WHEN {_when}" if _when else "")
        + f" BEGIN {_act.format(no=0)} END",
        "sqlite",
    )
    _body = _act.format(no="false")
    guard_on_postgresql(
        _table, _name, _moment, f"  IF {_when} THEN {_body} END IF;" if _when else f"  {_body}"
    )

_CLAIMED = (
    "(SELECT coalesce(sum(a.amount_fen), 0) FROM bank_allocation a"
    " WHERE a.line_id = NEW.line_id AND a.undone_entry_id IS NULL)"
)
_OF_LINE = (
    "EXISTS (SELECT 1 FROM bank_line l WHERE l.id = NEW.line_id"
    " AND l.community_id = NEW.community_id AND abs(l.amount_fen) = NEW.size_fen)"
)
# What is left follows from the allocations; nobody writes it by hand, not even rightly meant.
_ASTRAY = f"NEW.unallocated_fen <> NEW.size_fen - {_CLAIMED} OR NOT {_OF_LINE} OR NEW.version < 0"
_REWRITTEN = f"{_ASTRAY} OR NEW.line_id <> OLD.line_id OR NEW.version <= OLD.version"
# The entry takes just this amount out of what is unclaimed on the line's account; an undone one
# is reversed by the entry that it names. Fees that a platform kept go the other way.
_BY_ENTRY = (
    "EXISTS (SELECT 1 FROM bank_line l JOIN bank_account b ON b.id = l.account_id"
    " JOIN ledger_transfer t ON t.entry_id = NEW.entry_id AND t.amount = abs(NEW.amount_fen)"
    " AND b.unclaimed_account_id = CASE WHEN (l.amount_fen > 0) = (NEW.amount_fen > 0)"
    " THEN t.debit_id ELSE t.credit_id END"
    " WHERE l.id = NEW.line_id AND l.community_id = NEW.community_id)"
)
_NEW = f"NEW.undone_entry_id IS NOT NULL OR NOT {_BY_ENTRY}"
_SAME = (
    "line_id", "community_id", "claim_id", "purpose", "amount_fen", "entry_id", "is_automatic",
    "score", "claimed_name", "claimed_at",
)  # fmt: skip
_REVERSAL = (
    "SELECT 1 FROM ledger_entry e WHERE e.id = NEW.undone_entry_id AND e.reverses_id = NEW.entry_id"
)
_CHANGED = " OR ".join(
    [f"NEW.{one} <> OLD.{one}" for one in _SAME]
    + [
        "OLD.undone_entry_id IS NOT NULL",
        "NEW.undone_entry_id IS NULL",
        f"NOT EXISTS ({_REVERSAL})",
    ]
)
for _table, _name, _moment, _condition in (
    (_unclaimed, "bank_unclaimed_starts", "BEFORE INSERT", _ASTRAY),
    (_unclaimed, "bank_unclaimed_follows", "BEFORE UPDATE", _REWRITTEN),
    (_unclaimed, "bank_unclaimed_stays", "BEFORE DELETE", "1 = 1"),
    (_allocations, "bank_allocation_by_entry", "BEFORE INSERT", _NEW),
    (_allocations, "bank_allocation_keeps", "BEFORE UPDATE", _CHANGED),
    (_allocations, "bank_allocation_stays", "BEFORE DELETE", "1 = 1"),
):
    refuse_on_sqlite(_table, _name, _moment, _condition)
    guard_on_postgresql(_table, _name, _moment, raises(_name, _condition))
