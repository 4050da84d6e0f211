"""Closed months of a book and the lines that were let stay open over a month's end.

The database refuses a closing by who matched lines of the month, one with an open line that nobody
let stay open, and one that the ledger does not hold to.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.bank.rules.amounts import FEN_MAX
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class BankClosing(Base):
    """A month of a book that was closed, by whom and when."""

    __tablename__ = "bank_closing"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "period_number"], ["ledger_period.book_id", "ledger_period.number"]
        ),
        UniqueConstraint("book_id", "month"),
        CheckConstraint("through_on >= month", name="through_on"),
        CheckConstraint("vouchers >= 0", name="vouchers"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"))
    month: Mapped[date] = mapped_column(Date)
    through_on: Mapped[date] = mapped_column(Date)
    period_number: Mapped[int]
    vouchers: Mapped[int]
    closed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    closed_name: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[datetime]


class BankClosingWaiver(Base):
    """A line that may stay open when a month is closed: which, by whom, why."""

    __tablename__ = "bank_closing_waiver"
    __table_args__ = (
        UniqueConstraint("line_id", "month", "amount_fen"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(f"amount_fen BETWEEN 1 AND {FEN_MAX}", name="amount_fen"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"))
    month: Mapped[date] = mapped_column(Date)
    amount_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    waived_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    waived_name: Mapped[str] = mapped_column(String(80))
    waived_at: Mapped[datetime]


_tables = Base.metadata.tables
_closings, _waivers = _tables["bank_closing"], _tables["bank_closing_waiver"]
make_append_only(_closings)
make_append_only(_waivers)
_LINES = "FROM bank_line l JOIN bank_account b ON b.id = l.account_id"
_MATCHED = (
    f"EXISTS (SELECT 1 {_LINES} JOIN bank_allocation a ON a.line_id = l.id"
    " WHERE b.book_id = NEW.book_id AND a.claimed_by = NEW.closed_by AND NOT a.is_automatic"
    " AND l.booked_on >= NEW.month AND l.booked_on <= NEW.through_on)"
)
_WAIVED = (
    "SELECT 1 FROM bank_closing_waiver w WHERE w.line_id = l.id"
    " AND w.month = NEW.month AND w.amount_fen >= u.unallocated_fen"
)
_LEFT_OPEN = (
    f"EXISTS (SELECT 1 {_LINES} JOIN bank_unclaimed u ON u.line_id = l.id"
    " WHERE b.book_id = NEW.book_id AND l.booked_on <= NEW.through_on AND u.unallocated_fen > 0"
    f" AND NOT EXISTS ({_WAIVED}))"
)
_NOT_HELD = (
    "NOT EXISTS (SELECT 1 FROM ledger_period p WHERE p.book_id = NEW.book_id"
    " AND p.number = NEW.period_number AND p.through_on = NEW.through_on"
    " AND p.community_id = NEW.community_id)"
)
_CLAIMED_OR_HELD = (
    "EXISTS (SELECT 1 FROM bank_allocation a WHERE a.line_id = NEW.line_id"
    " AND a.claimed_by = NEW.waived_by AND NOT a.is_automatic)"
    " OR EXISTS (SELECT 1 FROM bank_unclaimed u WHERE u.line_id = NEW.line_id"
    " AND u.owner_user_id = NEW.waived_by)"
)
_OF_BOOK = (
    f"EXISTS (SELECT 1 {_LINES} WHERE l.id = NEW.line_id"
    " AND l.community_id = NEW.community_id AND b.book_id = NEW.book_id)"
)
_WAIVED_BY_MATCHER = f"{_CLAIMED_OR_HELD} OR NOT {_OF_BOOK}"
for _table, _name, _condition in (
    (_closings, "bank_closing_other_hand", _MATCHED),
    (_closings, "bank_closing_left_open", _LEFT_OPEN),
    (_closings, "bank_closing_held", _NOT_HELD),
    (_waivers, "bank_closing_waiver_other_hand", _WAIVED_BY_MATCHER),
):
    refuse_on_sqlite(_table, _name, "BEFORE INSERT", _condition)
    guard_on_postgresql(_table, _name, "BEFORE INSERT", raises(_name, _condition))
