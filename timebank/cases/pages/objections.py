"""The pages on which somebody objects to a project or to its figures: it becomes a case."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.schemas.objections import ObjectionIn
from timebank.cases.service import objections
from timebank.cofund.queries import projects
from timebank.cofund.service import disclosures
from timebank.web.doors import body, current_actor, needs, reads, returns_to, see_other, writes


@bp.get("/projects/<int:project_id>/objections/new")
@needs("case.open")
@reads
def objection_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form of an objection."""
    project = projects.project(
        session,
        community_id=current_actor().community_id,
        project_id=project_id,
        only_public=True,
    )
    return render_template("cases/objection.html", project=project)


@bp.post("/projects/<int:project_id>/objections/new")
@needs("case.open")
@returns_to(objection_form)
@writes
def object_to_project(session: Session, project_id: int) -> ResponseReturnValue:
    """Register an objection."""
    objections.object_to_project(
        session, actor=current_actor(), project_id=project_id, **body(ObjectionIn())
    )
    return see_other(
        url_for("cofund.project", project_id=project_id), _("收到了，答复以前项目不往下走。")
    )


@bp.get("/disclosures/<int:disclosure_id>/objections/new")
@needs("case.open")
@reads
def disclosure_objection_form(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Show the form of an objection to figures that were made public."""
    seen = disclosures.released(session, actor=current_actor(), disclosure_id=disclosure_id)
    return render_template("cases/disclosure_objection.html", one=seen)


@bp.post("/disclosures/<int:disclosure_id>/objections/new")
@needs("case.open")
@returns_to(disclosure_objection_form)
@writes
def object_to_disclosure(session: Session, disclosure_id: int) -> ResponseReturnValue:
    """Register an objection to figures that were made public."""
    made = objections.object_to_disclosure(
        session, actor=current_actor(), disclosure_id=disclosure_id, **body(ObjectionIn())
    )
    return see_other(
        url_for("cofund.public_disclosure", disclosure_id=disclosure_id),
        _("收到了，编号 %(number)s，会答复您。", number=made.number),
    )
