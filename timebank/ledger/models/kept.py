"""Sums of whole months and years, so that no figure of a book is a sum over all of its history.

Both follow from other derived rows. What an open account moved in a month is written with its days:
by the fold, on SQLite by the seal. What is left of an account's lots of one year is written with
the lots, under the lock of the account's balance, which whoever moves its lots holds already.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, SmallInteger, Table
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base
from timebank.ledger.models.columns import READ_ONLY, whole


class AccountMonth(Base):
    """Debits and credits of an open account in one month: the sum of its days."""

    __tablename__ = "ledger_month"
    __table_args__ = (
        CheckConstraint("debits >= 0 AND credits >= 0", name="not_negative"),
        whole("debits"),
        whole("credits"),
        READ_ONLY,
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    month_on: Mapped[date] = mapped_column(Date, primary_key=True)
    debits: Mapped[int]
    credits: Mapped[int]


class Cohort(Base):
    """What is left on an account of the lots that were earned in one year."""

    __tablename__ = "ledger_cohort"
    __table_args__ = (
        CheckConstraint("remaining >= 0", name="not_negative"),
        whole("remaining"),
        READ_ONLY,
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    remaining: Mapped[int]


MONTHS: Table = Base.metadata.tables["ledger_month"]
COHORTS: Table = Base.metadata.tables["ledger_cohort"]
