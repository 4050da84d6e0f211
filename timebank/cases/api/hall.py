"""Cases out of opinions and decisions, and cases brought to a meeting, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api
from timebank.cases.schemas.hall import CaseOfHallIn, MadeOut, ToMeetingIn
from timebank.cases.service import hall as verbs
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, writes

# What a verb is told is checked by the schema beside it.
Told = Any


@api.post("/opinions/<int:opinion_id>/case")
@needs("opinion.sort")
@writes(keyed=True)
@takes(CaseOfHallIn)
@gives(MadeOut, status=201)
def case_of_opinion(session: Session, opinion_id: int, **told: Told) -> dict[str, int]:
    """Make a case of an opinion."""
    actor = current_actor()
    return {"id": verbs.case_of_opinion(session, actor=actor, opinion_id=opinion_id, **told)}


@api.post("/decisions/<int:decision_id>/case")
@needs("meeting.keep")
@writes(keyed=True)
@takes(CaseOfHallIn)
@gives(MadeOut, status=201)
def case_of_decision(session: Session, decision_id: int, **told: Told) -> dict[str, int]:
    """Make a case of a decision."""
    actor = current_actor()
    return {"id": verbs.case_of_decision(session, actor=actor, decision_id=decision_id, **told)}


@api.post("/cases/<int:case_id>/meeting")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ToMeetingIn)
@gives(MadeOut, status=201)
def bring_to_meeting(session: Session, case_id: int, **told: Told) -> dict[str, int]:
    """Put a case on a meeting's agenda; the id is the item's."""
    return {"id": verbs.bring_to_meeting(session, actor=current_actor(), case_id=case_id, **told)}
