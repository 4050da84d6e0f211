"""What the database refuses when a record is approved: another policy, too young, over a cap.

The policy is the one in force on the day of the service; the caps count what went to the
volunteer's own account by approved records, as ``rules.caps`` does.
"""

from sqlalchemy import Table

from timebank.kernel.refusals import (
    among,
    guard_on_postgresql,
    raises,
    refuse_on_sqlite,
)
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.policy import DEFAULT_POLICY, GUARDIAN_KINDS

_IN_FORCE = (
    "FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved'"
    " AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1"
)


def in_force(column: str) -> str:
    """Return SQL for a value of the policy in force on the day of the record ``NEW``."""
    return f"(SELECT p.{column} {_IN_FORCE})"


_OWN = "NEW.credited_minutes - NEW.donation_minutes"
# A person's record, and those that were merged into it.
_RECORDS_OF = "(SELECT p.id FROM person p WHERE p.id = NEW.{who} OR p.merged_into_id = NEW.{who})"
_COUNTED = (
    "(SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r"  # noqa: S608 - constants
    f" WHERE r.volunteer_id IN {_RECORDS_OF.format(who='volunteer_id')}"
    " AND r.id <> NEW.id AND r.state = 'approved'"
)
_LITE_MONTH = (
    " AND r.served_on >= date(NEW.served_on, 'start of month')"
    " AND r.served_on < date(NEW.served_on, 'start of month', '+1 month')"
)
_PG_MONTH = (
    " AND r.served_on >= date_trunc('month', NEW.served_on)::date"
    " AND r.served_on < (date_trunc('month', NEW.served_on) + interval '1 month')::date"
)
_PAIR = f" AND r.recipient_id IN {_RECORDS_OF.format(who='recipient_id')}"
_LITE_AGE = (
    "(SELECT (CAST(strftime('%Y%m%d', NEW.served_on) AS integer)"
    " - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000"
    " FROM person v WHERE v.id = NEW.volunteer_id)"
)
_PG_AGE = (
    "(SELECT (to_char(NEW.served_on, 'YYYYMMDD')::int"
    " - to_char(v.born_on, 'YYYYMMDD')::int) / 10000"
    " FROM person v WHERE v.id = NEW.volunteer_id)"
)
_NO_GUARDIAN = (
    "NOT EXISTS (SELECT 1 FROM kinship k WHERE k.person_id = NEW.volunteer_id"  # noqa: S608 - constants
    f" AND k.verified_on IS NOT NULL AND k.kind IN {among(GUARDIAN_KINDS)})"
)


def _over(column: str, counted: str) -> str:
    """Return SQL that is true when own minutes would go over a cap.

    Where there is no cap nothing is counted: a volunteer of many years has many records.
    """
    cap = in_force(column)
    return f"{cap} IS NOT NULL AND {_OWN} > 0 AND {_OWN} + {counted}) > {cap}"


def _conditions(*, month: str, age: str) -> dict[str, str]:
    """Return what is refused, by name, in the words of one engine; NULL refuses nothing."""
    version = f"COALESCE({in_force('version')}, {DEFAULT_POLICY.version})"
    return {
        "service_record_policy": f"NEW.policy_version <> {version}",
        "service_record_too_young": f"{age} < {in_force('earn_age_min')}",
        "service_record_guardian": f"{age} < {in_force('guardian_below_age')} AND {_NO_GUARDIAN}",
        "service_record_month_cap": _over("month_minutes_max", _COUNTED + month),
        "service_record_pair_cap": _over("pair_minutes_max", _COUNTED + month + _PAIR),
        "service_record_lifetime_cap": _over("lifetime_minutes_max", _COUNTED),
    }


def guard_approvals(table: Table) -> None:
    """Put the rules about approval onto the records."""
    lite = _conditions(month=_LITE_MONTH, age=_LITE_AGE)
    for name, condition in lite.items():
        now = f"NEW.state = 'approved' AND ({condition})"
        refuse_on_sqlite(table, name, "AFTER INSERT", now)
        refuse_on_sqlite(table, name, "AFTER UPDATE", f"OLD.state <> 'approved' AND {now}")
    first = (
        "  IF NEW.state <> 'approved' THEN RETURN NEW; END IF;\n"
        "  IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN RETURN NEW; END IF;\n"
        "  -- Two approvers for one volunteer wait for each other.\n"
        "  PERFORM pg_advisory_xact_lock(hashtextextended('service_record', NEW.volunteer_id));\n"
    )
    pg = _conditions(month=_PG_MONTH, age=_PG_AGE)
    body = first + "\n".join(raises(name, condition) for name, condition in pg.items())
    guard_on_postgresql(table, "service_record_caps", "BEFORE INSERT OR UPDATE", body)


guard_approvals(ServiceRecord.metadata.tables["service_record"])
