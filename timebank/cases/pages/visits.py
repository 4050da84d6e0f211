"""The one tap by which what a visit found becomes a case."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.schemas.visits import FindingCaseIn
from timebank.cases.service import visits
from timebank.web.doors import body, current_actor, needs, see_other, writes


@bp.post("/visit-findings/<int:finding_id>/case")
@needs("case.work")
@writes
def case_of_finding(session: Session, finding_id: int) -> ResponseReturnValue:
    """Register a finding as a case and show it."""
    made = visits.case_of_finding(
        session, actor=current_actor(), finding_id=finding_id, **body(FindingCaseIn())
    )
    return see_other(url_for(".case", case_id=made.id), _("转成案件了，从现在起计时。"))
