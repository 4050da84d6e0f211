"""Reads of withheld money and of final accounts."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project, SpendingRequest
from timebank.cofund.models.retention import RetentionMove, Settlement
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import SpendingState
from timebank.cofund.rules.retention import MoveKind, MoveState, MoveView, SettlementView
from timebank.kernel.paging import PAGE_SIZE


def moves_of(session: Session, project_id: int) -> list[MoveView]:
    """Return what was asked about a project's withheld money, the latest first."""
    rows = session.scalars(
        select(RetentionMove)
        .where(RetentionMove.project_id == project_id)
        .order_by(RetentionMove.id.desc())
        .limit(PAGE_SIZE)
    )
    return [move_view(row) for row in rows]


def move(session: Session, *, community_id: int, move_id: int) -> MoveView:
    """Return one of them.

    Raises:
        RetentionMoveNotFoundError: there is none in this community.
    """
    row = session.scalar(
        select(RetentionMove).where(
            RetentionMove.id == move_id, RetentionMove.community_id == community_id
        )
    )
    if row is None:
        raise errors.RetentionMoveNotFoundError
    return move_view(row)


def move_view(row: RetentionMove) -> MoveView:
    """Return a row as a value."""
    return MoveView(
        id=row.id,
        project_id=row.project_id,
        kind=MoveKind(row.kind),
        amount_fen=row.amount_fen,
        payee=row.payee,
        reason=row.reason,
        is_early=row.is_early,
        early_reason=row.early_reason,
        state=MoveState(row.state),
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        asked_at=row.asked_at,
        decided_name=row.decided_name,
        moved_on=row.moved_on,
    )


def settlement(session: Session, project_id: int) -> SettlementView | None:
    """Return the final account of a project, if it was settled."""
    row = session.scalar(select(Settlement).where(Settlement.project_id == project_id))
    if row is None:
        return None
    return SettlementView(
        project_id=row.project_id,
        settled_on=row.settled_on,
        settled_name=row.settled_name,
        facts=row.facts,
        digest=row.digest,
        document_file_id=row.document_file_id,
    )


def facts_of(session: Session, project: Project) -> dict[str, Any]:
    """Return what a final account says: costs by item, parties, and what is withheld, fen."""
    figures = queries.figures(session, project.id)
    paid = {
        line_id: int(total)
        for line_id, total in session.execute(
            select(SpendingRequest.cost_line_id, func.sum(SpendingRequest.amount_fen))
            .where(
                SpendingRequest.project_id == project.id,
                SpendingRequest.state == SpendingState.PAID,
            )
            .group_by(SpendingRequest.cost_line_id)
        )
    }
    return {
        "number": project.number,
        "title": project.title,
        "accepted_on": project.accepted_on and project.accepted_on.isoformat(),
        "defects_until": project.defects_until and project.defects_until.isoformat(),
        "lines": [
            {"label": line.label, "agreed_fen": line.amount_fen, "paid_fen": paid.get(line.id, 0)}
            for line in queries.cost_lines(session, project.id)
        ],
        "parties": [
            {
                "party": one.party.value,
                "agreed_fen": one.agreed_fen,
                "received_fen": one.received_fen,
                "spent_fen": one.spent_fen,
                "refunded_fen": one.refunded_fen,
            }
            for one in figures.parties
        ],
        "agreed_fen": figures.agreed_fen,
        "received_fen": figures.received_fen,
        "spent_fen": figures.spent_fen,
        "refunded_fen": figures.refunded_fen,
        "withheld_fen": figures.withheld_fen,
    }
