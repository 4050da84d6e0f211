"""The page of a case for who reported it, logged in: four steps, who has it, the question."""

from io import BytesIO

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import following
from timebank.cases.schemas.intake import AnswerIn
from timebank.cases.service import answering, reporters
from timebank.kernel import clock
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/my/cases/<int:case_id>")
@needs("case.read")
@reads
def followed_case(session: Session, case_id: int) -> ResponseReturnValue:
    """Show reporters how far it is, who has it, and ask them when there is an outcome."""
    reporter = following.by_person(session, actor=current_actor(), case_id=case_id)
    return render_template(
        "cases/followed.html",
        case=following.followed(session, reporter),
        photo_url=lambda photo_id: url_for(".followed_photo", case_id=case_id, photo_id=photo_id),
        answer_url=url_for(".answer_case", case_id=case_id),
        now=clock.now(),
    )


@bp.post("/my/cases/<int:case_id>/answer")
@needs("case.read")
@returns_to(followed_case)
@writes
def answer_case(session: Session, case_id: int) -> ResponseReturnValue:
    """Keep what a reporter says of the outcome."""
    actor = current_actor()
    reporter = following.by_person(session, actor=actor, case_id=case_id)
    answering.answer(session, reporter=reporter, actor=actor, **body(AnswerIn()))
    return see_other(url_for(".followed_case", case_id=case_id), _("记下了，谢谢您。"))


@bp.get("/my/cases/<int:case_id>/photos/<int:photo_id>")
@needs("case.read")
@reads
def followed_photo(session: Session, case_id: int, photo_id: int) -> ResponseReturnValue:
    """Hand out a photo that staff let the reporters see."""
    reporter = following.by_person(session, actor=current_actor(), case_id=case_id)
    file = following.photo(session, reporter, photo_id)
    return send_file(BytesIO(file.content), mimetype=file.media_type, etag=file.sha256)


@bp.post("/cases/<int:case_id>/photos/<int:photo_id>/show")
@needs("case.work")
@writes
def show_photo(session: Session, case_id: int, photo_id: int) -> ResponseReturnValue:
    """Let the reporters see a photo on their page."""
    reporters.show_photo(session, actor=current_actor(), case_id=case_id, photo_id=photo_id)
    return see_other(
        url_for(".case", case_id=case_id) + "#history", _("反映人现在看得到这张照片。")
    )


@bp.post("/cases/<int:case_id>/photos/<int:photo_id>/hide")
@needs("case.work")
@writes
def hide_photo(session: Session, case_id: int, photo_id: int) -> ResponseReturnValue:
    """Take a photo off the reporters' page again."""
    reporters.hide_photo(session, actor=current_actor(), case_id=case_id, photo_id=photo_id)
    return see_other(url_for(".case", case_id=case_id) + "#history", _("反映人看不到这张照片了。"))
