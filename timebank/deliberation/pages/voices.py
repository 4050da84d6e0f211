"""Opinions as residents meet them: say one, read and support others, follow one without account."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.deliberation.pages.frame import bp, places
from timebank.deliberation.queries import meetings as meeting_queries
from timebank.deliberation.queries import opinions as queries
from timebank.deliberation.schemas.opinions import CommunityIn, OpinionIn, PublicOpinionIn
from timebank.deliberation.service import opinions as verbs
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)
from timebank.web.paths import next_url


@bp.get("/voices")
@needs("opinion.give")
@reads
def voices(session: Session) -> ResponseReturnValue:
    """Show one's own opinions and what the neighbours say."""
    actor = current_actor()
    page = queries.voices(session, actor=actor, **query(PageIn()))
    return render_template(
        "deliberation/voices.html",
        page=page,
        own=queries.own_opinions(session, actor=actor, limit=20).items,
        next_url=next_url(page.next_cursor),
    )


@bp.get("/voices/new")
@needs("opinion.give")
@reads
def new_voice(session: Session) -> ResponseReturnValue:
    """Show the form."""
    return render_template("deliberation/voice_new.html", places=places(session))


@bp.post("/voices/new")
@needs("opinion.give")
@returns_to(new_voice)
@writes
def give_opinion(session: Session) -> ResponseReturnValue:
    """Take in what a resident says."""
    made = verbs.give_opinion(session, actor=current_actor(), **body(OpinionIn()))
    return see_other(url_for(".voice", opinion_id=made), _("意见收到了，会在期限内答复您。"))


@bp.get("/voices/<int:opinion_id>")
@needs("opinion.give")
@reads
def voice(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Show one opinion and its answer."""
    view = queries.opinion(session, actor=current_actor(), opinion_id=opinion_id)
    return render_template("deliberation/voice.html", opinion=view)


@bp.post("/voices/<int:opinion_id>/support")
@needs("opinion.give")
@returns_to(voice)
@writes
def support(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Say that one wants the same."""
    verbs.support(session, actor=current_actor(), opinion_id=opinion_id)
    return see_other(url_for(".voice", opinion_id=opinion_id), _("算上您了。"))


@bp.get("/say")
@public
@reads
def say(session: Session) -> ResponseReturnValue:
    """Show the form for everybody, once it is clear which community is meant."""
    known = community_queries.communities(session)
    wanted = query(CommunityIn(unknown="exclude"))["community"]
    chosen = [one for one in known if one.code == wanted] or (known if len(known) == 1 else [])
    return render_template(
        "deliberation/say.html",
        communities=known,
        community=chosen[0] if chosen else None,
        places=places(session, chosen[0].id) if chosen else [],
    )


@bp.post("/say")
@public
@returns_to(say)
@writes(keeps_answer=False)
def say_in_public(session: Session) -> ResponseReturnValue:
    """Take in what somebody without an account says, and show the way to follow it once."""
    address = request.remote_addr or ""
    told = body(PublicOpinionIn())
    token = verbs.give_in_public(session, address=address, **told)
    return see_other(
        url_for(".follow", token=token), _("意见收到了。请存好这个网址，答复在这里看。")
    )


@bp.get("/say/<token>")
@public
@reads
def follow(session: Session, token: str) -> ResponseReturnValue:
    """Show an opinion to whoever holds its token."""
    return render_template("deliberation/voice.html", opinion=queries.by_token(session, token))


@bp.get("/hall/<int:meeting_id>")
@public
@reads
def summary(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Show everybody what a meeting decided; residents are not named."""
    view = meeting_queries.published(session, meeting_id)
    return render_template("deliberation/summary.html", meeting=view)
