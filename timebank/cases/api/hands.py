"""How a case changes hands, is merged, and what stands around it, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries import surroundings
from timebank.cases.queries.details import CaseView
from timebank.cases.queries.surroundings import Surroundings
from timebank.cases.schemas.acts import EscalateIn, GiveIn, HandleNowIn, MergeIn, SurroundingsOut
from timebank.cases.schemas.cases import CaseOut, WordsIn
from timebank.cases.service import hands, merging
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes

# What a verb is told is checked by the schema beside it.
Told = Any


@api.get("/cases/<int:case_id>/surroundings")
@needs("case.read")
@reads
@gives(SurroundingsOut)
def case_surroundings(session: Session, case_id: int) -> Surroundings:
    """Hands, departments, reporters, spots and merged cases."""
    return surroundings.surroundings(session, actor=current_actor(), case_id=case_id)


@api.post("/cases/<int:case_id>/return")
@needs("case.work")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def return_case(session: Session, case_id: int, **told: Told) -> CaseView:
    """Say that it is not one's own; once, and the designator decides."""
    hands.return_case(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/designate")
@needs("case.designate")
@writes(keyed=True)
@takes(GiveIn)
@gives(CaseOut)
def designate(session: Session, case_id: int, **told: Told) -> CaseView:
    """Decide who handles a case that was returned."""
    hands.designate(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/reassign")
@needs("case.assign")
@writes(keyed=True)
@takes(GiveIn)
@gives(CaseOut)
def reassign(session: Session, case_id: int, **told: Told) -> CaseView:
    """Give a case to somebody else; its clocks run on."""
    hands.reassign(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/escalate")
@needs("case.work")
@writes(keyed=True)
@takes(EscalateIn)
@gives(CaseOut)
def escalate(session: Session, case_id: int, **told: Told) -> CaseView:
    """Bring a case one level up."""
    hands.escalate(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/handle-now")
@needs("case.work")
@writes(keyed=True)
@takes(HandleNowIn)
@gives(CaseOut)
def handle_now(session: Session, case_id: int, **told: Told) -> CaseView:
    """Fix it on the spot: the skipped steps are written at the same instant."""
    hands.handle_now(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/merge")
@needs("case.close")
@writes(keyed=True)
@takes(MergeIn)
@gives(CaseOut)
def merge(session: Session, case_id: int, **told: Told) -> CaseView:
    """Merge a case into another; of A into B and B into A at once one wins."""
    merging.merge_into(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)


@api.post("/cases/<int:case_id>/unmerge")
@needs("case.close")
@writes(keyed=True)
@takes(WordsIn)
@gives(CaseOut)
def unmerge(session: Session, case_id: int, **told: Told) -> CaseView:
    """Take a merged case out again."""
    merging.unmerge(session, actor=current_actor(), case_id=case_id, **told)
    return seen(session, case_id)
