"""Publicity, votes and the register of owners, for programs."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api, visible_project
from timebank.cofund.queries import votes as queries
from timebank.cofund.queries.votes import OwnBallot, RollLine
from timebank.cofund.rules.projects import ProjectView
from timebank.cofund.rules.votes import Choice, Tally, VoteView
from timebank.cofund.schemas import life, life_shown
from timebank.cofund.schemas.asked import NothingIn
from timebank.cofund.schemas.shown import ProjectOut
from timebank.cofund.service import ballots, policy, publicity, register, votes
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.post("/projects/<int:project_id>/publicise")
@needs("cofund.propose")
@writes(keyed=True)
@takes(life.PublicityIn)
@gives(ProjectOut)
def publicise(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> ProjectView:
    """Make a costing public for the days that the rules ask."""
    return publicity.publicise_project(
        session, actor=current_actor(), project_id=project_id, **facts
    )


@api.get("/projects/<int:project_id>/votes")
@needs("cofund.read")
@reads
@gives(life_shown.VotesOut)
def list_votes(session: Session, project_id: int) -> dict[str, list[VoteView]]:
    """List the votes about a project, the latest first."""
    visible_project(session, project_id)
    return {"votes": queries.votes_of(session, project_id)}


@api.post("/projects/<int:project_id>/votes")
@needs("cofund.agree")
@writes(keyed=True)
@takes(life.VoteIn)
@gives(life_shown.VoteOut, status=201)
def open_vote(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> VoteView:
    """Open a vote of the owners over the costing."""
    return votes.open_vote(session, actor=current_actor(), project_id=project_id, **facts)


@api.post("/projects/<int:project_id>/votes/recorded")
@needs("cofund.poll")
@writes(keyed=True)
@takes(life.RecordedVoteIn)
@gives(life_shown.VoteOut, status=201)
def record_vote(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> VoteView:
    """Record the sums of a vote that was held elsewhere."""
    return votes.record_vote(session, actor=current_actor(), project_id=project_id, **facts)


@api.get("/votes/<int:vote_id>")
@needs("cofund.read")
@reads
@gives(life_shown.VoteOut)
def show_vote(session: Session, vote_id: int) -> VoteView:
    """Show a vote; how a household voted is nobody's to see."""
    return queries.vote(session, community_id=current_actor().community_id, vote_id=vote_id)


@api.post("/votes/<int:vote_id>/confirm")
@needs("cofund.poll")
@writes(keyed=True)
@takes(life.TallyIn)
@gives(life_shown.VoteOut)
def confirm_vote(session: Session, vote_id: int, *, tally: Tally) -> VoteView:
    """Enter the sums of a recorded vote a second time; alike, they decide."""
    return votes.confirm_vote(session, actor=current_actor(), vote_id=vote_id, tally=tally)


@api.post("/votes/<int:vote_id>/count")
@needs("cofund.agree")
@writes(keyed=True)
@takes(NothingIn)
@gives(life_shown.VoteOut)
def count_vote(session: Session, vote_id: int) -> VoteView:
    """Count a vote that is over."""
    return votes.count_vote(session, actor=current_actor(), vote_id=vote_id)


@api.get("/votes/<int:vote_id>/roll")
@needs("cofund.poll")
@reads
@takes(PageIn, where="query")
@gives_page(life_shown.RollLineOut)
def roll(
    session: Session, vote_id: int, *, limit: int, cursor: str | None = None
) -> Page[RollLine]:
    """List the households of a roll and which have voted, never how."""
    queries.vote(session, community_id=current_actor().community_id, vote_id=vote_id)
    return queries.roll(session, vote_id, cursor=cursor, limit=limit)


@api.get("/votes/<int:vote_id>/ballots/own")
@needs("cofund.vote")
@reads
@gives(life_shown.OwnBallotsOut)
def own_ballots(session: Session, vote_id: int) -> dict[str, list[OwnBallot]]:
    """Show what one's own households said."""
    actor = current_actor()
    queries.vote(session, community_id=actor.community_id, vote_id=vote_id)
    found = queries.own_ballots(session, vote_id=vote_id, person_id=actor.person_id or 0)
    return {"ballots": found}


@api.post("/votes/<int:vote_id>/ballots")
@needs("cofund.vote")
@writes(keyed=True)
@takes(life.BallotIn)
@gives(life_shown.CountedOut, status=201)
def cast(session: Session, vote_id: int, *, owner_id: int, choice: Choice) -> dict[str, bool]:
    """Cast the ballot of one's own household."""
    ballots.cast_own(
        session, actor=current_actor(), vote_id=vote_id, owner_id=owner_id, choice=choice
    )
    return {"is_counted": True}


@api.post("/votes/<int:vote_id>/ballots/paper")
@needs("cofund.poll")
@writes(keyed=True)
@takes(life.PaperIn)
@gives(life_shown.CountedOut, status=201)
def enter_paper(
    session: Session, vote_id: int, *, owner_id: int, choice: Choice, collected_on: date
) -> dict[str, bool]:
    """Enter what a paper ballot says; two who read it alike make it count."""
    is_counted = ballots.enter_paper(
        session,
        actor=current_actor(),
        vote_id=vote_id,
        owner_id=owner_id,
        choice=choice,
        collected_on=collected_on,
    )
    return {"is_counted": is_counted}


@api.post("/votes/<int:vote_id>/ballots/proxy")
@needs("cofund.poll")
@writes(keyed=True)
@takes(life.ProxyIn)
@gives(life_shown.CountedOut, status=201)
def cast_by_proxy(
    session: Session,
    vote_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> dict[str, bool]:
    """Enter the ballot that somebody casts for an owner."""
    ballots.cast_by_proxy(session, actor=current_actor(), vote_id=vote_id, **facts)
    return {"is_counted": True}


@api.post("/owners")
@needs("cofund.poll")
@writes(keyed=True)
@takes(life.RegisterIn)
@gives(life_shown.RegisterOut)
def keep_register(session: Session, *, text: str) -> dict[str, int]:
    """Keep lines of the register of owners."""
    return {"dwellings": register.keep_register(session, actor=current_actor(), text=text)}


@api.post("/project-rules")
@needs("cofund.agree")
@writes(keyed=True)
@takes(life.PolicyIn)
@gives(life_shown.VersionOut, status=201)
def set_policy(
    session: Session,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> dict[str, int]:
    """Set a new version of the rules that projects go by."""
    return {"version": policy.set_policy(session, actor=current_actor(), **facts)}
