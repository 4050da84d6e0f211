"""Tables of the review desk: its rules, the risk of records, and first approvals.

The database itself keeps a risk row for every record that waits, marks everybody whose records
changed so that the job reckons anew, and refuses to post what lacks its second approval.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
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
from timebank.volunteering.models import triggers
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules import desk as rules
from timebank.volunteering.rules.desk import DEFAULT_RULES
from timebank.volunteering.rules.risk import POINTS_MAX, RiskCode

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}
FIRST_STATES = ("waiting", "seconded", "dropped")
_WAITING = text("state = 'waiting'")
_IS_WAITING = text("is_waiting")


def _within(name: str) -> CheckConstraint:
    """Return the CHECK that a figure lies in its range, or is not set."""
    least, most = rules.RANGES[name]
    return CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_in_range")


class DeskRulesVersion(Base):
    """One version of a desk's rules, in force from a day; a change is a new version."""

    __tablename__ = "desk_rules"
    __table_args__ = (
        UniqueConstraint("community_id", "version"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        CheckConstraint("in_force_on >= set_on", name="not_in_past"),
        *(_within(name) for name in rules.RANGES),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version: Mapped[int]
    in_force_on: Mapped[date] = mapped_column(Date)
    set_on: Mapped[date] = mapped_column(Date)
    set_at: Mapped[datetime]
    set_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    set_by_name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    second_minutes: Mapped[int | None]
    second_points: Mapped[int | None]
    pair_percent: Mapped[int] = mapped_column(default=DEFAULT_RULES.pair_percent)
    reviewer_percent: Mapped[int] = mapped_column(default=DEFAULT_RULES.reviewer_percent)
    day_minutes: Mapped[int] = mapped_column(default=DEFAULT_RULES.day_minutes)
    travel_minutes: Mapped[int] = mapped_column(default=DEFAULT_RULES.travel_minutes)
    late_days: Mapped[int] = mapped_column(default=DEFAULT_RULES.late_days)
    check_percent: Mapped[int] = mapped_column(default=DEFAULT_RULES.check_percent)
    check_least: Mapped[int] = mapped_column(default=DEFAULT_RULES.check_least)
    appeal_days: Mapped[int] = mapped_column(default=DEFAULT_RULES.appeal_days)
    appeal_decided_days: Mapped[int] = mapped_column(default=DEFAULT_RULES.appeal_decided_days)
    arbitration_days: Mapped[int] = mapped_column(default=DEFAULT_RULES.arbitration_days)
    arbitration_decided_days: Mapped[int] = mapped_column(
        default=DEFAULT_RULES.arbitration_decided_days
    )


class RecordRisk(Base):
    """The risk of a record: made by the database when it is confirmed, reckoned by the job.

    ``rules_version`` is that of the desk's rules it was reckoned by; None: not yet.
    """

    __tablename__ = "record_risk"
    __table_args__ = (
        CheckConstraint(f"points BETWEEN 0 AND {POINTS_MAX}", name="points_in_range"),
        Index(
            "ix_record_risk_queue",
            "community_id",
            text("points DESC"),
            "record_id",
            sqlite_where=_IS_WAITING,
            postgresql_where=_IS_WAITING,
        ),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    points: Mapped[int] = mapped_column(default=0, server_default="0")
    is_waiting: Mapped[bool] = mapped_column(default=True, server_default=true())
    rules_version: Mapped[int | None]
    scored_at: Mapped[datetime | None]


class RiskReason(Base):
    """One reason of a record's risk: its figures, and the records that it speaks of."""

    __tablename__ = "risk_reason"
    __table_args__ = (
        CheckConstraint(f"code IN {among(RiskCode)}", name="code_known"),
        CheckConstraint(f"points BETWEEN 1 AND {POINTS_MAX}", name="points_in_range"),
        Index("ix_risk_reason_code", "community_id", "code", "record_id"),
    )

    record_id: Mapped[int] = mapped_column(
        # Of the risk row, which its writer holds: who decides over the record need not wait.
        ForeignKey("record_risk.record_id"),
        primary_key=True,
    )
    code: Mapped[RiskCode] = mapped_column(String(20), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    points: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    record_ids: Mapped[list[int]] = mapped_column(JSON, default=list)


class RiskMark(Base):
    """Somebody whose records changed, so that what waits for them is to be reckoned anew."""

    __tablename__ = "risk_mark"
    __table_args__ = (Index("ix_risk_mark_person", "community_id", "person_id"),)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class FirstApproval(Base):
    """The first of two approvals: nothing is posted before another person seconds it."""

    __tablename__ = "first_approval"
    __table_args__ = (
        CheckConstraint(f"state IN {among(FIRST_STATES)}", name="state_known"),
        CheckConstraint("user_id IS NOT NULL OR person_id IS NOT NULL", name="approver_named"),
        Index(
            "uq_first_approval_waiting",
            "record_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_first_approval_record", "record_id", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    credited_minutes: Mapped[int]
    points: Mapped[int]
    rules_version: Mapped[int]


_IN_FORCE = (
    "FROM desk_rules d WHERE d.community_id = NEW.community_id AND d.in_force_on <= {day}"
    " ORDER BY d.in_force_on DESC, d.version DESC LIMIT 1"
)
_DAY = {
    "sqlite": "date(NEW.approved_at, '+8 hours')",
    "postgresql": "(NEW.approved_at AT TIME ZONE 'Asia/Shanghai')::date",
}
_BY_ANOTHER = (
    "EXISTS (SELECT 1 FROM first_approval f WHERE f.record_id = NEW.id AND f.state = 'waiting'"
    " AND COALESCE(f.user_id, 0) <> COALESCE(NEW.approved_by_user_id, -1)"
    " AND COALESCE(f.person_id, 0) <> COALESCE(NEW.approved_by_id, -1))"
)


def _lacks_second(dialect: str) -> str:
    """Return SQL that is true when a record is posted which another person should have seen."""
    in_force = _IN_FORCE.format(day=_DAY[dialect])
    risk = "COALESCE((SELECT k.points FROM record_risk k WHERE k.record_id = NEW.id), 0)"
    return (
        f"NEW.state = 'approved' AND (COALESCE(NEW.credited_minutes >="
        f" (SELECT d.second_minutes {in_force}), false)"
        f" OR COALESCE({risk} >= (SELECT d.second_points {in_force}), false))"
        f" AND NOT {_BY_ANOTHER}"
    )


_LOOKED_AT = (
    "state",
    "volunteer_id",
    "recipient_id",
    "started_at",
    "ended_at",
    "micro_grid_id",
    "revision",
)
_PEOPLE = ("volunteer_id", "recipient_id")
_TO_WAITING = """
    INSERT INTO record_risk (record_id, community_id, points, is_waiting)
      SELECT NEW.id, NEW.community_id, 0, true
      WHERE NOT EXISTS (SELECT 1 FROM record_risk k WHERE k.record_id = NEW.id);
    UPDATE record_risk SET is_waiting = true WHERE record_id = NEW.id AND NOT is_waiting;
"""
_FROM_WAITING = """
    UPDATE record_risk SET is_waiting = false WHERE record_id = NEW.id AND is_waiting;
    UPDATE first_approval SET state = CASE NEW.state WHEN 'approved' THEN 'seconded'
      ELSE 'dropped' END WHERE record_id = NEW.id AND state = 'waiting';
"""


def _marks(rows: str) -> str:
    """Return the statement that marks who served and who was served in NEW or OLD."""
    return f"""
    INSERT INTO risk_mark (community_id, person_id)
      SELECT {rows}.community_id, {rows}.volunteer_id UNION
      SELECT {rows}.community_id, {rows}.recipient_id WHERE {rows}.recipient_id IS NOT NULL;
"""


_PG_KEEP = f"""
CREATE FUNCTION service_record_risk() RETURNS trigger LANGUAGE plpgsql AS $risk$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {_marks("NEW")}
    IF NEW.state = 'confirmed' THEN {_TO_WAITING} END IF;
    RETURN NULL;
  END IF;
  IF ({", ".join(f"NEW.{name}" for name in _LOOKED_AT)})
    IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in _LOOKED_AT)}) THEN
    {_marks("NEW")}
    IF (NEW.volunteer_id, NEW.recipient_id) IS DISTINCT FROM (OLD.volunteer_id, OLD.recipient_id)
    THEN {_marks("OLD")} END IF;
  END IF;
  IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' THEN {_TO_WAITING} END IF;
  IF NEW.state <> 'confirmed' AND OLD.state = 'confirmed' THEN {_FROM_WAITING} END IF;
  RETURN NULL;
END $risk$
"""


def _keep_risk(table: Table) -> None:
    """Let the database keep marks, risk rows and first approvals in step with the records."""
    changes = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _LOOKED_AT)
    others = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _PEOPLE)
    for name, moment, body in (
        ("mark_insert", "INSERT ON service_record", _marks("NEW")),
        ("mark_new", f"UPDATE ON service_record WHEN {changes}", _marks("NEW")),
        (
            "mark_old",
            f"UPDATE ON service_record WHEN {others}",
            _marks("OLD"),
        ),
        ("waits_insert", "INSERT ON service_record WHEN NEW.state = 'confirmed'", _TO_WAITING),
        (
            "waits",
            "UPDATE ON service_record WHEN NEW.state = 'confirmed' AND OLD.state <> 'confirmed'",
            _TO_WAITING,
        ),
        (
            "left",
            "UPDATE ON service_record WHEN NEW.state <> 'confirmed' AND OLD.state = 'confirmed'",
            _FROM_WAITING,
        ),
    ):
        listen(
            table, f"CREATE TRIGGER service_record_{name} AFTER {moment} BEGIN {body} END", "sqlite"
        )
    listen(table, _PG_KEEP, "postgresql")
    listen(
        table,
        "CREATE TRIGGER service_record_risk AFTER INSERT OR UPDATE ON service_record"
        " FOR EACH ROW EXECUTE FUNCTION service_record_risk()",
        "postgresql",
    )


def _guard_posting(table: Table) -> None:
    """Refuse to post what lacks its second approval."""
    name = "service_record_second"
    lite = _lacks_second("sqlite")
    refuse_on_sqlite(table, name, "BEFORE INSERT", lite)
    refuse_on_sqlite(table, name, "BEFORE UPDATE", f"OLD.state <> 'approved' AND {lite}")
    body = (
        "  IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN RETURN NEW; END IF;\n"
        f"{raises(name, _lacks_second('postgresql'))}"
    )
    guard_on_postgresql(table, name, "BEFORE INSERT OR UPDATE", body)


_SAID = (
    "community_id",
    "record_id",
    "at",
    "user_id",
    "person_id",
    "credited_minutes",
    "points",
    "rules_version",
)


def _first_refusals(dialect: str) -> Refusals:
    """Return what is refused of first approvals."""
    return Refusals(
        inserts={
            "first_approval_begins": "NEW.state <> 'waiting'",
            "first_approval_own": (
                "EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id"
                " AND (NEW.user_id = r.recorded_by_user_id OR NEW.person_id"
                " IN (r.volunteer_id, r.recipient_id, r.recorded_by_id)))"
            ),
            "first_approval_waits": (
                "NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id"
                " AND r.state = 'confirmed')"
            ),
        },
        updates={
            **triggers.moved("first_approval", (("waiting", "seconded"), ("waiting", "dropped"))),
            **triggers.changed("first_approval_said", _SAID, dialect),
        },
    )


_tables = Base.metadata.tables
_records = ServiceRecord.metadata.tables["service_record"]
make_append_only(_tables["desk_rules"])
_keep_risk(_records)
_guard_posting(_records)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(_tables["first_approval"], _first_refusals(_engine), _engine)
triggers.keep_rows(_tables["first_approval"])
