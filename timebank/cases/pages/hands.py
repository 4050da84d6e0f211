"""The acts by which a case changes hands or is merged, each from its own form."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import act_form, bp, done, photos
from timebank.cases.schemas.acts import EscalateIn, GiveIn, HandleNowIn, MergeIn
from timebank.cases.schemas.cases import WordsIn
from timebank.cases.service import hands, merging
from timebank.web.doors import body, needs, returns_to, writes


@bp.post("/cases/<int:case_id>/return")
@needs("case.work")
@returns_to(act_form)
@writes
def return_case(session: Session, case_id: int) -> ResponseReturnValue:
    """Say that it is not one's own."""
    notice = _("退回了，等社区指定谁来办，时限照走。")
    return done(hands.return_case, session, case_id, body(WordsIn()), notice)


@bp.post("/cases/<int:case_id>/designate")
@needs("case.designate")
@returns_to(act_form)
@writes
def designate(session: Session, case_id: int) -> ResponseReturnValue:
    """Decide whose it is."""
    return done(hands.designate, session, case_id, body(GiveIn()), _("指定好了，不能再退回。"))


@bp.post("/cases/<int:case_id>/reassign")
@needs("case.assign")
@returns_to(act_form)
@writes
def reassign(session: Session, case_id: int) -> ResponseReturnValue:
    """Give it to somebody else."""
    return done(hands.reassign, session, case_id, body(GiveIn()), _("改派好了，时限照走。"))


@bp.post("/cases/<int:case_id>/escalate")
@needs("case.work")
@returns_to(act_form)
@writes
def escalate(session: Session, case_id: int) -> ResponseReturnValue:
    """Bring it one level up."""
    return done(hands.escalate, session, case_id, body(EscalateIn()), _("上报了，时限照走。"))


@bp.post("/cases/<int:case_id>/handle-now")
@needs("case.work")
@returns_to(act_form)
@writes
def handle_now(session: Session, case_id: int) -> ResponseReturnValue:
    """Fix it on the spot."""
    said = body(HandleNowIn()) | {"photos": photos()}
    return done(hands.handle_now, session, case_id, said, _("当场办的记下了，请给反映人回话。"))


@bp.post("/cases/<int:case_id>/merge")
@needs("case.close")
@returns_to(act_form)
@writes
def merge(session: Session, case_id: int) -> ResponseReturnValue:
    """Merge it into another case."""
    return done(merging.merge_into, session, case_id, body(MergeIn()), _("并过去了，一起办。"))


@bp.post("/cases/<int:case_id>/unmerge")
@needs("case.close")
@returns_to(act_form)
@writes
def unmerge(session: Session, case_id: int) -> ResponseReturnValue:
    """Take it out again."""
    return done(merging.unmerge, session, case_id, body(WordsIn()), _("拆开了，各办各的。"))
