"""Activities of organisations: a leader proposes one, staff post it as a task or say why not."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import proposals as errors
from timebank.volunteering.errors.records import KindNotFoundError
from timebank.volunteering.errors.tasks import ActivityMissingError
from timebank.volunteering.models.proposals import ActivityProposal
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import proposals as queries
from timebank.volunteering.rules import proposals as rules
from timebank.volunteering.rules.needs import Wishes
from timebank.volunteering.rules.proposals import (
    ProposalEvent,
    ProposalFacts,
    ProposalState,
    TakingUp,
)
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.tasks import TaskFacts, check_span
from timebank.volunteering.service import tidings
from timebank.volunteering.service.notes import note
from timebank.volunteering.service.organisations import lock_lead
from timebank.volunteering.service.tasks import post_activity


def propose_activity(
    session: Session, *, actor: Actor, organisation_id: int, facts: ProposalFacts
) -> int:
    """Propose an activity in the name of an organisation that the actor leads; return its id.

    Raises:
        DeskNotFoundError: the actor does not lead it.
        ActivityMissingError, KindNotFoundError, TaskEndsBeforeStartError, TaskInPastError
        ProposalsWaitingError: too many wait for an answer.
    """
    lock_lead(session, actor, organisation_id)
    if not facts.activity.strip():
        raise ActivityMissingError(field="activity")
    check_span(facts.starts_at, facts.ends_at, now=clock.now())
    kind = limits.kind(session, community_id=actor.community_id, kind_id=facts.kind_id)
    if not kind.is_active:
        raise KindNotFoundError(field="kind_id")
    if queries.waiting_count(session, organisation_id=organisation_id) >= rules.WAITING_MAX:
        raise errors.ProposalsWaitingError(limit=rules.WAITING_MAX)
    assert actor.person_id is not None  # who leads is a person
    row = ActivityProposal(
        community_id=actor.community_id,
        organisation_id=organisation_id,
        state=ProposalState.PROPOSED,
        kind_id=facts.kind_id,
        activity=facts.activity.strip(),
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        places=facts.places,
        place=facts.place.strip(),
        details=facts.details.strip(),
        proposed_at=clock.now(),
        proposed_by_id=actor.person_id,
        proposed_by_user_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    _note(session, actor, row, ProposalEvent.PROPOSED)
    return row.id


def withdraw_proposal(
    session: Session, *, actor: Actor, organisation_id: int, proposal_id: int
) -> None:
    """Take a proposal back before it was answered, as who leads the organisation.

    Raises:
        DeskNotFoundError, ProposalNotFoundError
        DomainError: it was answered or taken back before.
    """
    lock_lead(session, actor, organisation_id)
    row = _waiting(session, proposal_id, ActivityProposal.organisation_id == organisation_id)
    _answer(row, actor, ProposalState.WITHDRAWN)
    _note(session, actor, row, ProposalEvent.WITHDRAWN)


def take_up_proposal(session: Session, *, actor: Actor, proposal_id: int, terms: TakingUp) -> int:
    """Post what an organisation proposed, in its name; return the task's id.

    Raises:
        ProposalNotFoundError: there is none in the actor's community.
        NotCoordinatorError: its place is not one the actor answers for.
        RiskTooLowError, TaskInPastError
        DomainError: it was answered or taken back before.
    """
    row = _waiting(session, proposal_id, queries.within(actor))
    row.task_id = post_activity(session, actor=actor, facts=_task_facts(row, terms))
    _answer(row, actor, ProposalState.TAKEN_UP)
    _note(session, actor, row, ProposalEvent.TAKEN_UP)
    return row.task_id


def decline_proposal(session: Session, *, actor: Actor, proposal_id: int, reason: str) -> None:
    """Answer that the activity will not be held, and why.

    Raises:
        ProposalNotFoundError, ReasonMissingError
        DomainError: it was answered or taken back before.
    """
    row = _waiting(session, proposal_id, queries.within(actor))
    _answer(row, actor, ProposalState.DECLINED, reason=required(reason))
    _note(session, actor, row, ProposalEvent.DECLINED)


def _task_facts(row: ActivityProposal, terms: TakingUp) -> TaskFacts:
    """Return the activity that a proposal becomes, in the organisation's name."""
    return TaskFacts(
        kind_id=row.kind_id,
        activity=row.activity,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        places=row.places,
        admission=terms.admission,
        wishes=Wishes(risk=terms.risk),
        organisation_id=row.organisation_id,
        details=row.details,
        place=row.place,
        micro_grid_id=terms.micro_grid_id,
    )


def _waiting(
    session: Session, proposal_id: int, condition: ColumnElement[bool]
) -> ActivityProposal:
    """Return a proposal that waits, locked until the transaction ends.

    Raises:
        ProposalNotFoundError
        DomainError: it waits no more.
    """
    row = session.scalar(
        select(ActivityProposal)
        .where(ActivityProposal.id == proposal_id, condition)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.ProposalNotFoundError
    rules.check_waits(ProposalState(row.state))
    return row


def _answer(row: ActivityProposal, actor: Actor, state: ProposalState, *, reason: str = "") -> None:
    """Write onto a proposal what became of it, by whom and when."""
    row.state, row.state_reason, row.decided_at = state, reason, clock.now()
    row.decided_by_id, row.decided_by_user_id = actor.person_id, actor.user_id
    row.decided_by_name = actor.name


def _note(session: Session, actor: Actor, row: ActivityProposal, event: ProposalEvent) -> None:
    """Leave an act on a proposal in the trail, and tell the organisation of an answer."""
    note(session, actor=actor, action=event, subject_type="activity_proposal", subject_id=row.id)
    tidings.of_proposal(session, actor=actor, row=row, event=event)
