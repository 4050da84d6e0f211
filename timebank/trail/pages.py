"""The trail's pages: who did what, who looked at me, and the files themselves."""

from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.trail import queries, rules
from timebank.trail.queries import EventFilter
from timebank.trail.schemas import LooksIn, TrailFilterIn
from timebank.web.doors import current_actor, needs, query, reads

bp = Blueprint("trail", __name__)

CHANNEL_WORDS = {
    "web": lazy_gettext("网页"),
    "api": lazy_gettext("程序接口"),
    "cli": lazy_gettext("命令行"),
    "job": lazy_gettext("后台"),
}
FIELD_WORDS = {
    "phone": lazy_gettext("手机号"),
    "address": lazy_gettext("住址"),
    "id_number": lazy_gettext("身份证号"),
    "name": lazy_gettext("姓名"),
}


@bp.get("/trail")
@needs("trail.read")
@reads
def events(session: Session) -> ResponseReturnValue:
    """Show who did what, newest first."""
    asked = query(TrailFilterIn())
    cursor, limit = asked.pop("cursor", None), asked.pop("limit")
    page = queries.events(
        session,
        community_id=current_actor().community_id,
        wanted=EventFilter(**asked),
        cursor=cursor,
        limit=limit,
    )
    return render_template(
        "trail/events.html",
        events=page.items,
        asked=asked,
        next_url=_next_url(".events", page.next_cursor, asked),
        channel_words=CHANNEL_WORDS,
    )


def _next_url(endpoint: str, cursor: str | None, asked: dict[str, object]) -> str | None:
    """Return the address of the next page, with the filter kept."""
    if cursor is None:
        return None
    kept: dict[str, Any] = {name: str(value) for name, value in asked.items()}
    return url_for(endpoint, cursor=cursor, **kept)


@bp.get("/me/looks")
@needs("profile.read")
@reads
def looks(session: Session) -> ResponseReturnValue:
    """Show who looked at one's own private fields, and why."""
    cursor = query(LooksIn()).get("cursor")
    page = queries.looks_of(session, actor=current_actor(), cursor=cursor)
    return render_template(
        "trail/looks.html",
        looks=page.items,
        next_url=_next_url(".looks", page.next_cursor, {}),
        field_words=FIELD_WORDS,
    )


@bp.get("/files/<int:file_id>")
@needs("profile.read")
@reads
def file(session: Session, file_id: int) -> ResponseReturnValue:
    """Hand out a stored file; only drawn images are shown in the browser."""
    found = queries.file_for(session, actor=current_actor(), file_id=file_id)
    shows = found.media_type == rules.JPEG
    answer = send_file(
        BytesIO(found.content),
        mimetype=found.media_type,
        as_attachment=not shows,
        download_name=found.name,
        etag=found.sha256,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
