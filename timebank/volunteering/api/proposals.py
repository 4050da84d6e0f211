"""Activities that organisations propose, for programs."""

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import proposals as reads_of
from timebank.volunteering.rules.proposals import (
    ProposalFacts,
    ProposalState,
    ProposalView,
    TakingUp,
)
from timebank.volunteering.schemas.proposals import (
    ProposalIn,
    ProposalListIn,
    ProposalOut,
    TakingUpIn,
)
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.service import proposals as verbs
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _led(session: Session, organisation_id: int, proposal_id: int) -> ProposalView:
    """Return a proposal as who leads the organisation sees it now."""
    return reads_of.led_proposal(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        proposal_id=proposal_id,
    )


def _seen(session: Session, proposal_id: int) -> ProposalView:
    """Return a proposal as staff see it now."""
    return reads_of.proposal(session, actor=current_actor(), proposal_id=proposal_id)


@api.get("/me/organisations/<int:organisation_id>/proposals")
@needs("organisation.own")
@reads
@takes(PageIn, where="query")
@gives_page(ProposalOut)
def list_own_proposals(
    session: Session, organisation_id: int, *, limit: int, cursor: str | None = None
) -> Page[ProposalView]:
    """What an organisation that the sender leads proposed, newest first."""
    return reads_of.led_proposals(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        cursor=cursor,
        limit=limit,
    )


@api.post("/me/organisations/<int:organisation_id>/proposals")
@needs("organisation.own")
@writes(keyed=True)
@takes(ProposalIn)
@gives(ProposalOut, status=201)
def propose_activity(
    session: Session, organisation_id: int, *, facts: ProposalFacts
) -> ProposalView:
    """Propose an activity in the name of an organisation that the sender leads."""
    made = verbs.propose_activity(
        session, actor=current_actor(), organisation_id=organisation_id, facts=facts
    )
    return _led(session, organisation_id, made)


@api.post("/me/organisations/<int:organisation_id>/proposals/<int:proposal_id>/withdraw")
@needs("organisation.own")
@writes(keyed=True)
@gives(ProposalOut)
def withdraw_proposal(session: Session, organisation_id: int, proposal_id: int) -> ProposalView:
    """Take a proposal back before it was answered."""
    verbs.withdraw_proposal(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        proposal_id=proposal_id,
    )
    return _led(session, organisation_id, proposal_id)


@api.get("/activity-proposals")
@needs("task.manage")
@reads
@takes(ProposalListIn, where="query")
@gives_page(ProposalOut)
def list_proposals(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    state: ProposalState | None = None,
) -> Page[ProposalView]:
    """What organisations of the community proposed, newest first."""
    return reads_of.proposals(
        session, actor=current_actor(), state=state, cursor=cursor, limit=limit
    )


@api.get("/activity-proposals/<int:proposal_id>")
@needs("task.manage")
@reads
@gives(ProposalOut)
def show_proposal(session: Session, proposal_id: int) -> ProposalView:
    """One proposal."""
    return _seen(session, proposal_id)


@api.post("/activity-proposals/<int:proposal_id>/take-up")
@needs("task.manage")
@writes(keyed=True)
@takes(TakingUpIn)
@gives(ProposalOut)
def take_up_proposal(session: Session, proposal_id: int, *, terms: TakingUp) -> ProposalView:
    """Post what an organisation proposed as a task in its name."""
    verbs.take_up_proposal(session, actor=current_actor(), proposal_id=proposal_id, terms=terms)
    return _seen(session, proposal_id)


@api.post("/activity-proposals/<int:proposal_id>/decline")
@needs("task.manage")
@writes(keyed=True)
@takes(WhyIn)
@gives(ProposalOut)
def decline_proposal(session: Session, proposal_id: int, *, reason: str) -> ProposalView:
    """Answer that the activity will not be held, and why."""
    verbs.decline_proposal(session, actor=current_actor(), proposal_id=proposal_id, reason=reason)
    return _seen(session, proposal_id)
