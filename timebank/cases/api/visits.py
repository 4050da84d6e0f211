"""A case out of what a visit found, for programs."""

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.flow import Category
from timebank.cases.schemas.cases import CaseOut
from timebank.cases.schemas.visits import FindingCaseIn
from timebank.cases.service import visits
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, writes


@api.post("/visit-findings/<int:finding_id>/case")
@needs("case.work")
@writes(keyed=True)
@takes(FindingCaseIn)
@gives(CaseOut, status=201)
def case_of_finding(session: Session, finding_id: int, *, category: Category) -> CaseView:
    """Register a finding as a case; a finding has at most one."""
    made = visits.case_of_finding(
        session, actor=current_actor(), finding_id=finding_id, category=category
    )
    return seen(session, made.id)
