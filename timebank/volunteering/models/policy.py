"""Tables of a community's rules for hours: kinds of service, versions, rates, simulations."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    listen,
    raises,
    refuse_on_sqlite,
)
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.policy import MOVES, VALUES, Circle, Excess, PolicyState

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class ServiceKind(Base):
    """A kind of service that a community counts; at what rate, the policy says."""

    __tablename__ = "service_kind"
    __table_args__ = (
        UniqueConstraint("community_id", "code"),
        UniqueConstraint("community_id", "name"),
        CheckConstraint("length(code) > 0 AND length(name) > 0", name="named"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(Text, default="")
    is_risky: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


def _within(name: str) -> CheckConstraint:
    """Return the CHECK that a figure of the policy lies in its range, or is left open."""
    least, most = rules.ranges()[name]
    return CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_in_range")


class HoursPolicy(Base):
    """One version of a community's rules for hours, from its draft on."""

    __tablename__ = "hours_policy"
    __table_args__ = (
        UniqueConstraint("community_id", "version"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        CheckConstraint(f"state IN {among(PolicyState)}", name="state_known"),
        CheckConstraint(f"excess IN {among(Excess)}", name="excess_known"),
        CheckConstraint(f"circle IN {among(Circle)}", name="circle_known"),
        *(_within(name) for name in rules.ranges()),
        CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL AND approved_on IS NOT NULL)",
            name="approved_at_a_moment",
        ),
        # The first version comes with the house; every later one was seen by two people.
        CheckConstraint(
            "version = 1 OR state <> 'approved' OR (drafted_by_user_id IS NOT NULL"
            " AND approved_by_user_id IS NOT NULL AND simulated_at IS NOT NULL"
            " AND in_force_on >= approved_on)",
            name="approved_by_two",
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
    preset: Mapped[str] = mapped_column(String(24), default="")
    rate_percent: Mapped[int]
    rounding_minutes: Mapped[int]
    late_days: Mapped[int]
    earn_age_min: Mapped[int | None]
    guardian_below_age: Mapped[int | None]
    day_minutes_max: Mapped[int | None]
    month_minutes_max: Mapped[int | None]
    pair_minutes_max: Mapped[int | None]
    lifetime_minutes_max: Mapped[int | None]
    excess: Mapped[Excess] = mapped_column(String(12))
    redeem_age_min: Mapped[int | None]
    redeem_minutes_min: Mapped[int | None]
    circle: Mapped[Circle] = mapped_column(String(16))
    allows_gifts: Mapped[bool] = mapped_column(default=False, server_default=false())
    expiry_months: Mapped[int | None]
    claim_days: Mapped[int]
    drafted_at: Mapped[datetime]
    drafted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(80))
    simulated_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_on: Mapped[date | None] = mapped_column(Date)
    approved_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by_name: Mapped[str] = mapped_column(String(80), default="")


_APPROVED = and_(HoursPolicy.state == "approved")
Index(
    "uq_hours_policy_day",
    HoursPolicy.community_id,
    HoursPolicy.in_force_on,
    unique=True,
    sqlite_where=_APPROVED,
    postgresql_where=_APPROVED,
)


class PolicyRate(Base):
    """What one kind of service counts in one version, where it differs from the rest."""

    __tablename__ = "policy_rate"
    __table_args__ = (
        UniqueConstraint("policy_id", "kind_id"),
        CheckConstraint(f"rate_percent BETWEEN 1 AND {rules.RATE_MAX}", name="rate_in_range"),
        CheckConstraint(f"bonus_minutes BETWEEN 0 AND {rules.BONUS_MAX}", name="bonus_in_range"),
    )

    id: Mapped[IntPk]
    policy_id: Mapped[int] = mapped_column(ForeignKey("hours_policy.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    rate_percent: Mapped[int]
    bonus_minutes: Mapped[int] = mapped_column(default=0)


class PolicySimulation(Base):
    """What a draft would have made of a year of approved records; minutes and heads."""

    __tablename__ = "policy_simulation"
    __table_args__ = (Index(None, "policy_id", "id"), _APPEND_ONLY)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    policy_id: Mapped[int] = mapped_column(ForeignKey("hours_policy.id"))
    at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(80))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    records: Mapped[int]
    volunteers: Mapped[int]
    own_before_minutes: Mapped[int]
    own_after_minutes: Mapped[int]
    donation_before_minutes: Mapped[int]
    donation_after_minutes: Mapped[int]
    refused_after_minutes: Mapped[int]
    gaining: Mapped[int]
    losing: Mapped[int]
    earners: Mapped[int]
    redeemers_before: Mapped[int]
    redeemers_after: Mapped[int]


class PolicyOutcome(Base):
    """What a simulation says about one volunteer whose minutes would change; losses first."""

    __tablename__ = "policy_outcome"
    __table_args__ = (Index(None, "simulation_id", "id"), _APPEND_ONLY)

    id: Mapped[IntPk]
    simulation_id: Mapped[int] = mapped_column(ForeignKey("policy_simulation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    records: Mapped[int]
    own_before_minutes: Mapped[int]
    own_after_minutes: Mapped[int]
    donation_after_minutes: Mapped[int]
    refused_after_minutes: Mapped[int]


_WAYS = among(f"{at}>{to}" for at, to in MOVES)
_BEGUN = ("community_id", "version", "drafted_at", "drafted_by_user_id", "drafted_by_id")
_SAID = (*VALUES, "in_force_on", "note", "preset")


def _differs(names: tuple[str, ...]) -> str:
    """Return SQL that is true when one of the columns changes; the same words on both engines."""
    return " OR ".join(
        f"COALESCE(CAST(NEW.{name} AS text), '') <> COALESCE(CAST(OLD.{name} AS text), '')"
        for name in names
    )


# Name of the refusal → what is refused when a version is changed.
_CHANGES = {
    "hours_policy_settled": "OLD.state IN ('approved', 'discarded')",
    "hours_policy_move": f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN {_WAYS}",
    "hours_policy_drafter": _differs(_BEGUN),
    "hours_policy_unsimulated": f"NEW.state IN ('simulated', 'approved') AND ({_differs(_SAID)})",
}
_BEGINS = "NEW.state <> 'draft' AND NEW.version <> 1"


def _guard_policies(table: Table) -> None:
    """Let a version begin as a draft, move along its arrows, and stand once it is approved."""
    for name, condition in _CHANGES.items():
        refuse_on_sqlite(table, name, "BEFORE UPDATE", condition)
    refuse_on_sqlite(table, "hours_policy_begins", "BEFORE INSERT", _BEGINS)
    refuse_on_sqlite(table, "hours_policy_kept", "BEFORE DELETE", "1")
    refuse_on_sqlite(
        table,
        "hours_policy_kept",
        "BEFORE INSERT",
        "EXISTS (SELECT 1 FROM hours_policy p WHERE p.id = NEW.id"
        " OR (p.community_id = NEW.community_id AND p.version = NEW.version))",
    )
    changes = "\n".join(raises(name, condition) for name, condition in _CHANGES.items())
    guard_on_postgresql(table, "hours_policy_guard", "BEFORE UPDATE", changes)
    begins = raises("hours_policy_begins", _BEGINS)
    guard_on_postgresql(table, "hours_policy_begins", "BEFORE INSERT", begins)
    guard_on_postgresql(
        table, "hours_policy_kept", "BEFORE DELETE", raises("hours_policy_kept", "true")
    )
    listen(
        table,
        "CREATE TRIGGER hours_policy_no_truncate BEFORE TRUNCATE ON hours_policy"
        " FOR EACH STATEMENT EXECUTE FUNCTION hours_policy_kept()",
        "postgresql",
    )


def _of_draft(row: str) -> str:
    """Return SQL that is true when a rate does not belong to a draft."""
    return (
        f"COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = {row}.policy_id), '')"
        " <> 'draft'"
    )


def _guard_rates(table: Table) -> None:
    """Let rates be written only while their version is a draft."""
    refused = "policy_rate_settled"
    for moment, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        condition = _of_draft(rows)
        if moment == "UPDATE":
            condition = f"{condition} OR {_of_draft('OLD')}"
        refuse_on_sqlite(table, refused, f"BEFORE {moment}", condition)
        name = f"{refused}_{moment.lower()}"
        guard_on_postgresql(table, name, f"BEFORE {moment}", raises(refused, condition))
    listen(
        table,
        "CREATE FUNCTION policy_rate_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$\n"
        "BEGIN RAISE EXCEPTION 'policy_rate_settled' USING ERRCODE = 'restrict_violation';\n"
        "END $kept$",
        "postgresql",
    )
    listen(
        table,
        "CREATE TRIGGER policy_rate_no_truncate BEFORE TRUNCATE ON policy_rate"
        " FOR EACH STATEMENT EXECUTE FUNCTION policy_rate_kept()",
        "postgresql",
    )


_tables = Base.metadata.tables
_guard_policies(_tables["hours_policy"])
_guard_rates(_tables["policy_rate"])
make_append_only(_tables["policy_simulation"])
make_append_only(_tables["policy_outcome"])
