"""What households owe, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api, visible_project
from timebank.cofund.queries import households
from timebank.cofund.queries import receivables as queries
from timebank.cofund.queries.receivables import WaiverView
from timebank.cofund.rules.projects import ContributionView
from timebank.cofund.rules.receivables import ReceivableSums, ReceivableView
from timebank.cofund.schemas import life, life_shown
from timebank.cofund.schemas.asked import ReasonIn
from timebank.cofund.schemas.shown import ContributionOut
from timebank.cofund.service import household_credit, receivables
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.post("/projects/<int:project_id>/receivables")
@needs("cofund.receive")
@writes(keyed=True)
@takes(life.RaiseIn)
@gives(life_shown.ReceivableSumsOut, status=201)
def raise_for_households(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> ReceivableSums:
    """Lay what is left of the residents' share on households."""
    return receivables.raise_for_households(
        session, actor=current_actor(), project_id=project_id, **facts
    )


@api.get("/projects/<int:project_id>/receivables")
@needs("cofund.receive")
@reads
@takes(PageIn, where="query")
@gives_page(life_shown.ReceivableOut)
def list_receivables(
    session: Session, project_id: int, *, limit: int, cursor: str | None = None
) -> Page[ReceivableView]:
    """List what the households of a project owe."""
    visible_project(session, project_id)
    return queries.receivables(session, project_id=project_id, cursor=cursor, limit=limit)


@api.get("/me/receivables")
@needs("cofund.vote")
@reads
@gives(life_shown.ReceivablesOut)
def own_receivables(session: Session) -> dict[str, list[ReceivableView]]:
    """List what one's own household is asked for."""
    return {"receivables": households.of_person(session, current_actor().person_id)}


@api.post("/receivables/<int:receivable_id>/cancel")
@needs("cofund.receive")
@writes(keyed=True)
@takes(ReasonIn)
@gives(life_shown.ReceivableOut)
def cancel_receivable(session: Session, receivable_id: int, *, reason: str) -> ReceivableView:
    """Cancel what a household owes, with a reason."""
    return receivables.cancel_receivable(
        session, actor=current_actor(), receivable_id=receivable_id, reason=reason
    )


@api.post("/receivables/<int:receivable_id>/waivers")
@needs("cofund.receive")
@writes(keyed=True)
@takes(life.WaiverIn)
@gives(life_shown.WaiverOut, status=201)
def ask_waiver(
    session: Session, receivable_id: int, *, reason: str, amount_fen: int | None = None
) -> WaiverView:
    """Ask that a household be let off for hardship."""
    return receivables.ask_waiver(
        session,
        actor=current_actor(),
        receivable_id=receivable_id,
        reason=reason,
        amount_fen=amount_fen,
    )


@api.post("/waivers/<int:waiver_id>/decide")
@needs("cofund.approve")
@writes(keyed=True)
@takes(life.DecisionIn)
@gives(life_shown.WaiverOut)
def decide_waiver(
    session: Session, waiver_id: int, *, is_approved: bool, note: str = ""
) -> WaiverView:
    """Approve or refuse another person's request for a waiver."""
    return receivables.decide_waiver(
        session, actor=current_actor(), waiver_id=waiver_id, is_approved=is_approved, note=note
    )


@api.post("/receivables/<int:receivable_id>/apply-credit")
@needs("cofund.receive")
@writes(keyed=True)
@gives(ContributionOut, status=201)
def apply_credit(session: Session, receivable_id: int) -> ContributionView:
    """Let the household's credit pay what it owes, as far as it goes."""
    return household_credit.apply_credit(
        session, actor=current_actor(), receivable_id=receivable_id, key=request_key()
    )
