"""Activities that organisations propose: a leader's form, and staff's list and answers."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.organisations import organisation_desk
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import organisations as organisation_reads
from timebank.volunteering.queries import proposals as reads_of
from timebank.volunteering.schemas.proposals import ProposalFormIn, ProposalsIn, TakingUpIn
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.service import proposals as verbs
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/me/organisations/<int:organisation_id>/proposals/new")
@needs("organisation.own")
@reads
def new_proposal(session: Session, organisation_id: int) -> ResponseReturnValue:
    """Show who leads an organisation the form of an activity to propose."""
    actor = current_actor()
    kinds = limits.kinds(session, actor.community_id)
    return render_template(
        "volunteering/new_proposal.html",
        organisation_id=organisation_id,
        name=organisation_reads.name_of_led(session, actor=actor, organisation_id=organisation_id),
        kinds=[(kind.id, kind.name) for kind in kinds],
    )


@bp.post("/me/organisations/<int:organisation_id>/proposals/new")
@needs("organisation.own")
@returns_to(new_proposal)
@writes
def create_proposal(session: Session, organisation_id: int) -> ResponseReturnValue:
    """Propose an activity."""
    verbs.propose_activity(
        session, actor=current_actor(), organisation_id=organisation_id, **body(ProposalFormIn())
    )
    return _to_desk(organisation_id, _("提给社区了，有答复会告诉您。"))


@bp.post("/me/organisations/<int:organisation_id>/proposals/<int:proposal_id>/withdraw")
@needs("organisation.own")
@returns_to(organisation_desk)
@writes
def withdraw_proposal(
    session: Session, organisation_id: int, proposal_id: int
) -> ResponseReturnValue:
    """Take a proposal back."""
    verbs.withdraw_proposal(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        proposal_id=proposal_id,
    )
    return _to_desk(organisation_id, _("提议收回了。"))


def _to_desk(organisation_id: int, notice: str) -> ResponseReturnValue:
    """Go back to an organisation's desk with a notice."""
    return see_other(url_for(".organisation_desk", organisation_id=organisation_id), notice)


@bp.get("/activity-proposals")
@needs("task.manage")
@reads
def proposal_list(session: Session) -> ResponseReturnValue:
    """Show staff what organisations proposed, what waits first."""
    actor, asked = current_actor(), query(ProposalsIn())
    page = reads_of.proposals(session, actor=actor, **asked)
    cursor = page.next_cursor
    return render_template(
        "volunteering/proposals.html",
        to_answer=reads_of.to_answer(session, actor=actor) if asked["state"] is None else (),
        proposals=page.items,
        state=asked["state"],
        next_url=cursor and url_for(".proposal_list", cursor=cursor, state=asked["state"]),
    )


@bp.get("/activity-proposals/<int:proposal_id>")
@needs("task.manage")
@reads
def proposal(session: Session, proposal_id: int) -> ResponseReturnValue:
    """Show staff a proposal and the ways to answer it."""
    actor = current_actor()
    places = community_queries.micro_grids(session, actor.community_id)
    return render_template(
        "volunteering/proposal.html",
        proposal=reads_of.proposal(session, actor=actor, proposal_id=proposal_id),
        places=[(place.id, place.label) for place in places],
    )


@bp.post("/activity-proposals/<int:proposal_id>/take-up")
@needs("task.manage")
@returns_to(proposal)
@writes
def take_up_proposal(session: Session, proposal_id: int) -> ResponseReturnValue:
    """Post what an organisation proposed."""
    told = body(TakingUpIn(unknown="exclude"))
    task_id = verbs.take_up_proposal(
        session, actor=current_actor(), proposal_id=proposal_id, **told
    )
    return see_other(url_for(".task", task_id=task_id), _("发布了，志愿者和单位都看得到了。"))


@bp.post("/activity-proposals/<int:proposal_id>/decline")
@needs("task.manage")
@returns_to(proposal)
@writes
def decline_proposal(session: Session, proposal_id: int) -> ResponseReturnValue:
    """Answer that an activity will not be held."""
    verbs.decline_proposal(session, actor=current_actor(), proposal_id=proposal_id, **body(WhyIn()))
    return see_other(url_for(".proposal", proposal_id=proposal_id), _("答复了，单位会看到原因。"))
