"""A case out of what a visit found: typed once, linked both ways."""

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Category, Source
from timebank.cases.service import intake
from timebank.cases.service.history import CaseRef
from timebank.cases.service.intake import Intake
from timebank.kernel.actor import Actor
from timebank.outreach.errors.visits import FindingHasCaseError
from timebank.outreach.queries import visits
from timebank.outreach.service import findings

_TITLE_CHARS = 30


def case_of_finding(
    session: Session, *, actor: Actor, finding_id: int, category: Category
) -> CaseRef:
    """Register what was found on a visit as a case, once.

    Raises:
        FindingNotFoundError: there is none within reach.
        FindingHasCaseError: it has a case.
    """
    found = visits.finding(session, actor=actor, finding_id=finding_id)
    if found.case_id is not None:
        raise FindingHasCaseError
    made = intake.register_case(
        session,
        actor=actor,
        intake=Intake(
            source=Source.PATROL,
            category=category,
            title=found.words[:_TITLE_CHARS],
            description=found.words,
            micro_grid_id=found.micro_grid_id,
        ),
    )
    findings.link_case(session, actor=actor, finding_id=finding_id, case_id=made.id)
    return made
