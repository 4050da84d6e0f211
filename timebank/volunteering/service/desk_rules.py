"""Setting the rules of the review desk: each change is a version with its day."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors.desk import DeskRulesMeanwhileError
from timebank.volunteering.models.desk import DeskRulesVersion
from timebank.volunteering.rules import desk as rules
from timebank.volunteering.rules.desk import VALUES, DeskRules


def set_desk_rules(
    session: Session,
    *,
    actor: Actor,
    values: DeskRules,
    in_force_on: date | None = None,
    note: str = "",
) -> int:
    """Set a new version, in force from a day (today when none is named); return its number.

    Terms that have begun keep their last day; what waits is reckoned anew by the job.

    Raises:
        DeskRulesOutOfRangeError, DeskRulesInPastError
        DeskRulesMeanwhileError: another version was set at the same moment.
    """
    today = clock.today()
    day = in_force_on or today
    rules.check_rules(values)
    rules.check_in_force_on(day, today=today)
    latest = select(func.max(DeskRulesVersion.version)).where(
        DeskRulesVersion.community_id == actor.community_id
    )
    row = DeskRulesVersion(
        community_id=actor.community_id,
        version=(session.scalar(latest) or 0) + 1,
        in_force_on=day,
        set_on=today,
        set_at=clock.now(),
        set_by_user_id=actor.user_id,
        set_by_name=actor.name,
        note=note.strip(),
        **{name: value for name, value in asdict(values).items() if name in VALUES},
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise DeskRulesMeanwhileError from error
    trail.record(
        session,
        actor=actor,
        action="volunteering.desk_rules_set",
        subject_type="desk_rules",
        subject_id=row.id,
        facts={"version": row.version, "in_force_on": day.isoformat()},
    )
    return row.version
