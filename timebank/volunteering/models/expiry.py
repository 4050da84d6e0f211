"""Tables of expiry: the warnings that were given, and what ended; both are only added to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Table, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite
from timebank.volunteering.rules.expiry import WARNED_DAYS

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class ExpiryNotice(Base):
    """A warning to a member that minutes will expire, shown on the member's own page."""

    __tablename__ = "expiry_notice"
    __table_args__ = (
        UniqueConstraint("person_id", "due_on", "days"),
        CheckConstraint(f"days IN {WARNED_DAYS}", name="days_known"),
        CheckConstraint("minutes > 0", name="about_something"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int]
    minutes: Mapped[int]
    given_on: Mapped[date] = mapped_column(Date)
    given_at: Mapped[datetime]


class HoursExpiry(Base):
    """Minutes that ended: of which day they were due, on which day that was posted."""

    __tablename__ = "hours_expiry"
    __table_args__ = (
        UniqueConstraint("person_id", "due_on", "expired_on"),
        CheckConstraint("minutes > 0", name="ends_something"),
        CheckConstraint("expired_on >= due_on", name="not_before_due"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    expired_on: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int]
    policy_version: Mapped[int]
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)


def _unwarned(long_ago: str) -> str:
    """Return SQL that is true when a member was not warned twice, the last time long enough ago."""
    first, second = WARNED_DAYS
    given = (
        "EXISTS (SELECT 1 FROM expiry_notice n WHERE n.person_id = NEW.person_id"
        " AND n.due_on = NEW.due_on AND n.days = "
    )
    return f"NOT {given}{first}) OR NOT {given}{second} AND n.given_on <= {long_ago})"


def _guard_expiries(table: Table) -> None:
    """Refuse that minutes end of which the member was not warned twice."""
    name, days = "hours_expiry_unwarned", WARNED_DAYS[-1]
    lite = _unwarned(f"date(NEW.expired_on, '-{days} days')")
    refuse_on_sqlite(table, name, "BEFORE INSERT", lite)
    pg = _unwarned(f"NEW.expired_on - {days}")
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, pg))


_tables = Base.metadata.tables
make_append_only(_tables["expiry_notice"])
make_append_only(_tables["hours_expiry"])
_guard_expiries(_tables["hours_expiry"])
