"""What is kept of months of cases, from which figures of many years are read at once.

Never a second truth: it follows from the events, and ``timebank verify`` derives it again.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.reports.rules.cases import By


class CaseMonth(Base):
    """A month in one grid on one row of one side: counts by name, and the minutes of each step.

    Minutes are sorted, four bytes each, the low ones first; see ``rules.case_tallies``.
    """

    __tablename__ = "case_month"
    __table_args__ = (
        UniqueConstraint("community_id", "month_on", "side", "grid_id", "key"),
        CheckConstraint(f"side IN {among(By)}", name="side_known"),
        CheckConstraint("length(key) > 0", name="key_said"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    month_on: Mapped[date] = mapped_column(Date)
    side: Mapped[By] = mapped_column(String(12))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    key: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(80), default="")
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    respond: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    claim: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    resolve: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    feed_back: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class CaseMonthsKept(Base):
    """As of when a community's months are kept; until all cases were looked at they are not used.

    ``last_case_id`` is how far the first keeping has come.
    """

    __tablename__ = "case_months_kept"
    __table_args__ = (CheckConstraint("last_case_id >= 0", name="begins_at_none"),)

    community_id: Mapped[int] = mapped_column(
        ForeignKey("community.id"), primary_key=True, autoincrement=False
    )
    kept_at: Mapped[datetime]
    last_case_id: Mapped[int] = mapped_column(default=0)
    is_ready: Mapped[bool] = mapped_column(default=False)


class OwnDataCopy(Base):
    """That a member took a copy of all that is kept about them; once a day, and no copy is kept."""

    __tablename__ = "own_data_copy"
    __table_args__ = (
        UniqueConstraint("person_id", "on_day", name="uq_own_data_copy_once"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int]
    person_id: Mapped[int]
    on_day: Mapped[date] = mapped_column(Date)
    taken_at: Mapped[datetime]


make_append_only(Base.metadata.tables["own_data_copy"])
