"""Pages of changed agreements, payees, withheld money, final accounts, pots and common income."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.errors.projects import DocumentMissingError
from timebank.cofund.pages.frame import back_to, bp, kept_document, seen_project
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import settlements
from timebank.cofund.queries import sources as source_reads
from timebank.cofund.rules.projects import ProjectState
from timebank.cofund.schemas import life
from timebank.cofund.schemas import sources as source_schemas
from timebank.cofund.service import amendments, bills, income, retention, sources
from timebank.kernel import clock
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

_TAKES_MONEY = (
    *(ProjectState.AGREED, ProjectState.FUNDING),
    *(ProjectState.ACTIVE, ProjectState.ACCEPTED),
)


@bp.get("/projects/<int:project_id>/amend")
@needs("cofund.agree")
@reads
def amend_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form of a changed agreement."""
    return render_template(
        "cofund/amend.html",
        project=seen_project(session, project_id),
        lines=queries.cost_lines(session, project_id),
        agreement=queries.agreement(session, project_id),
    )


@bp.post("/projects/<int:project_id>/amend")
@needs("cofund.agree")
@returns_to(amend_form)
@writes
def amend(session: Session, project_id: int) -> ResponseReturnValue:
    """Keep a changed agreement."""
    facts, file_id = body(life.AmendmentForm()), kept_document(session)
    if file_id is None:
        raise DocumentMissingError(field="document")
    amendments.amend_project(
        session, actor=current_actor(), project_id=project_id, **facts, document_file_id=file_id
    )
    return back_to(project_id, _("变更协议记下了，三方份额和造价一分不差"))


@bp.get("/spending/<int:request_id>/payee")
@needs("cofund.request")
@reads
def payee_form(session: Session, request_id: int) -> ResponseReturnValue:
    """Show the form of another payee."""
    one = bill_reads.spending(
        session, community_id=current_actor().community_id, request_id=request_id
    )
    return render_template("cofund/payee.html", one=one)


@bp.post("/spending/<int:request_id>/payee")
@needs("cofund.request")
@returns_to(payee_form)
@writes
def change_payee(session: Session, request_id: int) -> ResponseReturnValue:
    """Change who is paid."""
    bills.change_payee(
        session, actor=current_actor(), request_id=request_id, **body(life.PayeeIn())
    )
    return see_other(url_for(".spending"), _("收款人改了，要重新批，并等一天才能付"))


@bp.get("/projects/<int:project_id>/retention")
@needs("cofund.approve")
@reads
def retention_page(session: Session, project_id: int, **_rest: object) -> ResponseReturnValue:
    """Show a project's withheld money and what was asked about it."""
    return render_template(
        "cofund/retention.html",
        project=seen_project(session, project_id),
        moves=settlements.moves_of(session, project_id),
    )


@bp.post("/projects/<int:project_id>/retention")
@needs("cofund.request")
@returns_to(retention_page)
@writes
def ask_retention(session: Session, project_id: int) -> ResponseReturnValue:
    """Ask that withheld money be released or deducted."""
    retention.ask_move(
        session, actor=current_actor(), project_id=project_id, **body(life.RetentionForm())
    )
    return see_other(
        url_for(".retention_page", project_id=project_id), _("申请交上去了，等另一个人来批")
    )


@bp.post("/projects/<int:project_id>/retention/<int:move_id>/decide")
@needs("cofund.approve")
@returns_to(retention_page)
@writes
def decide_retention(session: Session, project_id: int, move_id: int) -> ResponseReturnValue:
    """Approve or refuse what another person asked about withheld money."""
    said = body(life.DecisionIn())
    retention.decide_move(
        session,
        actor=current_actor(),
        move_id=move_id,
        is_approved=said["is_approved"],
        reason=said.get("note", ""),
        key=request_key(),
    )
    return see_other(url_for(".retention_page", project_id=project_id), _("记下了"))


@bp.get("/projects/<int:project_id>/settlement")
@needs("cofund.read")
@reads
def settlement_sheet(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the final account of a project on A4."""
    return render_template(
        "cofund/settlement.html",
        project=seen_project(session, project_id),
        settlement=settlements.settlement(session, project_id),
        printed_at=clock.now(),
    )


@bp.get("/common-income")
@needs("cofund.approve")
@reads
def common_income(session: Session, **_rest: object) -> ResponseReturnValue:
    """Show matching pots and what earns on common parts."""
    community_id = current_actor().community_id
    return render_template(
        "cofund/common_income.html",
        pots=source_reads.pots(session, community_id),
        sources=source_reads.sources(session, community_id),
        projects=queries.projects(session, community_id=community_id, states=_TAKES_MONEY).items,
    )


@bp.post("/match-pots")
@needs("cofund.agree")
@returns_to(common_income)
@writes
def open_pot(session: Session) -> ResponseReturnValue:
    """Open a matching pot."""
    sources.open_pot(session, actor=current_actor(), **body(source_schemas.PotForm()))
    return see_other(url_for(".common_income"), _("资金池建好了"))


@bp.post("/match-pots/<int:pot_id>/fill")
@needs("cofund.receive")
@returns_to(common_income)
@writes
def fill_pot(session: Session, pot_id: int) -> ResponseReturnValue:
    """Book what a sponsor paid into a pot."""
    sources.fill_pot(
        session,
        actor=current_actor(),
        pot_id=pot_id,
        key=request_key(),
        **body(source_schemas.PaidInForm()),
    )
    return see_other(url_for(".common_income"), _("收款记下了"))


@bp.post("/match-pots/<int:pot_id>/match")
@needs("cofund.receive")
@returns_to(common_income)
@writes
def match_project(session: Session, pot_id: int) -> ResponseReturnValue:
    """Match what residents have paid for a project."""
    sources.match_project(
        session,
        actor=current_actor(),
        pot_id=pot_id,
        key=request_key(),
        **body(source_schemas.MatchedIn()),
    )
    return see_other(url_for(".common_income"), _("配捐记下了"))


@bp.post("/income-sources")
@needs("cofund.agree")
@returns_to(common_income)
@writes
def open_source(session: Session) -> ResponseReturnValue:
    """Open what earns on common parts."""
    facts, file_id = body(source_schemas.SourceForm()), kept_document(session)
    if file_id is None:
        raise DocumentMissingError(field="document")
    income.open_source(session, actor=current_actor(), **facts, document_file_id=file_id)
    return see_other(url_for(".common_income"), _("收益来源记下了"))


@bp.post("/income-sources/<int:source_id>/income")
@needs("cofund.receive")
@returns_to(common_income)
@writes
def book_income(session: Session, source_id: int) -> ResponseReturnValue:
    """Book income of common parts."""
    income.book_income(
        session,
        actor=current_actor(),
        source_id=source_id,
        key=request_key(),
        **body(source_schemas.PaidInForm()),
    )
    return see_other(url_for(".common_income"), _("收益记下了，各归各的账簿"))


@bp.post("/projects/<int:project_id>/labour")
@needs("cofund.propose")
@returns_to(common_income)
@writes
def link_task(session: Session, project_id: int) -> ResponseReturnValue:
    """Count the service records of a task as labour given to a project."""
    income.link_task(
        session, actor=current_actor(), project_id=project_id, **body(source_schemas.LabourIn())
    )
    return back_to(project_id, _("这个任务的服务时间算作共建工时"))
