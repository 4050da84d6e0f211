"""Lots: where the minutes of an account came from, and which of them were taken.

Both tables are written by the seal of an entry alone. What is left of a lot follows from its
amount and its uses; it is stored because the next posting asks for it.

On PostgreSQL they have no foreign keys: the seal, which alone may write them, has just read entry
and account, and a key would lock both rows again for each lot. On SQLite anybody may write them.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import READ_ONLY, whole

_SOMETHING_LEFT = text("remaining > 0")


def _referring(to: str, column: str) -> ForeignKeyConstraint:
    """Return a foreign key that SQLite alone has."""
    return ForeignKeyConstraint([column], [to]).ddl_if(dialect="sqlite")


class Lot(Base):
    """What one entry brought onto an account; the oldest is spent first."""

    __tablename__ = "ledger_lot"
    __table_args__ = (
        UniqueConstraint("entry_id", "account_id"),
        _referring("ledger_account.id", "account_id"),
        _referring("ledger_entry.id", "entry_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("remaining BETWEEN 0 AND amount", name="remaining"),
        whole("amount"),
        whole("remaining"),
        Index(
            "ix_ledger_lot_left",
            "account_id",
            "earned_on",
            "id",
            sqlite_where=_SOMETHING_LEFT,
            postgresql_where=_SOMETHING_LEFT,
        ),
        READ_ONLY,
    )

    id: Mapped[IntPk]
    account_id: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid)
    earned_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int]
    remaining: Mapped[int]


class LotUse(Base):
    """What an entry took from a lot; below zero what its reversal gave back to it."""

    __tablename__ = "ledger_lot_use"
    __table_args__ = (
        UniqueConstraint("entry_id", "lot_id"),
        _referring("ledger_entry.id", "entry_id"),
        _referring("ledger_lot.id", "lot_id"),
        CheckConstraint("amount <> 0", name="amount"),
        whole("amount"),
        Index(None, "lot_id"),
        READ_ONLY,
    )

    id: Mapped[IntPk]
    entry_id: Mapped[UUID] = mapped_column(Uuid)
    lot_id: Mapped[int]
    amount: Mapped[int]


LOTS: Table = Base.metadata.tables["ledger_lot"]
LOT_USES: Table = Base.metadata.tables["ledger_lot_use"]
