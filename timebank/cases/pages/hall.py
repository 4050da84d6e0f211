"""Cases out of opinions and decisions, and cases brought to a meeting: one form each."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import details
from timebank.cases.schemas.hall import CaseOfHallIn, ToMeetingIn
from timebank.cases.service import hall as verbs
from timebank.community import queries as community_queries
from timebank.deliberation.queries import decisions, meetings, opinions
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


def _form(session: Session, *, title: str, words: str, back: str) -> ResponseReturnValue:
    """Return the form that asks what is not known yet."""
    known = community_queries.micro_grids(session, current_actor().community_id)
    places = [(one.id, one.label) for one in known]
    return render_template("cases/of_hall.html", title=title, said=words, back=back, places=places)


@bp.get("/opinions/<int:opinion_id>/case")
@needs("opinion.sort")
@reads
def case_of_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Show the form that makes a case of an opinion."""
    said = opinions.opinion(session, actor=current_actor(), opinion_id=opinion_id)
    back = url_for("deliberation.opinion", opinion_id=opinion_id)
    return _form(session, title=said.title, words=said.words, back=back)


@bp.post("/opinions/<int:opinion_id>/case")
@needs("opinion.sort")
@returns_to(case_of_opinion)
@writes
def register_of_opinion(session: Session, opinion_id: int) -> ResponseReturnValue:
    """Make a case of an opinion."""
    made = verbs.case_of_opinion(
        session, actor=current_actor(), opinion_id=opinion_id, **body(CaseOfHallIn())
    )
    return see_other(url_for(".case", case_id=made), _("转为案件了。"))


@bp.get("/decisions/<int:decision_id>/case")
@needs("meeting.keep")
@reads
def case_of_decision(session: Session, decision_id: int) -> ResponseReturnValue:
    """Show the form that makes a case of a decision."""
    made = decisions.decision(session, actor=current_actor(), decision_id=decision_id)
    back = url_for("deliberation.decision", decision_id=decision_id)
    return _form(session, title=made.item_title, words=made.words, back=back)


@bp.post("/decisions/<int:decision_id>/case")
@needs("meeting.keep")
@returns_to(case_of_decision)
@writes
def register_of_decision(session: Session, decision_id: int) -> ResponseReturnValue:
    """Make a case of a decision."""
    made = verbs.case_of_decision(
        session, actor=current_actor(), decision_id=decision_id, **body(CaseOfHallIn())
    )
    return see_other(url_for(".case", case_id=made), _("转为案件了。"))


@bp.get("/cases/<int:case_id>/meeting")
@needs("meeting.keep")
@reads
def meeting_form(session: Session, case_id: int) -> ResponseReturnValue:
    """Show the form that brings a case to a meeting."""
    actor = current_actor()
    case = details.case(session, actor=actor, case_id=case_id)
    return render_template(
        "deliberation/to_meeting.html",
        back=url_for(".case", case_id=case_id),
        brought=f"{case.number} {case.title}",
        title=case.title,
        asks="note",
        meetings=meetings.planned(session, actor.community_id),
    )


@bp.post("/cases/<int:case_id>/meeting")
@needs("meeting.keep")
@returns_to(meeting_form)
@writes
def bring_to_meeting(session: Session, case_id: int) -> ResponseReturnValue:
    """Put a case on a meeting's agenda."""
    told = body(ToMeetingIn())
    verbs.bring_to_meeting(session, actor=current_actor(), case_id=case_id, **told)
    return see_other(
        url_for("deliberation.meeting", meeting_id=told["meeting_id"]), _("列上议题了。")
    )
