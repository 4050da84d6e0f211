"""A project brought to a meeting: one form."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.queries import projects
from timebank.deliberation.pages.frame import bp
from timebank.deliberation.queries import meetings
from timebank.deliberation.rules.meetings import ItemFacts
from timebank.deliberation.schemas.meetings import ProjectItemIn
from timebank.deliberation.service import planning
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/projects/<int:project_id>/meeting")
@needs("meeting.keep")
@reads
def project_to_meeting(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form that brings a project to a meeting."""
    own = current_actor().community_id
    project = projects.project(session, community_id=own, project_id=project_id)
    return render_template(
        "deliberation/to_meeting.html",
        back=url_for("cofund.project", project_id=project_id),
        brought=project.title,
        title=project.title,
        asks="description",
        meetings=meetings.planned(session, own),
    )


@bp.post("/projects/<int:project_id>/meeting")
@needs("meeting.keep")
@returns_to(project_to_meeting)
@writes
def bring_project(session: Session, project_id: int) -> ResponseReturnValue:
    """Put a project on a meeting's agenda."""
    told = body(ProjectItemIn())
    meeting_id = told.pop("meeting_id")
    facts = ItemFacts(project_id=project_id, **told)
    planning.add_item(session, actor=current_actor(), meeting_id=meeting_id, facts=facts)
    return see_other(url_for(".meeting", meeting_id=meeting_id), _("列上议题了。"))
