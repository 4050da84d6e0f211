"""How rules for hours come into force: drafted, simulated, approved by a second person."""

from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import policy as errors
from timebank.volunteering.models.policy import (
    HoursPolicy,
    PolicyOutcome,
    PolicyRate,
    PolicySimulation,
    ServiceKind,
)
from timebank.volunteering.queries import members
from timebank.volunteering.queries import policy as queries
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules import presets
from timebank.volunteering.rules.policy import DEFAULT_POLICY, VALUES, Policy, PolicyState, Rate
from timebank.volunteering.rules.simulation import Simulated, simulate


def open_policy(session: Session, *, actor: Actor) -> None:
    """Write the version that comes with the house and holds from the beginning."""
    row = HoursPolicy(
        community_id=actor.community_id,
        version=DEFAULT_POLICY.version,
        state=PolicyState.APPROVED,
        in_force_on=rules.FROM_THE_BEGINNING,
        drafted_at=clock.now(),
        drafted_by_name=actor.name,
        approved_at=clock.now(),
        approved_on=clock.today(),
        approved_by_name="",
        **_said(DEFAULT_POLICY),
    )
    session.add(row)
    session.flush()
    _leave_trail(session, actor, "policy_opened", row)


def draft_policy(
    session: Session,
    *,
    actor: Actor,
    policy: Policy,
    in_force_on: date,
    note: str = "",
    preset: str = "",
) -> int:
    """Write a new draft and return its version; ``policy.version`` is not looked at.

    Raises:
        InForceInPastError: the day is past.
        OutOfRangeError, CapsOutOfOrderError, KindUnknownHereError: a value is wrong.
        PresetNotFoundError: there are no such ready-made rules.
    """
    _check_said(session, actor, policy, in_force_on)
    if preset:
        presets.preset(preset)
    latest = session.scalar(
        select(func.max(HoursPolicy.version)).where(HoursPolicy.community_id == actor.community_id)
    )
    row = HoursPolicy(
        community_id=actor.community_id,
        version=(latest or 0) + 1,
        state=PolicyState.DRAFT,
        in_force_on=in_force_on,
        note=note.strip(),
        preset=preset,
        drafted_at=clock.now(),
        drafted_by_user_id=actor.user_id,
        drafted_by_id=actor.person_id,
        drafted_by_name=actor.name,
        **_said(policy),
    )
    session.add(row)
    _flush(session, in_force_on)
    _write_rates(session, row, policy)
    _leave_trail(session, actor, "policy_drafted", row)
    return row.version


def change_draft(
    session: Session,
    *,
    actor: Actor,
    number: int,
    policy: Policy,
    in_force_on: date,
    note: str = "",
) -> None:
    """Say a draft anew; it has to be simulated again.

    Raises:
        PolicySettledError: it is approved or discarded.
        NotDrafterError: somebody else drafted it.
        InForceInPastError, OutOfRangeError, CapsOutOfOrderError, KindUnknownHereError
    """
    row = _locked_draft(session, actor, number)
    if (row.drafted_by_user_id, row.drafted_by_id) != (actor.user_id, actor.person_id):
        raise errors.NotDrafterError
    _check_said(session, actor, policy, in_force_on)
    row.state, row.simulated_at = PolicyState.DRAFT, None
    row.in_force_on, row.note = in_force_on, note.strip()
    for name, value in _said(policy).items():
        setattr(row, name, value)
    _flush(session, in_force_on)
    _write_rates(session, row, policy)
    _leave_trail(session, actor, "policy_changed", row)


def simulate_policy(session: Session, *, actor: Actor, number: int) -> int:
    """Reckon last year's approved records by a draft, keep what it shows, and return its id.

    Raises:
        PolicySettledError: it is approved or discarded.
    """
    row = _locked_draft(session, actor, number)
    community_id = row.community_id
    first_on, last_on = rules.year_before(clock.today())
    policy = queries.version(session, actor=actor, number=number).policy
    found = simulate(
        queries.past_records(
            session, community_id=community_id, first_on=first_on, last_on=last_on
        ),
        policy=policy,
        own_before=queries.own_before(session, community_id=community_id, before=first_on),
        births=members.births(session, community_id),
    )
    kept = _kept(actor, row, found, days=(first_on, last_on))
    _count_redeemers(session, kept, policy)
    session.add(kept)
    session.flush()
    _keep_outcomes(session, kept.id, found)
    row.state, row.simulated_at = PolicyState.SIMULATED, clock.now()
    _leave_trail(session, actor, "policy_simulated", row)
    return kept.id


def _kept(
    actor: Actor, row: HoursPolicy, found: Simulated, *, days: tuple[date, date]
) -> PolicySimulation:
    """Return the row of what a simulation found."""
    return PolicySimulation(
        community_id=row.community_id,
        policy_id=row.id,
        at=clock.now(),
        by_name=actor.name,
        first_on=days[0],
        last_on=days[1],
        records=found.total("records"),
        volunteers=len(found.outcomes),
        own_before_minutes=found.total("own_before_minutes"),
        own_after_minutes=found.total("own_after_minutes"),
        donation_before_minutes=found.total("donation_before_minutes"),
        donation_after_minutes=found.total("donation_after_minutes"),
        refused_after_minutes=found.total("refused_after_minutes"),
        gaining=found.gaining,
        losing=found.losing,
    )


def _count_redeemers(session: Session, kept: PolicySimulation, policy: Policy) -> None:
    """Note how many of those who have earned may redeem them today, and could by the draft."""
    today = clock.today()
    now = queries.calendar(session, kept.community_id).on(today)
    standings = members.standings_of_earners(session, kept.community_id)
    kept.earners = len(standings)
    kept.redeemers_before = sum(rules.may_redeem(one, now, today) for one in standings)
    kept.redeemers_after = sum(rules.may_redeem(one, policy, today) for one in standings)


def _keep_outcomes(session: Session, simulation_id: int, found: Simulated) -> None:
    """Keep what the simulation says about each volunteer whose minutes would change."""
    session.add_all(
        PolicyOutcome(
            simulation_id=simulation_id,
            person_id=person_id,
            records=outcome.records,
            own_before_minutes=outcome.own_before_minutes,
            own_after_minutes=outcome.own_after_minutes,
            donation_after_minutes=outcome.donation_after_minutes,
            refused_after_minutes=outcome.refused_after_minutes,
        )
        for person_id, outcome in found.changed()
    )
    session.flush()


def approve_policy(session: Session, *, actor: Actor, number: int) -> None:
    """Bring a simulated draft into force from its day on; from now on it never changes.

    Raises:
        NotSimulatedError: nobody knows yet what it does.
        ApprovesOwnPolicyError, PolicyApproverUnknownError: the drafter, or a program, approves.
        InForceInPastError: its day has passed meanwhile.
        DayHasPolicyError: another version comes into force on that day.
    """
    row = _locked_draft(session, actor, number)
    rules.check_approver(
        drafter=(row.drafted_by_user_id, row.drafted_by_id),
        approver=(actor.user_id, actor.person_id),
    )
    if row.state != PolicyState.SIMULATED:
        raise errors.NotSimulatedError
    rules.check_in_force_on(row.in_force_on, today=clock.today())
    row.state = PolicyState.APPROVED
    row.approved_at, row.approved_on = clock.now(), clock.today()
    row.approved_by_user_id, row.approved_by_id = actor.user_id, actor.person_id
    row.approved_by_name = actor.name
    _flush(session, row.in_force_on)
    _leave_trail(session, actor, "policy_approved", row)


def discard_draft(session: Session, *, actor: Actor, number: int) -> None:
    """Lay a draft aside for good; its number is not used again.

    Raises:
        PolicySettledError: it is approved or discarded.
    """
    row = _locked_draft(session, actor, number)
    row.state = PolicyState.DISCARDED
    _leave_trail(session, actor, "policy_discarded", row)


def _locked_draft(session: Session, actor: Actor, number: int) -> HoursPolicy:
    """Return a draft of the actor's community, locked.

    Raises:
        PolicyNotFoundError: there is none.
        PolicySettledError: it is no draft any more.
    """
    row = session.scalar(
        select(HoursPolicy)
        .where(HoursPolicy.community_id == actor.community_id, HoursPolicy.version == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.PolicyNotFoundError
    if row.state not in rules.OPEN_STATES:
        raise errors.PolicySettledError
    return row


def _said(policy: Policy) -> dict[str, object]:
    """Return what a policy says, rates aside, by column."""
    return {name: getattr(policy, name) for name in VALUES}


def _check_said(session: Session, actor: Actor, policy: Policy, in_force_on: date) -> None:
    """Refuse values that no version may have."""
    rules.check_in_force_on(in_force_on, today=clock.today())
    rules.check_values(policy)
    known = session.scalars(
        select(ServiceKind.id).where(
            ServiceKind.community_id == actor.community_id, ServiceKind.id.in_(policy.rates)
        )
    )
    if policy.rates.keys() - set(known):
        raise errors.KindUnknownHereError


def _write_rates(session: Session, row: HoursPolicy, policy: Policy) -> None:
    """Write the rates that differ from the version's own; those that do not need no row."""
    session.execute(delete(PolicyRate).where(PolicyRate.policy_id == row.id))
    usual = Rate(policy.rate_percent)
    session.add_all(
        PolicyRate(
            policy_id=row.id,
            kind_id=kind_id,
            rate_percent=rate.rate_percent,
            bonus_minutes=rate.bonus_minutes,
        )
        for kind_id, rate in sorted(policy.rates.items())
        if rate != usual
    )
    session.flush()


def _flush(session: Session, in_force_on: date) -> None:
    """Send what is pending; tell a lost race by what the database refused.

    Raises:
        DayHasPolicyError: another version is in force from that day on.
        PolicyChangedMeanwhileError: another was faster.
    """
    try:
        session.flush()
    except IntegrityError as error:
        words = str(error.orig)
        if "hours_policy_day" in words or "hours_policy.in_force_on" in words:
            raise errors.DayHasPolicyError(field="in_force_on", on=in_force_on) from error
        if "hours_policy" in words:
            raise errors.PolicyChangedMeanwhileError from error
        raise


def _leave_trail(session: Session, actor: Actor, verb: str, row: HoursPolicy) -> None:
    """Note who did what to which version."""
    session.flush()
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="hours_policy",
        subject_id=row.version,
    )
