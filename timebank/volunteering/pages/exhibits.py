"""Photos and papers of a record, for people: handing them in and opening them."""

from io import BytesIO

from flask import send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.trail.rules import JPEG
from timebank.volunteering.pages.disputes import papers
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.records import record
from timebank.volunteering.queries import exhibits as reads_of
from timebank.volunteering.service import exhibits as verbs
from timebank.web.doors import current_actor, needs, reads, returns_to, see_other, writes


@bp.post("/records/<int:record_id>/exhibits")
@needs("hours.appeal")
@returns_to(record)
@writes
def hand_in_exhibits(session: Session, record_id: int) -> ResponseReturnValue:
    """Hand in photos or papers."""
    verbs.hand_in(session, actor=current_actor(), record_id=record_id, papers=papers())
    return see_other(url_for(".record", record_id=record_id), _("材料交上了，核对的人看得到。"))


@bp.get("/records/<int:record_id>/exhibits/<int:exhibit_id>")
@needs("hours.read")
@reads
def exhibit(session: Session, record_id: int, exhibit_id: int) -> ResponseReturnValue:
    """Hand out a photo or a paper; only drawn images are shown in the browser."""
    found = reads_of.exhibit_for(
        session, actor=current_actor(), record_id=record_id, exhibit_id=exhibit_id
    )
    answer = send_file(
        BytesIO(found.content),
        mimetype=found.media_type,
        as_attachment=found.media_type != JPEG,
        download_name=found.name,
        etag=found.sha256,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
