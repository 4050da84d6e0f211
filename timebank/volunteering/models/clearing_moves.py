"""The moves between two communities: each names its entry in either book, and where it led to.

A move without both entries cannot be written down. Moves are numbered within their pair without
gaps, and each repeats where the two stand after it; the database reckons that figure again from
the move before, and holds it to the limit in force. So nothing is counted that could be counted
twice, and the limit holds whoever writes.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.clearing import LIMIT_MAX, MoveKind


class ClearingMove(Base):
    """Minutes that passed between two communities; above zero the low one owes so much more."""

    __tablename__ = "clearing_move"
    __table_args__ = (
        UniqueConstraint("pair_id", "number"),
        CheckConstraint(f"kind IN {among(MoveKind)}", name="kind_known"),
        CheckConstraint(
            f"low_owes_minutes BETWEEN -{LIMIT_MAX} AND {LIMIT_MAX} AND low_owes_minutes <> 0",
            name="moves_something",
        ),
        CheckConstraint("low_entry_id <> high_entry_id", name="two_books"),
        Index(None, "pair_id", "moved_on"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)  # the low one
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"))
    number: Mapped[int]
    kind: Mapped[MoveKind] = mapped_column(String(10))
    low_owes_minutes: Mapped[int]
    position_after: Mapped[int]
    moved_on: Mapped[date] = mapped_column(Date)
    moved_at: Mapped[datetime]
    low_entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    high_entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


_BEFORE = (
    "(SELECT m.{column} FROM clearing_move m WHERE m.pair_id = NEW.pair_id"
    " AND m.number = NEW.number - 1)"
)
_POSITION_BEFORE = f"COALESCE({_BEFORE.format(column='position_after')}, 0)"
_LIMIT = (
    "COALESCE((SELECT {limit} FROM clearing_terms t WHERE t.pair_id = NEW.pair_id"
    " AND t.in_force_on <= NEW.moved_on ORDER BY t.version DESC LIMIT 1), -1)"
)
_IS_TRANSFER = "NEW.kind = 'transfer'"
_MONTH = {
    "sqlite": "date(NEW.moved_on, 'start of month')",
    "postgresql": "date_trunc('month', NEW.moved_on)::date",
}
_ENTRY_OF = (
    "NOT EXISTS (SELECT 1 FROM clearing_pair p JOIN ledger_entry lo ON lo.id = NEW.low_entry_id"
    " JOIN ledger_entry hi ON hi.id = NEW.high_entry_id WHERE p.id = NEW.pair_id"
    " AND p.community_id = NEW.community_id AND lo.community_id = p.community_id"
    " AND hi.community_id = p.high_id AND lo.asset = 'MIN' AND hi.asset = 'MIN'"
    " AND lo.effective_on = NEW.moved_on AND hi.effective_on = NEW.moved_on)"
)


def _rules(engine: str) -> dict[str, str]:
    """Return what no move may be, by name, in the order in which it is told."""
    return {
        "clearing_move_entries": _ENTRY_OF,
        "clearing_move_number": (
            f"NEW.number < 1 OR (NEW.number > 1 AND {_BEFORE.format(column='number')} IS NULL)"
        ),
        "clearing_move_position": (
            f"NEW.position_after <> {_POSITION_BEFORE} + NEW.low_owes_minutes"
        ),
        "clearing_move_order": f"NEW.moved_on < {_BEFORE.format(column='moved_on')}",
        "clearing_move_closed": (
            "EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.pair_id = NEW.pair_id"  # noqa: S608 - constants
            f" AND s.month >= {_MONTH[engine]})"
        ),
        "clearing_move_frozen": (
            f"{_IS_TRANSFER} AND EXISTS (SELECT 1 FROM clearing_freeze f"  # noqa: S608 - constants
            " WHERE f.pair_id = NEW.pair_id AND f.lifted_at IS NULL)"
        ),
        "clearing_move_unagreed": f"{_IS_TRANSFER} AND {_LIMIT.format(limit='1')} < 0",
        "clearing_move_limit": (
            f"{_IS_TRANSFER} AND ((NEW.low_owes_minutes > 0 AND NEW.position_after >"
            f" {_LIMIT.format(limit='t.low_limit_minutes')}) OR (NEW.low_owes_minutes < 0"
            f" AND -NEW.position_after > {_LIMIT.format(limit='t.high_limit_minutes')}))"
        ),
        "clearing_move_settles": (
            f"NEW.kind = 'settlement' AND (abs(NEW.position_after) >= abs({_POSITION_BEFORE})"
            f" OR NEW.position_after * {_POSITION_BEFORE} < 0)"
        ),
    }


_moves = Base.metadata.tables["clearing_move"]
make_append_only(_moves)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(_moves, Refusals(inserts=_rules(_engine)), _engine)
