"""The grid officer's page for the phone, and what lets drafts survive a dead network."""

from flask import Response, current_app, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import lists
from timebank.cases.queries.lists import CaseFilter, Tab
from timebank.cases.schemas.intake import MineIn
from timebank.kernel import clock
from timebank.web.doors import current_actor, needs, public, query, reads


@bp.get("/cases/phone")
@needs("case.work")
@reads
def phone(session: Session) -> ResponseReturnValue:
    """Show what is on the officer's hands, what is late on top by itself, and the drafts."""
    actor, wanted = current_actor(), CaseFilter(tab=Tab.MINE)
    page = lists.cases(session, actor=actor, wanted=wanted, **query(MineIn()))
    more = url_for(".phone", cursor=page.next_cursor) if page.next_cursor else None
    return render_template(
        "cases/phone.html",
        cases=page.items,
        next_url=more,
        counts=lists.counts(session, actor=actor, tab=Tab.MINE),
        now=clock.now(),
    )


@bp.get("/cases/offline")
@public
@reads
def offline(_session: Session) -> ResponseReturnValue:
    """Show the form that a phone keeps for when there is no network; it names nobody."""
    return render_template("cases/offline.html")


@bp.get("/cases/worker.js")
@public
@reads
def worker(_session: Session) -> Response:
    """Hand out the worker that shows the kept form while there is no network."""
    folder = current_app.static_folder or ""
    answer = send_from_directory(folder, "js/drafts-worker.js", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
