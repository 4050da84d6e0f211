"""Changed agreements, payees, withheld money and final accounts, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api, visible_project
from timebank.cofund.errors.projects import WrongStateError
from timebank.cofund.queries import settlements
from timebank.cofund.rules.projects import ProjectView, SpendingView
from timebank.cofund.rules.retention import MoveView, SettlementView
from timebank.cofund.schemas import life, life_shown
from timebank.cofund.schemas.shown import ProjectOut, SpendingOut
from timebank.cofund.service import amendments, bills, endings, retention
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.post("/projects/<int:project_id>/amend")
@needs("cofund.agree")
@writes(keyed=True)
@takes(life.AmendmentIn)
@gives(ProjectOut)
def amend(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> ProjectView:
    """Record a changed agreement."""
    return amendments.amend_project(session, actor=current_actor(), project_id=project_id, **facts)


@api.post("/spending-requests/<int:request_id>/payee")
@needs("cofund.request")
@writes(keyed=True)
@takes(life.PayeeIn)
@gives(SpendingOut)
def change_payee(
    session: Session, request_id: int, *, payee: str, payee_account: str, callback_note: str
) -> SpendingView:
    """Change who is paid; it is approved anew and waits."""
    return bills.change_payee(
        session,
        actor=current_actor(),
        request_id=request_id,
        payee=payee,
        payee_account=payee_account,
        callback_note=callback_note,
    )


@api.post("/projects/<int:project_id>/retention-moves")
@needs("cofund.request")
@writes(keyed=True)
@takes(life.RetentionIn)
@gives(life_shown.RetentionMoveOut, status=201)
def ask_move(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> MoveView:
    """Ask that withheld money be released or deducted."""
    return retention.ask_move(session, actor=current_actor(), project_id=project_id, **facts)


@api.post("/retention-moves/<int:move_id>/decide")
@needs("cofund.approve")
@writes(keyed=True)
@takes(life.DecisionIn)
@gives(life_shown.RetentionMoveOut)
def decide_move(session: Session, move_id: int, *, is_approved: bool, note: str = "") -> MoveView:
    """Approve or refuse what another person asked about withheld money."""
    return retention.decide_move(
        session,
        actor=current_actor(),
        move_id=move_id,
        is_approved=is_approved,
        reason=note,
        key=request_key(),
    )


@api.post("/projects/<int:project_id>/settle")
@needs("cofund.agree")
@writes(keyed=True)
@takes(life.SettlementIn)
@gives(ProjectOut)
def settle(
    session: Session, project_id: int, *, document_file_id: int | None = None
) -> ProjectView:
    """Settle an accepted project; the surplus goes back."""
    return endings.settle_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        document_file_id=document_file_id,
        key=request_key(),
    )


@api.get("/projects/<int:project_id>/settlement")
@needs("cofund.read")
@reads
@gives(life_shown.SettlementOut)
def show_settlement(session: Session, project_id: int) -> SettlementView:
    """Show the final account of a project."""
    visible_project(session, project_id)
    found = settlements.settlement(session, project_id)
    if found is None:
        raise WrongStateError
    return found
