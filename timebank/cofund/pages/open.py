"""Pages for everybody: what was agreed, came in and was spent, without anybody's name."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import (
    bp,
    next_url,
    papers,
)
from timebank.cofund.queries import projects as queries
from timebank.cofund.schemas import asked
from timebank.web import login
from timebank.web.doors import (
    public,
    query,
    reads,
)


@bp.get("/public/projects")
@public
@reads
def public_projects(session: Session) -> ResponseReturnValue:
    """Show everybody the projects that were agreed."""
    wanted, reader = query(asked.PublicQuery()), login.actor_or_none()
    code = wanted.get("community")
    community_id = (
        reader.community_id
        if reader and code is None
        else queries.public_community_id(session, code)
    )
    page = queries.projects(
        session, community_id=community_id or 0, only_public=True, cursor=wanted.get("cursor")
    )
    more = next_url(".public_projects", page.next_cursor, community=code)
    return render_template("cofund/public_projects.html", page=page, next_url=more)


@bp.get("/public/projects/<int:project_id>")
@public
@reads
def public_project(session: Session, project_id: int) -> ResponseReturnValue:
    """Show everybody one project, without anybody's name."""
    view = queries.project(session, community_id=None, project_id=project_id)
    return render_template("cofund/public_project.html", project=view, **papers(session, view))
