"""Pages of lists from above: upload, look, confirm."""

from io import BytesIO

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import case_lists as queries
from timebank.cases.service import case_lists as verbs
from timebank.cases.service.case_list_template import template_file
from timebank.community.errors import FileMissingError
from timebank.web.doors import current_actor, needs, reads, returns_to, see_other, writes
from timebank.web.words import say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/cases/lists")
@needs("case.import")
@reads
def case_lists(session: Session) -> ResponseReturnValue:
    """Show the last lists from above and the form for a new one."""
    return render_template(
        "cases/lists.html",
        lists=queries.recent_lists(session, actor=current_actor()),
        columns=verbs.COLUMNS,
    )


@bp.post("/cases/lists")
@needs("case.import")
@returns_to(case_lists)
@writes
def stage_case_list(session: Session) -> ResponseReturnValue:
    """Keep an uploaded list and show what it would do."""
    name, content = _file()
    staged = verbs.stage_list(session, actor=current_actor(), content=content, file_name=name)
    return see_other(url_for(".case_list", list_id=staged.id))


def _file() -> tuple[str, bytes]:
    """Return the name and bytes of the uploaded file."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissingError(field="file")
    return file.filename, file.read()


@bp.get("/cases/lists/template")
@needs("case.import")
@reads
def case_list_template(_session: Session) -> ResponseReturnValue:
    """Hand out an empty list with the right columns."""
    return send_file(
        BytesIO(template_file()),
        mimetype=XLSX,
        as_attachment=True,
        download_name=_("上级下派.xlsx"),
    )


@bp.get("/cases/lists/<int:list_id>")
@needs("case.import")
@reads
def case_list(session: Session, list_id: int) -> ResponseReturnValue:
    """Show what a list would do, or did."""
    found = verbs.staged_list(session, actor=current_actor(), list_id=list_id)
    return render_template("cases/list.html", listed=found, say=say)


@bp.post("/cases/lists/<int:list_id>/confirm")
@needs("case.import")
@returns_to(case_list)
@writes
def confirm_case_list(session: Session, list_id: int) -> ResponseReturnValue:
    """Enter the new cases of a list."""
    done = verbs.confirm_list(session, actor=current_actor(), list_id=list_id)
    words = _("登记了 %(count)s 件。", count=done.new_count)
    return see_other(url_for(".case_list", list_id=list_id), words)


@bp.post("/cases/lists/<int:list_id>/discard")
@needs("case.import")
@returns_to(case_list)
@writes
def discard_case_list(session: Session, list_id: int) -> ResponseReturnValue:
    """Throw a staged list away."""
    verbs.discard_list(session, actor=current_actor(), list_id=list_id)
    return see_other(url_for(".case_lists"), _("没有登记，文件删掉了。"))
