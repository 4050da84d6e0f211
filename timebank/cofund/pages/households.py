"""Pages of what households owe: the list, the notices on paper, waivers, and one's own."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import bp, next_url, seen_project
from timebank.cofund.queries import households as own
from timebank.cofund.queries import receipts
from timebank.cofund.queries import receivables as queries
from timebank.cofund.schemas import asked, life
from timebank.cofund.service import household_credit, receivables
from timebank.cofund.service.matching import credit_of
from timebank.kernel import clock
from timebank.kernel.paging import PAGE_SIZE_MAX
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


@bp.get("/projects/<int:project_id>/households")
@needs("cofund.receive")
@reads
def households(session: Session, project_id: int, **_rest: object) -> ResponseReturnValue:
    """Show what the households of a project owe, and lay its share on them."""
    view, wanted = seen_project(session, project_id), query(life.ReceivablesQuery())
    page = queries.receivables(session, project_id=project_id, **wanted)
    more = next_url(
        ".households",
        page.next_cursor,
        project_id=project_id,
        building=wanted.get("building"),
        only_open="true" if wanted["only_open"] else None,
    )
    return render_template(
        "cofund/households.html",
        project=view,
        page=page,
        next_url=more,
        wanted=wanted,
        sums=queries.sums(session, project_id),
        buildings=queries.buildings_of(session, project_id),
    )


@bp.post("/projects/<int:project_id>/households")
@needs("cofund.receive")
@returns_to(households)
@writes
def raise_households(session: Session, project_id: int) -> ResponseReturnValue:
    """Lay what is left of the residents' share on households."""
    receivables.raise_for_households(
        session, actor=current_actor(), project_id=project_id, **body(life.RaiseForm())
    )
    return see_other(url_for(".households", project_id=project_id), _("分摊好了，通知单可以打印"))


@bp.get("/projects/<int:project_id>/households/print")
@needs("cofund.receive")
@reads
def notices(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the notices of the households of a project, of one building, on paper."""
    view, wanted = seen_project(session, project_id), query(life.ReceivablesQuery())
    page = queries.receivables(session, project_id=project_id, limit=PAGE_SIZE_MAX, **wanted)
    more = next_url(
        ".notices", page.next_cursor, project_id=project_id, building=wanted.get("building")
    )
    return render_template(
        "cofund/notices.html",
        project=view,
        page=page,
        next_url=more,
        printed_at=clock.now(),
        community_code=receipts.community_code(session, view.community_id),
        check_url=_check_url,
    )


def _check_url(payment_code: str, community: str | None) -> str:
    """Return the address at which a household checks what it paid by a code."""
    return url_for(".own_check", code=payment_code, community=community, _external=True)


@bp.get("/projects/<int:project_id>/receivables/<int:receivable_id>")
@needs("cofund.receive")
@reads
def receivable(session: Session, project_id: int, receivable_id: int) -> ResponseReturnValue:
    """Show what one household owes, to waive or cancel it."""
    view = seen_project(session, project_id)
    one = queries.receivable(
        session, community_id=current_actor().community_id, receivable_id=receivable_id
    )
    return render_template(
        "cofund/receivable.html",
        project=view,
        one=one,
        credit_fen=credit_of(session, view.community_id, one.household_id),
        receipts=receipts.ids_of(session, [one.id]).get(one.id, []),
    )


@bp.post("/projects/<int:project_id>/receivables/<int:receivable_id>/credit")
@needs("cofund.receive")
@returns_to(receivable)
@writes
def apply_credit(session: Session, project_id: int, receivable_id: int) -> ResponseReturnValue:
    """Let the household's credit pay what it owes."""
    household_credit.apply_credit(
        session, actor=current_actor(), receivable_id=receivable_id, key=request_key()
    )
    return see_other(
        url_for(".receivable", project_id=project_id, receivable_id=receivable_id),
        _("预存款抵上了"),
    )


@bp.post("/projects/<int:project_id>/receivables/<int:receivable_id>/cancel")
@needs("cofund.receive")
@returns_to(receivable)
@writes
def cancel_receivable(session: Session, project_id: int, receivable_id: int) -> ResponseReturnValue:
    """Cancel what a household owes."""
    receivables.cancel_receivable(
        session, actor=current_actor(), receivable_id=receivable_id, **body(asked.ReasonIn())
    )
    return see_other(url_for(".households", project_id=project_id), _("撤销了"))


@bp.post("/projects/<int:project_id>/receivables/<int:receivable_id>/waive")
@needs("cofund.receive")
@returns_to(receivable)
@writes
def ask_waiver(session: Session, project_id: int, receivable_id: int) -> ResponseReturnValue:
    """Ask that a household be let off."""
    receivables.ask_waiver(
        session, actor=current_actor(), receivable_id=receivable_id, **body(life.WaiverForm())
    )
    return see_other(
        url_for(".waivers", project_id=project_id), _("减免申请交上去了，等另一个人来批")
    )


@bp.get("/projects/<int:project_id>/waivers")
@needs("cofund.approve")
@reads
def waivers(session: Session, project_id: int, **_rest: object) -> ResponseReturnValue:
    """Show the requests for waivers of a project."""
    view = seen_project(session, project_id)
    page = queries.waivers(
        session,
        community_id=view.community_id,
        project_id=project_id,
        cursor=query(asked.PageQuery()).get("cursor"),
    )
    more = next_url(".waivers", page.next_cursor, project_id=project_id)
    return render_template("cofund/waivers.html", project=view, page=page, next_url=more)


@bp.post("/projects/<int:project_id>/waivers/<int:waiver_id>/decide")
@needs("cofund.approve")
@returns_to(waivers)
@writes
def decide_waiver(session: Session, project_id: int, waiver_id: int) -> ResponseReturnValue:
    """Approve or refuse a waiver."""
    receivables.decide_waiver(
        session, actor=current_actor(), waiver_id=waiver_id, **body(life.DecisionIn())
    )
    return see_other(url_for(".waivers", project_id=project_id), _("记下了"))


@bp.get("/me/contributions")
@needs("cofund.vote")
@reads
def own_contributions(session: Session) -> ResponseReturnValue:
    """Show what one's own household is asked for, with its payment code."""
    found = own.of_person(session, current_actor().person_id)
    titles = own.titles(session, {one.project_id for one in found})
    paid = receipts.ids_of(session, [one.id for one in found])
    return render_template("cofund/own.html", items=found, titles=titles, receipts=paid)
