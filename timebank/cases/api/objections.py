"""Objections to projects and to figures made public, for programs."""

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries.details import CaseView
from timebank.cases.schemas.cases import CaseOut
from timebank.cases.schemas.objections import ObjectionIn
from timebank.cases.service import objections
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, writes


@api.post("/projects/<int:project_id>/objections")
@needs("case.open")
@writes(keyed=True)
@takes(ObjectionIn)
@gives(CaseOut, status=201)
def object_to_project(session: Session, project_id: int, *, description: str) -> CaseView:
    """Object to a project; it becomes a case that answers."""
    made = objections.object_to_project(
        session, actor=current_actor(), project_id=project_id, description=description
    )
    return seen(session, made.id)


@api.post("/disclosures/<int:disclosure_id>/objections")
@needs("case.open")
@writes(keyed=True)
@takes(ObjectionIn)
@gives(CaseOut, status=201)
def object_to_disclosure(session: Session, disclosure_id: int, *, description: str) -> CaseView:
    """Object to figures that were made public; it becomes a case that answers."""
    made = objections.object_to_disclosure(
        session, actor=current_actor(), disclosure_id=disclosure_id, description=description
    )
    return seen(session, made.id)
