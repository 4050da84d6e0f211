"""The link of a whistled department: staff make it, whoever has it answers without an account."""

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.cases.pages.cases import bp, photos
from timebank.cases.pages.open import address, guesses_count, hidden_from_robots
from timebank.cases.pages.whistles import PART, whistle_part
from timebank.cases.queries import call_links as queries
from timebank.cases.queries import details
from timebank.cases.schemas.acts import DepartmentAnswerIn, DepartmentAssessIn
from timebank.cases.service import call_links as verbs
from timebank.cases.service.public_reports import guesses_from
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.post(f"{PART}/link")
@needs("case.work")
@returns_to(whistle_part)
@writes(keeps_answer=False)
def make_call_link(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Make the link of a department and show it once."""
    actor = current_actor()
    made = verbs.make_link(
        session, actor=actor, case_id=case_id, whistle_id=whistle_id, key=request_key()
    )
    url = url_for(".open_call", token=made.token, _external=True)
    page = render_template(
        "cases/call_link.html",
        made=made,
        url=url,
        qr=qr_svg(url, label=_("扫一扫，答复这次吹哨")),
        case=details.case(session, actor=actor, case_id=case_id),
        whistle_id=whistle_id,
    )
    return hidden_from_robots(make_response(page))


@bp.post(f"{PART}/link/stop")
@needs("case.work")
@returns_to(whistle_part)
@writes
def stop_call_link(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """End the link of a department."""
    verbs.stop_link(session, actor=current_actor(), case_id=case_id, whistle_id=whistle_id)
    back = url_for(".whistle_part", case_id=case_id, whistle_id=whistle_id)
    return see_other(back, _("链接停用了。"))


@bp.get("/public/calls/<token>")
@public
@guesses_count
@reads
def open_call(session: Session, token: str) -> ResponseReturnValue:
    """Show a department what it was called to, and what it can say now."""
    sessions.refuse_locked(session, guesses_from(address()))
    call = queries.call(session, queries.by_token(session, token))
    page = render_template("cases/open_call.html", call=call, part=call.part, token=token)
    return hidden_from_robots(make_response(page))


@bp.post("/public/calls/<token>/answers")
@public
@guesses_count
@returns_to(open_call)
@writes(keeps_answer=False)
def answer_call(session: Session, token: str) -> ResponseReturnValue:
    """Keep how far a department says that it is."""
    sessions.refuse_locked(session, guesses_from(address()))
    link = queries.by_token(session, token)
    said = body(DepartmentAnswerIn()) | {"photos": photos()}
    verbs.say(session, link=link, **said)
    answer = see_other(url_for(".open_call", token=token), _("记下了，社区马上看到。"))
    return hidden_from_robots(answer)


@bp.post("/public/calls/<token>/assessments")
@public
@guesses_count
@returns_to(open_call)
@writes(keeps_answer=False)
def assess_caller(session: Session, token: str) -> ResponseReturnValue:
    """Keep what a department says of the community."""
    sessions.refuse_locked(session, guesses_from(address()))
    link = queries.by_token(session, token)
    verbs.assess(session, link=link, **body(DepartmentAssessIn()))
    answer = see_other(url_for(".open_call", token=token), _("记下了，谢谢。"))
    return hidden_from_robots(answer)
