"""What open accounts moved, day by day, so that their balance is no sum over all of history.

A posting appends a delta and locks nothing that others wait for; a job folds deltas into the row
of their day. SQLite has one writer, so there the seal adds to the day at once. A balance is months
(``kept``) and deltas together, read in one statement: folding at any moment changes no figure.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import READ_ONLY, whole


class AccountDay(Base):
    """Debits and credits of an open account on one effective day."""

    __tablename__ = "ledger_day"
    __table_args__ = (
        CheckConstraint("debits >= 0 AND credits >= 0", name="not_negative"),
        whole("debits"),
        whole("credits"),
        READ_ONLY,
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    debits: Mapped[int]
    credits: Mapped[int]


class AccountDelta(Base):
    """What one posting moved on an open account, waiting to be folded into its day.

    It has no foreign key: the seal, which alone writes it, has just read the account.
    """

    __tablename__ = "ledger_delta"
    __table_args__ = (
        CheckConstraint("debits >= 0 AND credits >= 0", name="not_negative"),
        Index(None, "account_id"),
        READ_ONLY,
    )

    id: Mapped[IntPk]
    account_id: Mapped[int]
    community_id: Mapped[int]
    on_day: Mapped[date] = mapped_column(Date)
    debits: Mapped[int]
    credits: Mapped[int]


DAYS: Table = Base.metadata.tables["ledger_day"]
DELTAS: Table = Base.metadata.tables["ledger_delta"]
