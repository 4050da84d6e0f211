"""The table of month notices: whom a month's page was pointed out to, once."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class MonthNotice(Base):
    """That a member's page of a month is ready; it stands on the member's first screen."""

    __tablename__ = "month_notice"
    __table_args__ = (
        UniqueConstraint("person_id", "month"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    month: Mapped[date] = mapped_column(Date)
    given_on: Mapped[date] = mapped_column(Date)
    given_at: Mapped[datetime]


_notices = Base.metadata.tables["month_notice"]
_NAME = "month_notice_early"
refuse_on_sqlite(
    _notices,
    _NAME,
    "BEFORE INSERT",
    "strftime('%d', NEW.month) <> '01' OR NEW.given_on < date(NEW.month, '+1 month')",
)
guard_on_postgresql(
    _notices,
    _NAME,
    "BEFORE INSERT",
    raises(
        _NAME,
        "extract(day FROM NEW.month) <> 1 OR NEW.given_on < NEW.month + interval '1 month'",
    ),
)
make_append_only(_notices)
