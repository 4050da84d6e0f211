"""Pages of a project's money: contributions, spending requests, approvals."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.errors.projects import DocumentMissingError
from timebank.cofund.pages.frame import (
    back_to,
    bp,
    kept_document,
    next_url,
    seen_project,
)
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.schemas import asked
from timebank.cofund.service import bills, money
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/projects/<int:project_id>/contributions")
@needs("cofund.receive")
@reads
def contributions(session: Session, project_id: int, **_rest: object) -> ResponseReturnValue:
    """Show all that came in for a project."""
    view, cursor = seen_project(session, project_id), query(asked.PageQuery()).get("cursor")
    page = queries.contributions(session, project_id=project_id, cursor=cursor)
    more = next_url(".contributions", page.next_cursor, project_id=project_id)
    return render_template("cofund/contributions.html", project=view, page=page, next_url=more)


@bp.get("/projects/<int:project_id>/contributions/new")
@needs("cofund.receive")
@reads
def receive_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form for money that came in."""
    return render_template("cofund/receive.html", project=seen_project(session, project_id))


@bp.post("/projects/<int:project_id>/contributions/new")
@needs("cofund.receive")
@returns_to(receive_form)
@writes
def receive(session: Session, project_id: int) -> ResponseReturnValue:
    """Book money that came in."""
    money.receive_contribution(
        session,
        actor=current_actor(),
        project_id=project_id,
        **body(asked.ContributionForm()),
        key=request_key(),
    )
    return back_to(project_id, _("收款记下了"))


@bp.post("/projects/<int:project_id>/contributions/<int:contribution_id>/undo")
@needs("cofund.receive")
@returns_to(contributions)
@writes
def undo(session: Session, project_id: int, contribution_id: int) -> ResponseReturnValue:
    """Take a contribution back."""
    money.undo_contribution(
        session,
        actor=current_actor(),
        contribution_id=contribution_id,
        **body(asked.ReasonIn()),
        key=request_key(),
    )
    return see_other(url_for(".contributions", project_id=project_id), _("收款撤回了"))


@bp.get("/projects/<int:project_id>/spending-requests/new")
@needs("cofund.request")
@reads
def request_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form that asks for a payment."""
    return render_template(
        "cofund/request.html",
        project=seen_project(session, project_id),
        lines=queries.cost_lines(session, project_id),
    )


@bp.post("/projects/<int:project_id>/spending-requests/new")
@needs("cofund.request")
@returns_to(request_form)
@writes
def request_spending(session: Session, project_id: int) -> ResponseReturnValue:
    """Ask for a payment, with its document."""
    facts, document_file_id = body(asked.SpendingForm()), kept_document(session)
    if document_file_id is None:
        raise DocumentMissingError(field="document")
    bills.request_spending(
        session,
        actor=current_actor(),
        project_id=project_id,
        **facts,
        document_file_id=document_file_id,
        contract_file_id=kept_document(session, "contract"),
    )
    return back_to(project_id, _("付款申请交上去了，等另一个人来批"))


@bp.get("/spending")
@needs("cofund.approve")
@reads
def spending(session: Session, **_rest: object) -> ResponseReturnValue:
    """Show the requests that wait for approval or payment."""
    page = bill_reads.spending_requests(
        session,
        community_id=current_actor().community_id,
        only_open=True,
        cursor=query(asked.PageQuery()).get("cursor"),
    )
    more = next_url(".spending", page.next_cursor)
    return render_template("cofund/spending.html", page=page, next_url=more)


@bp.post("/spending/<int:request_id>/approve")
@needs("cofund.approve")
@returns_to(spending)
@writes
def approve(session: Session, request_id: int) -> ResponseReturnValue:
    """Approve another person's request."""
    bills.approve_spending(session, actor=current_actor(), request_id=request_id, key=request_key())
    return see_other(url_for(".spending"), _("批了，钱已经留好，可以付款"))


@bp.post("/spending/<int:request_id>/refuse")
@needs("cofund.approve")
@returns_to(spending)
@writes
def refuse(session: Session, request_id: int) -> ResponseReturnValue:
    """Refuse a request, with a reason."""
    bills.refuse_spending(
        session, actor=current_actor(), request_id=request_id, **body(asked.ReasonIn())
    )
    return see_other(url_for(".spending"), _("退回了，申请人看得到原因"))


@bp.post("/spending/<int:request_id>/withdraw")
@needs("cofund.request")
@returns_to(spending)
@writes
def withdraw(session: Session, request_id: int) -> ResponseReturnValue:
    """Withdraw one's own request."""
    bills.withdraw_spending(
        session, actor=current_actor(), request_id=request_id, **body(asked.WithdrawalIn())
    )
    return see_other(url_for(".spending"), _("申请撤回了"))


@bp.post("/spending/<int:request_id>/pay")
@needs("cofund.request")
@returns_to(spending)
@writes
def pay(session: Session, request_id: int) -> ResponseReturnValue:
    """Record that an approved request was paid."""
    bills.pay_spending(
        session,
        actor=current_actor(),
        request_id=request_id,
        **body(asked.PaymentIn()),
        key=request_key(),
    )
    return see_other(url_for(".spending"), _("付款记下了"))
