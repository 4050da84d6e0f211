"""Co-funding for programs."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.cofund.api.frame import api, sees_all, visible_project
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import (
    AgreementView,
    Basis,
    ContributionView,
    CostLine,
    CostLineView,
    Party,
    ProjectState,
    ProjectView,
    SpendingView,
)
from timebank.cofund.schemas.asked import (
    AcceptanceIn,
    AgreementIn,
    ContributionIn,
    CostIn,
    DocumentIn,
    NothingIn,
    PaymentIn,
    ProjectIn,
    ProjectsQuery,
    ReasonIn,
    SpendingIn,
    WithdrawalIn,
)
from timebank.cofund.schemas.shown import (
    ContributionOut,
    DocumentOut,
    ProjectDetailOut,
    ProjectOut,
    SpendingOut,
)
from timebank.cofund.service import agreements, bills, endings, money, projects, steps
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes
from timebank.web.words import mask_name

# Two lists of one shape: one name in the description.
gives_spending_page = gives_page(SpendingOut)


@api.get("/projects")
@needs("cofund.read")
@reads
@takes(ProjectsQuery, where="query")
@gives_page(ProjectOut)
def list_projects(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    state: ProjectState | None = None,
) -> Page[ProjectView]:
    """List projects, newest first."""
    return queries.projects(
        session,
        community_id=current_actor().community_id,
        states=None if state is None else [state],
        only_public=not sees_all(),
        cursor=cursor,
        limit=limit,
    )


@api.post("/projects")
@needs("cofund.propose")
@writes(keyed=True)
@takes(ProjectIn)
@gives(ProjectOut, status=201)
def propose(
    session: Session,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> ProjectView:
    """Open a project as a draft."""
    return projects.propose_project(session, actor=current_actor(), **facts)


@api.get("/projects/<int:project_id>")
@needs("cofund.read")
@reads
@gives(ProjectDetailOut)
def show_project(
    session: Session, project_id: int
) -> dict[str, ProjectView | list[CostLineView] | AgreementView | None]:
    """Show a project with its figures, costing and agreement."""
    return {
        "project": visible_project(session, project_id),
        "cost_lines": queries.cost_lines(session, project_id),
        "agreement": queries.agreement(session, project_id),
    }


@api.post("/projects/<int:project_id>/cost")
@needs("cofund.propose")
@writes(keyed=True)
@takes(CostIn)
@gives(ProjectOut)
def cost(session: Session, project_id: int, *, lines: list[CostLine]) -> ProjectView:
    """Write what a project will cost."""
    return projects.cost_project(session, actor=current_actor(), project_id=project_id, lines=lines)


@api.post("/projects/<int:project_id>/agree")
@needs("cofund.agree")
@writes(keyed=True)
@takes(AgreementIn)
@gives(ProjectOut)
def agree(
    session: Session,
    project_id: int,
    *,
    signed_on: date,
    basis: Basis,
    weights: dict[Party, int],
    document_file_id: int | None = None,
    retention_permille: int | None = None,
) -> ProjectView:
    """Record the signed agreement; its shares add up to the cost."""
    return agreements.agree_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        signed_on=signed_on,
        basis=basis,
        weights=weights,
        document_file_id=document_file_id,
        retention_permille=retention_permille,
    )


@api.post("/projects/<int:project_id>/accept")
@needs("cofund.agree")
@writes(keyed=True)
@takes(AcceptanceIn)
@gives(ProjectOut)
def accept(
    session: Session,
    project_id: int,
    *,
    note: str,
    document_file_id: int | None = None,
    accepted_on: date | None = None,
) -> ProjectView:
    """Record that the works were accepted."""
    return endings.accept_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        note=note,
        document_file_id=document_file_id,
        accepted_on=accepted_on,
    )


@api.post("/projects/<int:project_id>/close")
@needs("cofund.agree")
@writes(keyed=True)
@takes(NothingIn)
@gives(ProjectOut)
def close(session: Session, project_id: int) -> ProjectView:
    """Close an accepted project and pay back what is left."""
    return endings.close_project(
        session, actor=current_actor(), project_id=project_id, key=request_key()
    )


@api.post("/projects/<int:project_id>/cancel")
@needs("cofund.agree")
@writes(keyed=True)
@takes(ReasonIn)
@gives(ProjectOut)
def cancel(session: Session, project_id: int, *, reason: str) -> ProjectView:
    """Cancel a project and pay back what was not spent."""
    return endings.cancel_project(
        session, actor=current_actor(), project_id=project_id, reason=reason, key=request_key()
    )


@api.get("/projects/<int:project_id>/contributions")
@needs("cofund.read")
@reads
@takes(PageIn, where="query")
@gives_page(ContributionOut)
def list_contributions(
    session: Session, project_id: int, *, limit: int, cursor: str | None = None
) -> Page[ContributionView]:
    """List what came in, newest first; payers' names are masked for those outside the office."""
    visible_project(session, project_id)
    page = queries.contributions(session, project_id=project_id, cursor=cursor, limit=limit)
    if sees_all():
        return page
    masked = [
        replace(one, payer_name=mask_name(one.payer_name), reference="") for one in page.items
    ]
    return Page(masked, page.next_cursor)


@api.post("/projects/<int:project_id>/contributions")
@needs("cofund.receive")
@writes(keyed=True)
@takes(ContributionIn)
@gives(ContributionOut, status=201)
def receive(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> ContributionView:
    """Book money of one party."""
    return money.receive_contribution(
        session, actor=current_actor(), project_id=project_id, key=request_key(), **facts
    )


@api.post("/contributions/<int:contribution_id>/undo")
@needs("cofund.receive")
@writes(keyed=True)
@takes(ReasonIn)
@gives(ContributionOut)
def undo(session: Session, contribution_id: int, *, reason: str) -> ContributionView:
    """Take a contribution back by a reversal."""
    return money.undo_contribution(
        session,
        actor=current_actor(),
        contribution_id=contribution_id,
        reason=reason,
        key=request_key(),
    )


@api.get("/projects/<int:project_id>/spending-requests")
@needs("cofund.read")
@reads
@takes(PageIn, where="query")
@gives_spending_page
def list_spending_of_project(
    session: Session, project_id: int, *, limit: int, cursor: str | None = None
) -> Page[SpendingView]:
    """List a project's spending requests, newest first."""
    project = visible_project(session, project_id)
    page = bill_reads.spending_requests(
        session,
        community_id=project.community_id,
        project_id=project.id,
        cursor=cursor,
        limit=limit,
    )
    if sees_all():
        return page
    return Page([replace(one, payee=mask_name(one.payee)) for one in page.items], page.next_cursor)


@api.get("/spending-requests")
@needs("cofund.approve")
@reads
@takes(PageIn, where="query")
@gives_spending_page
def list_open_spending(
    session: Session, *, limit: int, cursor: str | None = None
) -> Page[SpendingView]:
    """List the requests that wait for approval or payment, newest first."""
    return bill_reads.spending_requests(
        session,
        community_id=current_actor().community_id,
        only_open=True,
        cursor=cursor,
        limit=limit,
    )


@api.post("/projects/<int:project_id>/documents")
@needs("cofund.propose")
@writes(keyed=True)
@takes(DocumentIn, where="files")
@gives(DocumentOut, status=201)
def keep_document(session: Session, project_id: int, *, document: FileStorage) -> dict[str, int]:
    """Keep a document of a project, to be named in an agreement or a spending request."""
    visible_project(session, project_id)
    file_id = steps.keep_document(
        session, actor=current_actor(), content=document.read(), name=document.filename or ""
    )
    return {"document_file_id": file_id}


@api.post("/projects/<int:project_id>/spending-requests")
@needs("cofund.request")
@writes(keyed=True)
@takes(SpendingIn)
@gives(SpendingOut, status=201)
def request_spending(
    session: Session,
    project_id: int,
    **facts: Any,  # noqa: ANN401 - the schema has checked each
) -> SpendingView:
    """Ask that a bill be paid, with its document."""
    return bills.request_spending(session, actor=current_actor(), project_id=project_id, **facts)


@api.post("/spending-requests/<int:request_id>/approve")
@needs("cofund.approve")
@writes(keyed=True)
@takes(NothingIn)
@gives(SpendingOut)
def approve(session: Session, request_id: int) -> SpendingView:
    """Approve another person's request; the cash is held."""
    return bills.approve_spending(
        session, actor=current_actor(), request_id=request_id, key=request_key()
    )


@api.post("/spending-requests/<int:request_id>/refuse")
@needs("cofund.approve")
@writes(keyed=True)
@takes(ReasonIn)
@gives(SpendingOut)
def refuse(session: Session, request_id: int, *, reason: str) -> SpendingView:
    """Refuse a request, or take an approval back, with a reason."""
    return bills.refuse_spending(
        session, actor=current_actor(), request_id=request_id, reason=reason
    )


@api.post("/spending-requests/<int:request_id>/withdraw")
@needs("cofund.request")
@writes(keyed=True)
@takes(WithdrawalIn)
@gives(SpendingOut)
def withdraw(session: Session, request_id: int, *, reason: str = "") -> SpendingView:
    """Withdraw one's own request before it is paid."""
    return bills.withdraw_spending(
        session, actor=current_actor(), request_id=request_id, reason=reason
    )


@api.post("/spending-requests/<int:request_id>/pay")
@needs("cofund.request")
@writes(keyed=True)
@takes(PaymentIn)
@gives(SpendingOut)
def pay(session: Session, request_id: int, *, paid_on: date) -> SpendingView:
    """Record that an approved request was paid."""
    return bills.pay_spending(
        session, actor=current_actor(), request_id=request_id, paid_on=paid_on, key=request_key()
    )
