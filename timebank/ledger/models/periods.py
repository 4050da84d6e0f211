"""Closed periods of a book: the day through which it is closed, balances then, voucher numbers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import (
    APPEND_ONLY,
    READ_ONLY,
    day_of,
    digest_of,
    moment_of,
    whole,
)


class Voucher(Base):
    """The number of an entry among the vouchers of its book and month: from 1, without gaps."""

    __tablename__ = "ledger_voucher"
    __table_args__ = (
        UniqueConstraint("book_id", "month", "number"),
        CheckConstraint("number >= 1", name="number"),
        whole("number"),
        APPEND_ONLY,
    )

    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"))
    # The first day of the month in which the entry takes effect.
    month: Mapped[date] = mapped_column(Date)
    number: Mapped[int]


class Period(Base):
    """A closed stretch of a book: whatever takes effect by its last day is in, for ever."""

    __tablename__ = "ledger_period"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "community_id"], ["ledger_book.id", "ledger_book.community_id"]
        ),
        UniqueConstraint("book_id", "number"),
        UniqueConstraint("book_id", "through_on"),
        CheckConstraint("number >= 1", name="number"),
        *day_of("through_on"),
        *moment_of("closed_at"),
        *digest_of("seal"),
        APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    book_id: Mapped[int]
    number: Mapped[int]
    through_on: Mapped[date] = mapped_column(Date)
    closed_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class Checkpoint(Base):
    """An account's balance when a period closed, where it differs from the one before."""

    __tablename__ = "ledger_checkpoint"
    __table_args__ = (whole("posted"), READ_ONLY)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    through_on: Mapped[date] = mapped_column(Date, primary_key=True)
    posted: Mapped[int]


VOUCHERS: Table = Base.metadata.tables["ledger_voucher"]
PERIODS: Table = Base.metadata.tables["ledger_period"]
CHECKPOINTS: Table = Base.metadata.tables["ledger_checkpoint"]
