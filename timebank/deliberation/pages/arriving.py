"""The code on a meeting's screen, and the page that it opens on a phone."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.deliberation.pages.frame import bp
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.schemas.meetings import HereIn
from timebank.deliberation.service import arriving
from timebank.web.codes import qr_svg
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


@bp.get("/meetings/<int:meeting_id>/screen")
@needs("meeting.keep")
@reads
def meeting_screen(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Show the code of the day, large, for everybody who comes in."""
    address = url_for(
        ".here", meeting_id=meeting_id, code=arriving.code_of(meeting_id), _external=True
    )
    return render_template(
        "deliberation/screen.html",
        meeting=queries.meeting(session, actor=current_actor(), meeting_id=meeting_id),
        code=qr_svg(address, label=_("签到二维码")),
    )


@bp.get("/meetings/<int:meeting_id>/here")
@needs("opinion.give")
@reads
def here(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Ask whoever scanned the code whether they are there."""
    del session
    return render_template(
        "deliberation/here.html", meeting_id=meeting_id, code=query(HereIn())["code"]
    )


@bp.post("/meetings/<int:meeting_id>/here")
@needs("opinion.give")
@returns_to(here)
@writes
def sign_in_oneself(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Note that they are."""
    code = body(HereIn())["code"]
    arriving.sign_in_oneself(session, actor=current_actor(), meeting_id=meeting_id, code=code)
    return see_other(url_for(".own_decisions"), _("签到了，请入座。"))
