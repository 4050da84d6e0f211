"""Decisions: by deadline, one with its way on, done, closed by somebody else."""

from io import BytesIO

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.deliberation.pages.frame import bp, uploaded
from timebank.deliberation.queries import decisions as queries
from timebank.deliberation.schemas.meetings import (
    DecisionFilterIn,
    FinishForm,
    ProjectIn,
    TaskForm,
)
from timebank.deliberation.schemas.opinions import ReasonIn
from timebank.deliberation.service import following
from timebank.kernel import clock
from timebank.kernel.errors import NotFoundError
from timebank.trail import queries as trail_queries
from timebank.volunteering.queries import policy as policy_queries
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


@bp.get("/decisions")
@needs("meeting.read")
@reads
def decisions(session: Session) -> ResponseReturnValue:
    """Show decisions by deadline: what is overdue stands on top."""
    asked = query(DecisionFilterIn())
    page = queries.decisions(session, actor=current_actor(), **asked)
    return render_template(
        "deliberation/decisions.html",
        page=page,
        wanted=asked["wanted"],
        next_url=next_url(page.next_cursor),
    )


@bp.get("/decisions/<int:decision_id>")
@needs("meeting.read")
@reads
def decision(session: Session, decision_id: int) -> ResponseReturnValue:
    """Show one decision with what can be done."""
    actor = current_actor()
    known = policy_queries.kinds(session, actor.community_id, only_active=True)
    return render_template(
        "deliberation/decision.html",
        decision=queries.decision(session, actor=actor, decision_id=decision_id),
        kinds=[(one.id, one.name) for one in known],
        today=clock.today(),
    )


def _back(decision_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the decision."""
    return see_other(url_for(".decision", decision_id=decision_id), notice)


@bp.post("/decisions/<int:decision_id>/finish")
@needs("meeting.keep")
@returns_to(decision)
@writes
def finish(session: Session, decision_id: int) -> ResponseReturnValue:
    """Say what came of it."""
    evidence, name = uploaded("photo")
    told = body(FinishForm()) | {"evidence": evidence, "file_name": name}
    following.finish(session, actor=current_actor(), decision_id=decision_id, **told)
    return _back(decision_id, _("办完了，等另一位看过销号。"))


@bp.post("/decisions/<int:decision_id>/close")
@needs("meeting.keep")
@returns_to(decision)
@writes
def close(session: Session, decision_id: int) -> ResponseReturnValue:
    """Close what somebody else has done."""
    following.close(session, actor=current_actor(), decision_id=decision_id)
    return _back(decision_id, _("销号了。"))


@bp.post("/decisions/<int:decision_id>/send-back")
@needs("meeting.keep")
@returns_to(decision)
@writes
def send_back(session: Session, decision_id: int) -> ResponseReturnValue:
    """Say that it is not done yet."""
    told = body(ReasonIn())
    following.send_back(session, actor=current_actor(), decision_id=decision_id, **told)
    return _back(decision_id, _("退回再办。"))


@bp.post("/decisions/<int:decision_id>/project")
@needs("cofund.propose")
@returns_to(decision)
@writes
def start_project(session: Session, decision_id: int) -> ResponseReturnValue:
    """Let it go on as a co-funding project."""
    told = body(ProjectIn())
    made = following.start_project(session, actor=current_actor(), decision_id=decision_id, **told)
    return see_other(url_for("cofund.project", project_id=made), _("立项了。"))


@bp.post("/decisions/<int:decision_id>/task")
@needs("task.manage")
@returns_to(decision)
@writes
def post_task(session: Session, decision_id: int) -> ResponseReturnValue:
    """Let it go on as a task for volunteers."""
    told = body(TaskForm())
    following.post_task(session, actor=current_actor(), decision_id=decision_id, **told)
    return _back(decision_id, _("志愿任务发出去了。"))


@bp.get("/decisions/<int:decision_id>/evidence")
@needs("meeting.read")
@reads
def evidence(session: Session, decision_id: int) -> ResponseReturnValue:
    """Hand out what proves it."""
    view = queries.decision(session, actor=current_actor(), decision_id=decision_id)
    if view.evidence_file_id is None:
        raise NotFoundError
    file = trail_queries.file(session, view.evidence_file_id)
    return send_file(
        BytesIO(file.content), mimetype=file.media_type, download_name=file.name, etag=file.sha256
    )
