"""Pages of a project's life: from the list and the proposal to the end, and on paper."""

from dataclasses import replace

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import (
    back_to,
    bp,
    cases_to_open,
    kept_document,
    next_url,
    papers,
    seen_project,
    sees_all,
)
from timebank.cofund.queries import projects as queries
from timebank.cofund.schemas import asked
from timebank.cofund.service import agreements, endings
from timebank.cofund.service import projects as life
from timebank.community import queries as community
from timebank.kernel import clock
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


@bp.get("/projects")
@needs("cofund.read")
@reads
def projects(session: Session) -> ResponseReturnValue:
    """Show the community's projects with their sums."""
    wanted = query(asked.ProjectsQuery())
    state = wanted.get("state")
    page = queries.projects(
        session,
        community_id=current_actor().community_id,
        states=None if state is None else [state],
        only_public=not sees_all(),
        cursor=wanted.get("cursor"),
        limit=wanted["limit"],
    )
    totals = queries.totals(session, current_actor().community_id)
    more = next_url(".projects", page.next_cursor, state=state.value if state else None)
    return render_template(
        "cofund/projects.html", page=page, totals=totals, state=state, next_url=more
    )


@bp.get("/projects/<int:project_id>")
@needs("cofund.read")
@reads
def project(session: Session, project_id: int, **_rest: object) -> ResponseReturnValue:
    """Show a project: what was agreed, came in, went out, is owed, and how far it is."""
    view = seen_project(session, project_id)
    case_number = view.case_id and queries.case_number(
        session, community_id=view.community_id, case_id=view.case_id
    )
    shown = papers(session, view)
    of_cases = [view.case_id, *(one.case_id for one in shown["objections"])]
    return render_template(
        "cofund/project.html",
        project=view,
        sees_all=sees_all(),
        case_number=case_number,
        cases_to_open=cases_to_open(session, [one for one in of_cases if one is not None]),
        **shown,
    )


@bp.get("/projects/new")
@needs("cofund.propose")
@reads
def new_project(session: Session) -> ResponseReturnValue:
    """Show the form of a new project, opened from a case or on its own."""
    community_id = current_actor().community_id
    case_id = query(asked.CaseQuery()).get("case_id")
    number = case_id and queries.case_number(session, community_id=community_id, case_id=case_id)
    return render_template(
        "cofund/new.html",
        case_id=case_id if number else None,
        case_number=number,
        micro_grids=community.micro_grids(session, community_id),
    )


@bp.post("/projects/new")
@needs("cofund.propose")
@returns_to(new_project)
@writes
def propose(session: Session) -> ResponseReturnValue:
    """Open a project and go on to its costing."""
    view = life.propose_project(session, actor=current_actor(), **body(asked.ProjectIn()))
    return see_other(url_for(".cost_form", project_id=view.id), _("已立项，接着写造价"))


@bp.get("/projects/<int:project_id>/cost")
@needs("cofund.propose")
@reads
def cost_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the costing to be written or changed."""
    view = seen_project(session, project_id)
    lines = queries.cost_lines(session, project_id)
    return render_template("cofund/cost.html", project=view, lines=lines)


@bp.post("/projects/<int:project_id>/cost")
@needs("cofund.propose")
@returns_to(cost_form)
@writes
def cost(session: Session, project_id: int) -> ResponseReturnValue:
    """Keep the costing, each item with the quote that was sent or that it had."""
    lines = [
        replace(line, quote_file_id=kept_document(session, f"quote.{at}") or line.quote_file_id)
        for at, line in enumerate(body(asked.CostForm())["lines"])
    ]
    life.cost_project(session, actor=current_actor(), project_id=project_id, lines=lines)
    return back_to(project_id, _("造价记下了"))


@bp.get("/projects/<int:project_id>/agree")
@needs("cofund.agree")
@reads
def agree_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form of the three parties' agreement."""
    return render_template(
        "cofund/agree.html",
        project=seen_project(session, project_id),
        lines=queries.cost_lines(session, project_id),
        agreement=queries.agreement(session, project_id),
    )


@bp.post("/projects/<int:project_id>/agree")
@needs("cofund.agree")
@returns_to(agree_form)
@writes
def agree(session: Session, project_id: int) -> ResponseReturnValue:
    """Keep the signed agreement."""
    agreements.agree_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        **body(asked.AgreementForm()),
        document_file_id=kept_document(session),
    )
    return back_to(project_id, _("协议记下了，三方份额和造价一分不差"))


@bp.get("/projects/<int:project_id>/accept")
@needs("cofund.agree")
@reads
def accept_form(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the form of the acceptance."""
    return render_template("cofund/accept.html", project=seen_project(session, project_id))


@bp.post("/projects/<int:project_id>/accept")
@needs("cofund.agree")
@returns_to(accept_form)
@writes
def accept(session: Session, project_id: int) -> ResponseReturnValue:
    """Record that the works were accepted."""
    endings.accept_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        **body(asked.AcceptanceForm()),
        document_file_id=kept_document(session),
    )
    return back_to(project_id, _("验收记下了，可以付尾款"))


@bp.post("/projects/<int:project_id>/settle")
@needs("cofund.agree")
@returns_to(project)
@writes
def settle(session: Session, project_id: int) -> ResponseReturnValue:
    """Settle an accepted project; the surplus goes back."""
    endings.settle_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        document_file_id=kept_document(session),
        key=request_key(),
    )
    return back_to(project_id, _("结算好了，余款按各方实际出资退回"))


@bp.post("/projects/<int:project_id>/close")
@needs("cofund.agree")
@returns_to(project)
@writes
def close(session: Session, project_id: int) -> ResponseReturnValue:
    """Close a project; what is left goes back."""
    endings.close_project(session, actor=current_actor(), project_id=project_id, key=request_key())
    return back_to(project_id, _("项目结项了"))


@bp.post("/projects/<int:project_id>/cancel")
@needs("cofund.agree")
@returns_to(project)
@writes
def cancel(session: Session, project_id: int) -> ResponseReturnValue:
    """Cancel a project; what was not spent goes back."""
    endings.cancel_project(
        session,
        actor=current_actor(),
        project_id=project_id,
        **body(asked.ReasonIn()),
        key=request_key(),
    )
    return back_to(project_id, _("项目取消了，没花的钱按各方实际出资退回"))


@bp.get("/projects/<int:project_id>/print")
@needs("cofund.read")
@reads
def print_sheet(session: Session, project_id: int) -> ResponseReturnValue:
    """Show a project on A4."""
    view = seen_project(session, project_id)
    return render_template(
        "cofund/print.html", project=view, printed_at=clock.now(), **papers(session, view)
    )
