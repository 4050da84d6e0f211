"""How promises come into force: drafted, approved by a second person, from a day on."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cases.errors import policy as errors
from timebank.cases.models.promises import DeadlineLimit, DeadlinePolicy
from timebank.cases.rules import policy as rules
from timebank.cases.rules.policy import HOUSE_VERSION, Policy, PolicyState
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


def draft_promises(
    session: Session, *, actor: Actor, policy: Policy, in_force_on: date, note: str = ""
) -> int:
    """Write a draft and return its number; ``policy.version`` is not looked at.

    Raises:
        PolicyInPastError: the day is past.
        LimitOutOfRangeError, UrgentNotShorterError, CivilNeedsDaysError, HoursOutOfOrderError
    """
    rules.check_in_force_on(in_force_on, today=clock.today())
    rules.check_policy(policy)
    latest = session.scalar(
        select(func.max(DeadlinePolicy.version)).where(
            DeadlinePolicy.community_id == actor.community_id
        )
    )
    row = DeadlinePolicy(
        community_id=actor.community_id,
        version=(latest or HOUSE_VERSION) + 1,
        state=PolicyState.DRAFT,
        in_force_on=in_force_on,
        note=note.strip(),
        rolls=policy.rolls,
        report_in_minutes=policy.report_in_minutes,
        reopen_days=policy.reopen_days,
        drafted_at=clock.now(),
        drafted_by_user_id=actor.user_id,
        drafted_by_id=actor.person_id,
        drafted_by_name=actor.name,
        **_hours(policy),
    )
    session.add(row)
    session.flush()
    _write_limits(session, row.id, policy)
    _leave_trail(session, actor, "draft_promises", row)
    return row.version


def approve_promises(session: Session, *, actor: Actor, number: int) -> None:
    """Bring a draft into force from its day on; cases that are registered keep their version.

    Raises:
        PolicyNotFoundError, PolicySettledError
        PolicyNeedsSecondError: the drafter, or a program, approves.
        PolicyInPastError: its day has passed meanwhile.
        PolicyDayTakenError: another version comes into force on that day.
    """
    row = _locked_draft(session, actor, number)
    rules.check_approver(
        drafter=(row.drafted_by_user_id, row.drafted_by_id),
        approver=(actor.user_id, actor.person_id),
    )
    rules.check_in_force_on(row.in_force_on, today=clock.today())
    row.state = PolicyState.APPROVED
    row.approved_at, row.approved_on = clock.now(), clock.today()
    row.approved_by_user_id, row.approved_by_id = actor.user_id, actor.person_id
    row.approved_by_name = actor.name
    on = row.in_force_on
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise errors.PolicyDayTakenError(field="in_force_on", on=on) from error
    _leave_trail(session, actor, "approve_promises", row)


def discard_promises(session: Session, *, actor: Actor, number: int) -> None:
    """Lay a draft aside for good; its number is not used again.

    Raises:
        PolicyNotFoundError, PolicySettledError
    """
    row = _locked_draft(session, actor, number)
    row.state = PolicyState.DISCARDED
    session.flush()
    _leave_trail(session, actor, "discard_promises", row)


def _locked_draft(session: Session, actor: Actor, number: int) -> DeadlinePolicy:
    """Return a draft of the actor's community, locked."""
    row = session.scalar(
        select(DeadlinePolicy)
        .where(DeadlinePolicy.community_id == actor.community_id, DeadlinePolicy.version == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.PolicyNotFoundError
    if row.state != PolicyState.DRAFT:
        raise errors.PolicySettledError
    return row


def _hours(policy: Policy) -> dict[str, int | None]:
    """Return the office hours by column."""
    morning, *rest = policy.hours
    return {
        "morning_from": morning.from_minute,
        "morning_until": morning.until_minute,
        "afternoon_from": rest[0].from_minute if rest else None,
        "afternoon_until": rest[0].until_minute if rest else None,
    }


def _write_limits(session: Session, policy_id: int, policy: Policy) -> None:
    """Write the limits of a draft."""
    session.add_all(
        DeadlineLimit(
            policy_id=policy_id,
            step=step,
            amount=limit.amount,
            urgent_amount=limit.urgent_amount,
            unit=limit.unit,
            pace=limit.pace,
            start=limit.start,
            day_rule=limit.day_rule,
        )
        for step, limit in policy.limits.items()
    )
    session.flush()


def _leave_trail(session: Session, actor: Actor, action: str, row: DeadlinePolicy) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="deadline_policy",
        subject_id=row.id,
        summary=str(row.version),
        facts={"in_force_on": row.in_force_on.isoformat()},
    )
