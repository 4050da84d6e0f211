"""Reads of spending requests: of a project, or those that still wait."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project, ProjectCostLine, SpendingRequest
from timebank.cofund.queries.projects import before
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import SpendingState, SpendingView
from timebank.kernel.paging import PAGE_SIZE, Page, page_of


def spending_requests(
    session: Session,
    *,
    community_id: int,
    project_id: int | None = None,
    only_open: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[SpendingView]:
    """Return spending requests, newest first: of a project, or those that still wait."""
    wanted = _spending().where(SpendingRequest.community_id == community_id)
    if project_id is not None:
        wanted = wanted.where(SpendingRequest.project_id == project_id)
    if only_open:
        wanted = wanted.where(SpendingRequest.state.in_(rules.OPEN_SPENDING))
    wanted = before(wanted, SpendingRequest.id, cursor)
    rows = session.execute(wanted.order_by(SpendingRequest.id.desc()).limit(limit + 1)).all()
    return page_of([_spending_view(*row) for row in rows], limit=limit, key=lambda view: [view.id])


def spending(session: Session, *, community_id: int, request_id: int) -> SpendingView:
    """Return one spending request.

    Raises:
        SpendingRequestNotFoundError: there is none in this community.
    """
    row = session.execute(
        _spending().where(
            SpendingRequest.id == request_id, SpendingRequest.community_id == community_id
        )
    ).one_or_none()
    if row is None:
        raise errors.SpendingRequestNotFoundError
    return _spending_view(*row)


def approved_sum(session: Session, project_id: int) -> int:
    """Return what of a project's bills is approved or paid, fen."""
    found = session.scalar(
        select(func.coalesce(func.sum(SpendingRequest.amount_fen), 0)).where(
            SpendingRequest.project_id == project_id,
            SpendingRequest.state.in_((SpendingState.APPROVED, SpendingState.PAID)),
        )
    )
    return int(found or 0)


def _spending() -> Select[tuple[SpendingRequest, Project, str]]:
    """Select spending requests with their project and cost line."""
    return (
        select(SpendingRequest, Project, ProjectCostLine.label)
        .join(Project, Project.id == SpendingRequest.project_id)
        .join(ProjectCostLine, ProjectCostLine.id == SpendingRequest.cost_line_id)
    )


def _spending_view(row: SpendingRequest, of: Project, cost_line: str) -> SpendingView:
    """Return a spending request's row as a value."""
    return SpendingView(
        id=row.id,
        project_id=row.project_id,
        project_number=of.number,
        project_title=of.title,
        cost_line_id=row.cost_line_id,
        cost_line=cost_line,
        amount_fen=row.amount_fen,
        payee=row.payee,
        purpose=row.purpose,
        document_file_id=row.document_file_id,
        contract_file_id=row.contract_file_id,
        payee_account=row.payee_account,
        withheld_fen=row.withheld_fen,
        needs_second=row.needs_second,
        payee_wait_until=row.payee_wait_until,
        payee_note=row.payee_note,
        state=SpendingState(row.state),
        requested_by=row.requested_by,
        requested_name=row.requested_name,
        requested_at=row.requested_at,
        endorsed_name=row.endorsed_name,
        approved_name=row.approved_name,
        approved_at=row.approved_at,
        paid_on=row.paid_on,
        entry_id=row.entry_id,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )
