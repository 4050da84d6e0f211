"""Setting the rules that a community's projects go by: each change is a version with its day."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cofund.errors import policy as errors
from timebank.cofund.models.votes import PolicyVersion
from timebank.cofund.rules import policy as rules
from timebank.cofund.rules.policy import VALUES, ProjectPolicy
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def set_policy(
    session: Session,
    *,
    actor: Actor,
    values: ProjectPolicy,
    in_force_on: date | None = None,
    note: str = "",
) -> int:
    """Set a new version, in force from a day (today when none is named); return its number.

    What began under an older version keeps its days and parts.

    Raises:
        PolicyRangeError, PolicyPastError
        PolicyMeanwhileError: another version was set at the same moment.
    """
    rules.check_policy(values)
    today = clock.today()
    day = in_force_on or today
    if day < today:
        raise errors.PolicyPastError(field="in_force_on")
    latest = select(func.max(PolicyVersion.version)).where(
        PolicyVersion.community_id == actor.community_id
    )
    row = PolicyVersion(
        community_id=actor.community_id,
        version=(session.scalar(latest) or 0) + 1,
        in_force_on=day,
        set_on=today,
        set_at=clock.now(),
        set_by=actor.user_id,
        set_by_name=actor.name,
        note=note.strip(),
        **{name: value for name, value in asdict(values).items() if name in VALUES},
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise errors.PolicyMeanwhileError from error
    trail.record(
        session,
        actor=actor,
        action="cofund.policy_set",
        subject_type="cofund_policy",
        subject_id=row.id,
        facts={"version": row.version, "in_force_on": day.isoformat()},
    )
    return row.version
