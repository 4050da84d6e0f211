"""The spots of a case's survey, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries import survey as queries
from timebank.cases.queries.survey import Survey
from timebank.cases.schemas.acts import (
    ProjectMadeOut,
    SpotDoneIn,
    SpotIn,
    SpotMadeOut,
    SpotProjectIn,
    SurveyOut,
)
from timebank.cases.service import survey as verbs
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, writes

# What a verb is told is checked by the schema beside it.
Told = Any


@api.post("/cases/<int:case_id>/spots")
@needs("case.work")
@writes(keyed=True)
@takes(SpotIn)
@gives(SpotMadeOut, status=201)
def add_spot(session: Session, case_id: int, **told: Told) -> dict[str, int]:
    """Put a spot on the list; the list itself is among the surroundings."""
    position = verbs.add_spot(session, actor=current_actor(), case_id=case_id, **told)
    return {"position": position}


@api.post("/cases/<int:case_id>/spots/<int:spot_id>/finish")
@needs("case.work")
@writes(keyed=True)
@takes(SpotDoneIn)
@gives(SurveyOut)
def finish_spot(session: Session, case_id: int, spot_id: int, **told: Told) -> Survey:
    """Mark a spot as done."""
    verbs.finish_spot(session, actor=current_actor(), case_id=case_id, spot_id=spot_id, **told)
    return queries.survey(session, seen(session, case_id).id)


@api.post("/cases/<int:case_id>/spot-projects")
@needs("cofund.propose")
@writes(keyed=True)
@takes(SpotProjectIn)
@gives(ProjectMadeOut, status=201)
def start_project(session: Session, case_id: int, **told: Told) -> dict[str, int]:
    """Open a project whose costing is the priced spots."""
    made = verbs.start_project(session, actor=current_actor(), case_id=case_id, **told)
    return {"project_id": made}
