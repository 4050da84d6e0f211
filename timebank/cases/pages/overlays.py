"""The acts that lie over a case in hand: pause, extension, their answers; and rejection."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import act_form, bp, done, photos
from timebank.cases.schemas.cases import (
    AskExtensionIn,
    AskPauseIn,
    CloseIn,
    RejectIn,
    WordsIn,
)
from timebank.cases.service import overlays as verbs
from timebank.web.doors import body, needs, returns_to, writes


@bp.post("/cases/<int:case_id>/reject")
@needs("case.close")
@returns_to(act_form)
@writes
def reject(session: Session, case_id: int) -> ResponseReturnValue:
    """Not take a case on, and say where to go."""
    return done(
        verbs.reject, session, case_id, body(RejectIn()), _("没有受理，反映人看得到该找哪里。")
    )


@bp.post("/cases/<int:case_id>/ask-pause")
@needs("case.work")
@returns_to(act_form)
@writes
def ask_pause(session: Session, case_id: int) -> ResponseReturnValue:
    """Ask for a pause."""
    return done(
        verbs.ask_pause, session, case_id, body(AskPauseIn()), _("申请记下了，请另一位批。")
    )


@bp.post("/cases/<int:case_id>/ask-extension")
@needs("case.work")
@returns_to(act_form)
@writes
def ask_extension(session: Session, case_id: int) -> ResponseReturnValue:
    """Ask for more time."""
    return done(
        verbs.ask_extension,
        session,
        case_id,
        body(AskExtensionIn()) | {"photos": photos()},
        _("申请记下了，请另一位批。"),
    )


@bp.post("/cases/<int:case_id>/approve")
@needs("case.close")
@returns_to(act_form)
@writes
def approve_request(session: Session, case_id: int) -> ResponseReturnValue:
    """Grant what somebody else asked for."""
    return done(verbs.approve, session, case_id, body(CloseIn()), _("批准了，时限跟着顺延。"))


@bp.post("/cases/<int:case_id>/decline")
@needs("case.work")
@returns_to(act_form)
@writes
def decline_request(session: Session, case_id: int) -> ResponseReturnValue:
    """Not grant a request, or take one's own back."""
    return done(verbs.decline, session, case_id, body(WordsIn()), _("没有同意，时限不变。"))


@bp.post("/cases/<int:case_id>/resume")
@needs("case.work")
@returns_to(act_form)
@writes
def resume(session: Session, case_id: int) -> ResponseReturnValue:
    """End a pause before its time."""
    return done(
        verbs.resume, session, case_id, body(CloseIn()), _("恢复办理，时限按实际暂停的时间算。")
    )


@bp.post("/cases/<int:case_id>/cancel")
@needs("case.work")
@returns_to(act_form)
@writes
def ask_cancel(session: Session, case_id: int) -> ResponseReturnValue:
    """Ask that a case entered in error is taken out."""
    return done(verbs.ask_cancel, session, case_id, body(WordsIn()), _("申请记下了，请另一位批。"))
