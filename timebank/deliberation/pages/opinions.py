"""Opinions: the staff's list and desk."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.deliberation.pages.frame import bp, places
from timebank.deliberation.queries import meetings as meeting_queries
from timebank.deliberation.queries import opinions as queries
from timebank.deliberation.schemas.opinions import (
    AnswerIn,
    EnterOpinionIn,
    JoinIn,
    OpinionFilterIn,
    ReasonIn,
    SortIn,
    ToAgendaIn,
)
from timebank.deliberation.service import opinions as verbs
from timebank.deliberation.service import planning
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
from timebank.web.paths import next_url


@bp.get("/opinions")
@needs("opinion.read")
@reads
def opinions(session: Session) -> ResponseReturnValue:
    """Show what people say, what must be answered first on top."""
    asked = query(OpinionFilterIn())
    page = queries.opinions(session, actor=current_actor(), **asked)
    return render_template(
        "deliberation/opinions.html",
        page=page,
        wanted=asked["wanted"],
        next_url=next_url(page.next_cursor),
    )


@bp.get("/opinions/new")
@needs("opinion.sort")
@reads
def new_opinion(session: Session) -> ResponseReturnValue:
    """Show the form for what came by phone or on paper."""
    return render_template("deliberation/opinion_new.html", places=places(session))


@bp.post("/opinions/new")
@needs("opinion.sort")
@returns_to(new_opinion)
@writes
def enter_opinion(session: Session) -> ResponseReturnValue:
    """Enter what came by phone or on paper."""
    made = verbs.enter_opinion(session, actor=current_actor(), **body(EnterOpinionIn()))
    return see_other(url_for(".opinion", opinion_id=made), _("意见记下了。"))


@bp.get("/opinions/<int:opinion_id>")
@needs("opinion.read")
@reads
def opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Show one opinion with what can be done."""
    return _desk(session, opinion_id)


def _desk(session: Session, opinion_id: int, contact: str = "") -> ResponseReturnValue:
    """Return the page of one opinion."""
    actor = current_actor()
    view = queries.opinion(session, actor=actor, opinion_id=opinion_id)
    return render_template(
        "deliberation/opinion.html",
        opinion=view,
        contact=contact,
        joined=queries.joined(session, actor=actor, opinion_id=opinion_id),
        alike=[
            (o.id, f"{o.number} {o.title}") for o in queries.alike(session, view=view, actor=actor)
        ],
        meetings=meeting_queries.planned(session, actor.community_id),
    )


def _back(opinion_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the opinion."""
    return see_other(url_for(".opinion", opinion_id=opinion_id), notice)


@bp.post("/opinions/<int:opinion_id>/sort")
@needs("opinion.sort")
@returns_to(opinion)
@writes
def sort_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Say what it is about."""
    verbs.sort(session, actor=current_actor(), opinion_id=opinion_id, **body(SortIn()))
    return _back(opinion_id, _("分好了。"))


@bp.post("/opinions/<int:opinion_id>/join")
@needs("opinion.sort")
@returns_to(opinion)
@writes
def join_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Join it to one that said the same."""
    verbs.join(session, actor=current_actor(), opinion_id=opinion_id, **body(JoinIn()))
    return _back(opinion_id, _("并好了，答复一起给。"))


@bp.post("/opinions/<int:opinion_id>/split")
@needs("opinion.sort")
@returns_to(opinion)
@writes
def split_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Take it out again."""
    verbs.split(session, actor=current_actor(), opinion_id=opinion_id)
    return _back(opinion_id, _("拆开了，单独办。"))


@bp.post("/opinions/<int:opinion_id>/answer")
@needs("opinion.sort")
@returns_to(opinion)
@writes
def answer_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Answer it."""
    verbs.answer(session, actor=current_actor(), opinion_id=opinion_id, **body(AnswerIn()))
    return _back(opinion_id, _("答复发出了。"))


@bp.post("/opinions/<int:opinion_id>/reopen")
@needs("opinion.sort")
@returns_to(opinion)
@writes
def reopen_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Open it again."""
    verbs.reopen(session, actor=current_actor(), opinion_id=opinion_id, **body(ReasonIn()))
    return _back(opinion_id, _("重新办。"))


@bp.post("/opinions/<int:opinion_id>/agenda")
@needs("meeting.keep")
@returns_to(opinion)
@writes
def put_on_agenda(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Make it a matter of a meeting."""
    told = body(ToAgendaIn())
    planning.put_on_agenda(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return see_other(url_for(".meeting", meeting_id=told["meeting_id"]), _("列上议题了。"))


@bp.post("/opinions/<int:opinion_id>/contact")
@needs("opinion.sort")
@returns_to(opinion)
@writes(keeps_answer=False)
def show_contact(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Show how to reach whoever said it, once; the look is written down."""
    told = body(ReasonIn())
    reach = verbs.show_contact(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return _desk(session, opinion_id, reach)
