"""Pages of publicity, votes and the rules: from the notice at the door to the result sheet."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.errors.projects import DocumentMissingError
from timebank.cofund.errors.votes import OwnerNotOnRollError
from timebank.cofund.pages.frame import back_to, bp, kept_document, next_url, seen_project
from timebank.cofund.queries import policy as policies
from timebank.cofund.queries import projects as projects_reads
from timebank.cofund.queries import receivables as register_reads
from timebank.cofund.queries import votes as queries
from timebank.cofund.rules.policy import RANGES
from timebank.cofund.rules.votes import arithmetic
from timebank.cofund.schemas import asked, life
from timebank.cofund.service import ballots, policy, publicity, register, votes
from timebank.kernel import clock
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

SHOWN_MAX = 200


@bp.get("/projects/<int:project_id>/publicise")
@needs("cofund.propose")
@reads
def publicise_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form that begins the publicity."""
    return render_template(
        "cofund/publicise.html",
        project=seen_project(session, project_id),
        lines=projects_reads.cost_lines(session, project_id),
        policy=policies.in_force(session, current_actor().community_id),
    )


@bp.post("/projects/<int:project_id>/publicise")
@needs("cofund.propose")
@returns_to(publicise_form)
@writes
def publicise(session: Session, project_id: int) -> ResponseReturnValue:
    """Begin the publicity."""
    publicity.publicise_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        **body(life.PublicityForm()),
        document_file_id=kept_document(session),
    )
    return back_to(project_id, _("公示开始了"))


@bp.get("/projects/<int:project_id>/vote")
@needs("cofund.poll")
@reads
def vote_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the forms that open a vote or record one."""
    return render_template(
        "cofund/vote_new.html",
        project=seen_project(session, project_id),
        lines=projects_reads.cost_lines(session, project_id),
    )


@bp.post("/projects/<int:project_id>/vote")
@needs("cofund.agree")
@returns_to(vote_form)
@writes
def open_vote(session: Session, project_id: int) -> ResponseReturnValue:
    """Open a vote."""
    view = votes.open_vote(
        session, actor=current_actor(), project_id=project_id, **body(life.VoteForm())
    )
    return see_other(url_for(".vote", vote_id=view.id), _("表决开始了"))


@bp.post("/projects/<int:project_id>/vote/recorded")
@needs("cofund.poll")
@returns_to(vote_form)
@writes
def record_vote(session: Session, project_id: int) -> ResponseReturnValue:
    """Record a vote that was held elsewhere."""
    facts, file_id = body(life.RecordedVoteForm()), kept_document(session)
    if file_id is None:
        raise DocumentMissingError(field="document")
    view = votes.record_vote(
        session, actor=current_actor(), project_id=project_id, **facts, document_file_id=file_id
    )
    return see_other(url_for(".vote", vote_id=view.id), _("记下了，请另一个人再录一遍核对"))


@bp.get("/votes/<int:vote_id>")
@needs("cofund.read")
@reads
def vote(session: Session, vote_id: int, **_rest: object) -> ResponseReturnValue:
    """Show a vote: what it is about, how far it is, one's own ballot, and the result."""
    actor = current_actor()
    view = queries.vote(session, community_id=actor.community_id, vote_id=vote_id)
    tally = view.tally if view.tally.heads_total else queries.running_tally(session, vote_id)
    is_desk = actor.may("cofund.poll")
    return render_template(
        "cofund/vote.html",
        vote=view,
        tally=tally,
        sums=arithmetic(tally, view.bar),
        project=seen_project(session, view.project_id),
        own=queries.own_ballots(session, vote_id=vote_id, person_id=actor.person_id or 0),
        papers=queries.papers(session, vote_id) if is_desk else [],
    )


@bp.post("/votes/<int:vote_id>/ballot")
@needs("cofund.vote")
@returns_to(vote)
@writes
def cast(session: Session, vote_id: int) -> ResponseReturnValue:
    """Cast the ballot of one's own household."""
    ballots.cast_own(session, actor=current_actor(), vote_id=vote_id, **body(life.BallotIn()))
    return see_other(
        url_for(".vote", vote_id=vote_id), _("您家的票投好了，别的住户看不到您怎么投的")
    )


@bp.post("/votes/<int:vote_id>/paper")
@needs("cofund.poll")
@returns_to(vote)
@writes
def enter_paper(session: Session, vote_id: int) -> ResponseReturnValue:
    """Enter a paper ballot."""
    facts = body(life.PaperForm())
    is_counted = ballots.enter_paper(
        session,
        actor=current_actor(),
        vote_id=vote_id,
        owner_id=_owner_id(session, vote_id, facts),
        **facts,
    )
    said = _("两次录入一致，这一票算数了") if is_counted else _("录了一遍，请另一个人再录一遍")
    return see_other(url_for(".vote", vote_id=vote_id), said)


@bp.post("/votes/<int:vote_id>/proxy")
@needs("cofund.poll")
@returns_to(vote)
@writes
def enter_proxy(session: Session, vote_id: int) -> ResponseReturnValue:
    """Enter a ballot by proxy."""
    facts = body(life.ProxyForm())
    ballots.cast_by_proxy(
        session,
        actor=current_actor(),
        vote_id=vote_id,
        owner_id=_owner_id(session, vote_id, facts),
        proof_file_id=kept_document(session),
        **facts,
    )
    return see_other(url_for(".vote", vote_id=vote_id), _("委托票记下了"))


@bp.post("/votes/<int:vote_id>/count")
@needs("cofund.agree")
@returns_to(vote)
@writes
def count_vote(session: Session, vote_id: int) -> ResponseReturnValue:
    """Count a vote."""
    votes.count_vote(session, actor=current_actor(), vote_id=vote_id)
    return see_other(url_for(".vote", vote_id=vote_id), _("计票好了，结果在这里"))


@bp.post("/votes/<int:vote_id>/confirm")
@needs("cofund.poll")
@returns_to(vote)
@writes
def confirm_vote(session: Session, vote_id: int) -> ResponseReturnValue:
    """Enter a recorded vote a second time."""
    votes.confirm_vote(session, actor=current_actor(), vote_id=vote_id, **body(life.TallyForm()))
    return see_other(url_for(".vote", vote_id=vote_id), _("核对一致，结果在这里"))


@bp.get("/votes/<int:vote_id>/roll")
@needs("cofund.poll")
@reads
def roll(session: Session, vote_id: int) -> ResponseReturnValue:
    """Show the households of a roll and which have voted, never how."""
    view = queries.vote(session, community_id=current_actor().community_id, vote_id=vote_id)
    page = queries.roll(session, vote_id, cursor=query(asked.PageQuery()).get("cursor"))
    more = next_url(".roll", page.next_cursor, vote_id=vote_id)
    return render_template("cofund/roll.html", vote=view, page=page, next_url=more)


@bp.get("/votes/<int:vote_id>/print")
@needs("cofund.read")
@reads
def vote_sheet(session: Session, vote_id: int) -> ResponseReturnValue:
    """Show the result of a vote on A4, with its arithmetic."""
    view = queries.vote(session, community_id=current_actor().community_id, vote_id=vote_id)
    return render_template(
        "cofund/vote_print.html",
        vote=view,
        sums=arithmetic(view.tally, view.bar),
        project=seen_project(session, view.project_id),
        printed_at=clock.now(),
    )


@bp.get("/owners")
@needs("cofund.poll")
@reads
def owners(session: Session) -> ResponseReturnValue:
    """Show the register of owners and the form that adds to it."""
    found = register_reads.dwellings(
        session,
        community_id=current_actor().community_id,
        only_registered=True,
        limit=SHOWN_MAX,
    )
    return render_template("cofund/owners.html", dwellings=found)


@bp.post("/owners")
@needs("cofund.poll")
@returns_to(owners)
@writes
def keep_owners(session: Session) -> ResponseReturnValue:
    """Keep lines of the register of owners."""
    count = register.keep_register(session, actor=current_actor(), **body(life.RegisterIn()))
    return see_other(url_for(".owners"), _("记下了 %(count)s 户", count=count))


@bp.get("/project-rules")
@needs("cofund.propose")
@reads
def project_rules(session: Session) -> ResponseReturnValue:
    """Show the rules that projects go by, every version, and the form of a new one."""
    community_id = current_actor().community_id
    in_force = policies.in_force(session, community_id)
    return render_template(
        "cofund/project_rules.html",
        policy=in_force,
        names=list(RANGES),
        versions=policies.versions(session, community_id),
    )


@bp.post("/project-rules")
@needs("cofund.agree")
@returns_to(project_rules)
@writes
def set_project_rules(session: Session) -> ResponseReturnValue:
    """Set a new version of the rules."""
    policy.set_policy(session, actor=current_actor(), **body(life.PolicyForm()))
    return see_other(url_for(".project_rules"), _("新的一版记下了"))


def _owner_id(session: Session, vote_id: int, facts: dict[str, object]) -> int:
    """Take the door out of a form's facts and return which household of the roll it is."""
    building, unit, room_no = (facts.pop(name) for name in ("building", "unit", "room_no"))
    found = queries.owner_at(
        session,
        vote_id=vote_id,
        building=int(str(building)),
        unit=int(str(unit)),
        room_no=str(room_no),
    )
    if found is None:
        raise OwnerNotOnRollError
    return found.id
