"""Tables of hours, and the rules that the database itself refuses to break."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
    and_,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, listen, refuse_on_sqlite
from timebank.volunteering.rules.policy import DEFAULT_POLICY, Cap
from timebank.volunteering.rules.records import (
    ARROWS,
    LIVE_STATES,
    MINUTES_MAX,
    MINUTES_MIN,
    EventKind,
    Proof,
    RecordState,
)

LIVE = among(LIVE_STATES)
COUNTED = among((RecordState.APPROVED, RecordState.UNAPPROVED))


class ServiceRecord(Base):
    """One stretch of service by one volunteer, from its first writing to the books."""

    __tablename__ = "service_record"
    __table_args__ = (
        CheckConstraint(f"state IN {among(RecordState)}", name="state_known"),
        CheckConstraint(f"minutes BETWEEN {MINUTES_MIN} AND {MINUTES_MAX}", name="minutes_range"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        CheckConstraint("ended_at <= stated_at", name="not_in_future"),
        CheckConstraint(
            "recipient_id IS NOT NULL OR organisation_id IS NOT NULL OR activity <> ''",
            name="serves_somebody",
        ),
        CheckConstraint("recipient_id <> volunteer_id", name="serves_another"),
        CheckConstraint("approved_by_id <> volunteer_id", name="approver_not_volunteer"),
        CheckConstraint("approved_by_id <> recipient_id", name="approver_not_recipient"),
        CheckConstraint("approved_by_id <> recorded_by_id", name="approver_not_recorder"),
        CheckConstraint(
            "approved_by_user_id <> recorded_by_user_id", name="approver_login_not_recorder"
        ),
        CheckConstraint(
            f"(state IN {COUNTED}) = (entry_id IS NOT NULL AND approved_at IS NOT NULL"
            " AND credited_minutes IS NOT NULL AND policy_version IS NOT NULL)",
            name="counted_means_posted",
        ),
        CheckConstraint(
            "approved_at IS NULL OR approved_by_id IS NOT NULL OR approved_by_user_id IS NOT NULL",
            name="approver_named",
        ),
        CheckConstraint(
            "(state = 'unapproved') = (reversal_id IS NOT NULL)", name="unapproved_means_reversed"
        ),
        CheckConstraint(
            "state NOT IN ('confirmed', 'approved')"
            " OR (confirmed_how IS NOT NULL AND confirmed_at IS NOT NULL)",
            name="confirmed_by_proof",
        ),
        CheckConstraint(f"confirmed_how IN {among(Proof)}", name="proof_known"),
        CheckConstraint("confirmed_how <> 'slip' OR slip_number IS NOT NULL", name="slip_numbered"),
        CheckConstraint("credited_minutes > 0", name="credits_something"),
        CheckConstraint(
            "donation_minutes BETWEEN 0 AND COALESCE(credited_minutes, 0)", name="donation_part"
        ),
        CheckConstraint(
            f"capped_by IS NULL OR (capped_by IN {among(Cap)}"
            " AND donation_minutes + refused_minutes > 0)",
            name="cap_bound",
        ),
        CheckConstraint("refused_minutes >= 0 AND bonus_minutes >= 0", name="parts_not_negative"),
        CheckConstraint("code_tries >= 0 AND revision > 0", name="counters_not_negative"),
        Index("ix_service_record_queue", "community_id", "state", "id"),
        # A member's list is the newest of each way into reach: without the id at the end, the
        # database reads everybody's from the newest back until it has enough of theirs.
        Index("ix_service_record_volunteer", "volunteer_id", "id"),
        Index("ix_service_record_volunteer_day", "volunteer_id", "served_on"),
        Index("ix_service_record_recipient_newest", "recipient_id", "id"),
        Index("ix_service_record_recipient", "recipient_id", "state"),
        Index("ix_service_record_recipient_day", "recipient_id", "served_on"),
        Index("ix_service_record_recorder", "recorded_by_id", "id"),
        Index("ix_service_record_approved", "community_id", "approved_at"),
        Index("ix_service_record_case", "case_id"),
        Index("ix_service_record_grid", "grid_id", "state"),
        Index("ix_service_record_centre", "centre_id", "state"),
        Index(
            "ix_service_record_organisation",
            "organisation_id",
            sqlite_where=text("organisation_id IS NOT NULL"),
            postgresql_where=text("organisation_id IS NOT NULL"),
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    activity: Mapped[str] = mapped_column(String(120), default="")
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    served_on: Mapped[date]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(120), default="")
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("care_centre.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    notes: Mapped[str] = mapped_column(Text, default="")
    late_reason: Mapped[str] = mapped_column(Text, default="")
    slip_number: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[RecordState] = mapped_column(String(16))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    code_tries: Mapped[int] = mapped_column(default=0)
    has_objection: Mapped[bool] = mapped_column(default=False, server_default=false())
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    stated_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_how: Mapped[Proof | None] = mapped_column(String(8))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    policy_version: Mapped[int | None]
    rate_percent: Mapped[int | None]
    rounding_minutes: Mapped[int | None]
    credited_minutes: Mapped[int | None]
    bonus_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    donation_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    refused_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    capped_by: Mapped[Cap | None] = mapped_column(String(12))
    entry_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )
    reversal_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )


Index(
    "ix_service_record_objection",
    ServiceRecord.community_id,
    ServiceRecord.id,
    sqlite_where=ServiceRecord.has_objection,
    postgresql_where=ServiceRecord.has_objection,
)
Index(
    "ix_service_record_recorder_user",
    ServiceRecord.recorded_by_user_id,
    ServiceRecord.id,
    sqlite_where=ServiceRecord.recorded_by_user_id.is_not(None),
    postgresql_where=ServiceRecord.recorded_by_user_id.is_not(None),
)
_HAS_SLIP = and_(ServiceRecord.slip_number.is_not(None), ServiceRecord.state.in_(LIVE_STATES))
Index(
    "uq_service_record_slip",
    ServiceRecord.community_id,
    ServiceRecord.slip_number,
    unique=True,
    sqlite_where=_HAS_SLIP,
    postgresql_where=_HAS_SLIP,
)


class ServiceRecordEvent(Base):
    """One line of a record's history; lines are only ever added."""

    __tablename__ = "service_record_event"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(EventKind)}", name="kind_known"),
        CheckConstraint(f"state IN {among(RecordState)}", name="state_known"),
        Index("ix_service_record_event_record", "record_id", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(String(16))
    state: Mapped[RecordState] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # Any: JSON values


_MOVES = among(f"{at}>{arrow.to}" for (at, _), arrow in ARROWS.items() if at != arrow.to)
_STATED = (
    "community_id",
    "volunteer_id",
    "recipient_id",
    "organisation_id",
    "activity",
    "kind_id",
    "started_at",
    "ended_at",
    "served_on",
    "minutes",
    "case_id",
    "recorded_at",
    "recorded_by_id",
    "recorded_by_user_id",
)
_COUNTED_FIELDS = (
    *_STATED,
    "confirmed_at",
    "confirmed_by_id",
    "approved_at",
    "approved_by_id",
    "approved_by_user_id",
    "policy_version",
    "credited_minutes",
    "donation_minutes",
    "refused_minutes",
    "bonus_minutes",
    "capped_by",
    "entry_id",
)
_CAP = DEFAULT_POLICY.day_minutes_max or 0
_OPEN = 1440  # a policy that sets no limit leaves the whole day
_LATE = DEFAULT_POLICY.late_days


def _policy(column: str, otherwise: int) -> str:
    """Return SQL for a value of the policy in force on the day of the record."""
    return (
        f"COALESCE((SELECT COALESCE(p.{column}, {_OPEN}) FROM hours_policy p"  # noqa: S608 - constants
        " WHERE p.community_id = NEW.community_id AND p.state = 'approved'"
        " AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1),"
        f" {otherwise})"
    )


_OTHERS = (
    "FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id"
    f" AND r.state IN {LIVE}"
)
_DAY_SUM = f"(SELECT COALESCE(SUM(r.minutes), 0) {_OTHERS} AND r.served_on = NEW.served_on)"

_LITE_RULES = {
    "service_record_span": (
        "strftime('%s', NEW.ended_at) - strftime('%s', NEW.started_at) <> NEW.minutes * 60"
    ),
    "service_record_day": "NEW.served_on <> date(NEW.started_at, '+8 hours')",
    "service_record_overlap": (
        f"NEW.state IN {LIVE} AND EXISTS (SELECT 1 {_OTHERS}"
        " AND r.started_at < NEW.ended_at AND NEW.started_at < r.ended_at)"
    ),
    "service_record_day_cap": (
        f"NEW.state IN {LIVE} AND {_DAY_SUM} + NEW.minutes > {_policy('day_minutes_max', _CAP)}"
    ),
    "service_record_late": (
        "NEW.late_reason = '' AND julianday(date(NEW.stated_at, '+8 hours'))"
        f" - julianday(NEW.served_on) > {_policy('late_days', _LATE)}"
    ),
}
_LITE_UPDATES = {
    "service_record_move": (
        f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN {_MOVES}"
    ),
    "service_record_frozen": (
        f"OLD.state IN {COUNTED} AND ("
        + " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _COUNTED_FIELDS)
        + ")"
    ),
}

_PG_GUARD = f"""
CREATE FUNCTION service_record_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN {_MOVES} THEN
      RAISE EXCEPTION 'service_record_move' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN {COUNTED} AND ({", ".join(f"NEW.{name}" for name in _COUNTED_FIELDS)})
      IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in _COUNTED_FIELDS)}) THEN
      RAISE EXCEPTION 'service_record_frozen' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.late_reason = '' AND (NEW.stated_at AT TIME ZONE 'Asia/Shanghai')::date - NEW.served_on
    > {_policy("late_days", _LATE)} THEN
    RAISE EXCEPTION 'service_record_late' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN {LIVE} THEN
    -- Two writers for one volunteer wait for each other, so that each sees the other's minutes.
    PERFORM pg_advisory_xact_lock(hashtextextended('service_record', NEW.volunteer_id));
    IF {_DAY_SUM} + NEW.minutes > {_policy("day_minutes_max", _CAP)} THEN
      RAISE EXCEPTION 'service_record_day_cap' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $guard$
"""

_PG_CONSTRAINTS = f"""
ALTER TABLE service_record
  ADD CONSTRAINT service_record_span
    CHECK (extract(epoch FROM ended_at - started_at) = minutes * 60),
  ADD CONSTRAINT service_record_day
    CHECK (served_on = (started_at AT TIME ZONE 'Asia/Shanghai')::date),
  ADD CONSTRAINT service_record_overlap EXCLUDE USING gist (
    int8range(volunteer_id, volunteer_id, '[]') WITH &&, tstzrange(started_at, ended_at) WITH &&
  ) WHERE (state IN {LIVE})
"""

_PG_KEPT = """
CREATE FUNCTION service_record_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
  RAISE EXCEPTION 'service_record_kept' USING ERRCODE = 'restrict_violation';
END $kept$
"""


def _keep_rows(table: Table) -> None:
    """Refuse that records are removed, by delete, replace or truncate."""
    kept = f"{table.name}_kept"
    refuse_on_sqlite(table, kept, "BEFORE DELETE", "1")
    same = f"EXISTS (SELECT 1 FROM {table.name} r WHERE r.id = NEW.id)"  # noqa: S608 - a constant
    refuse_on_sqlite(table, kept, "BEFORE INSERT", same)
    listen(table, _PG_KEPT, "postgresql")
    for verb, each in (("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        listen(
            table,
            f"CREATE TRIGGER {kept}_{verb.lower()} BEFORE {verb} ON {table.name}"
            f" FOR EACH {each} EXECUTE FUNCTION service_record_kept()",
            "postgresql",
        )


def _guard_records(table: Table) -> None:
    """Put the rules about time, day, lateness, moves and frozen values onto the records."""
    for name, condition in _LITE_RULES.items():
        refuse_on_sqlite(table, name, "AFTER INSERT", condition)
        refuse_on_sqlite(table, name, "AFTER UPDATE", condition)
    for name, condition in _LITE_UPDATES.items():
        refuse_on_sqlite(table, name, "AFTER UPDATE", condition)
    listen(table, _PG_GUARD, "postgresql")
    listen(
        table,
        "CREATE TRIGGER service_record_guard BEFORE INSERT OR UPDATE ON service_record"
        " FOR EACH ROW EXECUTE FUNCTION service_record_guard()",
        "postgresql",
    )
    listen(table, _PG_CONSTRAINTS, "postgresql")


_records = ServiceRecord.metadata.tables["service_record"]
_guard_records(_records)
_keep_rows(_records)
make_append_only(ServiceRecord.metadata.tables["service_record_event"])
