"""The survey of a case: its spots on one page, to add, to finish, to make a project of."""

from io import BytesIO

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import details
from timebank.cases.queries import survey as queries
from timebank.cases.rules import flow
from timebank.cases.schemas.acts import SpotForm, prices_form
from timebank.cases.service import survey as verbs
from timebank.cases.service.history import Photo
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/cases/<int:case_id>/survey")
@needs("case.work")
@reads
def survey(session: Session, case_id: int, **_rest: object) -> ResponseReturnValue:
    """Show the spots of a case, the most urgent first."""
    case = details.case(session, actor=current_actor(), case_id=case_id)
    return render_template(
        "cases/survey.html",
        case=case,
        survey=queries.survey(session, case_id),
        is_open=case.state in flow.CHILD_OPEN,
    )


def _photo() -> Photo | None:
    """Return the one photo of the form, when there is one."""
    file = request.files.get("photo")
    return Photo(file.filename, file.read()) if file and file.filename else None


@bp.post("/cases/<int:case_id>/survey")
@needs("case.work")
@returns_to(survey)
@writes
def add_spot(session: Session, case_id: int) -> ResponseReturnValue:
    """Put a spot on the list."""
    said = body(SpotForm()) | {"photo": _photo()}
    number = verbs.add_spot(session, actor=current_actor(), case_id=case_id, **said)
    notice = _("第 %(number)s 处记下了。", number=number)
    return see_other(url_for(".survey", case_id=case_id), notice)


@bp.post("/cases/<int:case_id>/spots/<int:spot_id>/finish")
@needs("case.work")
@returns_to(survey)
@writes
def finish_spot(session: Session, case_id: int, spot_id: int) -> ResponseReturnValue:
    """Mark a spot as done."""
    verbs.finish_spot(
        session, actor=current_actor(), case_id=case_id, spot_id=spot_id, photo=_photo()
    )
    return see_other(url_for(".survey", case_id=case_id), _("这一处办好了。"))


@bp.get("/cases/<int:case_id>/survey/project")
@needs("cofund.propose")
@reads
def spot_project_form(session: Session, case_id: int) -> ResponseReturnValue:
    """Show the form that prices the spots that are still open."""
    case = details.case(session, actor=current_actor(), case_id=case_id)
    spots = queries.survey(session, case_id)
    return render_template("cases/survey_project.html", case=case, survey=spots)


@bp.post("/cases/<int:case_id>/survey/project")
@needs("cofund.propose")
@returns_to(spot_project_form)
@writes
def start_project(session: Session, case_id: int) -> ResponseReturnValue:
    """Open a project out of the priced spots and go on to it."""
    spots = queries.survey(session, case_id).open_spots
    said = body(prices_form([one.id for one in spots]))
    costs = {one.id: said[f"cost_{one.id}"] for one in spots if f"cost_{one.id}" in said}
    made = verbs.start_project(
        session, actor=current_actor(), case_id=case_id, title=said["title"], costs=costs
    )
    return see_other(url_for("cofund.project", project_id=made), _("立项了，造价就是清单。"))


@bp.get("/cases/<int:case_id>/spots/<int:spot_id>/photo")
@needs("case.read")
@reads
def spot_photo(session: Session, case_id: int, spot_id: int) -> ResponseReturnValue:
    """Hand out the photo of a spot; after the work when it is asked for."""
    case = details.case(session, actor=current_actor(), case_id=case_id)
    is_after = request.args.get("when") == "done"
    file = queries.photo(session, case, spot_id=spot_id, is_after=is_after)
    return send_file(
        BytesIO(file.content), mimetype=file.media_type, download_name=file.name, etag=file.sha256
    )
