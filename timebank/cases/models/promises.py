"""Tables of what a community promises: versions of the limits, and the yearly workdays."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Table, Text, and_
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.flow import Step
from timebank.cases.rules.policy import DayRule, Pace, PolicyState, Rolls, Start, Unit
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    listen,
    raises,
    refuse_on_sqlite,
)

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class DeadlinePolicy(Base):
    """One version of a community's promises, from its draft on; the first comes with the house."""

    __tablename__ = "deadline_policy"
    __table_args__ = (
        Unique("community_id", "version"),
        CheckConstraint("version > 1", name="version_after_the_house"),
        CheckConstraint(f"state IN {among(PolicyState)}", name="state_known"),
        CheckConstraint(f"rolls IN {among(Rolls)}", name="rolls_known"),
        CheckConstraint(
            "0 <= morning_from AND morning_from < morning_until AND morning_until <= 1440",
            name="morning_in_order",
        ),
        CheckConstraint(
            "(afternoon_from IS NULL AND afternoon_until IS NULL) OR (afternoon_from IS NOT NULL"
            " AND morning_until < afternoon_from AND afternoon_from < afternoon_until"
            " AND afternoon_until <= 1440)",
            name="afternoon_in_order",
        ),
        CheckConstraint(
            "state <> 'approved' OR (drafted_by_user_id IS NOT NULL AND approved_at IS NOT NULL"
            " AND approved_by_user_id IS NOT NULL AND in_force_on >= approved_on)",
            name="approved_by_two",
        ),
        CheckConstraint(
            "report_in_minutes BETWEEN 1 AND 1440 AND reopen_days BETWEEN 1 AND 180",
            name="terms_in_range",
        ),
        CheckConstraint("approved_by_user_id <> drafted_by_user_id", name="approver_not_drafter"),
        CheckConstraint("approved_by_id <> drafted_by_id", name="approver_another_person"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version: Mapped[int]
    state: Mapped[PolicyState] = mapped_column(String(12))
    in_force_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    rolls: Mapped[Rolls] = mapped_column(String(12))
    morning_from: Mapped[int]
    morning_until: Mapped[int]
    afternoon_from: Mapped[int | None]
    afternoon_until: Mapped[int | None]
    report_in_minutes: Mapped[int] = mapped_column(default=30)
    reopen_days: Mapped[int] = mapped_column(default=14)
    drafted_at: Mapped[datetime]
    drafted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime | None]
    approved_on: Mapped[date | None] = mapped_column(Date)
    approved_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by_name: Mapped[str] = mapped_column(String(80), default="")


_APPROVED = and_(DeadlinePolicy.state == "approved")
Index(
    "uq_deadline_policy_day",
    DeadlinePolicy.community_id,
    DeadlinePolicy.in_force_on,
    unique=True,
    sqlite_where=_APPROVED,
    postgresql_where=_APPROVED,
)


class DeadlineLimit(Base):
    """How long one step may take by one version."""

    __tablename__ = "deadline_limit"
    __table_args__ = (
        Unique("policy_id", "step"),
        CheckConstraint(f"step IN {among(Step)}", name="step_known"),
        CheckConstraint(f"unit IN {among(Unit)}", name="unit_known"),
        CheckConstraint(f"pace IN {among(Pace)}", name="pace_known"),
        CheckConstraint(f"start IN {among(Start)}", name="start_known"),
        CheckConstraint(f"day_rule IN {among(DayRule)}", name="day_rule_known"),
        CheckConstraint("amount BETWEEN 1 AND 14400", name="amount_in_range"),
        CheckConstraint("urgent_amount BETWEEN 1 AND amount", name="urgent_not_longer"),
        CheckConstraint("day_rule = 'exact' OR unit = 'day'", name="civil_counts_days"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    policy_id: Mapped[int] = mapped_column(ForeignKey("deadline_policy.id"))
    step: Mapped[Step] = mapped_column(String(16))
    amount: Mapped[int]
    urgent_amount: Mapped[int | None]
    unit: Mapped[Unit] = mapped_column(String(8))
    pace: Mapped[Pace] = mapped_column(String(8))
    start: Mapped[Start] = mapped_column(String(16))
    day_rule: Mapped[DayRule] = mapped_column(String(8))


class WorkYear(Base):
    """One version of one year's workdays, as somebody read them in the notice."""

    __tablename__ = "work_year"
    __table_args__ = (
        Unique("community_id", "year", "version"),
        CheckConstraint("version > 0 AND year BETWEEN 2000 AND 2200", name="counted"),
        CheckConstraint("length(source) > 0", name="source_named"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    version: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime]
    loaded_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    loaded_by_name: Mapped[str] = mapped_column(String(80))


class WorkDay(Base):
    """A day that is off, or is worked although it would be off."""

    __tablename__ = "work_day"
    __table_args__ = (Unique("work_year_id", "day"), _APPEND_ONLY)

    id: Mapped[IntPk]
    work_year_id: Mapped[int] = mapped_column(ForeignKey("work_year.id"))
    day: Mapped[date] = mapped_column(Date)
    is_worked: Mapped[bool]


_CHANGES = {
    "deadline_policy_settled": "OLD.state <> 'draft'",
    "deadline_policy_drafter": (
        "NEW.community_id <> OLD.community_id OR NEW.version <> OLD.version"
        " OR COALESCE(NEW.drafted_by_user_id, 0) <> COALESCE(OLD.drafted_by_user_id, 0)"
        " OR COALESCE(NEW.drafted_by_id, 0) <> COALESCE(OLD.drafted_by_id, 0)"
    ),
}
_BEGINS = "NEW.state <> 'draft'"


def _guard_policies(table: Table) -> None:
    """Let a version begin as a draft, and stand once it is approved or discarded."""
    for name, condition in _CHANGES.items():
        refuse_on_sqlite(table, name, "BEFORE UPDATE", condition)
    refuse_on_sqlite(table, "deadline_policy_begins", "BEFORE INSERT", _BEGINS)
    refuse_on_sqlite(table, "deadline_policy_kept", "BEFORE DELETE", "1")
    refuse_on_sqlite(
        table,
        "deadline_policy_kept",
        "BEFORE INSERT",
        "EXISTS (SELECT 1 FROM deadline_policy p WHERE p.id = NEW.id"
        " OR (p.community_id = NEW.community_id AND p.version = NEW.version))",
    )
    changes = "\n".join(raises(name, condition) for name, condition in _CHANGES.items())
    guard_on_postgresql(table, "deadline_policy_guard", "BEFORE UPDATE", changes)
    begins = raises("deadline_policy_begins", _BEGINS)
    guard_on_postgresql(table, "deadline_policy_begins", "BEFORE INSERT", begins)
    kept = raises("deadline_policy_kept", "true")
    guard_on_postgresql(table, "deadline_policy_kept", "BEFORE DELETE", kept)
    listen(
        table,
        "CREATE TRIGGER deadline_policy_no_truncate BEFORE TRUNCATE ON deadline_policy"
        " FOR EACH STATEMENT EXECUTE FUNCTION deadline_policy_kept()",
        "postgresql",
    )


def _of_draft(row: str) -> str:
    """Return SQL that is true when a limit does not belong to a draft."""
    return (
        f"COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = {row}.policy_id), '')"
        " <> 'draft'"
    )


def _guard_limits(table: Table) -> None:
    """Let limits be written only while their version is a draft."""
    refused = "deadline_limit_settled"
    for moment, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        condition = _of_draft(rows)
        if moment == "UPDATE":
            condition = f"{condition} OR {_of_draft('OLD')}"
        refuse_on_sqlite(table, refused, f"BEFORE {moment}", condition)
        name = f"{refused}_{moment.lower()}"
        guard_on_postgresql(table, name, f"BEFORE {moment}", raises(refused, condition))
    listen(
        table,
        "CREATE FUNCTION deadline_limit_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$\n"
        "BEGIN RAISE EXCEPTION 'deadline_limit_settled' USING ERRCODE = 'restrict_violation';\n"
        "END $kept$",
        "postgresql",
    )
    listen(
        table,
        "CREATE TRIGGER deadline_limit_no_truncate BEFORE TRUNCATE ON deadline_limit"
        " FOR EACH STATEMENT EXECUTE FUNCTION deadline_limit_kept()",
        "postgresql",
    )


_tables = Base.metadata.tables
_guard_policies(_tables["deadline_policy"])
_guard_limits(_tables["deadline_limit"])
make_append_only(_tables["work_year"])
make_append_only(_tables["work_day"])
